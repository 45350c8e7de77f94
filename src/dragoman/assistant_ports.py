"""The seam of the assistant: an engine that listens, thinks and speaks for itself. Promises as in `ports`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId, CallView
from dragoman.domain.effects import Caption
from dragoman.domain.language import Language
from dragoman.domain.outcome import Outcome
from dragoman.domain.persona import Persona
from dragoman.domain.reception import Next, ReceptionEvent
from dragoman.domain.speech import InterpreterEvent
from dragoman.domain.speech import Line as Line
from dragoman.domain.tools import ToolAsked, ToolSpec, ToolTold
from dragoman.ports import Leg, Ringing

Before = Line | ToolTold
"""Something of the conversation before a session: words, or what a tool told."""


@dataclass(frozen=True, slots=True)
class AssistantWanted:
    """What an assistant's session is opened for.

    Audio is in `format` both ways. `caller` is a salted hash of the caller's address, for vendors that ask for one.
    `so_far` is what was said and found out before, oldest first: a new session in mid-call goes on from there.
    """

    call_id: CallId
    language: Language
    persona: Persona
    tools: tuple[ToolSpec, ...] = ()
    format: AudioFormat = AudioFormat.PCMU_8K
    caller: str = ""
    so_far: tuple[Before, ...] = ()


@dataclass(frozen=True, slots=True)
class Answering:
    """The assistant began (`on`) a response, or ended it: to the caller, to a tool's result, or to `say`.

    Responses never overlap, and each that began ends, whatever becomes of it. `item` is the engine's id of the
    response, the same in both; `said` the text where `say` asked for it. Between the two come its `Spoke`s, whose
    `utterance` is an id of their own: one response may speak several, or none.
    """

    item: str
    on: bool
    said: str = ""


AssistantEvent = InterpreterEvent | ToolAsked | Answering
"""What an assistant tells, of those in `domain.speech`:

`SpeechBegan`, `SpeechStopped` of the caller, `at_ms` counting the audio given to `hear`; `Captioned`, SOURCE = caller,
TARGET = assistant, `utterance` = item; `Spoke`, `SpokeAll`, one of the latter for each item that spoke; `Spent`,
`Trouble`, `Ready`, `Closed`.
"""


class Assistant(Protocol):
    """One session. Nothing blocks or raises; events go to `listen` at once, in order, from the socket's own callback.

    All methods may be called at any time: what comes before the session is ready is kept and done in order then (audio
    bounded at 30 s), what comes after its end does nothing.
    """

    async def run(self) -> None:
        """Connect and serve until closed, then tell `Closed`. Upstream faults are events (`Trouble`), not raised."""
        ...

    def hear(self, audio: bytes) -> None:
        """Audio of the caller, any length of whole samples."""
        ...

    def say(self, text: str) -> None:
        """Speak exactly this, as a response of its own that the assistant knows of (greeting, filler, goodbye).

        It waits for a response that is running.
        """
        ...

    def told(self, asked: ToolAsked, output: str) -> None:
        """The answer of a tool (`ToolResult.output`). The assistant goes on when all asked of one response are told."""
        ...

    def digits(self, keys: str) -> None:
        """The caller pressed keys; the assistant answers to them."""
        ...

    def interrupt(self, heard_ms: Mapping[str, int]) -> None:
        """The caller barged in: stop the running response, if any, and forget what of the sound was not heard.

        `heard_ms` are the items (`Spoke.utterance`) that were not played to their end, with what was heard of each; 0
        = nothing. What began after one of them was not heard at all; of all others each sound was. No `Spoke` of the
        running response comes afterwards, and what waited to be said (`say`) is dropped.
        """
        ...

    def close(self) -> None:
        """Ask the session to end. `run` returns within 2 s. Idempotent."""
        ...


class AssistantEngine(Protocol):
    """A way to build assistants. Stateless but for its settings; shared by all calls."""

    @property
    def name(self) -> str:
        """Lower case, for logs and the call's record."""
        ...

    def assistant(self, wanted: AssistantWanted, listen: Callable[[AssistantEvent], None]) -> Assistant:
        """Build one; nothing is opened before `run`."""
        ...


class Reception(Protocol):
    """The calls of this node that an assistant answers, as webhooks and sockets see them.

    Unknown calls: `next` gives `LeaveCall` (`AskLater` where they may be known yet), `tell` gives False, `join` raises
    Refused. A call that is over stays known for a minute, so that the carrier's last questions are not taken for those
    of a call that a restart forgot.
    """

    def greeting_language(self, called: str, persona: str = "", wish: str = "") -> Language:
        """What who answers `called` (or `persona`) begins in: `wish` (a tag) where that is theirs, else their first.

        Where nobody answers: `wish` where it is configured, else a language of this node's.
        """
        ...

    def ring(self, ringing: Ringing, persona: str = "") -> CallId:
        """Register an incoming call, and open the engine's session beside the ringing; the same `carrier_call` twice is
        one call. `ringing.called_address` chooses the persona, unless `persona` names one; `ringing.language` is what
        it begins in (`greeting_language`).

        Raises Refused: at a limit, no such persona, no engine.
        """
        ...

    async def recall(self, call_id: str) -> None:
        """Take the call up where another process left it, if it is not known here and that can be done; within 10 s.

        What comes from outside and names a call is preceded by this; all else here answers at once, for known calls.
        """
        ...

    def account_of(self, call_id: str) -> str | None:
        """Whose account's the call is; None = there is no such call."""
        ...

    def call_of(self, carrier_call: str) -> CallId | None:
        """The call that came in as this leg, as long as it is known here."""
        ...

    def next(self, call_id: str) -> Next:
        """What the caller's leg shall do: asked when it rings, and each time its stream or another verb ends."""
        ...

    def join(self, call_id: str, leg: Leg, nonce: str) -> None:
        """The stream arrived; `nonce` comes from its one-time token.

        Raises Refused: no such call, call over, nonce used, or there is a living stream already.
        """
        ...

    def tell(self, call_id: str, event: ReceptionEvent) -> bool:
        """Something became of the leg. False when there is no such living call."""
        ...


class Answered(Protocol):
    """The same calls, as the API sees them. One that is over stays known for a minute."""

    def calls(self) -> list[CallView]:
        """Those that live; the assistant speaks the caller's language."""
        ...

    def find(self, call_id: str) -> CallView | None: ...

    def end(self, call_id: str, outcome: Outcome) -> bool:
        """End the whole phone call, whoever the caller is with, and without a word; False when there is no such living
        call.
        """
        ...

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        """All captions of a call from its start, then as they come; None: no such call."""
        ...


class AnsweringNode(Reception, Answered, Protocol):
    """Both."""
