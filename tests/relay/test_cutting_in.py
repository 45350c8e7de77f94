"""Sounds over the assistant: which of them stop it, and what it hears of them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.persona import Interrupt
from dragoman.relay.cutting_in import CuttingIn, Judged
from tests.fakes.assistant_talk import QUIET, voice
from tests.fakes.recorded import frames, sentences, tone
from tests.fakes.speakerphone import as_mulaw, noise

pytestmark = pytest.mark.script


class Mouth:
    """Frame by frame."""

    def __init__(self, wanted: Interrupt = Interrupt()) -> None:  # noqa: B008 - a frozen value
        self.cutting_in = CuttingIn(wanted)
        self.given = b""
        self.stops: list[int] = []
        self.ms = 0

    def call(self, audio: bytes, *, audible: bool = True, answering: bool = False, may: bool = True) -> list[Judged]:
        judged = []
        for frame in frames(audio):
            one = self.cutting_in.heard(frame, audible=audible, answering=answering, may=may)
            self.ms += 20
            self.given += one.audio
            if one.stops:
                self.stops.append(self.ms)
                audible = answering = False
            judged.append(one)
        return judged

    def quiet(self, ms: int, *, audible: bool = True, may: bool = True) -> None:
        self.call(QUIET * (ms // 20), audible=audible, may=may)


@pytest.mark.parametrize("min_ms", [200, 300, 500])
def test_speech_stops_it_once_it_has_lasted(min_ms: int) -> None:
    mouth = Mouth(Interrupt(min_ms=min_ms))
    mouth.quiet(1000)
    mouth.call(voice(min_ms - 20))
    assert mouth.stops == []
    mouth.call(voice(20))
    assert mouth.stops == [1000 + min_ms]


def test_what_cut_in_is_given_from_a_little_before_its_begin() -> None:
    mouth = Mouth()
    mouth.quiet(1000)
    said = voice(300)
    mouth.call(said)
    assert mouth.given[-len(said) - 1600 :] == QUIET * 10 + said
    assert len(mouth.given) == 8 * (1000 + 300) + 1600 + len(said) - 160


@given(st.lists(st.tuples(st.integers(2, 10), st.integers(9, 40)), min_size=1, max_size=12))
def test_no_number_of_hms_does(bursts: list[tuple[int, int]]) -> None:
    """Each up to 200 ms, with gaps of 180 ms and more."""
    mouth = Mouth()
    for voiced_frames, gap_frames in bursts:
        mouth.call(voice(20 * voiced_frames))
        mouth.quiet(20 * gap_frames)
    assert mouth.stops == []


def test_gaps_inside_words_do_not_count_against_it() -> None:
    mouth = Mouth()
    for _ in range(3):
        mouth.call(voice(100))
        mouth.quiet(80)
    assert len(mouth.stops) == 1


def test_every_recorded_sentence_does_within_a_second() -> None:
    for sentence in sentences():
        mouth = Mouth(Interrupt(min_dbfs=-42))
        mouth.call(sentence[: 8 * 1500])
        assert mouth.stops
        assert mouth.stops[0] <= 1500


@pytest.mark.parametrize("sound", [tone(440, 3000), tone(1000, 3000)])
def test_tones_do_not(sound: bytes) -> None:
    mouth = Mouth()
    mouth.call(sound)
    assert mouth.stops == []


def test_a_din_stops_it_no_more_once_it_is_known_for_one() -> None:
    mouth = Mouth()
    rain = as_mulaw(noise(-33.0, 8000 * 20))
    mouth.call(rain, audible=False)
    mouth.call(rain[: 8 * 3000])
    assert mouth.stops == []


def test_a_threshold_of_ones_own_is_kept() -> None:
    mouth = Mouth(Interrupt(min_dbfs=-3.0))
    mouth.call(sentences()[0])
    assert mouth.stops == []


def test_a_short_answer_is_given_as_soon_as_the_assistant_is_silent() -> None:
    mouth = Mouth()
    said = voice(200)
    mouth.quiet(2000)
    mouth.call(said)
    mouth.quiet(900)
    assert said not in mouth.given
    mouth.quiet(20, audible=False)
    assert said in mouth.given


def test_a_hm_long_before_that_is_not() -> None:
    mouth = Mouth()
    mouth.call(voice(200))
    mouth.quiet(1200)
    mouth.quiet(500, audible=False)
    assert set(mouth.given) == {0xFF}
    assert len(mouth.given) == 8 * 1900


@pytest.mark.parametrize(("allowed", "may"), [(False, True), (True, False)])
def test_where_nothing_may_stop_it_all_is_given_afterwards(allowed: bool, may: bool) -> None:
    mouth = Mouth(Interrupt(allowed=allowed))
    said = voice(1500)
    mouth.call(said, may=may)
    mouth.quiet(3000, may=may)
    mouth.quiet(20, audible=False)
    assert mouth.stops == []
    assert said in mouth.given


def test_an_answer_that_is_not_heard_yet_is_stopped_and_nothing_is_held() -> None:
    mouth = Mouth()
    said = voice(400)
    mouth.call(said, audible=False, answering=True)
    assert mouth.stops == [300]
    assert mouth.given == said


def test_speech_before_the_assistant_spoke_does_not_count() -> None:
    mouth = Mouth()
    mouth.call(voice(1000), audible=False)
    mouth.call(voice(280))
    assert mouth.stops == []


def test_who_speaks_to_a_silent_assistant_is_heard_untouched() -> None:
    mouth = Mouth()
    said = sentences()[0]
    said = said[: len(said) // 160 * 160]
    assert any(one.speech for one in mouth.call(said, audible=False))
    assert mouth.given == said


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans(), st.integers(1, 30)), max_size=20))
def test_the_assistants_clock_never_falls_behind(pieces: list[tuple[bool, bool, bool, int]]) -> None:
    """For each frame there is at least as much; what is held comes on top, and is never given twice."""
    mouth = Mouth()
    spoken = 0
    for loud, audible, may, count in pieces:
        spoken += 20 * count if loud and audible else 0
        mouth.call(voice(20 * count) if loud else QUIET * count, audible=audible, may=may)
        assert len(mouth.given) >= 8 * mouth.ms
    held_ms = sum(20 * count for _, audible, _, count in pieces if audible)
    assert len(mouth.given) <= 8 * (mouth.ms + held_ms)
