"""The composition root: what it builds from settings, what it says of it, how it stops."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path

import httpx2
import pytest

from dragoman import app, providers
from dragoman.app import serving
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.outcome import Result
from dragoman.errors import SettingsError
from dragoman.interpreters.local.process import Running
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.languages import book, languages
from dragoman.ports import Ringing
from dragoman.providers import Choice
from dragoman.relay.record import CallRecord
from tests.fakes.surroundings import SECRET, settings

pytestmark = pytest.mark.rig

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


async def test_two_servers_cannot_have_one_port() -> None:
    async with serving(settings()) as running:
        with pytest.raises(SettingsError) as caught:
            async with serving(settings(API_PORT=str(running.port))):
                pass
    assert caught.value.problems[0].startswith("API_PORT: cannot listen on")


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
    }


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


def test_the_embedded_engines_limits_and_left_out_languages_are_told() -> None:
    running = Running("http://127.0.0.1:9/v1", "", 0, frozenset())
    engine = providers.build("local", {}, lambda: 0.0, running)
    notes = app._notes(Choice(("local",), "no key"), book(languages(None), "en", [engine]))
    assert notes[0] == "Engine: local (no key)."
    assert "one call at a time" in notes[1]
    assert notes[2] == "Languages offered: English, Spanish."
    assert "Not offered: hi: local does not carry Hindi to English nor English to Hindi." in notes


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
