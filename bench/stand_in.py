"""The model's stand-in: a lean `/v1/realtime` server that says back, frame by frame, what it hears.

It takes turns as the protocol wants it: speech begins an utterance, which is committed at once; the response that the
client asks for (or that the session makes itself, when it is configured so) stays open and echoes each frame as it
comes, until a pause ends it. Frames keep their bytes, so the stamp says which frame comes back.
"""

from __future__ import annotations

import itertools
import time
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypedDict

import msgspec

from bench.lane_log import LaneLog
from bench.stamps import MAGIC, STAMP, Kind, Side
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ServerEvent, encode
from dragoman.interpreters.realtime.wire.items import Content, MessageItem, Part, Response, ResponseWanted
from dragoman.interpreters.realtime.wire.session import Session, SessionUpdate, merged

HEARD: Final = {Side.CALLER: "esto es lo que dice la persona que llama", Side.AGENT: "this is what the agent says now"}
SAID: Final = {Side.CALLER: "this is what the person who calls says", Side.AGENT: "esto es lo que dice ahora el agente"}
"""The words of every utterance, in the speaker's language and in the listener's."""


@dataclass(slots=True)
class Record:
    """What one translation session heard: when each piece came (and went back), and the piece, base64; b"" = zeros."""

    came: list[float] = field(default_factory=list)
    went: list[float] = field(default_factory=list)
    pieces: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class Wiring:
    """The lanes of the calls that run, by call and side; and what came where it must not, or with other bytes."""

    lanes: dict[tuple[int, int], LaneLog] = field(default_factory=dict)
    sessions: int = 0
    ready: int = 0
    strangers: int = 0
    altered: int = 0
    refused: list[str] = field(default_factory=list)
    records: list[Record] = field(default_factory=list)


class _Append(msgspec.Struct, tag_field="type", tag="input_audio_buffer.append", gc=False):
    audio: bytes


class _Update(msgspec.Struct, tag_field="type", tag="session.update"):
    session: SessionUpdate


class _Create(msgspec.Struct, tag_field="type", tag="response.create"):
    response: ResponseWanted | None = None


class _Delete(msgspec.Struct, tag_field="type", tag="conversation.item.delete"):
    item_id: str


class _Cancel(msgspec.Struct, tag_field="type", tag="response.cancel"):
    response_id: str | None = None


_from_client: Final = msgspec.json.Decoder(_Append | _Update | _Create | _Delete | _Cancel)


@dataclass(slots=True)
class _Turn:
    """An utterance on its way back. `head` is what each of its deltas begins with, b"" before the response is open."""

    item: str
    response: str = ""
    head: bytes = b""
    waiting: list[tuple[bytes, int]] = field(default_factory=list)
    ended: bool = False
    metadata: dict[str, str] | None = None


class _At(TypedDict):
    response_id: str
    item_id: str
    output_index: int
    content_index: int


