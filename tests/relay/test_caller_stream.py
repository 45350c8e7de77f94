"""A caller's stream: it joins, brings, is let go, is replaced, and dies."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
import structlog

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Digit, Heard, Reached
from dragoman.errors import Refused
from dragoman.relay.caller_stream import CallerStream
from tests.fakes.leg import FakeLeg

pytestmark = pytest.mark.script


@dataclass
class Call:
    """What the stream told. Nothing here waits, so a clock by hand will do."""

    now: float = 100.0
    brought: list[tuple[Heard | Digit | Reached, float]] = field(default_factory=list)
    left: list[tuple[bool, float]] = field(default_factory=list)
    broke: list[str] = field(default_factory=list)
    raises: bool = False
    stream: CallerStream = field(init=False)

    def __post_init__(self) -> None:
        self.stream = CallerStream(
            lambda: self.now,
            structlog.get_logger(),
            brought=self._brought,
            left=lambda clean, lived_s: self.left.append((clean, lived_s)),
            broke=self.broke.append,
        )

    def _brought(self, event: Heard | Digit | Reached, now: float) -> None:
        if self.raises:
            raise RuntimeError("a bug of ours")
        self.brought.append((event, now))

    def join(self, leg: FakeLeg) -> FakeLeg:
        self.stream.make_room(leg)
        self.stream.join(leg)
        self.stream.attach()
        return leg


def test_what_it_brings_goes_on_at_once_also_what_came_before() -> None:
    call, leg = Call(), FakeLeg()
    leg.hear(b"early")
    call.join(leg)
    call.now += 1
    leg.press("5")
    assert call.brought == [(Heard(b"early", 0), 100.0), (Digit("5"), 101.0)]


def test_its_end_is_told_once_with_its_age() -> None:
    call = Call()
    leg = call.join(FakeLeg())
    call.now += 7
    leg.end(clean=True)
    call.stream.let_go()
    assert call.left == [(True, 7.0)]
    assert call.stream.leg is None


def test_one_that_is_let_go_brings_nothing_more_though_it_closes_late() -> None:
    call = Call()
    leg = call.join(FakeLeg(closes_late=True))
    call.stream.let_go()
    assert (leg.closing, call.left) == (True, [(False, 0.0)])
    leg.hear(b"late")
    leg.end(clean=True)
    assert (call.brought, call.left) == ([], [(False, 0.0)])


def test_there_is_room_for_one_unless_it_fell_silent() -> None:
    call = Call()
    first = call.join(FakeLeg())
    with pytest.raises(Refused, match="already"):
        call.join(FakeLeg())
    call.now += 3
    assert call.stream.silent_s(call.now) == 3
    second = call.join(FakeLeg())
    assert (first.over, call.stream.leg) == (True, second)
    assert call.left == [(False, 3.0)]


def test_sound_of_another_form_is_refused() -> None:
    with pytest.raises(Refused, match="mu-law"):
        Call().join(FakeLeg(format=AudioFormat.PCM16_24K))


def test_where_there_is_none_it_is_not_silent() -> None:
    call = Call()
    assert call.stream.silent_s(call.now + 100) == 0
    call.stream.attach()


def test_a_fault_of_ours_is_told_and_goes_no_further() -> None:
    call = Call(raises=True)
    call.join(FakeLeg()).hear(b"x")
    assert call.broke == ["a leg's event"]
