from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.interpreters.local.endpointing import (
    FRAME_MS,
    Began,
    Ended,
    Endpointer,
    EndpointEvent,
    EndpointRules,
    Paused,
    Resumed,
)

pytestmark = pytest.mark.unit

RULES = EndpointRules(confirm_ms=96, padding_ms=320, pause_ms=160, silence_ms=512, long_ms=8_000, max_ms=14_000)


def frames(ms: int) -> int:
    return ms // FRAME_MS


def run(*stretches: tuple[float, int], rules: EndpointRules = RULES) -> list[EndpointEvent]:
    """Feed (probability, ms) stretches."""
    endpointer = Endpointer(rules)
    return [event for p, ms in stretches for _ in range(frames(ms)) for event in endpointer.step(p)]


def test_silence_is_nothing() -> None:
    assert run((0.02, 60_000)) == []


def test_what_never_reaches_the_threshold_is_nothing() -> None:
    assert run((0.37, 5_000), (0.49, 5_000), (0.0, 2_000)) == []


def test_a_click_is_nothing() -> None:
    assert run((0.0, 640), (0.9, 64), (0.0, 2_000)) == []


@pytest.mark.parametrize("note", [(0.65, 0.4, 0.38), (0.52, 0.45, 0.42, 0.4, 0.38)])
def test_a_struck_note_is_nothing(note: tuple[float, ...]) -> None:
    assert run((0.0, 640), *((p, 32) for p in note), (0.0, 2_000)) == []


def test_faint_speech_is_an_utterance_from_its_first_frame_on() -> None:
    events = run((0.0, 1_600), (0.42, 64), (0.56, 640), (0.0, 1_600))
    assert events[0] == Began(1_600 - 320)


def test_an_utterance_begins_with_its_padding_pauses_and_ends() -> None:
    assert run((0.0, 1_600), (0.9, 960), (0.0, 1_600)) == [
        Began(1_280),
        Paused(1_280, 2_720),
        Ended(1_280, 2_720, 3_072, peak=0.9),
    ]


def test_padding_never_reaches_before_the_stream() -> None:
    assert run((0.9, 640))[0] == Began(0)


def test_padding_never_reaches_into_the_utterance_before() -> None:
    rules = EndpointRules(confirm_ms=96, padding_ms=3_000, pause_ms=160, silence_ms=512)
    events = run((0.9, 640), (0.0, 640), (0.9, 640), (0.0, 640), rules=rules)
    ended = next(event for event in events if isinstance(event, Ended))
    second = [event for event in events if isinstance(event, Began)][1]
    assert second.start_ms == ended.end_ms


def test_a_pause_within_an_utterance_is_taken_back() -> None:
    kinds = [type(event) for event in run((0.9, 640), (0.0, 320), (0.9, 640), (0.0, 640))]
    assert kinds == [Began, Paused, Resumed, Paused, Ended]


def test_the_last_pause_and_the_end_name_the_same_sound() -> None:
    events = run((0.9, 640), (0.0, 320), (0.9, 640), (0.0, 640))
    paused = [event for event in events if isinstance(event, Paused)][-1]
    ended = next(event for event in events if isinstance(event, Ended))
    assert (paused.start_ms, paused.end_ms) == (ended.start_ms, ended.end_ms)


def test_a_short_dip_below_the_threshold_does_not_end_speech() -> None:
    assert [type(event) for event in run((0.9, 320), (0.4, 1_600), (0.0, 640))] == [Began, Paused, Ended]


def test_a_long_utterance_ends_at_a_shorter_pause() -> None:
    events = run((0.9, 8_320), (0.0, 256), (0.9, 320))
    assert [type(event) for event in events] == [Began, Paused, Ended, Began]


def test_who_does_not_pause_is_cut_at_the_quietest_place_and_goes_on() -> None:
    events = run((0.95, 12_000), (0.45, 96), (0.95, 4_000))
    ended = next(event for event in events if isinstance(event, Ended))
    assert ended.cut
    assert 12_000 <= ended.end_ms <= 12_096
    assert [event for event in events if isinstance(event, Began)][1] == Began(ended.end_ms)


def test_finish_ends_what_runs() -> None:
    endpointer = Endpointer(RULES)
    for _ in range(frames(640)):
        endpointer.step(0.9)
    assert endpointer.finish() == (Ended(0, 640, 640, peak=0.9),)
    assert endpointer.finish() == ()


def test_other_rules_hold_from_the_next_frame_on() -> None:
    endpointer = Endpointer(RULES)
    for _ in range(frames(640)):
        endpointer.step(0.9)
    endpointer.retune(EndpointRules(silence_ms=320, pause_ms=160))
    silent = [event for _ in range(frames(320)) for event in endpointer.step(0.0)]
    assert isinstance(silent[-1], Ended)


@given(st.lists(st.floats(0, 1), max_size=2_000))
def test_utterances_are_in_order_never_overlap_and_stay_in_the_stream(probabilities: list[float]) -> None:
    endpointer = Endpointer(RULES)
    events = [event for p in probabilities for event in endpointer.step(p)] + list(endpointer.finish())
    began = [event.start_ms for event in events if isinstance(event, Began)]
    ended = [event for event in events if isinstance(event, Ended)]
    assert began == [event.start_ms for event in ended]
    edges = [edge for event in ended for edge in (event.start_ms, event.end_ms)]
    assert edges == sorted(edges)
    assert all(event.end_ms <= event.at_ms <= endpointer.position_ms for event in ended)
    assert all(event.end_ms - event.start_ms <= RULES.max_ms + RULES.padding_ms for event in ended)
