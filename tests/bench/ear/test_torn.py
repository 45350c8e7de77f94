"""A piece with a pause in its midst is found, one that lacks a part is not, and other speech is not taken for it."""

from __future__ import annotations

import random
from itertools import pairwise

import numpy as np
import pytest

from bench.ear.locating import Found, locate, picture, pieces
from bench.ear.torn import mended
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
SAID, UNRELATED = picture(SPEECH), picture(OTHER)
TEARABLE = [number for number, one in enumerate(PIECES) if one.length_ms >= 240][1:-1]


def over_another_voice(recording: bytes, gain_db: float) -> bytes:
    size = min(len(recording), len(OTHER))
    sound = g711.decode(recording).astype(np.float64)
    sound[:size] += 10 ** (gain_db / 20) * g711.decode(OTHER)[:size]
    return g711.encode(np.clip(sound, -32768, 32767).astype(np.int16))


def heard(recording: bytes) -> list[Found | None]:
    ready, ear = [0.0] * len(PIECES), picture(recording)
    return mended(ear, SAID, PIECES, ready, ready, locate(ear, SAID, PIECES, ready))


def share(found: Found | None) -> float:
    return found.heard if found is not None else 0.0


def torn(every: int, first: int, dice: random.Random) -> tuple[list[int], bytes]:
    """Some pieces, and the speech with a pause of 60 to 300 ms somewhere in each."""
    numbers, sound, at = TEARABLE[first::every], bytearray(), 0
    for number in numbers:
        piece = PIECES[number]
        cut = 8 * (piece.begins_ms + dice.randrange(100, piece.length_ms - 99, 20))
        sound += SPEECH[at:cut] + b"\xff" * 8 * dice.randrange(60, 300, 20)
        at = cut
    return numbers, bytes(sound + SPEECH[at:])


@pytest.mark.parametrize(("gain_db", "ratio", "least"), [(-60, 1.1, 1.0), (-24, 1.0, 0.95), (-18, 1.25, 0.8)])
def test_torn_pieces_are_found_whole_where_they_are(gain_db: float, ratio: float, least: float) -> None:
    """Of 81 each, measured: all; 99 to 100 %; 90 to 99 %. Looked for in one piece: 26 to 43 %."""
    dice, counted, whole = random.Random(3), 0, 0
    for first in (0, 1):
        numbers, spoken = torn(2, first, dice)
        stretch = Stretch()
        found = heard(over_another_voice(stretch.push(spoken, ratio) + stretch.flush(), gain_db))
        assert all(share(one) == 1.0 for number, one in enumerate(found) if number not in numbers)
        assert all(one.begins_ms < other.begins_ms for one, other in pairwise(filter(None, found)))
        counted += len(numbers)
        whole += sum(share(found[number]) == 1.0 for number in numbers)
    assert counted == len(TEARABLE) > 20
    assert whole / counted >= least


@pytest.mark.parametrize("second", [False, True])
@pytest.mark.parametrize("closed", [False, True])
def test_pieces_whose_half_is_cut_away_are_still_lost_in_that_part(second: bool, closed: bool) -> None:
    """Of 108, measured: 100 are lost by 23 to 50 %; of the others a half was hardly voiced."""
    for first in (0, 1, 2):
        numbers, sound, at = TEARABLE[first::3], bytearray(), 0
        for number in numbers:
            half = PIECES[number].length_ms // 40 * 20
            begin = 8 * (PIECES[number].begins_ms + second * half)
            sound += SPEECH[at:begin] + (b"" if closed else b"\xff" * (8 * half))
            at = begin + 8 * half
        found = heard(bytes(sound + SPEECH[at:]))
        assert all(share(one) == 1.0 for number, one in enumerate(found) if number not in numbers)
        shares = [share(found[number]) for number in numbers]
        assert sum(one < 1.0 for one in shares) >= 0.7 * len(shares)
        assert sum(1.0 - one for one in shares) >= 0.25 * len(shares)


def test_a_long_pause_is_the_engines_or_ours() -> None:
    """Heard as a piece torn by 2.5 s where the engine itself paused for 2.3; else only its one part is found."""
    number = TEARABLE[4]
    piece = PIECES[number]
    cut = 8 * (piece.begins_ms + piece.length_ms // 40 * 20)
    ear = picture(SPEECH[:cut] + b"\xff" * 8 * 2_500 + SPEECH[cut:])
    ready = [0.0] * len(PIECES)
    found = locate(ear, SAID, PIECES, ready)
    assert found[number] is None
    assert 0 < share(mended(ear, SAID, PIECES, ready, ready, found)[number]) < 1
    whole = list(ready)
    whole[number] = 2_300.0
    one = mended(ear, SAID, PIECES, ready, whole, found)[number]
    assert one is not None
    assert one.heard == 1.0
    assert abs(one.ends_ms - one.begins_ms - piece.length_ms - 2_500) < 60


def test_a_piece_that_is_not_there_at_all_is_lost_whole() -> None:
    for number in TEARABLE[::6]:
        piece = PIECES[number]
        begin, end = 8 * piece.begins_ms, 8 * (piece.begins_ms + piece.length_ms)
        assert heard(SPEECH[:begin] + b"\xff" * (end - begin) + SPEECH[end:])[number] is None


def test_of_other_speech_next_to_nothing_is_taken_for_a_torn_piece() -> None:
    """In the room of a piece and a pause (0.8 s) of another's speech, between neighbours that are in place."""
    dice, taken, tried = random.Random(5), 0, 0
    for number in TEARABLE:
        for _ in range(3):
            begin = dice.randrange(0, len(UNRELATED) - 80) * 10.0
            known: list[Found | None] = [Found(0.0, begin)] * len(PIECES)
            known[number + 1 :] = [Found(begin + 800.0, begin + 1_200.0)] * (len(PIECES) - number - 1)
            known[number] = None
            one = mended(UNRELATED, SAID, PIECES, [0.0] * len(PIECES), [0.0] * len(PIECES), known)[number]
            taken += one is not None
            tried += 1
            assert one is None or one.heard < 1.0, "never both parts, in order"
    assert tried >= 60
    assert taken / tried <= 0.06


def test_the_room_is_what_the_neighbours_leave() -> None:
    """A torn piece is not looked for where other pieces are heard, nor before it was there."""
    known = locate(SAID, SAID, PIECES, [0.0] * len(PIECES))
    for number in range(1, len(PIECES) - 1, 3):
        was, beside = known[number], list(known)
        assert was is not None
        beside[number - 1 : number + 1] = [Found(was.ends_ms, was.ends_ms), None]
        one = mended(SAID, SAID, PIECES, [0.0] * len(PIECES), [0.0] * len(PIECES), beside)[number]
        assert one is None or (one.heard < 1.0 and one.begins_ms >= was.ends_ms - 60)
    late_ms = [60_000.0] * len(PIECES)
    late = mended(SAID, SAID, PIECES, late_ms, late_ms, [None] * len(PIECES))
    assert late == [None] * len(PIECES)
