"""The picture of a call."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest
from matplotlib import image

from dragoman.cli.demo.ears import Stretch
from dragoman.cli.demo.timeline import ROWS, draw

pytestmark = pytest.mark.unit

NOTHING: list[list[Stretch]] = [[], [], [], []]


def size(path: Path) -> tuple[int, int]:
    content = path.read_bytes()
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack_from(">II", content, 16)
    return width, height


def share(path: Path, colour: str) -> float:
    """How much of the picture has a colour."""
    wanted = np.array([int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)])
    pixels = image.imread(path)[:, :, :3]
    return float((np.abs(pixels - wanted).max(axis=2) < 0.02).mean())


def test_a_short_and_a_long_call_are_pictures_of_a_sensible_size(tmp_path: Path) -> None:
    path = tmp_path / "timeline.png"
    draw(path, NOTHING, 10.0, 11.0, "short")
    width, height = size(path)
    assert 1000 <= width <= 1200
    assert 300 <= height <= 400
    draw(path, NOTHING, 0.0, 3600.0, "long")
    assert size(path)[0] <= 4400


def test_each_row_has_its_bars(tmp_path: Path) -> None:
    path = tmp_path / "timeline.png"
    for row, (_, colour) in enumerate(ROWS):
        rows = [list(one) for one in NOTHING]
        rows[row] = [Stretch(10.0, 60.0)]
        draw(path, rows, 0.0, 100.0, "bars")
        shares = [share(path, other) for _, other in ROWS]
        assert shares[row] > 0.03, colour
        assert sum(shares) - shares[row] < 0.005


def test_longer_speech_is_a_longer_bar(tmp_path: Path) -> None:
    path = tmp_path / "timeline.png"
    colour = ROWS[0][1]
    found = []
    for ended_s in (20.0, 40.0):
        draw(path, [[Stretch(0.0, ended_s)], [], [], []], 0.0, 100.0, "bars")
        found.append(share(path, colour))
    assert found[1] == pytest.approx(2 * found[0], rel=0.1)


def test_what_was_before_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "timeline.png"
    draw(path, [[Stretch(0.0, 9.0)], [], [], []], 10.0, 20.0, "before")
    assert share(path, ROWS[0][1]) == 0.0


def test_the_others_own_voice_is_a_thin_bar_in_its_own_colour(tmp_path: Path) -> None:
    path, colour = tmp_path / "timeline.png", ROWS[0][1]
    found = []
    for rows, beside in (([[Stretch(0.0, 50.0)], [], [], []], NOTHING), (NOTHING, [[], [Stretch(0.0, 50.0)], [], []])):
        draw(path, rows, 0.0, 100.0, "beside", beside)
        found.append(share(path, colour))
    whole, thin = found
    assert 0.05 * whole < thin < 0.3 * whole
