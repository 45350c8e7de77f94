"""The lab's judgement of a lane: silence, loss, strangers, recovery, to the frame."""

from __future__ import annotations

import numpy as np
import pytest

from bench.chaos.codes import NO_CODE, Reading
from bench.chaos.hearing import (
    LATE_FRAMES,
    Away,
    Reached,
    Recovery,
    Said,
    crossed,
    delays,
    longest_silence,
    reached,
    recovery,
    utterances,
)

pytestmark = pytest.mark.unit

USUAL = 40
LENGTH = 30


def ear(frames: int = 1000, *heard: tuple[int, int, int], originals: bool = False, noise: range = range(0)) -> Reading:
    """Words (code, first frame, frames) in silence, and other sound."""
    loud, nothing, words = np.zeros(frames, np.bool_), np.full(frames, NO_CODE), np.full(frames, NO_CODE)
    for code, first, length in heard:
        words[first : first + length] = code
        loud[first : first + length] = True
    loud[noise.start : noise.stop] = True
    return Reading(loud, words, nothing) if originals else Reading(loud, nothing, words)


def lane(listener: Reading, *said: tuple[int, int]) -> list[Reached]:
    return [reached(Said(code, begins, LENGTH), listener) for code, begins in said]


def test_a_mouth_is_read_as_utterances_also_with_a_hole_in_one() -> None:
    mouth = ear(500, (7, 100, 10), (7, 112, 18), (9, 300, 30), originals=True)
    assert utterances(mouth) == (Said(7, 100, 30), Said(9, 300, 30))


def test_what_is_heard_whole_is_not_lost() -> None:
    (one,) = lane(ear(500, (7, 170, 24)), (7, 100))
    assert (one.first, one.interpreted, one.whole, one.lost, one.untranslated) == (170, 24, True, 0, 0)


def test_what_is_torn_is_lost_by_what_is_missing() -> None:
    (one,) = lane(ear(500, (7, 170, 22)), (7, 100))
    assert (one.whole, one.lost, one.untranslated) == (False, 8, 8)
    (never,) = lane(ear(500), (7, 100))
    assert (never.first, never.lost, never.untranslated) == (None, 30, 30)


def test_what_is_heard_in_the_speakers_own_voice_is_untranslated_and_not_lost() -> None:
    (one,) = lane(ear(500, (7, 104, 30), originals=True), (7, 100))
    assert (one.first, one.first_original, one.lost, one.untranslated) == (None, 104, 0, 30)


def test_the_same_word_said_before_is_another() -> None:
    (one,) = lane(ear(500, (7, 50, 30)), (7, 100))
    assert one.first is None


def test_what_is_heard_twice_is_repeated() -> None:
    (one,) = lane(ear(500, (7, 170, 30), (7, 220, 30)), (7, 100))
    assert one.repeated == 30 - LATE_FRAMES


def test_delays_are_of_what_was_over_before_the_fault() -> None:
    heard = lane(ear(1000, (7, 170, 30), (8, 480, 30)), (7, 100), (8, 400), (9, 600))
    assert delays(heard, 490) == [40]
    assert delays(heard, 900) == [40, 50]


def test_a_word_of_nobody_in_the_call_is_crossed_when_it_lasts() -> None:
    listener = ear(500, (7, 100, 30), (55, 200, 5), (56, 300, 4))
    assert crossed(listener, frozenset({7})) == 5
    assert crossed(listener, frozenset({7, 55})) == 0
    assert crossed(ear(500, (3, 10, 30), originals=True), frozenset({7})) == 30


def test_in_time_there_is_no_silence() -> None:
    listener = ear(1000, (7, 170, 30))
    assert longest_silence(lane(listener, (7, 100)), listener, USUAL) == 0


def test_silence_counts_from_the_end_of_speech_and_the_engines_own_delay() -> None:
    listener = ear(1000, (7, 300, 30))
    assert longest_silence(lane(listener, (7, 100)), listener, USUAL) == 300 - 130 - USUAL


def test_any_sound_breaks_a_silence() -> None:
    listener = ear(1000, (7, 300, 30), noise=range(200, 210))
    assert longest_silence(lane(listener, (7, 100)), listener, USUAL) == 90


def test_the_original_voice_pays_what_is_owed() -> None:
    listener = ear(1000, (7, 180, 30), originals=True)
    assert longest_silence(lane(listener, (7, 100)), listener, USUAL) == 10


def test_what_is_never_heard_is_owed_until_something_later_is() -> None:
    listener = ear(1000, (8, 470, 30))
    assert longest_silence(lane(listener, (7, 100), (8, 400)), listener, USUAL) == 470 - 170
    listener = ear(1000)
    assert longest_silence(lane(listener, (7, 100), (8, 400)), listener, USUAL) == 1000 - 170


def test_what_was_said_to_nobody_is_owed_until_its_speaker_is_back() -> None:
    listener = ear(1000, (8, 570, 30))
    words = lane(listener, (7, 300), (8, 500))
    assert longest_silence(words, listener, USUAL) == 570 - 370
    assert longest_silence(words, listener, USUAL, Away(310, 420)) == 420 - 370
    assert longest_silence(words, listener, USUAL, Away(290, 340)) == 0
    assert longest_silence(words, listener, USUAL, Away(325, 420)) == 570 - 370, "the most of it was said before"


FAULT = 300


def test_who_said_nothing_that_came_late_felt_nothing() -> None:
    heard = lane(ear(1000, (7, 170, 30), (8, 470, 30)), (7, 100), (8, 400))
    assert recovery(heard, FAULT, USUAL) == Recovery(False, 0)


def test_what_comes_late_tells_when_the_interpreter_was_back() -> None:
    heard = lane(ear(1000, (8, 560, 30)), (8, 400))
    assert recovery(heard, FAULT, USUAL) == Recovery(True, 560 - USUAL - LENGTH - FAULT)


def test_what_was_lost_tells_how_long_it_was_away_at_least() -> None:
    heard = lane(ear(1000, (8, 570, 30)), (7, 350), (8, 500))
    assert recovery(heard, FAULT, USUAL) == Recovery(True, 380 - FAULT)


def test_what_was_owed_at_the_fault_and_is_lost_was_felt() -> None:
    heard = lane(ear(1000, (8, 570, 30)), (7, 260), (8, 500))
    assert recovery(heard, FAULT, USUAL) == Recovery(True, 0)


def test_what_was_lost_long_before_is_no_matter_of_the_fault() -> None:
    heard = lane(ear(1000, (8, 570, 30)), (7, 100), (8, 500))
    assert recovery(heard, FAULT, USUAL) == Recovery(False, 0)


def test_who_is_never_interpreted_again_does_not_recover() -> None:
    assert recovery(lane(ear(1000), (7, 350)), FAULT, USUAL) == Recovery(True, None)
    assert recovery(lane(ear(1000), (7, 100)), FAULT, USUAL) == Recovery(False, None)
