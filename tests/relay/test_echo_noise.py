"""What the microphone falls to."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio.bands import BANDS, FLOOR_DBFS
from dragoman.relay.echo_noise import FIRST_NOISE_DBFS, NOISE_FALL_DB, NOISE_RISE_DB, Noise, power
from dragoman.relay.echo_returns import Matrix

pytestmark = pytest.mark.unit

STEP_DOWN = -NOISE_FALL_DB


def rows(*levels: float) -> Matrix:
    return np.repeat(np.array(levels, np.float32)[:, None], BANDS, axis=1)


def learned(*batches: Matrix) -> Noise:
    noise = Noise(9)
    for batch in batches:
        noise.learn(batch)
    return noise


def test_power_is_a_tenth_each_ten_db() -> None:
    assert power(np.array([0, -10, -23], np.float32)) == pytest.approx([1, 0.1, 0.005012], rel=1e-4)


def test_before_anything_is_heard_there_is_none() -> None:
    assert Noise(9).levels.tolist() == [FLOOR_DBFS] * BANDS
    assert Noise(9).explains == pytest.approx([10 ** (FLOOR_DBFS / 10)] * BANDS, rel=1e-4)


def test_the_first_frame_is_noise_unless_it_is_loud() -> None:
    assert learned(rows(-60)).levels == pytest.approx([-60 + NOISE_RISE_DB] * BANDS)
    assert learned(rows(-20)).levels == pytest.approx([FIRST_NOISE_DBFS + NOISE_RISE_DB] * BANDS)


def test_it_rises_with_every_frame_that_is_not_quieter_and_falls_with_those_that_are() -> None:
    first = rows(-60)
    start = -60 + NOISE_RISE_DB
    assert learned(first, rows(-50, -40, -59)).levels == pytest.approx([start + 3 * NOISE_RISE_DB] * BANDS)
    mixed = learned(first, rows(-50, -70, -40, -70))
    assert mixed.levels == pytest.approx([start + 2 * NOISE_RISE_DB + 2 * STEP_DOWN] * BANDS)


def test_it_falls_no_further_than_a_step_below_what_was_heard() -> None:
    noise = learned(rows(-60), rows(*[-60.5] * 8))
    assert noise.levels == pytest.approx([-60.5 + STEP_DOWN] * BANDS)


def test_each_band_is_for_itself() -> None:
    first, heard = rows(-60), rows(-50, -50)
    heard[:, 2] = -65
    levels = learned(first, heard).levels
    others = -60 + 3 * NOISE_RISE_DB
    assert levels == pytest.approx(
        [-60 + NOISE_RISE_DB + 2 * STEP_DOWN if band == 2 else others for band in range(BANDS)]
    )


def test_only_the_first_frame_is_taken_at_its_word() -> None:
    noise = learned(rows(-70))
    noise.learn(rows(-50))
    assert noise.levels == pytest.approx([-70 + 2 * NOISE_RISE_DB] * BANDS)


def test_noise_explains_what_is_up_to_the_margin_above_it() -> None:
    noise = learned(rows(-60))
    assert noise.explains == pytest.approx(power(noise.levels + np.float32(9)), rel=1e-4)
