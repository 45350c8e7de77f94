"""Known speech is found again where it is heard, and missed where it is not."""

from __future__ import annotations

import numpy as np
import pytest

from bench.ear.locating import Found, Piece, locate, picture, pieces
from dragoman.audio import g711
from dragoman.audio.stretch import Stretch
from dragoman.cli.demo.turns import shipped
from dragoman.domain.call import Role

pytestmark = pytest.mark.unit

PAUSE = b"\xff" * 8 * 600


def talk(role: Role) -> bytes:
    said = [turn.audio + b"\xff" * (-len(turn.audio) % 160) + PAUSE for turn in shipped() if turn.role is role]
    return b"".join(said)[: 8 * 15_000]


SPEECH, OTHER = talk(Role.CALLER), talk(Role.AGENT)
PIECES = pieces(SPEECH)


def looked_for(recording: bytes) -> list[Found | None]:
    return locate(picture(recording), picture(SPEECH), PIECES, [0.0] * len(PIECES))


def under(recording: bytes, gain_db: float) -> bytes:
    size = min(len(recording), len(OTHER))
    sound = g711.decode(recording).astype(np.float64)
    sound[:size] += 10 ** (gain_db / 20) * g711.decode(OTHER)[:size]
    return g711.encode(np.clip(sound, -32768, 32767).astype(np.int16))


def test_pieces_are_the_voiced_parts_a_third_of_a_second_or_so_each() -> None:
    assert len(PIECES) > 20
    assert all(150 <= one.length_ms <= 600 for one in PIECES)
    assert all(one.voiced_ms <= one.length_ms for one in PIECES)
    assert pieces(b"\xff" * 16_000) == pieces(b"") == []


def test_in_the_same_speech_each_is_where_it_was() -> None:
    found = looked_for(SPEECH)
    assert [one and one.begins_ms for one in found] == [piece.begins_ms for piece in PIECES]


@pytest.mark.parametrize("ratio", [1.0, 1.1, 1.25])
def test_stretched_and_over_a_ducked_original_all_are_found(ratio: float) -> None:
    stretch = Stretch()
    audio = under(stretch.push(SPEECH, ratio) + stretch.flush(), -18)
    for piece, one in zip(PIECES, looked_for(audio), strict=True):
        assert one is not None
        assert abs(one.begins_ms * ratio - piece.begins_ms) < 60


def test_just_what_was_cut_out_is_missed() -> None:
    found = looked_for(SPEECH[: 8 * 4_000] + SPEECH[8 * 7_000 :])
    missed = [piece for piece, one in zip(PIECES, found, strict=True) if one is None]
    touched = [one for one in PIECES if one.begins_ms + one.length_ms > 4_000 and one.begins_ms < 7_000]
    inside = [one for one in PIECES if one.begins_ms > 4_100 and one.begins_ms + one.length_ms < 6_900]
    assert set(inside) <= set(missed) <= set(touched)


def test_nothing_is_found_before_it_was_there_nor_in_silence_nor_much_in_another_voice() -> None:
    late = locate(picture(SPEECH), picture(SPEECH), PIECES, [60_000.0] * len(PIECES))
    assert late == [None] * len(PIECES)
    assert looked_for(b"\xff" * 80_000) == [None] * len(PIECES)
    assert sum(one is not None for one in looked_for(OTHER)) <= len(PIECES) // 8
    assert locate(picture(b""), picture(SPEECH), [Piece(0, 400, 400)], [0.0]) == [None]
