"""Voice activity: turns counted in appended audio, however it was cut."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.interpreters.openai.emulator.sound import SAMPLES_PER_MS, Samples, length_ms, silence, tone
from dragoman.interpreters.openai.emulator.vad import Activity, Began, Detector, Idle, Shelf, Stopped, threshold_dbfs
from dragoman.interpreters.realtime.wire.session import SemanticVad, ServerVad

pytestmark = pytest.mark.unit

TURN = np.concatenate([silence(1000), tone(440, 800), silence(1000), tone(440, 600), silence(1000)])


def outline(found: list[Activity]) -> list[tuple[str, int, int]]:
    return [
        (type(one).__name__, one.audio_start_ms, one.audio_end_ms if not isinstance(one, Began) else 0) for one in found
    ]


def heard(detector: Detector, sound: Samples, size: int) -> list[Activity]:
    return [one for start in range(0, sound.size, size) for one in detector.hear(sound[start : start + size])]


def test_two_turns_with_padding_and_silence() -> None:
    found = Detector(ServerVad(prefix_padding_ms=300, silence_duration_ms=500)).hear(TURN)
    assert outline(found) == [
        ("Began", 700, 0),
        ("Stopped", 700, 2300),
        ("Began", 2500, 0),
        ("Stopped", 2500, 3900),
    ]


@given(size=st.integers(1, 9000))
@settings(max_examples=25, deadline=None)
def test_any_split_gives_the_same_turns(size: int) -> None:
    rules = ServerVad(silence_duration_ms=400)
    assert outline(heard(Detector(rules), TURN, max(size, 37))) == outline(Detector(rules).hear(TURN))


def test_a_turn_holds_its_audio_and_nothing_else() -> None:
    found = Detector(ServerVad(prefix_padding_ms=300, silence_duration_ms=500)).hear(TURN)
    stopped = [one for one in found if isinstance(one, Stopped)]
    for one in stopped:
        assert length_ms(one.audio) == one.audio_end_ms - one.audio_start_ms
    start = 700 * SAMPLES_PER_MS
    assert np.array_equal(stopped[0].audio, TURN[start : start + stopped[0].audio.size])


def test_padding_does_not_reach_into_the_turn_before() -> None:
    sound = np.concatenate([tone(440, 500), silence(240), tone(440, 500), silence(300)])
    found = Detector(ServerVad(prefix_padding_ms=2000, silence_duration_ms=200)).hear(sound)
    assert outline(found) == [("Began", 0, 0), ("Stopped", 0, 700), ("Began", 700, 0), ("Stopped", 700, 1440)]


def test_a_click_is_not_speech() -> None:
    assert Detector(ServerVad()).hear(np.concatenate([silence(100), tone(440, 30), silence(900)])) == []


def test_without_rules_all_audio_is_kept_until_it_is_taken() -> None:
    detector = Detector(None)
    assert detector.hear(TURN) == []
    assert detector.buffered_ms == length_ms(TURN) == detector.now_ms
    assert np.array_equal(detector.take(), TURN)
    assert detector.buffered_ms == 0


def test_taking_ends_the_turn_that_runs() -> None:
    detector = Detector(ServerVad())
    detector.hear(tone(440, 400))
    assert detector.speaking
    assert length_ms(detector.take()) == 400
    assert not detector.speaking
    assert outline(detector.hear(tone(440, 100))) == [("Began", 400, 0)]


def test_idle_counts_only_after_a_response_and_only_silence() -> None:
    detector = Detector(ServerVad(idle_timeout_ms=5000))
    assert detector.hear(silence(8000)) == []
    detector.expect_silence(1000)
    assert detector.hear(silence(5900)) == []
    found = detector.hear(silence(200))
    assert outline(found) == [("Idle", 9000, 14000)]
    assert isinstance(found[0], Idle)
    assert detector.hear(silence(8000)) == [], "once"
    detector.expect_silence(0)
    detector.forget_silence()
    assert detector.hear(silence(8000)) == []


def test_speech_stops_the_idle_clock() -> None:
    detector = Detector(ServerVad(idle_timeout_ms=5000, silence_duration_ms=200))
    detector.expect_silence(0)
    found = detector.hear(np.concatenate([silence(4000), tone(440, 300), silence(9000)]))
    assert [type(one) for one in found] == [Began, Stopped]


def test_other_rules_count_from_where_they_are_set() -> None:
    detector = Detector(ServerVad(silence_duration_ms=5000))
    detector.hear(tone(440, 400))
    detector.configure(SemanticVad(eagerness="high"))
    assert [type(one) for one in detector.hear(silence(500))] == [Stopped]


def test_threshold_is_louder_when_higher() -> None:
    assert [threshold_dbfs(one) for one in (0.0, 0.5, 1.0)] == [-65.0, -45.0, -25.0]


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(0, 6))
def test_a_shelf_keeps_exactly_the_last(sizes: list[int], keep_ms: int) -> None:
    shelf, whole = Shelf(), np.zeros(0, dtype=np.int16)
    for number, size in enumerate(sizes):
        piece = np.full(size, number, dtype=np.int16)
        shelf.put(piece)
        whole = np.concatenate([whole, piece])
    shelf.keep_last(keep_ms)
    kept = keep_ms * SAMPLES_PER_MS
    expected = whole[max(0, whole.size - kept) :]
    assert shelf.size == expected.size
    assert np.array_equal(shelf.take(), expected)
    assert shelf.size == 0
