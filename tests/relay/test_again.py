"""The last utterance, kept for the ear that missed it."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.relay.again import KEPT_S, MARGIN_FRAMES, PAUSE_FRAMES, SLOWER, Again
from tests.fakes.recorded import sentences
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script


def frames(first: int, count: int) -> bytes:
    return b"".join(frame(number) for number in range(first, first + count))


def kept(**pieces: bytes) -> Again:
    """Utterances by label, each complete."""
    again = Again(slower=bytes)
    for label, audio in pieces.items():
        again.spoke(audio, label)
        assert again.ended(label, 0.0) == b""
    return again


def test_nothing_was_said_yet() -> None:
    assert Again(slower=bytes).asked(1.0) == b""


def test_the_last_utterance_is_said_again_and_slower() -> None:
    again = Again(slower=lambda audio: audio + audio[-160:])
    again.spoke(frames(1, 3), "u1")
    again.ended("u1", 1.0)
    again.spoke(frames(10, 2), "u2")
    again.spoke(frames(12, 2), "u2")
    assert again.ended("u2", 2.0) == b""
    assert again.asked(3.0) == frames(10, 4) + frame(13)


@pytest.mark.parametrize("sentence", sentences()[:3])
def test_speech_is_slower_by_the_promised_share(sentence: bytes) -> None:
    again = Again()
    again.spoke(sentence, "u1")
    again.ended("u1", 1.0)
    plain = kept(u1=sentence).asked(2.0)
    assert len(plain) / len(again.asked(2.0)) == pytest.approx(SLOWER, rel=0.03)


def test_while_it_is_said_again_the_wish_is_not_taken_twice() -> None:
    again = kept(u1=frames(1, 50))
    assert again.asked(1.0) == frames(1, 50)
    assert again.asked(1.99) == b""
    assert again.asked(2.0) == frames(1, 50)


def test_who_asks_too_early_gets_it_when_it_is_complete() -> None:
    again = Again(slower=bytes)
    again.spoke(frames(1, 2), "u1")
    assert again.asked(1.0) == b""
    again.spoke(frames(3, 2), "u1")
    assert again.ended("another", 1.1) == b""
    assert again.ended("u1", 1.2) == frames(1, 4)
    assert again.ended("u1", 1.3) == b"", "the wish is fulfilled"


def test_an_utterance_that_goes_on_after_its_end_is_one() -> None:
    """Engines that name no utterances speak in spurts."""
    again = kept(u1=frames(1, 2))
    again.spoke(frames(3, 1), "u1")
    again.ended("u1", 1.0)
    assert again.asked(2.0) == frames(1, 3)


def test_the_quiet_around_the_voice_is_left_out() -> None:
    again = kept(u1=SILENT * 40 + frames(1, 2) + SILENT * 3 + frames(3, 1) + SILENT * 60)
    margin = SILENT * MARGIN_FRAMES
    assert again.asked(1.0) == margin + frames(1, 2) + SILENT * 3 + frames(3, 1) + margin


def test_silence_is_no_utterance() -> None:
    assert kept(u1=SILENT * 10).asked(1.0) == b""


def test_what_the_guard_caught_is_not_said_again() -> None:
    again = Again(slower=bytes)
    again.spoke(frames(1, 2), "u1")
    assert again.asked(1.0) == b""
    again.drop("u0")
    again.drop("u1")
    assert again.ended("u1", 2.0) == b""
    assert again.asked(3.0) == b""


def test_of_a_long_utterance_the_end_is_kept_from_a_pause_on() -> None:
    long = int(KEPT_S * 50)
    audio = frames(0, 100) + SILENT * PAUSE_FRAMES + frames(100, long)
    assert kept(u1=audio).asked(1.0) == frames(100, long), "just what fits, whole"
    audio = frames(0, 100) + SILENT * PAUSE_FRAMES + frames(100, long - 50)
    behind = SILENT * MARGIN_FRAMES + frames(100, long - 50)
    assert kept(u1=audio).asked(1.0) == behind, "the cut word is left out"
    assert kept(u1=frames(0, long + 7)).asked(1.0) == frames(7, long), "no pause near"


def test_a_cut_does_not_outlive_its_utterance() -> None:
    again = kept(u1=frames(0, int(KEPT_S * 50) + 1))
    again.spoke(frames(1, 2) + SILENT * PAUSE_FRAMES + frames(3, 2), "u2")
    again.ended("u2", 1.0)
    assert again.asked(1.0) == frames(1, 2) + SILENT * PAUSE_FRAMES + frames(3, 2)


@given(st.lists(st.integers(1, 700), max_size=30))
def test_pieces_of_any_length_make_the_same_utterance(cuts: list[int]) -> None:
    whole = frames(0, 60)
    again = Again(slower=bytes)
    for start, end in itertools.pairwise([0, *itertools.accumulate(cuts), len(whole)]):
        again.spoke(whole[start:end], "u1")
    again.ended("u1", 1.0)
    assert again.asked(1.0) == whole


def test_what_the_guard_caught_after_its_end_is_not_said_again_and_another_s_is() -> None:
    again = kept(u1=frames(1, 2))
    again.drop("u0")
    assert again.asked(1.0) == frames(1, 2)
    again.drop("u1")
    assert again.asked(5.0) == b""


def test_a_wish_for_what_the_guard_caught_is_not_kept_for_the_next() -> None:
    again = Again(slower=bytes)
    again.spoke(frames(1, 2), "u1")
    again.asked(1.0)
    again.drop("u1")
    again.spoke(frames(3, 2), "u2")
    assert again.ended("u2", 2.0) == b""
    assert again.asked(3.0) == frames(3, 2)


def test_quiet_that_is_shorter_than_a_pause_is_no_place_to_begin() -> None:
    long = int(KEPT_S * 50)
    short = SILENT * (PAUSE_FRAMES - 1)
    whole = frames(0, 100) + short + frames(100, 60) + short + frames(160, long - 160)
    assert kept(u1=whole).asked(1.0) == whole[-long * len(SILENT) :]
    cut_in_a_pause = frames(0, 18) + short + frames(18, long - PAUSE_FRAMES)
    assert kept(u1=cut_in_a_pause).asked(1.0) == cut_in_a_pause[-long * len(SILENT) :]
