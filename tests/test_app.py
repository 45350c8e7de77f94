"""The composition root: what it builds from settings, what it says of it, how it stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx2
import pytest

from dragoman import app, providers
from dragoman.app import serving
from dragoman.assistant_desk import NO_AGENTS
from dragoman.browser_alone import NO_TELEPHONE
from dragoman.browser_desk import BrowserDesk
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, EndAsked
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.outcome import Outcome, Result
from dragoman.errors import Refused, SettingsError
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.ports import Ringing
from dragoman.relay.assistants import Assistants
from dragoman.relay.record import CallRecord
from dragoman.store import node_lock
from dragoman.web.server import WebServer
from tests.fakes.surroundings import SECRET, settings
from tests.rig.town import free_port

pytestmark = pytest.mark.rig

TOKEN = "an-api-token-of-good-length"
SPANISH = Language(LanguageTag("es"), "Español", "Spanish", "es-ES", key="2")


async def get(port: int, path: str) -> httpx2.Response:
    async with httpx2.AsyncClient(trust_env=False) as http:
        return await http.get(f"http://127.0.0.1:{port}{path}")


# ---- A server --------------------------------------------------------------------------------------------------------


async def test_it_serves_until_the_block_is_left() -> None:
    async with serving(settings()) as running:
        port = running.port
        assert (await get(port, "/live")).json() == {"live": True}
        assert (await get(port, "/ready")).status_code == 200
        assert (await get(port, "/api/calls")).status_code == 403, "without DRAGOMAN_API_TOKEN the API is shut"
        assert running.engines.announcer is None, "nothing here can speak"
        assert running.engines.down() == ""
    with pytest.raises(httpx2.ConnectError):
        await get(port, "/live")


async def test_the_notes_name_engine_and_languages() -> None:
    async with serving(settings()) as running:
        assert running.notes[0] == "Engine: echo (DRAGOMAN_ENGINE=echo)."
        assert running.notes[1].startswith("Languages offered: English, Spanish, French, Mandarin, Hindi")
        assert not [note for note in running.notes if note.startswith("Not offered")]


async def test_a_key_brings_both_engines_and_a_voice_for_notices() -> None:
    async with OpenAIEmulator() as models:
        env = settings(
            DRAGOMAN_ENGINE=None, OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=models.base_url, DRAGOMAN_ANNOUNCE="off"
        )
        async with serving(env) as running:
            assert [engine.name for engine in running.engines.engines] == ["translation", "conversation"]
            announcer = running.engines.announcer
            assert announcer is not None
            assert await announcer.render("Hola", SPANISH, AudioFormat.PCMU_8K)
        assert json.loads(models.spoken[0])["input"] == "Hola"


async def test_engines_that_are_given_take_the_place_of_the_configured_ones() -> None:
    given = providers.build("echo", {}, asyncio.get_running_loop().time)
    async with serving(settings(DRAGOMAN_ENGINE="translation"), extra_engines=[given]) as running:
        assert running.engines.engines == (given,)
        assert running.notes[0] == "Engine: echo (given)."


async def test_a_call_that_runs_when_it_stops_is_waited_for_and_then_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.relay.live.FAREWELL_S", 0.2)
    records: list[CallRecord] = []
    async with serving(settings(), ended=records.append, drain_s=0.05) as running:
        running.calls.ring(Ringing("CA1", "+34600000001", "+15555550100", SPANISH))
        assert len(running.calls.calls()) == 1
    assert [one.outcome.result for one in records] == [Result.US]


async def test_the_door_is_open_until_assistants_had_their_time_and_rooms_are_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Though a call is handed back, before which the door is closed."""
    monkeypatch.setattr("dragoman.relay.live.FAREWELL_S", 0.1)
    monkeypatch.setattr("dragoman.relay.live.HANDED_BACK_S", 0.1)
    order: list[str] = []
    shut = WebServer.close_door

    def close_door(server: WebServer) -> None:
        order.append("door")
        shut(server)

    monkeypatch.setattr(WebServer, "close_door", close_door)
    for kind, method in ((Assistants, "wind_down"), (BrowserDesk, "drain")):

        async def wait(_self: object, deadline_s: float, name: str = kind.__name__) -> None:
            if not deadline_s:
                return  # the time of those that are handed back is over
            await asyncio.sleep(deadline_s + 0.4)
            assert (await get(running.port, "/live")).status_code == 200
            order.append(name)

        monkeypatch.setattr(kind, method, wait)
    async with serving(settings(DRAGOMAN_DATABASE=str(tmp_path / "calls.sqlite")), drain_s=0.05) as running:
        running.calls.ring(Ringing("CA1", "+34600000001", "+15555550100", SPANISH))
    assert sorted(order[:2]) == ["Assistants", "BrowserDesk"]
    assert order[2:] == ["door"]


