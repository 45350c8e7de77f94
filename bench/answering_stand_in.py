"""The model's stand-in for assistants: a lean `/v1/realtime` server that hears a turn out, and says it back.

A turn ends with the first quiet frame, and is answered unasked with the very frames that were heard: one for each that
comes from then on, which is real time without a clock of its own; or all at once, as real models do.
"""

from __future__ import annotations

import itertools
import time
from base64 import b64decode, b64encode
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final, TypedDict

import msgspec

from bench.lane_log import LaneLog
from bench.stamps import MAGIC, STAMP, Kind
from bench.stand_in import Wiring
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, PCMU_SILENCE
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ServerEvent, encode
from dragoman.interpreters.realtime.wire.items import Content, MessageItem, Part, Response, ResponseWanted
from dragoman.interpreters.realtime.wire.session import Session, merged

APPEND: Final = b'{"type":"input_audio_buffer.append","audio":"'
HEARD: Final = "could you tell me when you are open on saturday"
SAID: Final = "we are open on saturday from ten until three"
GREETING: Final = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES * 10
"""What is said when it is asked for: 200 ms, unstamped."""
SETTLED_FRAMES: Final = 50
"""So much later whoever was greeted has heard it, and may begin to talk."""
AT_ONCE_FRAMES: Final = 10
"""Frames of a delta, where an answer is said at once."""


class _At(TypedDict):
    response_id: str
    item_id: str
    output_index: int
    content_index: int


@dataclass(slots=True)
class _Answer:
    """What is being said: `head` begins each of its deltas, `left` are the frames to say, with their numbers."""

    response: str
    item: str
    head: bytes
    metadata: dict[str, str] | None
    left: deque[tuple[int, bytes]] = field(default_factory=deque)

    @property
    def at(self) -> _At:
        return {"response_id": self.response, "item_id": self.item, "output_index": 0, "content_index": 0}


