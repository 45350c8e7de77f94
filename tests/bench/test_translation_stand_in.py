"""The translation stand-in, read by our own wire; and what is worked out from what it and the phones recorded."""

from __future__ import annotations

import pytest

from bench.lane_log import EarCount, traffic
from bench.stamps import Script, Side
from bench.stand_in import Wiring
from bench.tone_lane import ToneLane, settle
from bench.translation_stand_in import TranslationEcho
from dragoman.audio.convert import Converter
from dragoman.domain.audio import PCMU_FRAME_BYTES, AudioFormat
from dragoman.interpreters.realtime.wire import translation as wire
from dragoman.interpreters.realtime.wire.envelope import Unrecognised, encode

pytestmark = pytest.mark.pair

FRAMES = 100


class Session:
    """One session and our side of it."""

    def __init__(self, wiring: Wiring) -> None:
        self.events: list[wire.AnyServerEvent | Unrecognised] = []
        self.echo = TranslationEcho(wiring)
        self.echo.connected(lambda message: self.events.append(wire.decode_server(message)), lambda *_: None)

    def said(self) -> list[bytes]:
        return [event.delta for event in self.events if isinstance(event, wire.OutputAudioDelta)]


def lane_of(call: int, wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> tuple[ToneLane, Session, list[bytes]]:
    """A lane whose 100 frames were said at 20 ms each and given 3 ms after each tenth; and what came back."""
    session = Session(wiring)
    lane = ToneLane(call, Side.CALLER, Script(), FRAMES)
    lane.talks_from, lane.count = 0, FRAMES
    up = Converter(AudioFormat.PCMU_8K, AudioFormat.PCM16_24K)
    for number in range(0, FRAMES, 10):
        piece = b"".join(lane.frame(one) for one in range(number, number + 10))
        for one in range(number, number + 10):
            lane.sent[one] = one * 0.02
        now = lane.sent[number + 9] + 0.003
        monkeypatch.setattr("bench.translation_stand_in.time.perf_counter", lambda now=now: now)
        session.echo.received(wire.append(up.convert(piece)))
    return lane, session, session.said()


def played(lane: ToneLane, said: list[bytes], count: EarCount, late_s: float = 0.0) -> None:
    """What an app that adds `late_s` lets the ear hear, 60 ms in a message."""
    down = Converter(AudioFormat.PCM16_24K, AudioFormat.PCMU_8K)
    for turn, piece in enumerate(said):
        audio = down.convert(piece)
        for place in range(0, len(audio), 3 * PCMU_FRAME_BYTES):
            at = 0.183 + turn * 0.2 + place / 8000 + late_s
            lane.hear(audio[place : place + 3 * PCMU_FRAME_BYTES], at, count)


def test_it_greets_takes_the_configuration_says_back_and_ends() -> None:
    wiring = Wiring()
    session = Session(wiring)
    update = wire.SessionUpdate(audio=wire.AudioUpdate(output=wire.AudioOutputUpdate(language="es")))
    session.echo.received(encode(wire.UpdateSession(update)))
    piece = b"\1\0" * 4800
    for _ in range(5):
        session.echo.received(wire.append(piece))
    session.echo.received(encode(wire.CloseSession()))
    kinds = [type(event) for event in session.events]
    assert kinds[:2] == [wire.SessionCreated, wire.SessionUpdated]
    assert session.said() == [piece] * 5
    assert kinds[-3:] == [wire.InputTranscriptDelta, wire.OutputTranscriptDelta, wire.SessionClosed]
    assert (wiring.sessions, wiring.ready, wiring.refused) == (1, 1, [])
    session.echo.closed()
    assert wiring.sessions == 0


@pytest.mark.parametrize("message", [wire.append(b"\0" * 960), b'{"type":"session.shout"}', b"{"])
def test_what_the_workload_does_not_hold_is_a_complaint(message: bytes) -> None:
    wiring = Wiring()
    session = Session(wiring)
    session.echo.received(message)
    assert len(wiring.refused) == 1
    assert session.said() == []


def test_both_ways_are_told_from_the_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring, ears = Wiring(), EarCount()
    lane, _, said = lane_of(0, wiring, monkeypatch)
    other, _, _ = lane_of(1, wiring, monkeypatch)
    played(lane, said, ears, late_s=0.007)
    settle([other, lane], wiring, ears)
    found = traffic([lane.window(-1.0, 9.0)])
    assert found.frames == 2 * FRAMES
    assert found.lost == 0
    assert found.up.p50_ms == pytest.approx(3.0, abs=0.01)
    assert found.up.most_ms == pytest.approx(3.0, abs=0.01)
    assert found.collect.p50_ms == pytest.approx(90, abs=0.01)
    assert found.down.p50_ms == pytest.approx(7.0 + 2.0, abs=1)  # and the resampler
    assert found.across.p50_ms == pytest.approx(3.0 + 7.0 + 4.0, abs=1)
    assert found.across.most_ms == pytest.approx(3.0 + 7.0 + 4.0, abs=2)
    assert (wiring.refused, wiring.strangers, ears.strangers, ears.repeated) == ([], 0, 0, 0)


def test_what_the_ear_missed_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring, ears = Wiring(), EarCount()
    lane, _, said = lane_of(0, wiring, monkeypatch)
    played(lane, said[:-1], ears)
    settle([lane], wiring, ears)
    assert traffic([lane.window(-1.0, 9.0)]).lost == 10


def test_strangers_and_repetitions_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring, ears = Wiring(), EarCount()
    lane, _, said = lane_of(0, wiring, monkeypatch)
    other, _, theirs = lane_of(1, wiring, monkeypatch)
    played(lane, [*said, said[-1]], ears)
    played(other, said[:2], ears)
    settle([lane, other], wiring, ears)
    assert 8 <= ears.repeated <= 10
    assert ears.strangers >= 18
    assert len(theirs) == 10


def test_a_session_that_heard_two_lanes_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    wiring = Wiring()
    lane, session, _ = lane_of(0, wiring, monkeypatch)
    other, theirs, _ = lane_of(1, wiring, monkeypatch)
    for piece in theirs.said():
        session.echo.received(wire.append(piece))
    settle([lane, other], wiring, EarCount())
    assert wiring.refused == ["a session that is no one lane's"]
