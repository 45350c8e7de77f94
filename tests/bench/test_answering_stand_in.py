"""The stand-in for an assistant's model: it hears a turn out, says it back, and complains of what is out of place."""

from __future__ import annotations

import pytest

from bench.answering_stand_in import GREETING, SETTLED_FRAMES, AnsweringSession
from bench.lane_log import LaneLog
from bench.stamps import Kind, Script, Side, frame
from bench.stand_in import Wiring
from dragoman.domain.audio import PCMU_FRAME_BYTES, PCMU_SILENCE
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import Unrecognised, encode
from dragoman.interpreters.realtime.wire.items import ResponseWanted
from dragoman.interpreters.realtime.wire.session import SessionUpdate

pytestmark = pytest.mark.pair

SPEAKS, WAITS = 3, 6
SILENCE = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES
ClientEvent = wire.UpdateSession | wire.CreateResponse | wire.CancelResponse


class Client:
    """Our side of the wire, with one caller's lane, all of whose frames have been said."""

    def __init__(self, *, at_once: bool = False) -> None:
        self.wiring = Wiring()
        self.lane = LaneLog(7, Side.CALLER, Script(SPEAKS, WAITS), 100)
        self.lane.talks_from, self.lane.count = 0, 100
        self.wiring.lanes = {(7, 0): self.lane}
        self.events: list[wire.AnyServerEvent | Unrecognised] = []
        self.session = AnsweringSession(self.wiring, at_once=at_once)
        self.session.connected(lambda message: self.events.append(wire.decode_server(message)), lambda *_: None)
        self.send(wire.UpdateSession(SessionUpdate(type="realtime")))

    def send(self, event: ClientEvent) -> None:
        self.session.received(encode(event))

    def say(self, *numbers: int) -> None:
        for number in numbers:
            self.session.received(wire.append(self.lane.frame(number)))

    def turn(self) -> None:
        """A turn and the pause after it."""
        self.say(*range(SPEAKS + WAITS))

    @property
    def deltas(self) -> list[bytes]:
        return [event.delta for event in self.events if isinstance(event, wire.AudioDelta)]

    def order(self) -> list[str]:
        return [type(event).__name__ for event in self.events]


def test_a_turn_is_heard_out_and_said_back_one_frame_for_each_that_comes() -> None:
    client = Client()
    client.say(*range(SPEAKS))
    assert client.deltas == []
    client.say(SPEAKS)
    assert client.deltas == [client.lane.frame(0)]
    client.say(*range(SPEAKS + 1, SPEAKS + WAITS))
    assert client.deltas == [client.lane.frame(number) for number in range(SPEAKS)]
    assert client.order().count("ResponseDone") == 1
    assert not [event for event in client.events if isinstance(event, Unrecognised)]
    assert client.wiring.refused == []
    spoken = [client.lane.echoed[number] for number in range(SPEAKS)]
    assert spoken == sorted(spoken)


def test_turns_follow_each_other() -> None:
    client = Client()
    client.say(*range(2 * (SPEAKS + WAITS)))
    spoken = [*range(SPEAKS), *range(SPEAKS + WAITS, 2 * SPEAKS + WAITS)]
    assert client.deltas == [client.lane.frame(number) for number in spoken]
    assert client.order().count("ResponseDone") == 2


def test_an_answer_may_come_at_once() -> None:
    client = Client(at_once=True)
    client.say(*range(SPEAKS + 1))
    assert client.deltas == [b"".join(client.lane.frame(number) for number in range(SPEAKS))]
    assert client.order()[-1] == "ResponseDone"


def test_silence_in_place_of_a_quiet_frame_counts_by_its_place_and_in_place_of_speech_is_a_loss() -> None:
    client = Client()
    client.say(0, 1)
    for _ in range(2):
        client.session.received(wire.append(SILENCE))
    assert client.lane.given[2] != client.lane.given[2], "frame 2 was speech: it did not come"
    assert client.lane.given[3] > 0


def test_other_bytes_are_noticed_and_so_are_strangers() -> None:
    client = Client()
    client.wiring.lanes[8, 0] = LaneLog(8, Side.CALLER, Script(), 100)
    said = client.lane.frame(0)
    client.session.received(wire.append(said[:-1] + bytes([said[-1] ^ 1])))
    client.session.received(wire.append(frame(8, Side.CALLER, Kind.PAUSE, 1)))
    assert (client.wiring.altered, client.wiring.strangers) == (1, 1)


def test_a_greeting_is_said_when_it_is_asked_for_and_the_caller_talks_when_it_was_heard() -> None:
    client = Client()
    client.send(wire.CreateResponse(ResponseWanted(metadata={"ask": "1"})))
    assert client.deltas == [GREETING]
    (done,) = [event for event in client.events if isinstance(event, wire.ResponseDone)]
    assert done.response.metadata == {"ask": "1"}
    client.lane.talks_from = 100
    client.say(*range(SETTLED_FRAMES - 1))
    assert client.wiring.ready == 0
    client.say(SETTLED_FRAMES)
    assert client.wiring.ready == 1


def test_who_takes_it_for_interrupted_complains() -> None:
    client = Client()
    client.send(wire.CancelResponse())
    client.session.received_binary()
    client.turn()
    client.say(0, 1)
    client.send(wire.CreateResponse())
    assert len(client.wiring.refused) == 3