class AnsweringSession:
    """One session; a `ports.MediaSocket`. Whoever takes it for interrupted, cancels or truncates, complains."""

    def __init__(self, wiring: Wiring, *, at_once: bool = False) -> None:
        self._wiring, self._at_once = wiring, at_once
        self._session = Session(id="sess_bench", model="bench")
        self._numbers = itertools.count(1)
        self._lane: LaneLog | None = None
        self._next = 0
        self._heard_ms = 0
        self._turn = ""
        self._said: deque[tuple[int, bytes]] = deque()
        self._answer: _Answer | None = None
        self._settles: int | None = None
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
        """An append is taken apart by hand; everything else is read strictly."""
        if message.startswith(APPEND) and message.endswith(b'"}'):
            self._hear(b64decode(message[len(APPEND) : -2]), time.perf_counter())
            return
        match wire.decode_client(message):
            case wire.UpdateSession(update):
                self._session = merged(self._session, update)
                self._tell(wire.SessionUpdated(session=self._session))
            case wire.CreateResponse(wanted):
                self._greet(wanted)
            case other:
                self._wiring.refused.append(f"not expected: {type(other).__name__}")

    def _tell(self, event: ServerEvent) -> None:
        self._send(encode(msgspec.structs.replace(event, event_id=f"event_{next(self._numbers)}")))

    # -- Hearing -------------------------------------------------------------------------------------------------------

    def _hear(self, audio: bytes, now: float) -> None:
        for at in range(0, len(audio) - PCMU_FRAME_BYTES + 1, PCMU_FRAME_BYTES):
            self._heard_ms += FRAME_MS
            frame = audio[at : at + PCMU_FRAME_BYTES]
            magic, call, side, kind, number = STAMP.unpack_from(frame)
            if magic == MAGIC:
                self._stamped(frame, call, side, number, now)
            elif self._lane is not None:
                self._unstamped(self._lane, now)
            speaks = magic == MAGIC and kind == Kind.SPEECH
            if speaks and self._lane is not None:
                self._speech(self._lane, number, frame)
            elif self._turn:
                self._turn_over()
            if self._answer is not None:
                self._say_more(self._answer)
        self._settle()

    def _stamped(self, frame: bytes, call: int, side: int, number: int, now: float) -> None:
        if self._lane is None:
            self._lane = self._wiring.lanes[call, side]
        lane = self._lane
        if lane.call != call or lane.side != side:
            self._wiring.strangers += 1
            return
        lane.given[number] = now
        self._next = number + 1
        if frame != lane.frame(number):
            self._wiring.altered += 1

    def _unstamped(self, lane: LaneLog, now: float) -> None:
        """Silence in place of a frame: it came, if it was to be a quiet one."""
        if self._next < lane.count and lane.kind(self._next) is Kind.PAUSE:
            lane.given[self._next] = now
        self._next += 1

    def _speech(self, lane: LaneLog, number: int, frame: bytes) -> None:
        if self._answer is not None:
            self._wiring.refused.append("the caller speaks while the assistant does")
            return
        if not self._turn:
            self._turn = f"item_{next(self._numbers)}"
            self._tell(wire.SpeechStarted(audio_start_ms=max(0, self._heard_ms - FRAME_MS), item_id=self._turn))
        self._said.append((number, frame))

    def _settle(self) -> None:
        if self._settles is None:
            return
        self._settles -= 1
        if self._settles <= 0:
            self._settles = None
            self._wiring.ready += 1

    # -- Speaking ------------------------------------------------------------------------------------------------------

    def _turn_over(self) -> None:
        """The server answers a turn by itself."""
        turn, self._turn = self._turn, ""
        self._tell(wire.SpeechStopped(audio_end_ms=self._heard_ms, item_id=turn))
        self._tell(wire.AudioCommitted(item_id=turn))
        self._tell(wire.TranscriptionCompleted(item_id=turn, transcript=HEARD))
        self._answer = self._begin(None)
        self._answer.left, self._said = self._said, deque()

    def _begin(self, wanted: ResponseWanted | None) -> _Answer:
        response, item = f"resp_{next(self._numbers)}", f"said_{next(self._numbers)}"
        head = (
            b'{"type":"response.output_audio.delta","event_id":"event_%d","response_id":"'
            + f'{response}","item_id":"{item}'.encode()
            + b'","output_index":0,"content_index":0,"delta":"'
        )
        answer = _Answer(response, item, head, wanted.metadata if wanted is not None else None)
        message = MessageItem(role="assistant", content=[], id=item, status="in_progress")
        self._tell(wire.ResponseCreated(response=Response(response, "in_progress", metadata=answer.metadata)))
        self._tell(wire.OutputItemAdded(response_id=response, output_index=0, item=message))
        self._tell(wire.PartAdded(**answer.at, part=Part("audio", transcript="")))
        self._tell(wire.TranscriptDelta(**answer.at, delta=SAID))
        return answer

    def _say_more(self, answer: _Answer) -> None:
        """The next delta; the answer ends with its last."""
        size = AT_ONCE_FRAMES if self._at_once else 1
        while answer.left:
            frames = [answer.left.popleft() for _ in range(min(size, len(answer.left)))]
            self._say(answer, frames)
            if not self._at_once:
                break
        if not answer.left:
            self._answer = None
            self._end(answer)

    def _say(self, answer: _Answer, frames: list[tuple[int, bytes]]) -> None:
        now = time.perf_counter()
        for number, _ in frames:
            if self._lane is not None:
                self._lane.echoed[number] = now
        self._send(answer.head % next(self._numbers) + b64encode(b"".join(frame for _, frame in frames)) + b'"}')

    def _end(self, answer: _Answer) -> None:
        said = MessageItem(role="assistant", content=[Content("output_audio", transcript=SAID)], id=answer.item)
        self._tell(wire.AudioDone(**answer.at))
        self._tell(wire.TranscriptDone(**answer.at, transcript=SAID))
        self._tell(wire.OutputItemDone(response_id=answer.response, output_index=0, item=said))
        done = Response(answer.response, "completed", output=[said], metadata=answer.metadata)
        self._tell(wire.ResponseDone(response=done))

    def _greet(self, wanted: ResponseWanted | None) -> None:
        """What is asked for is said, whatever it be; the caller may talk when it was heard."""
        if self._answer is not None or self._turn:
            self._wiring.refused.append("a response was asked for that nobody needs")
            return
        answer = self._begin(wanted)
        self._send(answer.head % next(self._numbers) + b64encode(GREETING) + b'"}')
        self._end(answer)
        self._settles = SETTLED_FRAMES
