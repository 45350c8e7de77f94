"""A page's sound: any pieces in, frames out; nothing after the end."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.browser.leg import FORMAT, KEPT_EVENTS, BrowserLeg
from dragoman.browser.shown import Shown
from dragoman.domain import room
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached
from tests.fakes.paper_rooms import LANGUAGES, SUMMARY

pytestmark = pytest.mark.unit

FRAME = bytes(range(240)) * 4


class Line:
    """A leg and all that passed."""

    def __init__(self, *, attached: bool = True) -> None:
        self.sent: list[bytes] = []
        self.audio: list[bytes] = []
        self.closes: list[tuple[int, str]] = []
        self.events: list[LegEvent] = []
        self.leg = BrowserLeg(
            "leg-1",
            self.sent.append,
            self.audio.append,
            lambda code, why: self.closes.append((code, why)),
            Shown(LANGUAGES, {}),
        )
        if attached:
            self.leg.attach(self.events.append)

    @property
    def frames(self) -> list[Heard]:
        return [one for one in self.events if isinstance(one, Heard)]


def test_it_knows_what_it_is() -> None:
    leg = Line().leg
    assert (leg.leg_id, leg.carrier_call, leg.format) == ("leg-1", "", AudioFormat.PCM16_24K)


@given(st.lists(st.integers(0, 2500), max_size=12))
def test_however_audio_is_cut_the_same_frames_come(sizes: list[int]) -> None:
    line, place, audio = Line(), 0, bytes(number % 251 for number in range(60_000))
    for size in sizes:
        line.leg.heard(audio[place : place + size * 2])
        place += size * 2
    whole = min(place, len(audio)) // FORMAT.frame_bytes
    assert b"".join(frame.audio for frame in line.frames) == audio[: whole * FORMAT.frame_bytes]
    assert [frame.at_ms for frame in line.frames] == [20 * number for number in range(whole)]
    assert {len(frame.audio) for frame in line.frames} <= {FORMAT.frame_bytes}


def test_half_a_sample_moves_nothing_behind_it() -> None:
    line = Line()
    line.leg.heard(FRAME[:11])
    line.leg.heard(FRAME)
    assert line.frames[0].audio == FRAME[:10] + FRAME[:-10]


def test_a_cut_gives_the_rest_of_a_frame_with_silence() -> None:
    line = Line()
    line.leg.heard(FRAME + FRAME[:100])
    line.leg.cut()
    line.leg.heard(FRAME)
    assert [frame.audio for frame in line.frames] == [FRAME, FRAME[:100] + bytes(860), FRAME]
    line.leg.cut()
    assert len(line.frames) == 3


def test_marks_and_keys_are_told_in_order() -> None:
    line = Line()
    line.leg.reached("m1")
    line.leg.pressed("5")
    line.leg.reached("m2")
    assert line.events == [Reached("m1"), Digit("5"), Reached("m2")]


def test_what_is_played_marked_and_cleared_is_sent() -> None:
    line = Line()
    line.leg.play(FRAME * 2)
    line.leg.play(b"")
    line.leg.mark("m1")
    line.leg.clear()
    assert line.audio == [FRAME * 2]
    assert [msgspec.json.decode(one) for one in line.sent] == [{"type": "mark", "name": "m1"}, {"type": "clear"}]


def test_what_is_kept_before_anybody_listens_is_bounded_and_comes_in_order() -> None:
    line = Line(attached=False)
    for number in range(KEPT_EVENTS + 50):
        line.leg.reached(f"m{number}")
    line.leg.closed()
    line.leg.attach(line.events.append)
    assert len(line.events) == KEPT_EVENTS
    assert line.events[-1] == LegClosed(clean=False, reason="connection lost")
    assert line.events[-2] == Reached(f"m{KEPT_EVENTS + 49}")


@pytest.mark.parametrize(
    ("ours", "left", "expected"),
    [
        (False, False, LegClosed(clean=False, reason="connection lost")),
        (False, True, LegClosed(clean=True, reason="left")),
        (True, False, LegClosed(clean=False, reason="closed by us")),
    ],
)
def test_the_end_comes_once_and_last(ours: bool, left: bool, expected: LegClosed) -> None:
    line = Line()
    if left:
        line.leg.left()
    if ours:
        line.leg.close()
        line.leg.close()
    for _ in range(2):
        line.leg.closed()
    line.leg.heard(FRAME)
    line.leg.reached("late")
    line.leg.play(FRAME)
    line.leg.mark("m")
    line.leg.clear()
    line.leg.close()
    assert line.events == [expected]
    assert (line.audio, line.sent) == ([], [])
    assert line.closes == ([(1000, "")] if ours else [])


def test_the_last_word_goes_before_the_close() -> None:
    line = Line()
    line.leg.show(room.Ended(room.Ending.CLOSED, SUMMARY))
    line.leg.close()
    line.leg.show(room.SpeaksNow(room.Speaker.A))
    assert [msgspec.json.decode(one)["type"] for one in line.sent] == ["ended"]
