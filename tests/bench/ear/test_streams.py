"""The measured arrival pattern, and what a stream is made of."""

from __future__ import annotations

import random
import statistics
from collections import Counter
from itertools import pairwise

import pytest

from bench.ear import scenarios
from bench.ear.listening import trace
from bench.ear.matching import Expected, match
from bench.ear.sounds import INTERPRETER
from bench.ear.streams import (
    BACKLOG_MS,
    CHUNK_MS,
    CHUNKS,
    LONGEST_GAP_MS,
    RATE,
    SPAN_MS,
    backlog_ms,
    pattern_of_richman,
    richman,
)
from dragoman.domain.call import Role
from dragoman.domain.speech import Spoke

pytestmark = pytest.mark.unit


def test_the_pattern_is_the_one_that_was_measured() -> None:
    times = pattern_of_richman()
    bursts = Counter(times)
    gaps = [after - before for before, after in pairwise(sorted(bursts))]
    assert len(times) == CHUNKS == 420
    assert times[-1] - times[0] == pytest.approx(SPAN_MS)
    assert len(bursts) == 205
    assert max(bursts.values()) * 200 == 1_600
    assert max(gaps) == pytest.approx(LONGEST_GAP_MS)
    assert backlog_ms(times) == pytest.approx(BACKLOG_MS, abs=20)


def test_the_network_itself_is_as_late_at_the_end_as_at_30_s() -> None:
    late = [at - (number + 1) * CHUNK_MS / RATE for number, at in enumerate(pattern_of_richman())]
    medians = [statistics.median(late[first : first + 50]) for first in range(0, CHUNKS - 50, 25)]
    assert max(medians) - min(medians) < 300


def test_over_five_minutes_it_goes_on_and_on() -> None:
    times = richman(1_500, random.Random(1))
    assert times == sorted(times)
    assert times[420] == pytest.approx(SPAN_MS)


def test_no_word_is_interpreted_before_it_was_said_and_all_audio_is_sent() -> None:
    scene = scenarios.monologue(60_000)
    for one in scene.said:
        assert one.interpreted is not None
        pace = one.sound.length_ms / one.interpreted.length_ms
        for syllable, ready_ms in zip(one.interpreted.syllables, one.ready_ms, strict=True):
            assert ready_ms > one.begins_ms + syllable.begins_ms * pace
    audio = b"".join(one.event.audio for one in scene.arrivals[Role.CALLER] if isinstance(one.event, Spoke))
    spoken = [one.interpreted for one in scene.said if one.interpreted is not None]
    expected = [Expected(one.symbol, one.length_ms, 0) for sound in spoken for one in sound.syllables]
    heard = match(trace(audio).plain(INTERPRETER[Role.CALLER]), expected)
    assert all(one.whole(of) for one, of in zip(heard, expected, strict=True))


@pytest.mark.parametrize("name", scenarios.ALL)
def test_a_scene_is_the_same_each_time_and_long_enough_to_be_heard(name: str) -> None:
    scene, again = scenarios.ALL[name](), scenarios.ALL[name]()
    assert scene == again
    assert max(one.ends_ms for one in scene.said) + 1_000 < scene.length_ms
    assert all(one.at_ms < scene.length_ms for arrivals in scene.arrivals.values() for one in arrivals)
    for arrivals in scene.arrivals.values():
        assert [one.at_ms for one in arrivals] == sorted(one.at_ms for one in arrivals)