async def test_two_servers_cannot_have_one_port() -> None:
    async with serving(settings()) as running:
        with pytest.raises(SettingsError) as caught:
            async with serving(settings(API_PORT=str(running.port))):
                pass
    assert caught.value.problems[0].startswith("API_PORT: cannot listen on")


async def test_a_second_server_of_one_name_refuses_and_the_first_ones_calls_go_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(node_lock, "PATIENCE_S", 0.1)
    shared = settings(DRAGOMAN_DATABASE=str(tmp_path / "calls.sqlite"), DRAGOMAN_NODE="here")
    async with serving(shared, drain_s=0.0) as running:
        call_id = running.calls.ring(Ringing("CA1", "+34600000001", "+15555550100", SPANISH))
        with pytest.raises(SettingsError) as caught:
            async with serving({**shared, "API_PORT": str(free_port())}):
                pass
        assert caught.value.problems[0].startswith("DRAGOMAN_NODE: process ")
        view = running.calls.find(call_id)
        assert view is not None
        assert view.outcome is None
        running.calls.tell(call_id, EndAsked(Outcome(Result.US, "enough")))
    async with serving(shared, drain_s=0.0):
        pass


async def test_what_was_spent_before_a_restart_refuses_calls_after_it(tmp_path: Path) -> None:
    env = settings(DRAGOMAN_DATABASE=str(tmp_path / "calls.sqlite"), DRAGOMAN_MAX_USD_PER_DAY="1")
    ringing = Ringing("CA1", "+34600000001", "+15555550100", SPANISH)
    async with serving(env) as running:
        running.calls._parts.metrics.spent("an engine", 0.75)
    async with serving(env, drain_s=0.0) as running:
        running.calls.tell(running.calls.ring(ringing), EndAsked(Outcome(Result.US, "enough")))
        running.calls._parts.metrics.spent("an engine", 0.25)
        with pytest.raises(Refused, match="spending limit"):
            running.calls.ring(replace(ringing, carrier_call="CA2"))


# ---- Browsers alone --------------------------------------------------------------------------------------------------


def browsers_alone(folder: Path, **more: str | None) -> dict[str, str]:
    env = settings(
        PUBLIC_URL=None,
        DRAGOMAN_SECRET=None,
        API_PORT=str(free_port()),
        DRAGOMAN_BROWSER="true",
        DRAGOMAN_API_TOKEN=TOKEN,
        XDG_STATE_HOME=str(folder),
        **more,
    )
    return {name: value for name, value in env.items() if not name.startswith("TWILIO_")}


async def test_without_a_telephone_browsers_alone_are_served(tmp_path: Path) -> None:
    env = browsers_alone(tmp_path, DRAGOMAN_DATABASE=None)
    bearer = {"Authorization": f"Bearer {TOKEN}"}
    async with serving(env, drain_s=0.0) as running:
        base = f"http://localhost:{env['API_PORT']}"
        assert f"{NO_TELEPHONE.capitalize()} (docs/howto/browser.md)." in running.notes
        assert any(note.startswith(f"Browser mode: {base}/.") for note in running.notes)
        assert not any("/twilio/voice" in note or note.startswith("Languages offered") for note in running.notes)
        async with httpx2.AsyncClient(trust_env=False, base_url=base, headers=bearer) as http:
            ready = (await http.get("/ready")).json()
            assert ready == {"ready": True, "reasons": [], "without": [NO_TELEPHONE]}
            for path in ("/incoming-call", "/twilio/voice", "/fallback", "/api/calls"):
                assert (await http.post(path)).status_code == 404, path
            assert (await http.get("/metrics")).status_code == 200
            described = (await http.get("/api/openapi.json")).json()["paths"]
            assert "/api/rooms" in described
            assert "/api/calls" not in described
            made = await http.post("/api/rooms", json={"languages": ["en", "es"], "one_device": True})
            assert made.json()["link"].startswith(f"{base}/r/")
            letter = running.browser.invitation(1, 60.0).removeprefix("/#invite=")
            login = await http.post("/api/login", json={"token": letter}, headers={"Origin": base})
            assert login.json() == {"login": "guest"}
    assert not list(tmp_path.rglob("*.sqlite")), "there are no calls to keep"


