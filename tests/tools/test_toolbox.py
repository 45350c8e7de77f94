"""A persona's tools together: what a model is told, and that a call of one never raises."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import BuiltIn, FaqEntry, HttpCall, PythonCall, ToolPlan
from dragoman.domain.tools import HangUp, ToolAsked, ToolResult, Tools
from dragoman.errors import SettingsError
from dragoman.personas import Personas
from dragoman.tools.checks import tool_check
from dragoman.tools.message import MessageFile
from dragoman.tools.threads import Threads
from dragoman.tools.toolbox import Toolbox, ToolParts
from tests.fakes.personas import EN, JA, facts, persona
from tests.tools import operators_tools

pytestmark = pytest.mark.unit

MODULE = operators_tools.__name__


def parts(tmp_path: Path | None = None, **env: str) -> ToolParts:
    return ToolParts(MessageFile(tmp_path / "m.jsonl") if tmp_path is not None else None, env, Threads())


def python(name: str, **more: Any) -> ToolPlan:
    return ToolPlan(name, PythonCall(f"{MODULE}:{name}"), **more)


def asked(name: str, **arguments: object) -> ToolAsked:
    return ToolAsked("c-1", name, json.dumps(arguments))


def reception(tmp_path: Path | None) -> Toolbox:
    one = Personas.load(None, transfer="+12025550100", check=tool_check({})).everyone[0]
    return Toolbox(one, parts(tmp_path))


def test_what_a_model_is_told(tmp_path: Path) -> None:
    tools: Tools = reception(tmp_path)
    specs = {spec.name: spec for spec in tools.specs(JA)}
    assert set(specs) == {"hours", "transfer", "message", "faq", "hang_up"}
    assert all(spec.description and spec.parameters["type"] == "object" for spec in specs.values())
    assert specs["message"].parameters["required"] == ["text"]
    assert tools.specs(EN) == tools.specs(JA)


def test_no_model_is_told_of_what_cannot_be_done() -> None:
    assert "message" not in reception(None).names
    nobody = persona(ToolPlan("transfer", BuiltIn.TRANSFER), ToolPlan("bye", BuiltIn.HANG_UP))
    assert Toolbox(nobody, parts()).names == {"bye"}


def test_an_own_description_comes_before_the_docstring_and_a_faq_names_its_language() -> None:
    one = persona(
        python("stock", description="Only for pens."),
        ToolPlan("faq", BuiltIn.FAQ),
        faq={JA: (FaqEntry(("どこ",), "ここ"),)},
    )
    stock, faq = Toolbox(one, parts()).specs(EN)
    assert stock.description == "Only for pens."
    assert faq.description.endswith("\nAsk in the language ja.")
    assert not Toolbox(one, parts()).specs(LanguageTag("ja-JP"))[1].description.endswith("ja.")


def test_a_summary_is_written_for_the_person_not_for_the_caller() -> None:
    one = persona(ToolPlan("person", BuiltIn.TRANSFER), languages=(JA, EN), transfer="+12025550100")
    (person,) = Toolbox(one, parts()).specs(EN)
    assert person.description.endswith("\nWrite the summary in the language ja.")


async def test_calls_of_all_kinds_at_once(tmp_path: Path) -> None:
    one = persona(python("stock"), python("who"), ToolPlan("bye", BuiltIn.HANG_UP), ToolPlan("take", BuiltIn.MESSAGE))
    box = Toolbox(one, parts(tmp_path))
    wanted = (asked("stock", article="pen"), asked("who"), asked("bye"), asked("take", text="hi"))
    stock, who, bye, take = await asyncio.gather(*(box.call(each, facts("en")) for each in wanted))
    assert (stock.text, who.text) == ("Three small pens are left.", "+819012345678 in en")
    assert bye.action == HangUp("Thank you for your call. Goodbye.")
    assert take.spoken.startswith("Thank you, I have your message")
    await box.aclose()


async def test_a_tool_that_hangs_is_waited_for_no_longer_than_its_time() -> None:
    operators_tools.RELEASE.clear()
    one = persona(python("hangs", timeout_s=0.02), python("slow", timeout_s=0.02))
    box = Toolbox(one, parts())
    for name in ("hangs", "slow"):
        result = await box.call(asked(name), facts("ja"))
        assert (result.text, result.is_error) == ("the tool gave no answer within 0.02 s", True)
        assert result.spoken.startswith("申し訳ございません")
    operators_tools.RELEASE.set()


@pytest.mark.parametrize(
    ("call", "why"),
    [
        (asked("nothing_such"), "there is no such tool; there are: stock, breaks, leaves, gives_up, take"),
        (ToolAsked("c", "stock", "{"), "the arguments do not fit: Input data was truncated"),
        (ToolAsked("c", "stock", " " * 70_000), "the arguments are too long"),
        (asked("stock"), "the arguments do not fit: Object missing required field `article`"),
        (asked("take", text=3), "the arguments do not fit: Expected `str`, got `int` - at `$.text`"),
        (asked("take", text=" "), "the message is empty: ask the caller for it"),
        (asked("breaks"), "the tool failed: KeyError"),
        (asked("leaves"), "the tool failed: RuntimeError"),
        (asked("gives_up"), "the tool gave up"),
    ],
)
async def test_whatever_goes_wrong_is_a_polite_result(tmp_path: Path, call: ToolAsked, why: str) -> None:
    tools = [python(name) for name in ("stock", "breaks", "leaves", "gives_up")]
    box = Toolbox(persona(*tools, ToolPlan("take", BuiltIn.MESSAGE)), parts(tmp_path))
    result = await box.call(call, facts("en"))
    assert result == ToolResult(why, "I am sorry, I could not do that just now.", is_error=True)


async def test_a_fault_of_ours_ends_nobodys_call(monkeypatch: pytest.MonkeyPatch) -> None:
    box = Toolbox(persona(ToolPlan("bye", BuiltIn.HANG_UP)), parts())
    monkeypatch.setattr("dragoman.tools.shipped.HangUp", None)
    assert (await box.call(asked("bye"), facts())).text == "the tool failed"


async def test_cancellation_goes_through() -> None:
    box = Toolbox(persona(python("slow")), parts())
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await box.call(asked("slow"), facts())


async def test_the_log_has_no_speech() -> None:
    box = Toolbox(persona(python("stock")), parts())
    with structlog.testing.capture_logs() as logs:
        await box.call(asked("my card is 4711", x=1), facts())
    (line,) = logs
    assert (line["event"], line["kind"], line["persona"]) == ("tool.failed", "no such tool", "test")
    assert {key for key, value in line.items() if "4711" in str(value)} <= {"pii.tool", "pii.why"}


def test_all_that_cannot_be_used_is_told_at_once() -> None:
    one = persona(
        ToolPlan("a", PythonCall("no.such:f")),
        ToolPlan("b", HttpCall("http://shop.example"), description="x"),
        source="desk.toml",
    )
    with pytest.raises(SettingsError) as caught:
        Toolbox(one, parts())
    first, second = caught.value.problems
    assert first.startswith("desk.toml: the tool a: no.such cannot be imported")
    assert second.startswith("desk.toml: the tool b: is to begin with https://")


async def test_an_endpoint_that_cannot_be_reached(tmp_path: Path) -> None:
    box = Toolbox(persona(ToolPlan("ping", HttpCall("http://127.0.0.1:1/"), description="x")), parts(tmp_path))
    result = await box.call(asked("ping"), facts())
    assert (result.text, result.is_error) == ("the tool's server did not answer: ConnectError", True)
    await box.aclose()


@given(st.sampled_from(["stock", "bye", "order", "x"]), st.text(max_size=50))
def test_nothing_that_a_model_asks_raises(name: str, arguments: str) -> None:
    box = Toolbox(persona(python("stock"), python("order"), ToolPlan("bye", BuiltIn.HANG_UP)), parts())
    result = asyncio.run(box.call(ToolAsked("c", name, arguments), facts()))
    json.loads(result.output())
