"""A model that answers, comments, repeats or speaks another language is not heard: asked again, or dropped."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from dragoman.domain.call import Notice
from dragoman.domain.speech import Verdict
from dragoman.interpreters.openai.emulator import Phrase
from dragoman.interpreters.openai.emulator.script import Message, Misbehaving, Misdeed, Says, Understood, Utterance
from dragoman.interpreters.openai.emulator.sound import tone
from tests.rig.captions import Reader
from tests.rig.people import SPEECH_MS, Ear, in_voice, voice
from tests.rig.town import Town, together, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

VERDICTS = {
    Misdeed.ANSWERS: Verdict.ANSWERED,
    Misdeed.COMMENTS: Verdict.COMMENTED,
    Misdeed.REPEATS_SOURCE: Verdict.REPEATED_SOURCE,
    Misdeed.WRONG_LANGUAGE: Verdict.WRONG_LANGUAGE,
}
"""What each misdeed is called. A repetition that is caught before the transcript is there is a wrong language."""
RIGHT_HZ = 500
ASKED = Phrase("¿A qué hora abren ustedes mañana por la mañana?", "What time do you open tomorrow morning?", "es", "en")
SAID = Phrase(
    "Could you tell me your postal code and the street?", "¿Me puede decir su código postal y la calle?", "en", "es"
)


@dataclass(frozen=True, slots=True)
class RightIsATone:
    """Says one phrase for each direction; the right rendering sounds as the answer to a marker, all else as babble."""

    def hears(self, utterance: Utterance) -> Understood:
        phrase = self._phrase(utterance)
        return Understood(phrase.source, phrase.language)

    def says(self, utterance: Utterance) -> Says:
        return (Message(self._phrase(utterance).target, tone(RIGHT_HZ + 1500, SPEECH_MS)),)

    @staticmethod
    def _phrase(utterance: Utterance) -> Phrase:
        return ASKED if ASKED.suits(utterance) else SAID


def flags(here: Town) -> list[str]:
    (record,) = here.records
    return [flag for utterance in record.utterances for flag in utterance.flags]


def assert_guarded(found: list[str], misdeed: Misdeed) -> None:
    early = {Verdict.WRONG_LANGUAGE} if misdeed is Misdeed.REPEATS_SOURCE else set()
    assert found
    assert set(found) <= {f"guard: {verdict.value}" for verdict in {VERDICTS[misdeed]} | early}


async def test_what_went_wrong_once_is_asked_again_and_the_right_rendering_is_heard() -> None:
    await together(*(asked_again(misdeed) for misdeed in Misdeed))


async def asked_again(misdeed: Misdeed) -> None:
    async with town("conversation", script=Misbehaving(RightIsATone(), misdeed, asks=1)) as here:
        talk = await here.interpreted()
        talk.caller.say(voice(900))
        await here.until(lambda: talk.agent_ear.heard_answer(RIGHT_HZ))
        talk.agent_ear.expect_only(RIGHT_HZ, SPEECH_MS)
        assert talk.caller_ear.sound_ms == 0, "the speaker is not bothered"
        talk.caller.hang_up()
        record = await here.record()
    (utterance,) = record.utterances
    assert (utterance.source_text, utterance.target_text) == (ASKED.source, ASKED.target)
    assert_guarded(flags(here), misdeed)


async def test_what_goes_wrong_again_is_dropped_and_the_speaker_is_asked_to_repeat() -> None:
    await together(*(dropped(misdeed) for misdeed in Misdeed))


async def dropped(misdeed: Misdeed) -> None:
    async with town("conversation", script=Misbehaving(RightIsATone(), misdeed)) as here:
        caller = await here.dial()
        reservation = await here.reserved()
        reader = Reader.of_task(reservation.task.attributes)
        talk = await here.accepted(caller, reservation)
        caller.say(voice(900))
        repeat = spoken(here, Notice.REPEAT, "es")
        await here.until(lambda: talk.caller_ear.times_heard(repeat))
        await here.until(lambda: talk.caller_ear.heard_all(300))
        assert talk.agent_ear.sound_ms == 0, "nothing wrong is heard, nor anything else"
        caller.hang_up()
        await here.record()
        await reader.read()  # also after the call: what was said stays to be read for a while
    *guarded, unclear = flags(here)
    assert_guarded(guarded, misdeed)
    assert unclear == "unclear: guard"
    last = reader.captions[-1]
    assert set(last["flags"]) == set(flags(here)), "the captions say so too"
    assert ASKED.source in reader.texts("source")


def spoken(here: Town, notice: Notice, tag: str) -> bytes:
    """A notice as the emulated voice speaks it."""
    language = here.app.book.find(tag)
    assert language is not None
    return in_voice(here.app.notices.text(notice, language))


async def test_an_agents_words_are_guarded_too_and_the_next_sentence_is_heard() -> None:
    script = Misbehaving(RightIsATone(), Misdeed.WRONG_LANGUAGE, utterances=frozenset({0}))
    async with town("conversation", script=script) as here:
        talk = await here.interpreted()
        talk.agent.say(voice(900))
        repeat = spoken(here, Notice.REPEAT, "en")
        await here.until(lambda: talk.agent_ear.times_heard(repeat))
        assert talk.caller_ear.sound_ms == 0
        caller_ear = Ear(talk.caller)
        talk.agent.say(voice(900))
        await here.until(lambda: caller_ear.heard_answer(RIGHT_HZ))
        caller_ear.expect_only(RIGHT_HZ, SPEECH_MS)


async def test_an_agent_may_ask_what_an_assistant_would_ask() -> None:
    @dataclass(frozen=True, slots=True)
    class AgentsOpening(RightIsATone):
        def hears(self, utterance: Utterance) -> Understood:
            return Understood("Good morning, how can I help you?", "en")

        def says(self, utterance: Utterance) -> Says:
            return (Message("Buenos días, ¿en qué puedo ayudarle?", tone(RIGHT_HZ + 1500, SPEECH_MS)),)

    async with town("conversation", script=AgentsOpening()) as here:
        talk = await here.interpreted()
        talk.agent.say(voice(900))
        await here.until(lambda: talk.caller_ear.heard_answer(RIGHT_HZ))
        talk.caller.hang_up()
        await here.record()
    assert flags(here) == []