class EchoSession:
    """One session; a `ports.MediaSocket`, so that it runs on the same lean sockets as the product's own."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._session = Session(id="sess_bench", model="bench")
        self._numbers = itertools.count(1)
        self._lane: LaneLog | None = None
        self._turn: _Turn | None = None
        self._heard_ms = 0
        self._send: Callable[[bytes], None] = lambda _message: None

    def connected(self, send: Callable[[bytes], None], close: Callable[[int, str], None]) -> None:
        self._send = send
        self._wiring.sessions += 1
        self._tell(wire.SessionCreated(session=self._session))

    def closed(self) -> None:
        self._wiring.sessions -= 1

    def received_binary(self) -> None:
        self._wiring.refused.append("a binary message")

    def received(self, message: bytes) -> None:
        try:
            event = _from_client.decode(message)
        except msgspec.DecodeError as broken:
            self._wiring.refused.append(str(broken)[:200])
            return
        if type(event) is _Append:
            self._hear(event.audio)
        else:
            self._act(event)

    def _act(self, event: _Append | _Update | _Create | _Delete | _Cancel) -> None:
        match event:
            case _Update(update):
                self._session = merged(self._session, update)
                self._tell(wire.SessionUpdated(session=self._session))
                self._wiring.ready += 1
            case _Create(wanted):
                self._open(wanted)
            case _Delete(item):
                self._tell(wire.ItemDeleted(item_id=item))
            case _Cancel():
                self._wiring.refused.append("a response was cancelled")
            case _Append():
                pass  # dealt with in `received`

    def _tell(self, event: ServerEvent) -> None:
        self._send(encode(msgspec.structs.replace(event, event_id=f"event_{next(self._numbers)}")))

    # -- Hearing -------------------------------------------------------------------------------------------------------

    def _hear(self, audio: bytes) -> None:
        now = time.perf_counter()
        self._heard_ms += len(audio) * FRAME_MS // PCMU_FRAME_BYTES
        for at in range(0, len(audio) - PCMU_FRAME_BYTES + 1, PCMU_FRAME_BYTES):
            magic, call, side, kind, number = STAMP.unpack_from(audio, at)
            if magic != MAGIC:
                continue
            lane = self._lane
            if lane is None:
                lane = self._lane = self._wiring.lanes[call, side]
            if lane.call != call or lane.side != side:
                self._wiring.strangers += 1
                continue
            lane.given[number] = now
            if kind == Kind.SPEECH:
                self._echo(lane, audio[at : at + PCMU_FRAME_BYTES], number)
            elif self._turn is not None:
                self._end(self._turn, lane)

    def _echo(self, lane: LaneLog, audio: bytes, number: int) -> None:
        turn = self._turn
        if turn is None:
            turn = self._begin()
        if turn.head:
            self._say(turn, lane, audio, number)
        else:
            turn.waiting.append((audio, number))

    def _say(self, turn: _Turn, lane: LaneLog, audio: bytes, number: int) -> None:
        now = time.perf_counter()
        lane.echoed[number] = now
        self._send(turn.head % next(self._numbers) + b64encode(audio) + b'"}')

    # -- Turns ---------------------------------------------------------------------------------------------------------

    def _begin(self) -> _Turn:
        """Speech: committed at once, so that its echo need not wait for its end."""
        item = f"item_{next(self._numbers)}"
        turn = self._turn = _Turn(item)
        self._tell(wire.SpeechStarted(audio_start_ms=max(0, self._heard_ms - FRAME_MS), item_id=item))
        self._tell(wire.SpeechStopped(audio_end_ms=self._heard_ms, item_id=item))
        self._tell(wire.AudioCommitted(item_id=item))
        detection = self._session.audio.input.turn_detection
        if detection is None or detection.create_response:
            self._open(None)
        return turn

    def _open(self, wanted: ResponseWanted | None) -> None:
        """The response: said so far is its text, whole at once, then the frames that waited."""
        turn, lane = self._turn, self._lane
        if turn is None or lane is None or turn.head:
            self._wiring.refused.append("a response for nothing")
            return
        turn.metadata = wanted.metadata if wanted is not None else None
        turn.response, said = f"resp_{turn.item}", f"said_{turn.item}"
        message = MessageItem(role="assistant", content=[], id=said, status="in_progress")
        self._tell(wire.ResponseCreated(response=Response(turn.response, "in_progress", metadata=turn.metadata)))
        self._tell(wire.OutputItemAdded(response_id=turn.response, output_index=0, item=message))
        self._tell(wire.PartAdded(**self._at(turn), part=Part("audio", transcript="")))
        self._tell(wire.TranscriptDelta(**self._at(turn), delta=SAID[lane.side]))
        turn.head = (
            b'{"type":"response.output_audio.delta","event_id":"event_%d","response_id":"'
            + f'{turn.response}","item_id":"{said}'.encode()
            + b'","output_index":0,"content_index":0,"delta":"'
        )
        for audio, number in turn.waiting:
            self._say(turn, lane, audio, number)
        turn.waiting.clear()
        if turn.ended:
            self._end(turn, lane)

    def _end(self, turn: _Turn, lane: LaneLog) -> None:
        if not turn.head:
            turn.ended = True
            return
        self._turn = None
        said = MessageItem(
            role="assistant", content=[Content("output_audio", transcript=SAID[lane.side])], id=f"said_{turn.item}"
        )
        self._tell(wire.TranscriptionCompleted(item_id=turn.item, transcript=HEARD[lane.side]))
        self._tell(wire.AudioDone(**self._at(turn)))
        self._tell(wire.TranscriptDone(**self._at(turn), transcript=SAID[lane.side]))
        self._tell(wire.OutputItemDone(response_id=turn.response, output_index=0, item=said))
        done = Response(turn.response, "completed", output=[said], metadata=turn.metadata)
        self._tell(wire.ResponseDone(response=done))

    def _at(self, turn: _Turn) -> _At:
        return {"response_id": turn.response, "item_id": f"said_{turn.item}", "output_index": 0, "content_index": 0}
