"""The only seams. Each promise stands in a docstring and is held by one contract test over every implementation."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import (
    AgentRoute,
    CallEvent,
    CallId,
    CallSetup,
    CallView,
    Instruction,
    Role,
)
from dragoman.domain.control import Change
from dragoman.domain.effects import Caption
from dragoman.domain.language import NO_GLOSSARY, Glossary, Language, LanguageTag
from dragoman.domain.speech import InterpreterEvent, LegEvent


class Clock(Protocol):
    """Seconds that only ever grow (`time.monotonic` in production)."""

    def __call__(self) -> float: ...


class Leg(Protocol):
    """One party's media connection, both ways.

    Audio in and out is in `format`. Events reach the function given to `attach` at once, in order, from the socket's
    own callback: it must not block or raise. `LegClosed` comes exactly once and last. Events before `attach` are kept
    (bounded) and delivered by it. After `LegClosed` the methods do nothing.
    """

    @property
    def leg_id(self) -> str:
        """The stream's id at the carrier: for logs."""
        ...

    @property
    def carrier_call(self) -> str:
        """The carrier's id of the call that this stream belongs to; "" where there is none."""
        ...

    @property
    def format(self) -> AudioFormat: ...

    def attach(self, listen: Callable[[LegEvent], None]) -> None: ...

    def play(self, audio: bytes) -> None:
        """Queue whole frames at the carrier. Never blocks."""
        ...

    def mark(self, name: str) -> None:
        """Ask for `Reached(name)` once all audio before it was played or cleared."""
        ...

    def clear(self) -> None:
        """Drop what the carrier has not played yet; outstanding marks come back."""
        ...

    def close(self) -> None:
        """End the media connection (not the phone call). Idempotent."""
        ...


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What an engine can do. `targets` empty = any language; `sources` empty = any language.

    `pairs`, when not empty, says it all: exactly these (source, target) primary subtags, and the two sets are ignored.
    `usd_per_minute` is a rough price for the cost estimate of a direction that is open for a minute. `finds_source`: it
    hears by itself which language is spoken, and keeps silent where that is the target already. `both_ways`: one of its
    interpreters can serve two who speak into one microphone (`Wanted.both_ways`).
    """

    takes_turns: bool
    prompt: bool
    glossary: bool
    voice: bool
    native_pcmu: bool
    continuous_clock: bool
    sources: frozenset[str] = frozenset()
    targets: frozenset[str] = frozenset()
    pairs: frozenset[tuple[str, str]] = frozenset()
    usd_per_minute: float = 0.0
    finds_source: bool = False
    both_ways: bool = False

    def carries(self, source: str, target: str) -> bool:
        """Whether speech in `source` can be interpreted into `target` (primary subtags)."""
        if self.pairs:
            return (source, target) in self.pairs
        return (not self.sources or source in self.sources) and (not self.targets or target in self.targets)


@dataclass(frozen=True, slots=True)
class Exchange:
    """An utterance that was interpreted: what `speaker` said, and what the other party heard of it."""

    speaker: Role
    source_text: str
    target_text: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """What an interpreter is opened for: one direction of one call.

    `safety_id` is a salted hash of the party's address, for vendors that ask for one. For engines that take a prompt:
    `context`, a paragraph about the other party and the call, and `recent`, what both said last, oldest first.
    `both_ways`, only where the engine can: each utterance is in `source` or in `target`. The engine finds out in which,
    says so (`SpokenIn`), and interprets it into the other one.
    """

    call_id: CallId
    speaker: Role
    source: Language
    target: Language
    source_format: AudioFormat
    sink_format: AudioFormat
    glossary: Glossary = NO_GLOSSARY
    context: str = ""
    safety_id: str = ""
    recent: tuple[Exchange, ...] = ()
    both_ways: bool = False


class Interpreter(Protocol):
    """One direction of speech at an engine.

    `hear` takes audio in `Wanted.source_format` (any length of whole samples, any time, before the session is ready
    too: it is kept, bounded at 30 s, and sent in order). It never blocks and never raises. Audio comes in real time;
    an engine that needs a continuous clock fills gaps by itself. Events go to `listen` at once from the socket's own
    callback. `Spoke.audio` is in `Wanted.sink_format`.
    """

    async def run(self) -> None:
        """Connect and serve until closed, then tell `Closed`. Upstream faults are events (`Trouble`), not raised."""
        ...

    def hear(self, audio: bytes) -> None: ...

    def interrupt(self, heard_ms: int) -> None:
        """Stop speaking the current utterance if the engine can; may do nothing."""
        ...

    def close(self) -> None:
        """Ask the session to end. `run` returns within 2 s. Idempotent."""
        ...


class Engine(Protocol):
    """A way to build interpreters. Stateless but for its settings; shared by all calls."""

    @property
    def name(self) -> str:
        """Lower case: `translation`, `conversation`, `local`, `echo`, or a third party's entry-point name."""
        ...

    @property
    def capabilities(self) -> Capabilities: ...

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> Interpreter:
        """Build one; nothing is opened before `run`."""
        ...


