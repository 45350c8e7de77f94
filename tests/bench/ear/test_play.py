"""Scenes through both relays: the bench sees what each of them does."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import structlog

from bench.ear import naive, ours, scenarios
from bench.ear.figures import Figures, figures
from bench.ear.play import OnTheLine, play
from bench.ear.scenes import Scene

pytestmark = pytest.mark.script


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    with structlog.testing.capture_logs():
        yield


def heard(scene: Scene, relay: OnTheLine) -> Figures:
    return figures(play(scene, relay))


def test_a_scene_is_played_the_same_each_time() -> None:
    scene = scenarios.same_language()
    one, again = (play(scene, ours.on_the_line) for _ in range(2))
    assert one.ears == again.ears
    assert len(one.ears[scene.said[0].role]) == scene.length_ms // 20 * 160


def test_ours_loses_nothing_where_the_naive_relay_cuts_off() -> None:
    scene = scenarios.overlap()
    one, other = heard(scene, ours.on_the_line), heard(scene, naive.on_the_line)
    assert (one.lost, one.completed_percent, one.withheld) == (0, 100, 0)
    assert other.lost > 10_000
    assert other.clears > 0


def test_the_naive_relay_leaves_same_language_speech_unheard() -> None:
    scene = scenarios.same_language()
    assert heard(scene, ours.on_the_line).completed_percent == 100
    assert heard(scene, naive.on_the_line).completed_percent == 0


def test_a_naive_relay_is_as_far_behind_as_the_pattern_makes_it() -> None:
    found = heard(scenarios.bursts(), naive.on_the_line)
    assert found.lost == 0, "an engine without turns cancels nothing"
    assert found.lag_at_30_s is not None
    assert found.lag_at_end is not None
    assert found.lag_at_end > found.lag_at_30_s + 500


def test_the_naive_relay_translates_echo_back() -> None:
    assert heard(scenarios.speakerphones(), naive.on_the_line).echo > 1_000


def test_an_engine_that_says_nothing_is_silence_and_no_loss() -> None:
    found = heard(scenarios.nothing(), ours.on_the_line)
    assert (found.phrases, found.lost, found.completed_percent) == (0, 0, None)
    assert found.longest_silence > 1_000
