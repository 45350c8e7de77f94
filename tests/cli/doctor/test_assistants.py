"""What the doctor sees of the assistants: their files, and the text model's server."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from dragoman.assistant_settings import AssistantSettings
from dragoman.cli.doctor.assistants import personas, text_model
from dragoman.cli.doctor.findings import Finding, Verdict
from dragoman.cli.doctor.inside import look_inside
from dragoman.settings import load
from dragoman.web.server import WebServer
from tests.fakes.surroundings import settings
from tests.rig.town import free_port

pytestmark = pytest.mark.pair

PERSONA = """name = "desk"
languages = ["en"]
instructions = "You answer the telephone."
numbers = ["+81 3 1234 5678"]
"""


def read(**variables: str) -> AssistantSettings:
    return load(AssistantSettings, settings(**variables))


def seen(findings: list[Finding]) -> list[tuple[Verdict, str]]:
    return [(one.verdict, one.found) for one in findings]


def test_the_shipped_desk_answers_for_nobody_and_that_is_noted() -> None:
    ((verdict, found),) = seen(personas(read(), "", {}))
    assert verdict is Verdict.NOTE
    assert "/twilio/voice, for an invented shop" in found


def test_personas_of_ones_own_are_named(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text(PERSONA, encoding="utf-8")
    found = personas(read(DRAGOMAN_PERSONAS=str(tmp_path)), "", {})
    assert (Verdict.OK, f"desk (en) in {tmp_path}") in seen(found)


def test_what_is_wrong_in_a_file_is_told_with_its_line(tmp_path: Path) -> None:
    broken = PERSONA + '[[tool]]\nname = "stock"\npython = "nowhere.at_all:stock"\n[turn]\nkind = "by-guess"\n'
    (tmp_path / "desk.toml").write_text(broken, encoding="utf-8")
    found = personas(read(DRAGOMAN_PERSONAS=str(tmp_path)), "", {})
    assert {one.verdict for one in found} == {Verdict.WRONG}
    assert any("desk.toml, line 9" in one.found and "by-guess" in one.found for one in found), found
    assert all("docs/howto/personas.md" in one.fix for one in found)


def test_a_tool_whose_function_is_not_there_is_told(tmp_path: Path) -> None:
    broken = PERSONA + '[[tool]]\nname = "stock"\npython = "nowhere.at_all:stock"\n'
    (tmp_path / "desk.toml").write_text(broken, encoding="utf-8")
    (found,) = personas(read(DRAGOMAN_PERSONAS=str(tmp_path)), "", {})
    assert "desk.toml, line 7: tool" in found.found
    assert "nowhere" in found.found


def test_the_doctor_looks_at_them(tmp_path: Path) -> None:
    _, findings = look_inside(settings(DRAGOMAN_PERSONAS=str(tmp_path)))
    assert any(one.what == "personas" and "holds no persona" in one.found for one in findings)


# ---- The text model's server -----------------------------------------------------------------------------------------


@contextlib.asynccontextmanager
async def serving(answer: Callable[[Request], Response]) -> AsyncIterator[str]:
    server = WebServer([Route("/v1/models", answer)], {})
    async with server.listening():
        yield f"http://127.0.0.1:{server.port}/v1"


def models(_: Request) -> Response:
    return JSONResponse({"object": "list", "data": [{"id": "qwen3:8b", "object": "model"}]})


async def asked(url: str, model: str = "qwen3:8b", key: str = "sk-text") -> Finding:
    wanted = read(DRAGOMAN_MIND_URL=url, DRAGOMAN_MIND_MODEL=model, DRAGOMAN_MIND_API_KEY=key)
    (found,) = await text_model(wanted)
    return found


async def test_without_one_nothing_is_asked() -> None:
    assert await text_model(read()) == []


async def test_a_server_that_has_the_model() -> None:
    async with serving(models) as url:
        found = await asked(url)
        assert (found.verdict, found.found) == (Verdict.OK, f"{url} answers and has qwen3:8b")
        found = await asked(url, "another")
        assert (found.verdict, found.fix) == (Verdict.NOTE, "check DRAGOMAN_MIND_MODEL")


@pytest.mark.parametrize(
    ("status", "verdict", "told"),
    [
        (401, Verdict.WRONG, "DRAGOMAN_MIND_API_KEY"),
        (500, Verdict.WRONG, "look at the text model's server"),
        (404, Verdict.NOTE, ""),
    ],
)
async def test_a_server_that_refuses_or_lists_nothing(status: int, verdict: Verdict, told: str) -> None:
    async with serving(lambda _: JSONResponse({"error": {"message": "no"}}, status)) as url:
        found = await asked(url)
    assert found.verdict is verdict
    assert told in found.fix


async def test_the_key_is_shown_to_the_server() -> None:
    keys: list[str] = []

    def noted(request: Request) -> Response:
        keys.append(request.headers.get("authorization", ""))
        return models(request)

    async with serving(noted) as url:
        await asked(url)
        await asked(url, key="")
    assert keys == ["Bearer sk-text", ""]


async def test_a_server_that_is_not_there() -> None:
    found = await asked(f"http://127.0.0.1:{free_port()}/v1")
    assert found.verdict is Verdict.WRONG
    assert "does not answer" in found.found
