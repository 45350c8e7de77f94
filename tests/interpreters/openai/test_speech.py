from __future__ import annotations

import asyncio
import json
import socket

import pytest

from dragoman.audio.level import dbfs
from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language, LanguageTag
from dragoman.interpreters.openai.emulator import OpenAIEmulator
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.openai.speech import SpeechAnnouncer
from tests.fakes.interpreting_desk import SPANISH

pytestmark = pytest.mark.pair


def announcer(base_url: str, *, any_voice: bool = False) -> SpeechAnnouncer:
    return SpeechAnnouncer(Endpoint(base_url, "sk-test"), "gpt-4o-mini-tts", "marin", any_voice=any_voice)


@pytest.mark.parametrize("fmt", AudioFormat)
async def test_a_text_becomes_speech_in_the_wanted_format(fmt: AudioFormat) -> None:
    async with OpenAIEmulator() as server:
        speaker = announcer(server.base_url)
        audio = await speaker.render("Un momento, por favor.", SPANISH, fmt)
        await speaker.aclose()
        assert audio is not None
        assert fmt.ms(len(audio)) > 300
        assert len(audio) % fmt.sample_bytes == 0
        if fmt is AudioFormat.PCMU_8K:
            assert dbfs(audio) > -40
        order = json.loads(server.spoken[0])
        assert (order["model"], order["voice"], order["response_format"]) == ("gpt-4o-mini-tts", "marin", "pcm")
        assert "Spanish" in order["instructions"]


@pytest.mark.parametrize(("any_voice", "voice"), [(False, "marin"), (True, "dora")])
async def test_a_languages_own_voice_is_asked_for_where_it_exists(any_voice: bool, voice: str) -> None:
    language = Language(LanguageTag("es"), "Español", "Spanish", "es-ES", voice="dora")
    async with OpenAIEmulator() as server:
        speaker = announcer(server.base_url, any_voice=any_voice)
        await speaker.render("Hola.", language, AudioFormat.PCMU_8K)
        await speaker.aclose()
        if server.spoken:
            assert json.loads(server.spoken[0])["voice"] == voice


async def test_a_service_that_refuses_gives_none() -> None:
    async with OpenAIEmulator(keys=frozenset({"another"})) as server:
        speaker = announcer(server.base_url)
        assert await speaker.render("Hola.", SPANISH, AudioFormat.PCMU_8K) is None
        await speaker.aclose()


async def test_a_text_that_the_service_does_not_take_gives_none() -> None:
    async with OpenAIEmulator() as server:
        speaker = announcer(server.base_url)
        assert await speaker.render("", SPANISH, AudioFormat.PCMU_8K) is None
        await speaker.aclose()


async def test_nobody_there_gives_none() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        speaker = announcer(f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        assert await speaker.render("Hola.", SPANISH, AudioFormat.PCMU_8K) is None
        await speaker.aclose()


async def test_a_voice_has_a_name_and_a_language_that_the_server_does_not_speak_has_none() -> None:
    """Two servers' voices of one name are not the same: what is kept of the one is not played for the other."""
    there = Endpoint("http://127.0.0.1:9/v1")
    speaker = SpeechAnnouncer(there, "tts", "marin", languages=frozenset({"es"}), server="embedded")
    assert speaker.voice_for(SPANISH) == "embedded/tts/marin"
    assert speaker.voice_for(Language(LanguageTag("de"), "Deutsch", "German", "de-DE")) is None
    assert speaker.voice_for(Language(LanguageTag("es"), "", "", "", voice="cedar")) == "embedded/tts/cedar"
    assert announcer("http://127.0.0.1:9/v1").voice_for(SPANISH) == "127.0.0.1:9/gpt-4o-mini-tts/marin"
    await speaker.aclose()


async def test_a_service_that_takes_too_long_gives_none() -> None:
    given_up, over = asyncio.Event(), asyncio.Event()

    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await given_up.wait()
        writer.close()
        over.set()

    async with asyncio.timeout(10), await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        speaker = SpeechAnnouncer(Endpoint(f"http://127.0.0.1:{port}/v1"), "tts", "marin", deadline_s=0.1)
        assert await speaker.render("Hola.", SPANISH, AudioFormat.PCMU_8K) is None
        await speaker.aclose()
        given_up.set()
        await over.wait()