class Announcer(Protocol):
    """Speaks fixed texts."""

    def voice_for(self, language: Language) -> str | None:
        """Which voice speaks `language`, by a name that no other voice has; None when none does. Does not wait."""
        ...

    async def render(self, text: str, language: Language, fmt: AudioFormat) -> bytes | None:
        """The text as speech in `fmt`; None when this language cannot be spoken or the service fails."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


class Telephony(Protocol):
    """The carrier's control side. Numbers and ids never appear in exceptions' texts."""

    async def dial(self, setup: CallSetup, role: Role) -> str:
        """Place the leg of `role` and return the carrier's id of it; raise DialError when the carrier will not.

        Whatever comes of it later (busy, answered, voicemail) arrives as a `CallEvent`. Waits for the account's
        calls-per-second limit rather than failing on it.
        """
        ...

    async def hang_up(self, carrier_call: str, account: str = "") -> None:
        """End a leg; one that is over already is not an error."""
        ...

    async def close_task(self, task: str, *, taken: bool) -> None:
        """Take the contact centre's piece of work (a `TaskKnown.task`) off its desk: nobody took it, or (`taken`) who
        did has only what comes after a call to do. One that is over already is not an error.
        """
        ...

    def keepsake(self, call_id: CallId) -> str:
        """What this side must know of a living call after a restart (legs on their way to us); "" = nothing.

        A text that only `remember` reads. Does not wait.
        """
        ...

    def remember(self, call_id: CallId, keepsake: str) -> None:
        """Know again what `keepsake` said in an earlier process; what cannot be read is nothing. Does not wait."""
        ...


@dataclass(frozen=True, slots=True)
class Ringing:
    """An incoming call, as the carrier announced it."""

    carrier_call: str
    caller_address: str
    called_address: str
    language: Language
    account: str = ""


@dataclass(frozen=True, slots=True)
class Origination:
    """A call that the API or an agent wants placed: to the customer at `to`, with the agent at `route` (None = as
    set).
    """

    to: str
    language: Language
    agent_language: Language | None = None
    route: AgentRoute | None = None


class Switchboard(Protocol):
    """The living calls of this node, as webhooks, sockets and the API see them.

    Unknown calls: `find` gives None, `instruct` gives HangUpLeg, `tell` gives False, `join` raises Refused.
    """

    def ring(self, ringing: Ringing) -> CallId:
        """Register an incoming call (the same `carrier_call` twice is one call); raise Refused when at the limit."""
        ...

    def originate(self, wanted: Origination) -> CallId:
        """Register and start placing a call; raise Refused when at the limit."""
        ...

    async def recall(self, call_id: str) -> None:
        """Take the call up where another process left it, if it is not known here and that can be done; within 10 s.

        What comes from outside and names a call is preceded by this; all else here answers at once, for known calls.
        """
        ...

    def find(self, call_id: str) -> CallView | None: ...

    def call_of(self, carrier_call: str) -> CallId | None:
        """The call that came in as this leg, as long as it is known here."""
        ...

    def heir_of(self, call_id: str) -> CallId | None:
        """The living call in which this one, which an assistant answered, goes on."""
        ...

    def setup(self, call_id: str) -> CallSetup | None:
        """The call's parties and route: for the provider's own use (attributes, TwiML)."""
        ...

    def tell(self, call_id: str, event: CallEvent) -> bool:
        """Something happened on the control path. False when there is no such living call."""
        ...

    def change(self, call_id: str, change: Change) -> CallView:
        """Carry a living call otherwise from now on, and say how it stands; no audio is dropped by it.

        Raises Refused, and nothing is changed: no such call, call over, no engine carries the languages both ways, or
        there is no such engine.
        """
        ...

    def instruct(self, call_id: str, role: Role, carrier_call: str = "") -> Instruction:
        """What that leg shall do next, when answered and each time its stream ends. A second leg is hung up."""
        ...

    def join(self, call_id: str, role: Role, leg: Leg, nonce: str) -> None:
        """A stream arrived for a leg; `nonce` comes from its one-time token.

        Raises Refused: no such call, call over, nonce used, or the party has a living stream already.
        """
        ...

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        """All captions of a call from its start, then as they come; ends with the call. None: no such call."""
        ...

    def calls(self) -> list[CallView]: ...

    @property
    def draining(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class LanguageBook:
    """The languages this node offers: `offered` to callers (carried both ways), `agent` is what agents speak.

    `left_out` says why a configured language is not offered.
    """

    offered: tuple[Language, ...]
    agent: Language
    left_out: dict[LanguageTag, str]

    def find(self, tag: str) -> Language | None:
        """By tag, English name or own name, any case (`es`, `es-MX`, `Spanish`, `español`)."""
        wanted = tag.strip().lower()
        if not wanted:
            return None
        everyone = (*self.offered, self.agent)
        for language in everyone:
            if wanted in (language.tag.lower(), language.english.lower(), language.name.lower()):
                return language
        primary = wanted.replace("_", "-").split("-")[0]
        return next((one for one in everyone if one.primary == primary), None)


# ---- A provider's media socket, as the web server sees it ------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class MediaRequest:
    """A WebSocket upgrade: `path` without query, `query` raw, `headers` with lower-case names."""

    path: str
    query: str
    headers: dict[str, str]
    peer: str


class MediaSocket(Protocol):
    """The owner of one media WebSocket. Called from the socket's callbacks: never blocks, never raises.

    Messages are whole (fragments joined) and bounded by the server (64 KiB; larger ones close the socket with 1009).
    """

    def connected(self, send: Callable[[bytes], None], close: Callable[[int, str], None]) -> None:
        """The upgrade is done. `send` takes one text message as UTF-8 bytes; `close` a WebSocket code and reason."""
        ...

    def received(self, message: bytes) -> None:
        """One text message, as UTF-8 bytes."""
        ...

    def received_binary(self) -> None:
        """A binary message came (its content is dropped by the server)."""
        ...

    def closed(self) -> None:
        """The connection is over, whoever ended it. Exactly once, last."""
        ...


MediaDoor = Callable[[MediaRequest], MediaSocket]
"""Decides about an upgrade before it is answered; raises Refused for a 403."""


Rank = Callable[[str], Sequence[tuple[str, float]]]
"""Languages (primary subtags) of a text with log likelihoods, best first."""
