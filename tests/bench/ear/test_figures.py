"""Figures of recordings that are known: a relay that is perfect, late, lossy, or an echo."""

from __future__ import annotations

import numpy as np
import pytest

from bench.ear import scenarios
from bench.ear.figures import Figures, figures
from bench.ear.play import Recording
from bench.ear.scenes import Scene
from bench.ear.sounds import samples
from dragoman.audio import g711
from dragoman.audio.g711 import Samples
from dragoman.domain.call import Role

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT


def track(scene: Scene, parts: list[tuple[int, Samples]]) -> Samples:
    out = np.zeros(scene.length_ms * 8, np.int16)
    for at_ms, sound in parts:
        out[at_ms * 8 : at_ms * 8 + sound.size] += sound
    return out


def recorded(
    scene: Scene, *, late_ms: int = 0, without: frozenset[int] = frozenset(), given: dict[Role, bytes] | None = None
) -> Recording:
    """The agent hears each interpretation whole, so much after it could be (or the one before it), but for some."""
    parts, free_ms = [], 0
    for number, one in enumerate(scene.by(CALLER)):
        assert one.interpreted is not None
        pairs = zip(one.ready_ms, one.interpreted.syllables, strict=True)
        could_ms = max(ready_ms - syllable.begins_ms for ready_ms, syllable in pairs)
        at_ms = max(free_ms, (int(could_ms) // 20 + 1) * 20 + late_ms)
        if number not in without:
            parts.append((at_ms, samples(one.interpreted)))
            free_ms = at_ms + one.interpreted.length_ms + 20
    mouths = {role: track(scene, [(one.begins_ms, samples(one.sound)) for one in scene.by(role)]) for role in Role}
    ears = {AGENT: g711.encode(track(scene, parts)), CALLER: g711.encode(track(scene, []))}
    everything = {role: g711.encode(mouth) for role, mouth in mouths.items()}
    return Recording(scene, ears, mouths, given or everything, 0, overflowed=False)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return scenarios.monologue(40_000)


def heard(scene: Scene, late_ms: int = 0, without: frozenset[int] = frozenset()) -> Figures:
    return figures(recorded(scene, late_ms=late_ms, without=without))


def test_a_perfect_relay_loses_nothing_and_waits_for_nothing(scene: Scene) -> None:
    found = heard(scene)
    assert (found.lost, found.completed, found.phrases) == (0, found.phrases, len(scene.said))
    assert found.completed_percent == 100
    assert found.echo == found.echo_with_speech == found.withheld == 0


def test_delay_is_seen_in_every_figure_of_delay(scene: Scene) -> None:
    one, other = heard(scene), heard(scene, late_ms=1_000)
    for name in ("first_heard", "span_p50", "span_p95", "tail", "lag_at_30_s", "lag_at_end"):
        assert getattr(other, name) - getattr(one, name) == pytest.approx(1_000, abs=120), name
    assert other.longest_silence >= one.longest_silence


def test_what_is_not_played_is_lost_and_waited_for(scene: Scene) -> None:
    missing = scene.said[3]
    found = heard(scene, without=frozenset([3]))
    assert missing.interpreted is not None
    assert found.lost == pytest.approx(missing.interpreted.voiced_ms, rel=0.1)
    assert found.phrases - found.completed == 1
    assert found.longest_silence > heard(scene).longest_silence


def test_who_hears_nothing_is_in_silence_from_the_first_word_on(scene: Scene) -> None:
    found = heard(scene, without=frozenset(range(len(scene.said))))
    assert found.completed == 0
    assert found.span_p50 is None
    assert found.longest_silence == scene.length_ms - scene.length_ms % 20 - scene.said[0].begins_ms


def test_echo_by_itself_counts_and_beside_the_own_voice_it_is_told_apart() -> None:
    scene = scenarios.speakerphones()
    plain = recorded(scene)
    echo = g711.decode(plain.ears[AGENT]) // 4
    given = plain.given | {AGENT: g711.encode(echo + plain.mouths[AGENT])}
    found = figures(recorded(scene, given=given))
    assert found.echo > 5_000
    assert found.withheld == 0
    gated = figures(recorded(scene, given=plain.given | {AGENT: g711.encode(echo * 0)}))
    assert gated.echo == 0
    assert gated.withheld == pytest.approx(sum(one.sound.voiced_ms for one in scene.by(AGENT)), rel=0.05)
