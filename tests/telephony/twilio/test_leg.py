"""A party's media stream."""

from __future__ import annotations

import json

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached
from dragoman.telephony.twilio.leg import KEPT_EVENTS, TwilioLeg
from dragoman.telephony.twilio.wire import AppClear, AppMark, AppMedia, CarrierEnd, Started, decode

pytestmark = pytest.mark.unit

FRAME = b"\x7f" * 160


class Line:
    """A leg, Twilio's end of it, and all that passed."""

    def __init__(self, *, attached: bool = True) -> None:
        self.carrier = CarrierEnd("MZ1", "CA1", "AC1")
        self.sent: list[bytes] = []
        self.closes: list[tuple[int, str]] = []
        self.events: list[LegEvent] = []
        started = decode(self.carrier.start({}))
        assert isinstance(started, Started)
        self.leg = TwilioLeg(
            started, AudioFormat.PCMU_8K, self.sent.append, lambda code, why: self.closes.append((code, why))
        )
        if attached:
            self.leg.attach(self.events.append)


def test_it_knows_its_ids_and_its_format() -> None:
    leg = Line().leg
    assert (leg.leg_id, leg.carrier_call, leg.format) == ("MZ1", "CA1", AudioFormat.PCMU_8K)


def test_media_is_heard_with_its_time() -> None:
    line = Line()
    line.leg.received(line.carrier.media(FRAME, 40))
    assert line.events == [Heard(FRAME, 40)]


def test_keys_and_marks_are_told_in_order() -> None:
    line = Line()
    for message in (line.carrier.dtmf("#"), line.carrier.mark("m1"), line.carrier.dtmf("a"), line.carrier.mark("m2")):
        line.leg.received(message)
    assert line.events == [Digit("#"), Reached("m1"), Digit("A"), Reached("m2")]


def test_what_we_send_is_what_twilio_takes() -> None:
    line = Line()
    line.leg.play(FRAME * 3)
    line.leg.mark("m1")
    line.leg.clear()
    read = [line.carrier.read(message) for message in line.sent]
    assert [type(one) for one in read] == [AppMedia, AppMark, AppClear]
    assert isinstance(read[0], AppMedia)
    assert read[0].media.payload == FRAME * 3


def test_playing_nothing_sends_nothing() -> None:
    line = Line()
    line.leg.play(b"")
    assert line.sent == []


def test_events_before_anybody_listens_are_kept_in_order() -> None:
    line = Line(attached=False)
    line.leg.received(line.carrier.media(FRAME, 0))
    line.leg.received(line.carrier.dtmf("5"))
    line.leg.closed()
    line.leg.attach(line.events.append)
    assert line.events == [Heard(FRAME, 0), Digit("5"), LegClosed(clean=False, reason="stream ended without a stop")]


def test_what_is_kept_is_bounded_and_the_end_is_not_lost() -> None:
    line = Line(attached=False)
    for number in range(KEPT_EVENTS + 100):
        line.leg.received(line.carrier.media(FRAME, number * 20))
    line.leg.closed()
    line.leg.attach(line.events.append)
    assert len(line.events) == KEPT_EVENTS
    assert isinstance(line.events[-1], LegClosed)


def test_stop_closes_the_socket_and_its_end_is_clean() -> None:
    line = Line()
    line.leg.received(line.carrier.stop())
    assert line.closes == [(1000, "stopped")]
    assert line.events == []
    line.leg.closed()
    assert line.events == [LegClosed(clean=True, reason="hung up")]


def test_the_end_comes_exactly_once_and_last() -> None:
    line = Line()
    line.leg.closed()
    line.leg.closed()
    line.leg.received(line.carrier.media(FRAME, 0))
    assert line.events == [LegClosed(clean=False, reason="stream ended without a stop")]


def test_closing_is_asked_once_and_says_so() -> None:
    line = Line()
    line.leg.close()
    line.leg.close()
    assert line.closes == [(1000, "")]
    line.leg.closed()
    assert line.events == [LegClosed(clean=False, reason="closed by us")]


@pytest.mark.parametrize("end", ["close", "closed"])
def test_after_the_end_nothing_is_sent(end: str) -> None:
    line = Line()
    getattr(line.leg, end)()
    line.leg.play(FRAME)
    line.leg.mark("m")
    line.leg.clear()
    line.leg.close()
    assert line.sent == []


@pytest.mark.parametrize(
    "message",
    [
        pytest.param(b"\x00garbage", id="garbage"),
        pytest.param(b'{"event":"new"}', id="unknown-event"),
        pytest.param(CarrierEnd("MZother", "CA1", "AC1").media(FRAME, 0), id="another-stream-s-media"),
        pytest.param(CarrierEnd("MZother", "CA1", "AC1").stop(), id="another-stream-s-stop"),
        pytest.param(CarrierEnd("MZ1", "CA1", "AC1").start({"role": "agent"}), id="second-start"),
        pytest.param(CarrierEnd("MZ1", "CA1", "AC1").connected(), id="second-connected"),
        pytest.param(CarrierEnd("MZ1", "CA1", "AC1").dtmf("x"), id="no-key"),
        pytest.param(CarrierEnd("MZ1", "CA1", "AC1").media(b"", 0), id="empty-media"),
        pytest.param(
            CarrierEnd("MZ1", "CA1", "AC1").media(FRAME, 0).replace(b'"inbound"', b'"outbound"'), id="other-track"
        ),
    ],
)
def test_what_makes_no_sense_changes_nothing(message: bytes) -> None:
    line = Line()
    line.leg.received(message)
    line.leg.received_binary()
    assert line.events == []
    assert line.closes == []
    line.leg.received(line.carrier.media(FRAME, 20))
    assert line.events == [Heard(FRAME, 20)]


def test_a_flood_of_garbage_is_logged_once_per_kind(capsys: pytest.CaptureFixture[str]) -> None:
    line = Line()
    for _ in range(100):
        line.leg.received(b"garbage")
        line.leg.received_binary()
    printed = capsys.readouterr()
    assert (printed.out + printed.err).count("ignored") == 2


def test_missing_and_repeated_messages_are_counted() -> None:
    line = Line()
    first = line.carrier.media(FRAME, 0)
    line.carrier.media(FRAME, 20)
    for message in (first, first, line.carrier.media(FRAME, 40)):
        line.leg.received(message)
    assert (line.leg.sequence.missing, line.leg.sequence.repeated) == (1, 1)


def test_a_jump_in_time_is_passed_on() -> None:
    line = Line()
    line.leg.received(line.carrier.media(FRAME, 0))
    line.leg.received(line.carrier.media(FRAME, 5000))
    assert [one.at_ms for one in line.events if isinstance(one, Heard)] == [0, 5000]


def test_every_message_of_ours_has_the_stream_s_id() -> None:
    line = Line()
    line.leg.play(FRAME)
    assert json.loads(line.sent[0])["streamSid"] == "MZ1"
