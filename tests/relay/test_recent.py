"""The last seconds before interpreting is turned on."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.relay.recent import KEPT_S, LEAD_IN_S, PAUSE_S, Recent
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script

KEPT = int(KEPT_S * 50)
LEAD_IN = int(LEAD_IN_S * 50)
PAUSE = int(PAUSE_S * 50)


def voice(first: int, count: int) -> list[bytes]:
    return [frame(number) for number in range(first, first + count)]


def quiet(count: int) -> list[bytes]:
    return [SILENT] * count


def heard(pieces: list[bytes], *, began: float = 10.0) -> tuple[Recent, float]:
    """Frame by frame in real time; with the time of the last one."""
    recent, now = Recent(), began
    for piece in pieces:
        now += len(piece) / 8000
        recent.heard(piece, now)
    return recent, now


def taken(pieces: list[bytes]) -> list[bytes]:
    recent, now = heard(pieces)
    recalled = recent.take(now)
    return [] if recalled is None else [recalled.audio[at : at + 160] for at in range(0, len(recalled.audio), 160)]


def test_silence_is_not_recalled() -> None:
    assert Recent().take(1.0) is None
    assert taken(quiet(100)) == []


def test_the_last_stretch_of_speech_and_what_followed_it() -> None:
    said = [*voice(0, 20), *quiet(PAUSE + 1), *voice(50, 30), *quiet(PAUSE - 1), *voice(90, 10), *quiet(5)]
    assert taken(said) == said[20 + PAUSE + 1 - LEAD_IN :]


def test_speech_that_ended_a_while_ago_is_recalled_with_its_silence() -> None:
    said = [*voice(0, 30), *quiet(3 * PAUSE)]
    assert taken(said) == said


def test_the_beginning_of_a_long_stretch_is_cut() -> None:
    said = voice(0, KEPT + 60)
    assert taken(said) == said[60:]


def test_when_the_audio_began() -> None:
    recent, now = heard([*quiet(10), *voice(0, 50), *quiet(4)])
    recalled = recent.take(now + 0.01)
    assert recalled is not None
    assert recalled.began == pytest.approx(now - 64 * 0.02, abs=1e-9)
    assert recalled.began + len(recalled.audio) / 8000 == pytest.approx(now)


def test_it_is_taken_once() -> None:
    recent, now = heard(voice(0, 5))
    assert recent.take(now) is not None
    assert recent.take(now) is None


def test_what_is_old_is_forgotten() -> None:
    recent, now = heard(voice(0, 5))
    assert recent.take(now + KEPT_S + 0.1) is None
    recent, now = heard(voice(0, 5))
    recent.heard(frame(9), now + KEPT_S + 0.1)
    recalled = recent.take(now + KEPT_S + 0.1)
    assert recalled is not None
    assert recalled.audio == frame(9)


def test_a_late_burst_is_as_long_as_what_it_brings() -> None:
    recent, now = heard(voice(0, 10))
    for piece in [*quiet(PAUSE + 1), *voice(50, 10)]:
        recent.heard(piece, now + 1.5)
    recalled = recent.take(now + 1.5)
    assert recalled is not None
    assert recalled.audio == b"".join([*quiet(LEAD_IN), *voice(50, 10)])


def test_forgetting_on_purpose() -> None:
    recent, now = heard(voice(0, 10))
    recent.forget()
    assert recent.take(now) is None


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 500)), max_size=200))
def test_never_more_than_is_kept_and_never_a_sample_twice(script: list[tuple[bool, int]]) -> None:
    pieces = [(frame(number) * 4)[:size] if loud else b"\xff" * size for number, (loud, size) in enumerate(script)]
    recent, now = heard(pieces)
    recalled = recent.take(now)
    whole = b"".join(pieces)
    if recalled is None:
        return
    assert len(recalled.audio) <= KEPT_S * 8000
    assert whole.endswith(recalled.audio)
