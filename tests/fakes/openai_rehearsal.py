"""An emulated OpenAI session on a stage of virtual time: no socket, no waiting.

Everything that the session sends is checked against the pydantic models of the official SDK, as it is sent.
"""

from __future__ import annotations

import base64
import heapq
import itertools
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from openai.types.realtime import RealtimeServerEvent, RealtimeTranslationServerEvent
from pydantic import TypeAdapter

from dragoman.interpreters.openai.emulator.conversation import ConversationSession
from dragoman.interpreters.openai.emulator.faults import NO_FAULTS, Faults, Pace
from dragoman.interpreters.openai.emulator.life import NOT_JSON, UNKNOWN_TYPE, Life
from dragoman.interpreters.openai.emulator.record import Admission, Kind, Record
from dragoman.interpreters.openai.emulator.script import EchoScript, Script
from dragoman.interpreters.openai.emulator.sound import Samples, bytes_of, silence, tone
from dragoman.interpreters.openai.emulator.translation import TranslationSession
from dragoman.interpreters.realtime.wire.session import AnyFormat, Pcm

Event = dict[str, Any]
SERVER_EVENTS: dict[Kind, TypeAdapter[Any]] = {
    Kind.CONVERSATION: TypeAdapter(RealtimeServerEvent),
    Kind.TRANSLATION: TypeAdapter(RealtimeTranslationServerEvent),
}
EPOCH_S = 1_795_000_000.0


@dataclass
class VirtualTimer:
    act: Callable[[], None]
    cancelled: bool = False

    def cancel(self) -> None:
        self.cancelled = True


@dataclass
class VirtualStage:
    """A `Stage` whose time passes when `run` is called."""

    now_s: float = 0.0
    sent: list[bytes] = field(default_factory=list)
    closed: tuple[int, str] | None = None
    dropped: bool = False
    stalled: bool = False
    _due: list[tuple[float, int, VirtualTimer]] = field(default_factory=list)
    _numbers: Any = field(default_factory=itertools.count)

    def send(self, message: bytes) -> None:
        assert not self.over, "sent after the end"
        self.sent.append(message)

    def close(self, code: int, reason: str = "") -> None:
        self.closed = (code, reason)

    def drop(self) -> None:
        self.dropped = True

    def stall(self) -> None:
        self.stalled = True

    def later(self, delay_s: float, act: Callable[[], None]) -> VirtualTimer:
        timer = VirtualTimer(act)
        heapq.heappush(self._due, (self.now_s + delay_s, next(self._numbers), timer))
        return timer

    def unix_s(self) -> float:
        return EPOCH_S + self.now_s

    @property
    def over(self) -> bool:
        return self.closed is not None or self.dropped or self.stalled

    def run(self, seconds: float) -> None:
        """Let time pass."""
        end_s = self.now_s + seconds
        while self._due and self._due[0][0] <= end_s and not self.over:
            at_s, _, timer = heapq.heappop(self._due)
            self.now_s = max(self.now_s, at_s)
            if not timer.cancelled:
                timer.act()
        self.now_s = end_s


class Rehearsal:
    """A session and its client in one place. The session has begun and said `session.created`."""

    def __init__(
        self,
        kind: Kind = Kind.CONVERSATION,
        *,
        script: Script | None = None,
        pace: Pace | None = None,
        faults: Faults = NO_FAULTS,
        seed: int = 1,
        number: int = 0,
        model: str = "",
    ) -> None:
        self.stage = VirtualStage()
        default = "gpt-realtime-2.1" if kind is Kind.CONVERSATION else "gpt-realtime-translate"
        admission = Admission(kind, number, model or default, {}, faults)
        self.life = Life(self.stage, Record(admission), script or EchoScript(), pace or Pace(), seed)
        self.session: ConversationSession | TranslationSession
        if kind is Kind.CONVERSATION:
            self.session = ConversationSession(self.life)
        else:
            self.session = TranslationSession(self.life)
        self.kind = kind
        self.format: AnyFormat = Pcm()
        self._read = 0
        self.events: list[Event] = []
        self.session.begin()
        self.run(0.0)

    @property
    def record(self) -> Record:
        return self.life.record

    @property
    def conversation(self) -> ConversationSession:
        assert isinstance(self.session, ConversationSession)
        return self.session

    # ---- The client --------------------------------------------------------------------------------------------------

    def tell(self, event: Event | bytes) -> list[Event]:
        """Send an event; what comes of it at once."""
        before = len(self.events)
        self.session.receive(event if isinstance(event, bytes) else json.dumps(event).encode())
        self._take()
        return self.events[before:]

    def update(self, **session: Any) -> Event:
        """A `session.update` that is accepted; the new session."""
        given = {"type": "realtime", **session} if self.kind is Kind.CONVERSATION else session
        self.tell({"type": "session.update", "session": given})
        self.run(1.0)
        assert self.events[-1]["type"] == "session.updated", self.events[-1]
        found: Event = self.events[-1]["session"]
        return found

    def append(self, samples: Samples) -> list[Event]:
        """Give the session sound, in the format that was set."""
        prefix = "session." if self.kind is Kind.TRANSLATION else ""
        audio = base64.b64encode(bytes_of(samples, self.format)).decode()
        return self.tell({"type": f"{prefix}input_audio_buffer.append", "audio": audio})

    def speak(self, ms: int, *, hz: float = 440, pause_ms: int = 1000) -> list[Event]:
        """A tone and a pause, in pieces of 100 ms."""
        before = len(self.events)
        sound = [tone(hz, ms), silence(pause_ms)]
        for part in sound:
            for start in range(0, part.size, 2400):
                self.append(part[start : start + 2400])
        return self.events[before:]

    # ---- What came ---------------------------------------------------------------------------------------------------

    def run(self, seconds: float = 10.0) -> list[Event]:
        """Let time pass; what comes meanwhile."""
        before = len(self.events)
        self.stage.run(seconds)
        self._take()
        return self.events[before:]

    def of(self, kind: str) -> list[Event]:
        """All events of one type so far."""
        return [one for one in self.events if one["type"] == kind]

    def types(self) -> list[str]:
        return [str(one["type"]) for one in self.events]

    def forget(self) -> None:
        """Start the list of events anew."""
        self.events.clear()

    def audio(self, response_id: str) -> bytes:
        """All audio of a response."""
        deltas = [one for one in self.of("response.output_audio.delta") if one["response_id"] == response_id]
        return b"".join(base64.b64decode(one["delta"]) for one in deltas)

    def _take(self) -> None:
        for message in self.stage.sent[self._read :]:
            if message == NOT_JSON or UNKNOWN_TYPE.encode() in message:
                continue
            event = json.loads(message)
            SERVER_EVENTS[self.kind].validate_python(event)
            assert event["event_id"]
            self.events.append(event)
        self._read = len(self.stage.sent)


# ---- Looking at what came --------------------------------------------------------------------------------------------


def only(events: list[Event], kind: str) -> Event:
    """The one event of a type."""
    found = [one for one in events if one["type"] == kind]
    assert len(found) == 1, [one["type"] for one in events]
    return found[0]


def error_of(events: list[Event]) -> Event:
    """The body of the one error event."""
    error: Event = only(events, "error")["error"]
    return error


def item_ids(room: Rehearsal) -> list[str]:
    """The items that were committed, in order."""
    return [one["item_id"] for one in room.of("input_audio_buffer.committed")]


def ask(room: Rehearsal, **response: Any) -> str:
    """A `response.create`; the id of what it started."""
    events = room.tell({"type": "response.create", "response": response})
    found: str = only(events, "response.created")["response"]["id"]
    return found
