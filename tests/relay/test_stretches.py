from __future__ import annotations

import pytest

from dragoman.domain.speech import Captioned, Side, Spoke
from dragoman.relay.stretches import KEPT_NAMES, KEPT_STRETCHES, KEPT_TEXT, LATE_S, SpokenStretch, Stretches

pytestmark = pytest.mark.unit

VOICE, QUIET = b"\x20" * 160, b"\xff" * 160


def speak(stretches: Stretches, seconds: float, *, ended: float | None = None) -> SpokenStretch:
    """A stretch of voice; with `ended` it is over since then."""
    stretches.begin(b"", VOICE)
    made = stretches.current
    assert made is not None
    for _ in range(round(seconds * 50) - 1):
        made.add(VOICE, loud=True)
    if ended is not None:
        stretches.end_current(ended)
    return made


def words(text: str, key: str = "") -> Captioned:
    return Captioned(Side.SOURCE, text, key)


def test_a_stretch_counts_voice_and_the_pause_behind_it() -> None:
    stretch = SpokenStretch(1)
    for loud in (True, True, False, True, False, False):
        stretch.add(VOICE if loud else QUIET, loud=loud)
    assert stretch.voice_s == pytest.approx(0.06)
    assert stretch.quiet_s == pytest.approx(0.04)


def test_it_ended_with_its_last_voice() -> None:
    stretches = Stretches()
    stretch = speak(stretches, 1)
    for _ in range(40):
        stretch.add(QUIET, loud=False)
    stretches.end_current(10.0)
    assert stretch.ended_at == pytest.approx(9.2)
    assert stretches.current is None
    stretches.end_current(11.0)


def test_text_grows_is_replaced_and_is_bounded() -> None:
    stretch = SpokenStretch(1)
    stretch.caption(words("one "))
    stretch.caption(words("two"))
    stretch.caption(words("three", "a"))
    assert stretch.words == "one two three"
    stretch.caption(Captioned(Side.SOURCE, "four", "a", whole=True))
    assert stretch.words == "one two four"
    stretch.caption(words("x" * 5000))
    assert len(stretch.words) <= KEPT_TEXT
    for number in range(100):
        stretch.caption(words("y", str(number)))
    assert len(stretch.words.split()) == KEPT_NAMES


def test_only_the_last_few_are_kept() -> None:
    stretches = Stretches()
    for at in range(10):
        speak(stretches, 1, ended=float(at))
    assert [stretch.number for stretch in stretches.recent] == [10 - KEPT_STRETCHES + n + 1 for n in range(4)]


def test_names_stay_with_their_stretch_and_are_bounded() -> None:
    stretches = Stretches()
    assert stretches.named("a") is None
    first = speak(stretches, 1, ended=1.0)
    assert stretches.named("a") is first
    second = speak(stretches, 1)
    assert stretches.named("a") is first
    assert stretches.of_words(words("x", "b"), 2.0) is second
    assert stretches.of_speech(Spoke(b"x", "a"), 1.0, 2.0) is first
    for number in range(KEPT_NAMES):
        stretches.named(str(number))
    assert stretches.named("a") is second


def test_words_go_to_the_oldest_without_any() -> None:
    stretches = Stretches()
    first = speak(stretches, 1, ended=1.0)
    second = speak(stretches, 1)
    assert stretches.of_words(words("one two"), 2.0) is first
    first.caption(words("one two"))
    assert stretches.of_words(words("three"), 2.0) is second


def test_a_cough_gets_no_words_and_little_voice_not_many() -> None:
    stretches = Stretches()
    speak(stretches, 0.1, ended=0.5)
    short = speak(stretches, 0.4, ended=1.0)
    long = speak(stretches, 2)
    assert stretches.of_words(words("one two"), 2.0) is short
    assert stretches.of_words(words("one two three four five six"), 2.0) is long


def test_what_ended_long_ago_gets_nothing() -> None:
    stretches = Stretches()
    speak(stretches, 1, ended=1.0)
    assert stretches.of_words(words("one"), 1.1 + LATE_S) is None
    assert stretches.of_speech(Spoke(b"x"), 1.0, 1.1 + LATE_S) is None


def test_speech_goes_to_the_oldest_that_it_owes_and_stays_there() -> None:
    stretches = Stretches()
    first = speak(stretches, 4, ended=4.0)
    first.caption(words("hola"))
    second = speak(stretches, 2)
    second.caption(words("adiós"))
    assert stretches.of_speech(Spoke(b"x"), 1.0, 7.5) is first
    first.spoken = True
    assert stretches.of_speech(Spoke(b"x"), 0.5, 8.8) is first
    assert stretches.of_speech(Spoke(b"x"), 0.5, 12.0) is second


def test_what_is_too_much_for_one_is_for_the_next() -> None:
    stretches = Stretches()
    first = speak(stretches, 1, ended=2.0)
    first.caption(words("hola"))
    second = speak(stretches, 1)
    assert stretches.of_speech(Spoke(b"x"), 3.4, 2.1) is first
    assert stretches.of_speech(Spoke(b"x"), 0.2, 2.2) is first
    first.spoken = True
    assert stretches.of_speech(Spoke(b"x"), 0.2, 2.3) is second


def test_a_stretch_that_was_passed_on_is_owed_nothing() -> None:
    stretches = Stretches()
    first = speak(stretches, 2, ended=2.0)
    first.caption(words("one"))
    first.start_passing()
    second = speak(stretches, 1)
    assert stretches.of_speech(Spoke(b"x"), 1.0, 3.0) is second


def test_a_new_engine_owes_nothing_for_what_is_over() -> None:
    stretches = Stretches()
    first = speak(stretches, 2, ended=2.0)
    second = speak(stretches, 1)
    stretches.named("a")
    stretches.forget_engine()
    assert first.settled
    assert not second.settled
    assert stretches.named("a") is second


def test_what_is_passed_on_is_kept_no_longer() -> None:
    stretch = SpokenStretch(1)
    stretch.add(VOICE, loud=True)
    assert stretch.start_passing() == VOICE
    stretch.add(VOICE, loud=True)
    assert stretch.start_passing() == b""


def test_a_stretch_begins_with_what_was_heard_before_its_voice() -> None:
    stretches = Stretches()
    stretches.begin(QUIET * 5, VOICE * 2)
    made = stretches.current
    assert made is not None
    assert made.voice_s == pytest.approx(0.04)
    assert (made.quiet_s, made.said_s) == (0.0, 0.0)
    assert made.start_passing() == QUIET * 5 + VOICE * 2


def test_a_stretch_without_voice_yet_has_no_pause_behind_it() -> None:
    assert (SpokenStretch(1).quiet_s, SpokenStretch(1).said_s) == (0.0, 0.0)


def test_six_words_a_second_and_one_more_is_the_most_that_anybody_says() -> None:
    stretches = Stretches()
    short = speak(stretches, 0.52, ended=1.0)
    long = speak(stretches, 2)
    assert stretches.of_words(words("so we can go"), 2.0) is short
    assert stretches.of_words(words("so we can go on"), 2.0) is long


def test_speech_of_a_new_engine_does_not_go_on_where_the_old_one_was() -> None:
    stretches = Stretches()
    first = speak(stretches, 2)
    first.caption(words("hola"))
    assert stretches.of_speech(Spoke(b"x"), 0.5, 3.0) is first
    stretches.end_current(3.0)
    second = speak(stretches, 2)
    stretches.forget_engine()
    second.caption(words("adiós"))
    first.passed = True
    assert stretches.of_speech(Spoke(b"x"), 0.5, 3.2) is second
