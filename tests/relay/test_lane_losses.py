"""A lane whose interpreter is lost, stuck or gone for good: what the next one is given, what the ear hears."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dragoman.audio.comfort import comfort_sound
from dragoman.domain.speech import Captioned, Ready, Side, SpeechBegan, SpeechStopped, Spoke, SpokeAll
from dragoman.relay.owed import UNEXPLAINED_S
from dragoman.relay.rendering import SAID_AGAIN
from dragoman.relay.watch import USUAL_S
from tests.fakes.lane_script import Script, given_to_engine, lane, played
from tests.fakes.recorded import tone
from tests.fakes.relay_parts import frame

pytestmark = pytest.mark.script

WORDS = b"".join(frame(number) for number in range(100))
"""Two seconds."""
PAUSE = b"\xff" * 160 * 50
SPEECH = b"".join(frame(number) for number in range(100, 150))


def began() -> Script:
    script = Script(lane())
    script.lane.interpreter_began(script.now)
    script.engine(Ready())
    return script


def lose(script: Script) -> bytes:
    """What the next interpreter is given at once."""
    return given_to_engine(list(script.lane.interpreter_began(script.now, retell=True)))


def test_what_was_not_told_is_given_to_the_next_one_and_placed_where_it_was_said() -> None:
    script = began()
    script.say(PAUSE + WORDS)
    given = lose(script)
    assert given.endswith(WORDS)
    script.engine(SpeechBegan("b1", len(given) // 8 - 2000))
    assert script.utterance.began_s == pytest.approx(1.0, abs=0.05)


def test_what_was_told_to_its_end_is_not_given_again() -> None:
    script = began()
    script.say(WORDS)
    script.engine(SpeechBegan("a1", 0))
    script.engine(SpeechStopped("a1", 2000))
    script.engine(Spoke(SPEECH, "a1"))
    script.engine(SpokeAll("a1"))
    assert lose(script) == b""


def test_what_was_half_said_is_said_again_whole_and_its_unheard_rest_dropped() -> None:
    script = began()
    script.say(WORDS)
    script.engine(SpeechBegan("a1", 0))
    script.engine(SpeechStopped("a1", 2000))
    heard = played(script.engine(Spoke(SPEECH, "a1")))
    assert given_to_engine(list(script.lane.interpreter_began(script.now, retell=True))).endswith(WORDS)
    heard += played(script.wait(200))
    assert len(heard) < len(SPEECH), "the rest was dropped"
    assert SAID_AGAIN in script.utterance.flags
    assert script.lane.owed.retold.repeats_ms > 0
    script.engine(Spoke(SPEECH, "b1"))
    assert SPEECH in played(script.effects + script.wait(200))


def test_who_gives_the_seat_up_in_health_leaves_nothing() -> None:
    script = began()
    script.say(WORDS)
    assert script.lane.interpreter_began(script.now) == ()
    assert script.lane.owed.retold.times == 0


def test_without_any_engine_the_ear_hears_what_was_owed_as_it_was_said() -> None:
    script = began()
    script.say(WORDS)
    heard = played([*script.lane.fall(script.now), *script.wait(200)])
    assert WORDS in heard
    assert script.lane.fall(script.now) == (), "once"


def test_when_nothing_is_owed_the_fall_is_silent() -> None:
    script = began()
    script.say(PAUSE)
    assert script.lane.fall(script.now) == ()


def test_who_waits_longer_than_can_be_explained_hears_a_sound_until_the_translation_comes() -> None:
    script = began()
    script.say(WORDS)
    quiet = played(script.say(b"\xff" * 160 * round((USUAL_S + UNEXPLAINED_S - 0.1) * 50)))
    assert comfort_sound(5) not in quiet
    sound = played(script.say(PAUSE))
    assert comfort_sound(5) in sound
    script.engine(Captioned(Side.SOURCE, "hola", "a1"))
    script.engine(Spoke(SPEECH, "a1"))
    script.engine(SpokeAll("a1"))
    after = played(script.wait(100))
    assert comfort_sound(60) not in after


def test_no_sound_where_the_original_voice_is_heard() -> None:
    script = began()
    script.lane.carry(interprets=True, straight=True, now=script.now)
    script.say(WORDS)
    assert comfort_sound(5) not in played(script.say(PAUSE * 8))


def test_who_needs_no_interpreter_any_more_does_not_wait_for_one() -> None:
    script = began()
    script.say(WORDS + b"\xff" * 160 * round((USUAL_S + UNEXPLAINED_S + 0.5) * 50))
    assert script.lane.busy
    script.lane.replan(replace(script.lane.plan, passthrough=True), None)
    script.wait(50)
    assert not script.lane.busy


def test_a_beep_that_the_interpreter_is_not_given_is_nothing_it_owes() -> None:
    script = Script(lane(gate=True))
    script.lane.interpreter_began(script.now)
    script.engine(Ready())
    for _ in range(8):
        script.say(tone(1000.0, 1000.0) + PAUSE[: 160 * 10])
        assert script.lane.owed.failing(script.now) is None
