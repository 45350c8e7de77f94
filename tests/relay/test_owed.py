"""What a lane's interpreter owes: handed on, counted, and waited for."""

from __future__ import annotations

import pytest

from dragoman.audio.level import voiced
from dragoman.domain.speech import Ready, SpeechBegan, SpeechStopped, Spoke, SpokeAll
from dragoman.relay.owed import UNEXPLAINED_S, Owed, Retold
from dragoman.relay.watch import SILENT_S, USUAL_S, Verdict
from tests.fakes import not_speech, recorded
from tests.fakes.relay_parts import frame

pytestmark = pytest.mark.unit

SILENT = b"\xff" * 160


class Mouth:
    """Speaks into `owed`, 20 ms at a time."""

    def __init__(self) -> None:
        self.owed = Owed()
        self.now = 100.0
        self.owed.interpreter_began(self.now)
        self.owed.noticed(Ready(), self.now)

    def say(self, seconds: float, *, loud: bool = True) -> bytes:
        said = b""
        for number in range(round(seconds / 0.02)):
            self.now += 0.02
            piece = frame(number) if loud else SILENT
            self.owed.given(piece, self.now, loud=loud)
            said += piece
        return said


def test_what_was_not_told_is_left_to_the_next_one_and_counted() -> None:
    mouth = Mouth()
    said = mouth.say(1)
    untold = mouth.owed.untold(mouth.now)
    assert untold is not None
    assert untold.audio.endswith(said)
    assert untold.began == pytest.approx(100.0)
    assert mouth.owed.retold == Retold(1, untold.voiced_ms, 0.0)


def test_what_was_told_is_not() -> None:
    mouth = Mouth()
    mouth.say(1)
    mouth.owed.noticed(SpeechBegan("a", 0), mouth.now)
    mouth.owed.noticed(SpeechStopped("a", 1000), mouth.now)
    mouth.owed.noticed(Spoke(frame(1), "a"), mouth.now)
    mouth.owed.noticed(SpokeAll("a"), mouth.now)
    assert mouth.owed.untold(mouth.now) is None
    assert mouth.owed.retold == Retold()


def test_a_second_loss_leaves_it_once_more() -> None:
    mouth = Mouth()
    said = mouth.say(1)
    for _ in range(2):
        untold = mouth.owed.untold(mouth.now)
        assert untold is not None
        assert untold.audio.endswith(said)
        mouth.owed.interpreter_began(mouth.now)
        mouth.owed.recalled(untold.audio, untold.began)
    assert mouth.owed.retold.times == 2


def test_what_needs_no_interpreter_any_more_is_owed_no_more() -> None:
    mouth = Mouth()
    mouth.say(1)
    mouth.owed.discard()
    mouth.say(9, loud=False)
    assert mouth.owed.untold(mouth.now) is None
    assert mouth.owed.failing(mouth.now) is None
    assert not mouth.owed.keeps_waiting(mouth.now)


def test_one_who_says_nothing_is_failing_and_keeps_somebody_waiting() -> None:
    mouth = Mouth()
    mouth.say(1)
    mouth.say(USUAL_S + UNEXPLAINED_S - 0.2, loud=False)
    assert not mouth.owed.keeps_waiting(mouth.now)
    mouth.say(0.4, loud=False)
    assert mouth.owed.keeps_waiting(mouth.now)
    assert mouth.owed.failing(mouth.now) is None
    mouth.say(SILENT_S, loud=False)
    assert mouth.owed.failing(mouth.now) is Verdict.SILENT


def test_another_engine_is_given_its_own_chance() -> None:
    mouth = Mouth()
    for _ in range(2):
        mouth.say(1)
        mouth.say(SILENT_S, loud=False)
        assert mouth.owed.failing(mouth.now) is Verdict.SILENT
        mouth.owed.replan()


def test_sums() -> None:
    assert Retold(1, 2.0, 3.0) + Retold(10, 20.0, 30.0) == Retold(11, 22.0, 33.0)


def test_who_takes_over_from_a_healthy_one_owes_nothing_of_it_and_is_watched_from_then_on() -> None:
    mouth = Mouth()
    mouth.say(1)
    mouth.owed.interpreter_began(mouth.now, retell=False, ready=True)
    assert not mouth.owed.keeps_waiting(mouth.now + USUAL_S + UNEXPLAINED_S + 1)
    assert mouth.owed.failing(mouth.now + SILENT_S + 10) is None
    mouth.say(1)
    assert mouth.owed.failing(mouth.now + SILENT_S) is Verdict.SILENT


def test_a_din_is_nothing_that_an_interpreter_owes() -> None:
    mouth = Mouth()
    for _ in range(60):
        mouth.say(1)
        assert mouth.owed.failing(mouth.now) is None
    mouth.say(5, loud=False)
    assert not mouth.owed.keeps_waiting(mouth.now + 10)


@pytest.mark.parametrize("sound", [not_speech.plucked, not_speech.hold_music])
def test_music_with_pauses_is_no_speech_that_waits_for_an_answer(sound: not_speech.Making) -> None:
    """In silence after it, too."""
    mouth = Mouth()
    for piece in [*recorded.phone_frames(sound(30)), *[SILENT] * 1000]:
        mouth.now += 0.02
        mouth.owed.given(piece, mouth.now, loud=voiced(piece))
        assert mouth.owed.failing(mouth.now) is None


def test_who_speaks_after_music_is_owed_an_answer() -> None:
    mouth = Mouth()
    said = [piece for sentence in recorded.sentences() for piece in recorded.frames(sentence)]
    failing = []
    for piece in [*recorded.phone_frames(not_speech.plucked(20)), *said]:
        mouth.now += 0.02
        mouth.owed.given(piece, mouth.now, loud=voiced(piece))
        failing.append(mouth.owed.failing(mouth.now))
    assert set(failing[:1000]) == {None}
    assert failing[1000:].count(Verdict.SILENT) >= 1


def test_an_engine_that_takes_music_for_speech_owes_what_it_makes_of_it() -> None:
    mouth = Mouth()
    mouth.owed.noticed(SpeechBegan("a", 0), mouth.now)
    failing = []
    for piece in [*recorded.phone_frames(not_speech.plucked(3)), *[SILENT] * 1000]:
        mouth.now += 0.02
        mouth.owed.given(piece, mouth.now, loud=voiced(piece))
        failing.append(mouth.owed.failing(mouth.now))
    assert failing.count(Verdict.STUCK) == 1
