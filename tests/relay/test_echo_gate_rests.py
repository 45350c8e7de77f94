"""When the echo gate rests, and what wakes it: what comes back is told here, not learned."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio.bands import BANDS, Levels, band_levels
from dragoman.relay import echo_gate
from dragoman.relay.echo_gate import FAINT_DBFS, STEADY, SUSPECT, EchoGate
from dragoman.relay.echo_returns import ALIKE, Matrix
from tests.fakes.speakerphone import as_mulaw, noise

pytestmark = pytest.mark.unit

SILENCE = b"\xff" * 160
SOUND = as_mulaw(noise(-45, 160, 5))


class Told:
    """Returns that say what they are told to, and count."""

    def __init__(self, *_: int) -> None:
        self.likeness, self.steady = 0.0, 0.0
        self.most = np.full(BANDS, -60, np.float32)
        self.compared = self.learned = 0

    def explain(self, played: Matrix) -> Levels:
        levels: Levels = played[-1] - np.float32(1000)
        return levels

    def compare(self, *_: Matrix) -> float:
        self.compared += 1
        return self.likeness

    def learn(self, *_: Matrix) -> None:
        self.learned += 1


class Resting:
    """A gate whose returns are told; the playback is the same frame again and again."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.returns = Told()
        monkeypatch.setattr(echo_gate, "Returns", lambda *_: self.returns)
        self.gate = EchoGate()
        self.frame = as_mulaw(noise(-40, 160, 3))
        self.batches = 0
        self.gate.played(self.frame * 50, 10.0)

    def batch(self, heard: bytes, times: int = 1) -> tuple[int, int]:
        """How many batches of such frames were compared, and learned from."""
        before = self.returns.compared, self.returns.learned
        for _ in range(times):
            for i in range(8):
                at = (self.batches * 8 + i) * 0.02
                self.gate.played(self.frame, 11.0 + at)
                self.gate.pass_through(heard, 10.02 + at)
            self.batches += 1
        return self.returns.compared - before[0], self.returns.learned - before[1]

    def rest(self) -> None:
        assert self.batch(SILENCE, 18) == (16, 16)

    def most_returns(self, above_faint_db: float) -> None:
        """So much louder than faint the loudest band may come back."""
        loudest = float(band_levels(self.frame).max())
        self.returns.most = np.full(BANDS, FAINT_DBFS - loudest + above_faint_db, np.float32)


@pytest.fixture
def resting(monkeypatch: pytest.MonkeyPatch) -> Resting:
    return Resting(monkeypatch)


def test_it_rests_after_sixteen_batches_in_a_row_of_which_nothing_came_back(resting: Resting) -> None:
    assert resting.batch(SILENCE, 15) == (15, 15)
    resting.returns.likeness = ALIKE + 0.01
    assert resting.batch(SILENCE) == (1, 1)
    resting.returns.likeness = ALIKE
    resting.returns.steady = STEADY
    assert resting.batch(SILENCE, 20) == (16, 16)


def test_it_does_not_rest_while_anything_lasts_or_might_be_heard(resting: Resting) -> None:
    resting.returns.steady = STEADY + 0.01
    assert resting.batch(SILENCE, 20) == (20, 20)
    resting.returns.steady = 0.0
    resting.most_returns(0.5)
    assert resting.batch(SILENCE, 20) == (20, 20)
    resting.most_returns(-0.5)
    assert resting.batch(SILENCE, 20) == (16, 16)


def test_in_noise_more_may_come_back(resting: Resting) -> None:
    """The microphone falls to -38 dB or so in each band, and 16 above that is not worth a gate."""
    resting.most_returns(3.0)
    assert resting.batch(as_mulaw(noise(-33, 160, 9)), 10)[1] == 10
    assert resting.batch(as_mulaw(noise(-33, 160, 9)), 16)[1] < 16


def test_at_rest_every_other_batch_with_sound_is_looked_at(resting: Resting) -> None:
    resting.rest()
    assert resting.batch(SOUND, 6) == (3, 0)
    assert resting.batch(SILENCE, 4) == (0, 0)


def test_at_rest_each_is_looked_at_after_one_that_is_suspect_and_learned_from(resting: Resting) -> None:
    resting.rest()
    resting.returns.likeness = SUSPECT
    assert resting.batch(SOUND, 4) == (2, 0)
    resting.returns.likeness = SUSPECT + 0.01
    assert resting.batch(SOUND, 6) == (6, 6)
    resting.returns.likeness = 0.0
    assert resting.batch(SOUND, 1) == (1, 0)
    assert resting.batch(SOUND, 4) == (2, 0)


def test_at_rest_what_lasts_is_learned_from_and_wakes(resting: Resting) -> None:
    resting.rest()
    resting.returns.steady = STEADY + 0.01
    assert resting.batch(SOUND) == (1, 1)
    assert resting.batch(SILENCE, 3) == (3, 3)


def test_it_wakes_when_an_echo_might_be_clearly_louder(resting: Resting) -> None:
    resting.rest()
    resting.returns.likeness = SUSPECT + 0.01
    resting.most_returns(3.5)
    assert resting.batch(SOUND, 4)[1] >= 3
    assert resting.batch(SILENCE, 3) == (0, 0)
    resting.most_returns(4.5)
    assert resting.batch(SOUND, 1) == (1, 1)
    assert resting.batch(SILENCE, 3) == (3, 3)


def test_what_was_heard_before_a_hole_is_learned_from_before_it(resting: Resting) -> None:
    resting.gate.pass_through(SILENCE, 10.02)
    resting.gate.pass_through(SILENCE, 10.04)
    assert resting.returns.compared == 0
    resting.gate.pass_through(SILENCE, 10.6)
    assert resting.returns.compared == 1
