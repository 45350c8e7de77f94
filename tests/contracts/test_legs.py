"""What every leg promises (`ports.Leg`): the carrier's, the page's, and the one on paper that other tests use."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Protocol

import msgspec
import pytest

from dragoman.browser import wire
from dragoman.browser.leg import BrowserLeg
from dragoman.browser.shown import Shown
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Heard, LegClosed, LegEvent, Reached
from dragoman.ports import Leg
from dragoman.telephony.twilio.leg import TwilioLeg
from dragoman.telephony.twilio.wire import AppClear, AppMark, AppMedia, CarrierEnd, Started, decode
from tests.fakes.leg import FakeLeg

pytestmark = pytest.mark.contract


class FarEnd(Protocol):
    """A leg and what is on its other side, which plays nothing by itself."""

    leg: Leg

    def say(self, frame: bytes) -> None: ...

    def plays_on(self, mark: str) -> None:
        """All before the mark is played, or cleared."""

    def gone(self) -> None:
        """The connection is over."""

    def given(self) -> list[str]:
        """What it was given, in order: `audio`, `mark NAME`, `clear`; after a close also `close`."""


class PaperEnd:
    def __init__(self) -> None:
        self.leg: FakeLeg = FakeLeg(returns_marks=False)

    def say(self, frame: bytes) -> None:
        self.leg.hear(frame)

    def plays_on(self, mark: str) -> None:
        self.leg._emit(Reached(mark))

    def gone(self) -> None:
        self.leg.end(clean=False)

    def given(self) -> list[str]:
        kinds = ["audio"] * len(self.leg.played) + [f"mark {name}" for name in self.leg.marks]
        return kinds + ["clear"] * self.leg.cleared


class CarriersEnd:
    def __init__(self) -> None:
        self.carrier = CarrierEnd("MZ1", "CA1", "AC1")
        self.got: list[str] = []
        started = decode(self.carrier.start({}))
        assert isinstance(started, Started)
        self.leg: Leg = TwilioLeg(started, AudioFormat.PCMU_8K, self._take, lambda _code, _why: None)

    def _take(self, message: bytes) -> None:
        match self.carrier.read(message):
            case AppMedia():
                self.got.append("audio")
            case AppMark(mark=mark):
                self.got.append(f"mark {mark.name}")
            case AppClear():
                self.got.append("clear")
            case breach:
                raise AssertionError(breach)

    def _socket(self) -> TwilioLeg:
        assert isinstance(self.leg, TwilioLeg)
        return self.leg

    def say(self, frame: bytes) -> None:
        self._socket().received(self.carrier.media(frame, 0))

    def plays_on(self, mark: str) -> None:
        self._socket().received(self.carrier.mark(mark))

    def gone(self) -> None:
        self._socket().closed()

    def given(self) -> list[str]:
        return self.got


class PagesEnd:
    def __init__(self) -> None:
        self.got: list[str] = []
        self._leg = BrowserLeg(
            "leg-1", self._take, lambda _audio: self.got.append("audio"), lambda _code, _why: None, Shown({}, {})
        )
        self.leg: Leg = self._leg

    def _take(self, message: bytes) -> None:
        read = wire.decode_server(message)
        self.got.append(f"mark {read.name}" if isinstance(read, wire.MarkHere) else str(_kind(message)))

    def say(self, frame: bytes) -> None:
        self._leg.heard(frame)

    def plays_on(self, mark: str) -> None:
        self._leg.reached(mark)

    def gone(self) -> None:
        self._leg.closed()

    def given(self) -> list[str]:
        return self.got


def _kind(message: bytes) -> object:
    return msgspec.json.decode(message)["type"]


@pytest.fixture(params=[PaperEnd, CarriersEnd, PagesEnd])
async def far(request: pytest.FixtureRequest) -> FarEnd:
    made: Callable[[], FarEnd] = request.param
    return made()


async def test_events_come_at_once_and_in_order(far: FarEnd) -> None:
    events: list[LegEvent] = []
    far.leg.attach(events.append)
    one, two = (bytes([value]) * far.leg.format.frame_bytes for value in (1, 2))
    far.say(one)
    far.plays_on("m1")
    far.say(two)
    assert [event.audio if isinstance(event, Heard) else event for event in events] == [one, Reached("m1"), two]


async def test_what_came_before_anybody_listened_is_told_first(far: FarEnd) -> None:
    events: list[LegEvent] = []
    frame = bytes(far.leg.format.frame_bytes)
    far.say(frame)
    far.leg.attach(events.append)
    far.say(frame)
    assert [type(event) for event in events] == [Heard, Heard]


async def test_the_end_comes_once_and_last(far: FarEnd) -> None:
    events: list[LegEvent] = []
    far.leg.attach(events.append)
    far.gone()
    far.gone()
    assert [type(event) for event in events] == [LegClosed]


async def test_what_it_is_given_reaches_the_far_end_in_order(far: FarEnd) -> None:
    far.leg.attach(lambda _event: None)
    far.leg.play(bytes(3 * far.leg.format.frame_bytes))
    far.leg.mark("m1")
    far.leg.clear()
    assert far.given() == ["audio", "mark m1", "clear"]


async def test_after_its_end_it_does_nothing(far: FarEnd) -> None:
    far.leg.attach(lambda _event: None)
    far.gone()
    far.leg.play(bytes(far.leg.format.frame_bytes))
    far.leg.mark("m1")
    assert far.given() == []
    far.leg.close()
    far.leg.close()


async def test_it_is_closed_by_us_and_says_so_once(far: FarEnd) -> None:
    events: list[LegEvent] = []
    far.leg.attach(events.append)
    far.leg.close()
    far.leg.close()
    far.gone()
    await asyncio.sleep(0)
    (closed,) = events
    assert isinstance(closed, LegClosed)
    assert closed.reason == "closed by us"
