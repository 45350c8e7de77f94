"""Scripts for a lane that is changed in mid-call, and for speech that needs no interpreter."""

from __future__ import annotations

import dataclasses

import pytest

from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Hear, Play
from dragoman.domain.speech import Captioned, Side, SpeechBegan, Spoke, SpokeAll
from dragoman.relay.comfort import ComfortSound
from dragoman.relay.same_speech import SameSpeech
from dragoman.relay.spoken_language import SpokenLanguage
from tests.fakes.lane_script import Script, captions, given_to_engine, lane, marks, played
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script

# ---- Turned off and on -----------------------------------------------------------------------------------------------


def test_not_interpreted_the_voice_goes_straight_across_and_no_engine_hears_it() -> None:
    script = Script(lane())
    assert list(script.lane.carry(interprets=False, straight=True, now=script.now)) == []
    words = b"".join(frame(number) for number in range(25))
    script.say(words)
    assert played(script.effects) == words
    assert given_to_engine(script.effects) == b""


def test_turned_on_the_interpreter_is_given_the_stretch_that_goes_on_from_its_begin() -> None:
    """Said before: a second of other speech, two of silence, then 0.6 s of what goes on."""
    script = Script(lane())
    script.lane.carry(interprets=False, straight=True, now=script.now)
    words = b"".join(frame(number) for number in range(30))
    script.say(frame(900) * 50 + SILENT * 100 + words)
    script.lane.interpreter_began(script.now)
    (recalled,) = script.lane.carry(interprets=True, straight=False, now=script.now)
    assert recalled == Hear(SILENT * 10 + words), "with a little before it"
    script.engine(SpeechBegan("u1", 200))
    assert script.utterance.began_s == pytest.approx(3.0)
    assert list(script.lane.carry(interprets=True, straight=False, now=script.now)) == [], "once"
    assert given_to_engine(script.say(frame(1))) == frame(1)


def test_turned_on_after_silence_there_is_nothing_to_recall() -> None:
    script = Script(lane())
    script.lane.carry(interprets=False, straight=True, now=script.now)
    script.say(SILENT * 100)
    assert list(script.lane.carry(interprets=True, straight=False, now=script.now)) == []


def test_turned_off_what_is_queued_plays_on_and_what_comes_still_is_not_heard() -> None:
    script = Script(lane())
    script.engine(Spoke(frame(1) * 30, "u1"))
    script.lane.carry(interprets=False, straight=True, now=script.now)
    assert script.engine(Spoke(frame(2) * 5, "u1")) == []
    script.wait(50)
    assert played(script.effects) == frame(1) * 30


def test_captions_only_the_ear_hears_the_voice_and_the_engine_hears_it_too() -> None:
    script = Script(lane())
    script.lane.carry(interprets=True, straight=True, now=script.now)
    assert script.say(frame(3)) == [Hear(frame(3)), Play(frame(3))]
    assert script.engine(Spoke(frame(1), "u1")) == []
    assert captions(script.engine(Captioned(Side.TARGET, "Hello", "u1")))


def test_a_shared_language_is_never_interpreted() -> None:
    script = Script(lane(passthrough=True))
    script.lane.carry(interprets=True, straight=False, now=script.now)
    assert script.say(frame(3)) == [Play(frame(3))]


def test_other_languages_begin_with_the_next_utterance_and_lose_nothing_of_the_last() -> None:
    script = Script(lane())
    script.engine(Spoke(frame(1) * 30, "u1"))
    plan = dataclasses.replace(script.lane.plan, source_language="fr", engine="other", names_utterances=False)
    script.lane.replan(plan, None)
    script.lane.interpreter_began(script.now)
    script.engine(Spoke(frame(2) * 5))
    script.wait(60)
    assert played(script.effects) == frame(1) * 30 + frame(2) * 5
    said = script.lane.transcript.utterances
    assert [(one.source_language, one.engine) for one in said] == [("es", "fake"), ("fr", "other")]
    assert not script.lane.ear.playout.turns


def test_another_engine_that_names_nothing_is_placed_by_loudness_from_then_on() -> None:
    script = Script(lane())
    script.lane.replan(dataclasses.replace(script.lane.plan, names_utterances=False), None)
    script.say(SILENT * 50 + frame(1) * 50)
    script.engine(Spoke(frame(2)))
    assert script.utterance.began_s == pytest.approx(1.0)


def test_back_from_a_shared_language_the_voice_is_plain_until_an_interpreter_sits_there() -> None:
    script = Script(lane())
    plan = script.lane.plan
    script.lane.replan(dataclasses.replace(plan, passthrough=True), None)
    assert script.say(frame(1)) == [Play(frame(1))]
    script.lane.replan(plan, None)
    assert script.say(frame(2)) == [Play(frame(2))]
    assert list(script.lane.carry(interprets=True, straight=False, now=script.now)) == [Hear(frame(2))]
    assert script.say(frame(3)) == [Hear(frame(3))]


# ---- Speech that is in the listener's language already ---------------------------------------------------------------


def english(_text: str) -> list[tuple[str, float]]:
    return [("en", -10.0), ("es", -90.0)]


def passing() -> Script:
    made = lane()
    made.replan(made.plan, SameSpeech(SpokenLanguage("es", "en", english)))
    return Script(made)


