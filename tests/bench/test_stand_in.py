"""The model's stand-in speaks the protocol as a client expects it, and tells strangers."""

from __future__ import annotations

import pytest

from bench.lane_log import LaneLog
from bench.stamps import Kind, Script, Side, frame
from bench.stand_in import EchoSession, Wiring
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import Unrecognised, encode
from dragoman.interpreters.realtime.wire.items import ItemReference, ResponseWanted
from dragoman.interpreters.realtime.wire.session import AudioInputUpdate, AudioUpdate, ServerVadUpdate, SessionUpdate

pytestmark = pytest.mark.pair


class Client:
    """Our side of the wire, with one caller's lane."""

    def __init__(self, *, asks: bool = True) -> None:
        self.wiring = Wiring()
        self.lane = LaneLog(7, Side.CALLER, Script(), 100)
        self.wiring.lanes = {(7, 0): self.lane}
        self.events: list[wire.AnyServerEvent | Unrecognised] = []
        self.session = EchoSession(self.wiring)
        self.session.connected(lambda message: self.events.append(wire.decode_server(message)), lambda *_: None)
        detection = ServerVadUpdate(create_response=not asks)
        audio = AudioUpdate(input=AudioInputUpdate(turn_detection=detection))
        self.send(wire.UpdateSession(SessionUpdate(type="realtime", audio=audio)))

    def send(self, event: wire.UpdateSession | wire.CreateResponse | wire.DeleteItem) -> None:
        self.session.received(encode(event))

    def say(self, kind: Kind, number: int, call: int = 7) -> None:
        self.session.received(wire.append(frame(call, Side.CALLER, kind, number)))

    def of(self, kind: type[object]) -> list[object]:
        return [event for event in self.events if isinstance(event, kind)]


def test_an_utterance_is_committed_asked_for_and_echoed_frame_by_frame() -> None:
    client = Client()
    client.say(Kind.SPEECH, 0)
    (committed,) = client.of(wire.AudioCommitted)
    assert isinstance(committed, wire.AudioCommitted)
    assert not client.of(wire.AudioDelta)
    wanted = ResponseWanted(conversation="none", input=[ItemReference(committed.item_id)], metadata={"ask": "1"})
    client.send(wire.CreateResponse(wanted))
    client.say(Kind.SPEECH, 1)
    client.say(Kind.PAUSE, 2)
    echoed = [event.delta for event in client.events if isinstance(event, wire.AudioDelta)]
    assert echoed == [frame(7, Side.CALLER, Kind.SPEECH, number) for number in (0, 1)]
    (done,) = client.of(wire.ResponseDone)
    assert isinstance(done, wire.ResponseDone)
    assert done.response.metadata == {"ask": "1"}
    assert not client.wiring.refused
    assert not client.of(Unrecognised)
    assert client.lane.given[2] > 0
    assert client.lane.echoed[2] != client.lane.echoed[2]


def test_a_session_may_answer_by_itself() -> None:
    client = Client(asks=False)
    client.say(Kind.SPEECH, 0)
    assert len(client.of(wire.AudioDelta)) == 1


def test_a_frame_of_another_call_is_a_stranger_and_is_not_echoed() -> None:
    client = Client(asks=False)
    client.wiring.lanes[8, 0] = LaneLog(8, Side.CALLER, Script(), 100)
    client.say(Kind.SPEECH, 0)
    client.say(Kind.SPEECH, 1, call=8)
    assert client.wiring.strangers == 1
    assert len(client.of(wire.AudioDelta)) == 1


def test_what_the_protocol_does_not_know_is_a_complaint() -> None:
    client = Client()
    client.session.received(b'{"type":"session.shout"}')
    client.session.received_binary()
    assert len(client.wiring.refused) == 2
