"""The engines as configured, against the emulator over loopback: good models, bad models, failing ones."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.speech import Captioned, Guarded, Side, Spent, Spoke, SpokeAll, Unclear, Verdict
from dragoman.interpreters.openai import OpenAISettings, conversation_engine, translation_engine
from dragoman.interpreters.openai.conversation import ConversationPlan
from dragoman.interpreters.openai.emulator import OpenAIEmulator, Pace, Phrase, Phrases, Script
from dragoman.interpreters.openai.emulator.markers import marker_tone
from dragoman.interpreters.openai.emulator.script import Failing, Failure, Misbehaving, Misdeed, Preamble
from dragoman.interpreters.openai.engines import ConversationEngine, GuardParts
from dragoman.ports import Engine
from dragoman.settings import load
from tests.contracts.interpreter_contract import Heard
from tests.fakes.interpreting_desk import wanted

pytestmark = pytest.mark.pair

PARTS = GuardParts.shipped()
PAUSE = AudioFormat.PCMU_8K.silence(900)
UTTERANCE = PAUSE + marker_tone(440, 900) + PAUSE
SAID = Phrase("¿Dónde está mi pedido?", "Where is my order?")
QUICK = Pace(speed=10, transcription_s=0.02)


def guarded(base_url: str) -> Engine:
    settings = load(OpenAISettings, {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": base_url})
    plan = ConversationPlan(settings.conversation_model, "gpt-transcribe", settings.voice)
    return ConversationEngine(settings.endpoint(), plan, guard_parts=PARTS)


async def said(
    script: Script, until: Callable[[Heard], bool], role: Role = Role.CALLER, speech: bytes = UTTERANCE
) -> tuple[Heard, OpenAIEmulator]:
    """One call with one utterance, until enough was told."""
    heard = Heard()
    async with OpenAIEmulator(script=script, pace=QUICK) as emulator:
        interpreter = guarded(emulator.base_url).interpreter(wanted(speaker=role), heard)
        interpreter.hear(speech)
        async with asyncio.TaskGroup() as group:
            group.create_task(interpreter.run())
            async with asyncio.timeout(12):
                while not until(heard):
                    heard.changed.clear()
                    await heard.changed.wait()
            interpreter.close()
    return heard, emulator


def settled(heard: Heard) -> bool:
    return any(isinstance(event, SpokeAll) for event in heard.events)


def target_text(heard: Heard) -> list[str]:
    return [
        event.text
        for event in heard.events
        if isinstance(event, Captioned) and event.side is Side.TARGET and event.final
    ]


async def test_an_utterance_is_interpreted_and_nothing_is_wrong() -> None:
    heard, emulator = await said(
        Phrases((SAID,)),
        lambda heard: (
            settled(heard)
            and any(
                isinstance(event, Captioned) and event.side is Side.SOURCE and event.final for event in heard.events
            )
        ),
    )
    assert target_text(heard) == ["Where is my order?"]
    assert len(heard.spoken) > 4000
    assert emulator.sessions[0].errors == []
    assert not [event for event in heard.events if isinstance(event, Guarded | Unclear)]


VERDICTS = {
    Misdeed.ANSWERS: Verdict.ANSWERED,
    Misdeed.COMMENTS: Verdict.COMMENTED,
    Misdeed.REPEATS_SOURCE: Verdict.REPEATED_SOURCE,
    Misdeed.WRONG_LANGUAGE: Verdict.WRONG_LANGUAGE,
}


@pytest.mark.parametrize("misdeed", Misdeed)
async def test_a_model_that_lapses_once_is_asked_again(misdeed: Misdeed) -> None:
    script = Misbehaving(Phrases((SAID,)), misdeed, asks=1)
    heard, emulator = await said(script, lambda heard: "Where is my order?" in target_text(heard))
    (caught,) = [event for event in heard.events if isinstance(event, Guarded)]
    assert caught.asked_again
    assert caught.verdict in {VERDICTS[misdeed], Verdict.WRONG_LANGUAGE}
    assert emulator.sessions[0].errors == []


@pytest.mark.parametrize("misdeed", Misdeed)
async def test_a_model_that_lapses_always_is_dropped_and_the_speaker_asked_to_repeat(misdeed: Misdeed) -> None:
    script = Misbehaving(Phrases((SAID,)), misdeed)
    heard, _ = await said(script, lambda heard: any(isinstance(event, Unclear) for event in heard.events))
    caught = [event for event in heard.events if isinstance(event, Guarded)]
    assert [event.asked_again for event in caught] == [True, False]
    assert not caught[1].played
    (unclear,) = [event for event in heard.events if isinstance(event, Unclear)]
    assert unclear.reason == "guard"
    assert not any(caught_one.played for caught_one in caught) or heard.spoken


async def test_a_preamble_is_not_spoken() -> None:
    heard, _ = await said(Preamble(Phrases((SAID,))), settled)
    assert target_text(heard) == ["Where is my order?"]


async def test_a_rate_limit_is_waited_out() -> None:
    failure = Failure("rate_limit_exceeded", "Please try again in 50ms.", "tokens")
    heard, _ = await said(Failing(Phrases((SAID,)), failure, asks=1), settled)
    assert target_text(heard) == ["Where is my order?"]


async def test_unclear_speech_is_told() -> None:
    heard, _ = await said(Failing(Phrases((SAID,)), Failure("speech_unclear", "low confidence")), settled)
    assert [event.reason for event in heard.events if isinstance(event, Unclear)] == ["low confidence"]
    assert heard.spoken == b""


async def test_two_utterances_come_in_order() -> None:
    phrases = Phrases((SAID, Phrase("Es el pedido cuatro.", "It is order number four.")))
    heard, emulator = await said(phrases, lambda heard: len(target_text(heard)) == 2, speech=UTTERANCE + UTTERANCE)
    assert target_text(heard) == ["Where is my order?", "It is order number four."]
    spoken = [event.utterance for event in heard.events if isinstance(event, Spoke)]
    assert spoken == sorted(spoken, key=spoken.index)
    assert emulator.sessions[0].errors == []


def test_the_configured_engines_say_what_they_can() -> None:
    settings = load(OpenAISettings, {"OPENAI_API_KEY": "sk-test"})
    translation, conversation = translation_engine(settings), conversation_engine(settings)
    assert (translation.name, conversation.name) == ("translation", "conversation")
    assert translation.capabilities.continuous_clock
    assert not translation.capabilities.takes_turns
    assert len(translation.capabilities.targets) == 13
    assert translation.capabilities.carries("sw", "en")
    assert not translation.capabilities.carries("en", "sw")
    assert translation.capabilities.usd_per_minute == 0.034
    assert conversation.capabilities.glossary
    assert conversation.capabilities.native_pcmu
    assert conversation.capabilities.carries("en", "sw")
    assert 0.005 < conversation.capabilities.usd_per_minute < 0.1


async def test_money_is_told() -> None:
    heard = Heard()
    async with OpenAIEmulator(script=Phrases((SAID,)), pace=QUICK) as emulator:
        settings = load(OpenAISettings, {"OPENAI_API_KEY": "sk-test", "OPENAI_BASE_URL": emulator.base_url})
        interpreter = conversation_engine(settings).interpreter(wanted(), heard)
        interpreter.hear(UTTERANCE)
        async with asyncio.TaskGroup() as group:
            group.create_task(interpreter.run())
            await heard.until(Spent, 8)
            interpreter.close()
    first = next(event for event in heard.events if isinstance(event, Spent))
    assert not first.estimate
    assert 0 < first.usd < 0.05