async def test_a_telephone_that_is_half_set_stays_an_error(tmp_path: Path) -> None:
    told = await problems(browsers_alone(tmp_path) | {"TWILIO_CALLER_NUMBER": "+15555550101"})
    missing = {line.split(":")[0] for line in told}
    assert missing == {"PUBLIC_URL", "DRAGOMAN_SECRET", "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN"}


# ---- What is wrong ---------------------------------------------------------------------------------------------------


async def problems(env: Mapping[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        async with serving(env):
            pass
    return caught.value.problems


async def test_all_that_is_missing_is_said_at_once() -> None:
    told = await problems({})
    assert {line.split(":")[0] for line in told} == {
        "PUBLIC_URL",
        "DRAGOMAN_SECRET",
        "TWILIO_ACCOUNT_SID",
        "TWILIO_AUTH_TOKEN",
        "TWILIO_CALLER_NUMBER",
        "DRAGOMAN_BROWSER",
    }
    assert any("With DRAGOMAN_BROWSER=true browsers are served without one" in line for line in told)


async def test_files_that_are_not_there_are_named() -> None:
    for name in ("DRAGOMAN_GLOSSARY", "DRAGOMAN_LANGUAGES", "DRAGOMAN_NOTICES"):
        told = await problems(settings(**{name: "/nowhere/x.toml"}))
        assert "/nowhere/x.toml" in told[0]


async def test_an_engine_that_nobody_has_is_named_with_those_there_are() -> None:
    (told,) = await problems(settings(DRAGOMAN_ENGINE="babelfish"))
    assert "'babelfish'" in told
    assert "translation, conversation, local, echo" in told


async def test_an_openai_engine_without_a_key_says_what_to_do() -> None:
    (told,) = await problems(settings(DRAGOMAN_ENGINE="translation"))
    assert told.startswith("OPENAI_API_KEY: is not set")
    assert "DRAGOMAN_ENGINE=local" in told


async def test_an_agents_language_that_is_not_configured_is_named() -> None:
    (told,) = await problems(settings(DRAGOMAN_AGENT_LANGUAGE="tlh"))
    assert told.startswith("DRAGOMAN_AGENT_LANGUAGE: 'tlh'")


async def test_no_way_to_an_agent_is_said() -> None:
    (told,) = await problems(settings(TWILIO_AGENT_ADDRESS=None))
    assert "no way to an agent" in told


async def test_assistants_may_answer_alone() -> None:
    alone = settings(DRAGOMAN_ENGINE=None, OPENAI_API_KEY="sk-test", TWILIO_AGENT_ADDRESS=None, DRAGOMAN_AGENT="none")
    async with serving(alone) as running:
        assert NO_AGENTS in running.notes
        assert any(note.startswith("Assistant at /twilio/voice") for note in running.notes)


# ---- What an operator should know ------------------------------------------------------------------------------------


async def test_misspelt_variables_are_told() -> None:
    async with serving(settings(DRAGOMAN_ENGIN="local", DRAGOMAN_LOCAL_ASR="base")) as running:
        assert running.notes[-1] == "These variables mean nothing to Dragoman (misspelt?): DRAGOMAN_ENGIN."


async def test_languages_without_texts_of_their_own_are_told(tmp_path: Path) -> None:
    file = tmp_path / "languages.toml"
    file.write_text('[eo]\nname = "Esperanto"\n', encoding="utf-8")
    async with serving(settings(DRAGOMAN_LANGUAGES=str(file))) as running:
        (told,) = [note for note in running.notes if note.startswith("Esperanto has no texts")]
        assert told.endswith("They are said in English.")


# ---- Records and safety ids ------------------------------------------------------------------------------------------


async def test_a_calls_record_is_kept_by_the_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("dragoman.relay.live.FAREWELL_S", 0.2)
    async with serving(settings(DRAGOMAN_RECORDS=str(tmp_path)), drain_s=0.0) as running:
        call_id: CallId = running.calls.ring(Ringing("CA1", "+34600000001", "+15555550100", SPANISH))
    assert json.loads((tmp_path / f"{call_id}.json").read_text(encoding="utf-8"))["caller_language"] == "es"


def test_safety_ids_tell_parties_apart_and_nobody_who_they_are() -> None:
    safety_id = app._safety_id(SECRET)
    assert safety_id("+34600000001") == safety_id("+34600000001")
    assert safety_id("+34600000001") != safety_id("+34600000002")
    assert safety_id("+34600000001") != app._safety_id("another secret")("+34600000001")
    assert "34600000001" not in safety_id("+34600000001")
    assert safety_id("") == ""