def test_speech_in_the_listeners_language_passes_whole_and_goes_on_live() -> None:
    script = passing()
    words = b"".join(frame(number) for number in range(75))
    script.say(words[: 50 * 160])
    assert played(script.effects) == b""
    script.engine(Captioned(Side.SOURCE, "you can send it to my address", "u1"))
    script.say(words[50 * 160 :])
    assert script.lane.times.lag.lag_ms(script.now, 0) == 0, "nothing is waited for"
    script.say(SILENT * 60)
    assert given_to_engine(script.effects) == words + SILENT * 60
    script.wait(60)
    assert played(script.effects).startswith(words)
    assert len(marks(script.effects)) == 1


def test_when_the_engine_speaks_for_it_after_all_the_rest_of_it_is_not_heard() -> None:
    script = passing()
    words = b"".join(frame(number) for number in range(50))
    script.say(words)
    script.engine(Captioned(Side.SOURCE, "you can send it to my address", "u1"))
    script.engine(Spoke(frame(999) * 10, "u1"))
    script.wait(60)
    out = played(script.effects)
    assert out.endswith(frame(999) * 10)
    assert words.startswith(out[: -10 * 160])
    assert len(out) < 30 * 160


def test_under_the_original_voice_nothing_passes_twice() -> None:
    script = passing()
    script.lane.ear.original.switch(OriginalMode.FULL)
    script.say(frame(1) * 3)
    words = b"".join(frame(number) for number in range(50))
    script.say(words)
    script.engine(Captioned(Side.SOURCE, "you can send it to my address", "u1"))
    script.say(SILENT * 60)
    assert played(script.effects).count(frame(30)) == 1


def test_another_interpreter_owes_nothing_for_what_the_last_one_was_given() -> None:
    """It speaks under a name of the last one: that is for what it hears itself."""
    script = passing()
    script.say(b"".join(frame(number) for number in range(50)))
    script.say(SILENT * 45)
    script.engine(Captioned(Side.SOURCE, "you can send it to my address", "u1"))
    script.lane.interpreter_began(script.now)
    script.say(b"".join(frame(number) for number in range(100, 105)))
    script.engine(Spoke(frame(999), "u1"))
    script.wait(150)
    assert played(script.effects).startswith(b"".join(frame(number) for number in range(50))), "all of it"


# ---- How far the ear is behind ---------------------------------------------------------------------------------------


def test_only_interpreted_speech_is_behind_and_not_what_we_say_ourselves() -> None:
    """A minute after the last word, a replay and a notice: neither is a minute late."""
    script = Script(lane())
    script.say(frame(1) * 50)
    script.engine(SpeechBegan("u1", 0))
    script.engine(Spoke(b"".join(frame(number) for number in range(50)), "u1"))
    script.engine(SpokeAll("u1"))
    assert script.lane.sample_lag(script.now) > 500
    script.say(SILENT * 3000)
    script.effects += script.lane.say_again(script.now)
    assert script.lane.sample_lag(script.now) == 0
    script.lane.announce("repeat.1", frame(2) * 50, script.now)
    assert script.lane.sample_lag(script.now) == 0
    assert script.lane.times.lag.figures.most_ms < 3000


@pytest.mark.parametrize("interprets", [True, False])
def test_an_ear_that_hears_the_voice_itself_waits_for_nothing(interprets: bool) -> None:
    script = Script(lane())
    script.say(frame(1) * 50)
    script.lane.carry(interprets=interprets, straight=True, now=script.now)
    script.say(frame(1) * 250)
    assert script.lane.sample_lag(script.now) == 0


# ---- Speech in the listener's language, interrupted ------------------------------------------------------------------


def test_what_was_passed_when_interpreting_was_turned_off_is_not_passed_when_it_is_on_again() -> None:
    script = passing()
    script.say(b"".join(frame(number) for number in range(50)))
    script.engine(Captioned(Side.SOURCE, "you can send it to my address", "u1"))
    script.lane.carry(interprets=False, straight=True, now=script.now)
    script.say(frame(3) * 100)
    script.lane.interpreter_began(script.now)
    script.lane.carry(interprets=True, straight=False, now=script.now)
    script.wait(100)
    assert played(script.say(frame(4) * 30)) == b"", "nobody knows its language yet"


def test_what_waited_when_the_original_voice_was_turned_on_is_not_heard_minutes_later() -> None:
    for turned_on in (False, True):
        script = passing()
        script.say(b"".join(frame(number) for number in range(50)) + SILENT * 50)
        script.engine(Captioned(Side.SOURCE, "thank you very much", "u1"))
        if turned_on:
            script.lane.ear.original.switch(OriginalMode.FULL)
            script.say(SILENT * 250)
            script.lane.ear.original.switch(OriginalMode.OFF)
        assert (frame(30) in played(script.say(SILENT * 250))) is not turned_on


# ---- Comfort sound ---------------------------------------------------------------------------------------------------


def test_no_comfort_sound_where_the_ear_hears_the_voice_itself() -> None:
    script = Script(lane())
    script.lane.ear.comfort = comfort = ComfortSound()
    script.say(frame(1) * 50)
    script.lane.carry(interprets=True, straight=True, now=script.now)
    script.say(frame(1) * 50)
    comfort.frame(script.now)
    assert comfort.frame(script.now) is None


def test_no_comfort_sound_after_speech_that_was_passed_as_it_is() -> None:
    script = passing()
    script.lane.ear.comfort = comfort = ComfortSound()
    script.say(b"".join(frame(number) for number in range(50)))
    assert comfort.frame(script.now) is not None
    script.engine(Captioned(Side.SOURCE, "you can send it to my address", "u1"))
    script.say(frame(1))
    comfort.frame(script.now)
    assert comfort.frame(script.now) is None
