"""Fixed texts read aloud by a conversation session, against the emulated server."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from dragoman.audio.level import dbfs
from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language, LanguageTag
from dragoman.interpreters.openai.announce import MAX_AUDIO_S, ConversationAnnouncer, Reading, same_words
from dragoman.interpreters.openai.emulator import EchoScript, Faults, OpenAIEmulator, Pace, Script
from dragoman.interpreters.openai.emulator.faults import UNAUTHORISED, Ending
from dragoman.interpreters.openai.emulator.script import (
    Failing,
    Failure,
    Message,
    Misbehaving,
    Misdeed,
    Preamble,
    Says,
    Understood,
    Utterance,
)
from dragoman.interpreters.openai.endpoint import Endpoint
from tests.fakes.interpreting_desk import SPANISH

pytestmark = pytest.mark.pair

TEXT = "Una inteligencia artificial interpreta esta llamada."
QUICK = Pace(lead=200.0)


def reader(base_url: str) -> ConversationAnnouncer:
    return ConversationAnnouncer(Endpoint(base_url, "sk-test"), "gpt-realtime-2.1-mini", "marin")


async def read(script: Script, fmt: AudioFormat = AudioFormat.PCMU_8K, faults: Faults | None = None) -> bytes | None:
    async with OpenAIEmulator(script=script, pace=QUICK, faults=faults or Faults()) as server:
        return await reader(server.base_url).render(TEXT, SPANISH, fmt)


@pytest.mark.parametrize("fmt", AudioFormat)
async def test_a_text_becomes_speech_in_the_wanted_format(fmt: AudioFormat) -> None:
    audio = await read(EchoScript(), fmt)
    assert audio is not None
    assert fmt.ms(len(audio)) > 1000
    assert len(audio) % fmt.sample_bytes == 0
    if fmt is AudioFormat.PCMU_8K:
        assert dbfs(audio) > -40


async def test_the_session_is_told_to_read_and_is_closed_afterwards() -> None:
    async with OpenAIEmulator(script=EchoScript(), pace=QUICK) as server:
        assert await reader(server.base_url).render(TEXT, SPANISH, AudioFormat.PCMU_8K)
        (session,) = server.sessions
        assert session.close_code == 1000


@dataclass
class Learning:
    """Answers the text at first, and reads it from the second session on."""

    sessions: int = 0

    def hears(self, utterance: Utterance) -> Understood:
        return Understood("")

    def says(self, utterance: Utterance) -> Says:
        self.sessions += 1
        return (Message("¿En qué puedo ayudarle?" if self.sessions == 1 else utterance.text),)


async def test_a_model_that_answers_once_is_asked_again() -> None:
    script = Learning()
    assert await read(script)
    assert script.sessions == 2


@pytest.mark.parametrize("misdeed", [Misdeed.ANSWERS, Misdeed.COMMENTS, Misdeed.WRONG_LANGUAGE])
async def test_a_model_that_says_something_else_is_not_heard(misdeed: Misdeed) -> None:
    assert await read(Misbehaving(EchoScript(), misdeed)) is None


async def test_a_remark_before_the_text_is_left_out() -> None:
    plain, remarked = await read(EchoScript()), await read(Preamble(EchoScript()))
    assert plain is not None
    assert remarked is not None
    assert abs(len(remarked) - len(plain)) < 1600


@pytest.mark.parametrize(
    ("script", "faults"),
    [
        (Failing(EchoScript(), Failure("server_error", "no")), None),
        (EchoScript(), Faults(refuse=UNAUTHORISED)),
        (EchoScript(), Faults(ending=Ending.SERVER_ERROR)),
    ],
)
async def test_a_service_that_fails_gives_none(script: Script, faults: Faults | None) -> None:
    assert await read(script, faults=faults) is None


async def test_nobody_there_gives_none() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nobody = reader(f"http://127.0.0.1:{unused.getsockname()[1]}/v1")
        assert await nobody.render("Hola.", SPANISH, AudioFormat.PCMU_8K) is None


async def test_it_speaks_any_language_with_a_voice_that_has_a_name() -> None:
    nobody = reader("http://127.0.0.1:9/v1")
    klingon = Language(LanguageTag("tlh"), "tlhIngan Hol", "Klingon", "tlh", voice="cedar")
    assert nobody.voice_for(klingon) == "127.0.0.1:9/gpt-realtime-2.1-mini/cedar"
    assert nobody.voice_for(SPANISH) == "127.0.0.1:9/gpt-realtime-2.1-mini/marin"
    await nobody.aclose()


@pytest.mark.parametrize(
    ("said", "text", "same"),
    [
        ("hola,  qué tal", "¡Hola! ¿Qué tal?", True),
        ("Hola.", "Hola, adiós.", False),
        ("", "Hola.", False),
        ("", "...", False),
        ("请按1。", "请按1", True),
    ],
)
def test_what_counts_as_the_same_words(said: str, text: str, same: bool) -> None:
    assert same_words(said, text) is same


# ---- The session on its own ------------------------------------------------------------------------------------------


def reading() -> tuple[Reading, list[str]]:
    done: list[str] = []
    noted: Callable[[bytes], None] = lambda _message: done.append("sent")  # noqa: E731
    return Reading(TEXT, SPANISH, "marin", AudioFormat.PCMU_8K, noted, lambda: done.append("closed")), done


def test_what_is_broken_ends_it() -> None:
    one, done = reading()
    one.received(b"{")
    assert one.failed
    assert done == ["closed"]


def test_what_does_not_end_is_ended() -> None:
    one, done = reading()
    piece = b'{"type":"response.output_audio.delta","event_id":"e","response_id":"r","item_id":"i",'
    piece += b'"output_index":0,"content_index":0,"delta":"' + b"/" * (8000 * 4 // 3 * 12 // 4 * 4) + b'"}'
    for _ in range(MAX_AUDIO_S):
        one.received(piece)
    assert one.failed == "it does not end"
    assert "closed" in done
