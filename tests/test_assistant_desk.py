"""Who answers, with what mind, and what the operator is told of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from pathlib import Path

import httpx2
import pytest

from dragoman import assistant_desk, providers
from dragoman.app import serving
from dragoman.assistant_desk import AssistantDesk, rehearse, warm
from dragoman.assistant_settings import AssistantSettings
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId
from dragoman.domain.language import Language
from dragoman.domain.speech import Line
from dragoman.errors import Refused, SettingsError
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.process import Running
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.languages import languages
from dragoman.ports import Ringing
from dragoman.relay.admission import Limits
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.entrance import Entrance
from dragoman.sections import read_settings
from dragoman.settings import load
from tests.fakes.local_parts import TOKEN
from tests.fakes.local_parts import serving as engine_serving
from tests.fakes.relay_parts import parts
from tests.fakes.surroundings import settings

pytestmark = pytest.mark.rig

MIND = "small mind (FAQ and patterns, no language model)"
RUNNING = Running("http://127.0.0.1:9/v1", "token", 0, frozenset(), MIND)
PERSONA = """name = "desk"
languages = ["en"]
instructions = "You answer the telephone."
"""


def opened(running: Running | None = RUNNING, **variables: str | None) -> AssistantDesk:
    env = settings(**variables)
    shared = parts()
    entrance = Entrance(Limits(), shared.safety_id, shared.metrics, time.monotonic)

    def hand_to(_ringing: Ringing, _to: str, _summary: str, _lines: Sequence[Line], _call: CallId) -> CallId:
        raise Refused("nobody")

    return assistant_desk.opened(
        read_settings(env), languages(None), shared, entrance, hand_to, running, env, lambda _record: None
    )


def test_without_a_key_the_embedded_engine_answers_and_says_which_mind_it_has() -> None:
    desk = opened()
    assert (desk.mind, desk.embedded) == (MIND, True)
    assert desk.notes == (
        "Assistant at /twilio/voice: reception (ja, en), the shipped example: DRAGOMAN_PERSONAS names your own.",
        f"The assistant's mind: {MIND}.",
    )


def test_with_a_key_openais_speech_model_answers_unless_the_embedded_engine_is_wished_for() -> None:
    desk = opened(OPENAI_API_KEY="sk-test", DRAGOMAN_ENGINE=None)
    assert (desk.mind, desk.embedded) == ("gpt-realtime-2.1-mini (realtime speech model)", False)
    assert opened(OPENAI_API_KEY="sk-test", DRAGOMAN_ENGINE="local").embedded


def test_with_nothing_that_could_answer_it_is_said() -> None:
    desk = opened(None)
    assert (desk.mind, desk.embedded) == ("", False)
    assert desk.notes == ("No assistant answers at /twilio/voice: it takes OPENAI_API_KEY, or the embedded engine.",)


def test_a_persona_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text(PERSONA, encoding="utf-8")
    desk = opened(DRAGOMAN_PERSONAS=str(tmp_path))
    assert desk.notes[:2] == ("Assistant at /twilio/voice: desk (en).", f"The assistant's mind: {MIND}.")


def test_a_model_whose_price_is_not_known_is_told_where_it_costs(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text('model = "gpt-of-tomorrow"\n' + PERSONA, encoding="utf-8")
    dear, own = (
        opened(DRAGOMAN_PERSONAS=str(tmp_path), OPENAI_API_KEY="sk-test", DRAGOMAN_ENGINE=engine)
        for engine in (None, "local")
    )
    (told,) = (one for one in dear.notes if "gpt-of-tomorrow" in one)
    assert "no price of gpt-of-tomorrow is known" in told
    assert not any("gpt-of-tomorrow" in one for one in own.notes)


def test_a_broken_persona_keeps_the_server_from_starting(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text(PERSONA + "[turn]\nkind = 7\n", encoding="utf-8")
    with pytest.raises(SettingsError, match=r"desk\.toml, line 5"):
        opened(DRAGOMAN_PERSONAS=str(tmp_path))


class Voices:
    """Speaks nothing, and notes what it was to speak."""

    def __init__(self) -> None:
        self.spoken: list[tuple[str, str]] = []

    def voice_for(self, _language: Language) -> str | None:
        return "voice"

    async def render(self, text: str, language: Language, fmt: AudioFormat) -> bytes | None:
        self.spoken.append((language.tag, text))
        return b""

    async def aclose(self) -> None:
        pass


async def test_the_embedded_voices_speak_each_greeting_beforehand() -> None:
    voices = Voices()
    await warm(opened(), voices, languages(None))
    assert [tag for tag, _ in voices.spoken] == ["ja", "en"]
    assert "Aoba Stationery" in voices.spoken[1][1]
    voices = Voices()
    await warm(opened(OPENAI_API_KEY="sk-test", DRAGOMAN_ENGINE=None), voices, languages(None))
    assert voices.spoken == [], "OpenAI's would cost money and be thrown away"
    await warm(opened(), None, languages(None))


async def test_personas_of_ones_own_are_rehearsed_by_a_session_for_each_language(tmp_path: Path) -> None:
    (tmp_path / "desk.toml").write_text(PERSONA, encoding="utf-8")
    for own in (False, True):
        folder = str(tmp_path) if own else None
        minds = Minds(load(AssistantSettings, settings(DRAGOMAN_PERSONAS=folder)))
        async with engine_serving(minds=minds) as engine:
            running = Running(engine.base_url, TOKEN, 0, frozenset(), MIND)
            await warm(opened(running, DRAGOMAN_PERSONAS=folder), Voices(), languages(None))
            async with httpx2.AsyncClient(trust_env=False) as http:
                state = (await http.get(f"{engine.base_url.removesuffix('/v1')}/healthz")).json()
            assert (state["to_rehearse"] > 0) is own, "the shipped desk's words are rehearsed at its first call"
        await minds.aclose()


async def test_an_engine_that_is_not_there_rehearses_nothing() -> None:
    (persona,) = (desk := opened()).personas.everyone
    async with asyncio.timeout(8):
        await rehearse(desk, persona, languages(None)[0])


async def test_a_server_answers_calls_and_lets_them_end_when_it_stops(tmp_path: Path) -> None:
    records: list[AssistantRecord] = []
    async with OpenAIEmulator() as models:
        env = settings(
            OPENAI_API_KEY="sk-test", OPENAI_BASE_URL=models.base_url, DRAGOMAN_RECORDS=str(tmp_path / "records")
        )
        async with serving(env, answered=records.append, drain_s=0.05) as running:
            japanese = running.assistants.calls.greeting_language("+15555550100")
            ringing = Ringing("CA1", "+34600000001", "+15555550100", japanese)
            call_id = running.assistants.calls.ring(ringing)
            assert running.notes[2].startswith("Assistant at /twilio/voice: reception (ja, en)")
    (record,) = records
    assert (record.call_id, record.persona, record.language) == (call_id, "reception", "ja")
    assert (tmp_path / "records" / f"{call_id}.json").exists()


def test_the_second_server_is_tried_when_the_first_fails() -> None:
    env = {"OPENAI_API_KEY": "sk-test", "OPENAI_FALLBACK_API_KEY": "sk-other"}
    names = [providers.openai_assistant(env, time.monotonic, fallback=second).name for second in (False, True)]
    assert names == ["conversation", "conversation-fallback"]
