"""The stream's buffer at Twilio, by itself."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dragoman.telephony.twilio.emulator.playback import SILENCE, Playback

pytestmark = pytest.mark.unit


def drained(playback: Playback) -> tuple[bytes, list[str]]:
    """All that is queued, with each frame's padding, and the marks in order."""
    audio, reached = b"", []
    while playback.waiting_bytes:
        frame, marks = playback.pull()
        audio += frame
        reached += marks
    return audio, reached


@settings(deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=700), max_size=12))
def test_any_cut_of_the_same_audio_plays_the_same(pieces: list[bytes]) -> None:
    playback = Playback(600_000)
    for piece in pieces:
        assert playback.play(piece)
    audio, _ = drained(playback)
    whole = b"".join(pieces)
    assert audio[: len(whole)] == whole
    assert audio[len(whole) :].strip(b"\xff") == b""
    assert len(audio) % 160 == 0
    assert len(audio) - len(whole) < 160


@settings(deadline=None)
@given(st.lists(st.one_of(st.integers(1, 500), st.text(min_size=1, max_size=3)), max_size=20))
def test_a_mark_comes_with_the_last_byte_before_it(steps: list[int | str]) -> None:
    """Marks come back in order, none early, none lost."""
    playback = Playback(600_000)
    queued, due, reached = 0, [], []
    for step in steps:
        if isinstance(step, int):
            playback.play(b"\x01" * step)
            queued += step
        else:
            at_once = playback.mark(step)
            reached += at_once
            if not at_once:
                due.append((queued, step))
    played = 0
    while playback.waiting_bytes:
        _, marks = playback.pull()
        played = min(played + 160, queued)
        now_due = [name for place, name in due if place <= played]
        due = [(place, name) for place, name in due if place > played]
        assert marks == now_due
    assert due == []


def test_nothing_queued_is_silence() -> None:
    assert Playback(1000).pull() == (SILENCE, [])


def test_a_whole_frame_is_passed_on_untouched() -> None:
    playback = Playback(1000)
    frame = bytes(range(160))
    playback.play(frame)
    assert playback.pull()[0] is frame


def test_clear_returns_the_marks_and_leaves_nothing() -> None:
    playback = Playback(1000)
    playback.play(b"\x01" * 1000)
    assert playback.mark("a") == []
    assert playback.clear() == ["a"]
    assert playback.waiting_bytes == 0
    assert playback.pull() == (SILENCE, [])
    assert playback.mark("b") == ["b"]


def test_what_was_cleared_was_not_heard() -> None:
    playback = Playback(1000)
    playback.play(b"\x01" * 1000)
    playback.pull()
    playback.pull()
    assert playback.heard_bytes == 320
    playback.clear()
    playback.pull()
    assert playback.heard_bytes == 320, "silence of the carrier's own"
    playback.play(b"\x01" * 100)
    playback.pull()
    assert playback.heard_bytes == 420


def test_what_is_beyond_the_limit_is_thrown_away() -> None:
    playback = Playback(100)  # 800 bytes
    assert playback.play(b"\x01" * 700)
    assert not playback.play(b"\x02" * 200)
    assert playback.waiting_bytes == 800
    assert not playback.play(b"\x03")
    playback.pull()
    assert playback.play(b"\x04" * 160)
