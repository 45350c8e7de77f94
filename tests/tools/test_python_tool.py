"""An operator's function, called for a model."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dragoman.domain.persona import PythonCall
from dragoman.domain.tools import HangUp, ToolResult
from dragoman.tools.python_tool import PythonTool, function_of
from dragoman.tools.results import ToolError
from dragoman.tools.threads import Threads
from tests.fakes.personas import facts
from tests.tools import operators_tools

pytestmark = pytest.mark.unit

MODULE = operators_tools.__name__


def tool(name: str, threads: Threads | None = None) -> PythonTool:
    return PythonTool(PythonCall(f"{MODULE}:{name}"), threads or Threads())


async def test_sync_and_async_functions() -> None:
    text = "Three small pens are left."
    assert await tool("stock").call('{"article": "pen"}', facts()) == ToolResult(text, text)
    ordered = await tool("order").call('{"lines": [{"article": "pen", "pieces": 3}], "way": "post"}', facts())
    assert ordered.spoken == "3 pieces ordered."
    assert '"note":"none"' in ordered.text


async def test_the_facts_of_the_call() -> None:
    assert (await tool("who").call("{}", facts("ja"))).text == "+819012345678 in ja"
    assert (await tool("goodbye").call("{}", facts())).action == HangUp("Bye.")
    assert (await tool("nothing").call("{}", facts())).text == "done"


@pytest.mark.parametrize(
    ("name", "arguments", "said"),
    [
        ("stock", "{}", "the arguments do not fit: Object missing required field `article`"),
        ("breaks", "{}", "the tool failed: KeyError"),
        ("leaves", "{}", "the tool failed: RuntimeError"),
        ("runs_out", "{}", "the tool failed: RuntimeError"),
        ("gives_up", "{}", "the tool gave up"),
        ("times_out", "{}", "the tool failed: TimeoutError"),
        ("endless", "{}", "the tool gave back more than"),
        ("strange", "{}", "the tool gave back what has no JSON form"),
    ],
)
async def test_whatever_goes_wrong_is_one_kind_of_error_without_details(name: str, arguments: str, said: str) -> None:
    with pytest.raises(ToolError) as caught:
        await tool(name).call(arguments, facts())
    assert str(caught.value).startswith(said)
    assert "secret" not in str(caught.value)


async def test_too_many_that_hang_are_told() -> None:
    operators_tools.RELEASE.clear()
    threads = Threads(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await tool("hangs", threads).call("{}", facts())
    with pytest.raises(ToolError, match="too many calls"):
        await tool("stock", threads).call('{"article": "pen"}', facts())
    operators_tools.RELEASE.set()


async def test_a_deadline_of_ours_stays_ours() -> None:
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await tool("slow").call("{}", facts())


def test_a_module_that_ends_the_program_does_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "quits_as_it_is_imported.py").write_text("import sys\nsys.exit(3)\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ValueError, match=r"cannot be imported: SystemExit: 3$"):
        function_of("quits_as_it_is_imported:f")


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("no.such.module:f", "no.such.module cannot be imported: ModuleNotFoundError"),
        (f"{MODULE}:nowhere", "there is no function nowhere in"),
        (f"{MODULE}:stock.nowhere", "there is no function stock.nowhere in"),
        (f"{MODULE}:NOT_A_FUNCTION", "there is no function NOT_A_FUNCTION"),
        (f"{MODULE}:Line", "there is no function Line"),
    ],
)
def test_functions_that_are_not_there_are_named(target: str, said: str) -> None:
    with pytest.raises(ValueError) as caught:
        function_of(target)
    assert str(caught.value).startswith(said)
    assert ("PYTHONPATH" in str(caught.value)) == ("ModuleNotFoundError" in said), (
        "what is not found is to be made found"
    )
