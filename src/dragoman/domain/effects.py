"""What the relay wants done. Imperative; frozen; the bridge performs them."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.domain.call import CallSetup, Notice, Role
from dragoman.domain.frame_value import frame_value
from dragoman.domain.outcome import Outcome
from dragoman.domain.speech import Side

# ---- From a lane -----------------------------------------------------------------------------------------------------


@frame_value
class Hear:
    """Give audio to the lane's interpreter."""

    audio: bytes


@frame_value
class Play:
    """Give whole frames to the lane's sink leg."""

    audio: bytes


@dataclass(frozen=True, slots=True)
class Mark:
    """Put a label into the sink leg's playout."""

    name: str


@dataclass(frozen=True, slots=True)
class Clear:
    """Drop the sink leg's unheard playout."""


@dataclass(frozen=True, slots=True)
class Interrupt:
    """Tell the lane's interpreter to stop speaking; `heard_ms` of the utterance reached the ear."""

    heard_ms: int


@dataclass(frozen=True, slots=True)
class Ask:
    """Play a notice to the party who speaks on this lane (its source leg)."""

    notice: Notice


@dataclass(frozen=True, slots=True)
class Announced:
    """What was announced under `label` was heard to its end (`whole`), or cleared before."""

    label: str
    whole: bool


@dataclass(frozen=True, slots=True)
class Across:
    """For the other direction's lane to have done: what its listener hears is our speaker's own ear."""

    effects: tuple[LaneEffect, ...]


# ---- From the call machine -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Dial:
    """Place the leg of `role`, after a pause when it is tried again."""

    setup: CallSetup
    role: Role
    after_s: float = 0.0


@dataclass(frozen=True, slots=True)
class StartHold:
    """Hold sound for a waiting party."""

    role: Role


@dataclass(frozen=True, slots=True)
class StopHold:
    role: Role


@dataclass(frozen=True, slots=True)
class Tell:
    """Play a notice in the stream to a party, in their language; `number` fills its slot where it has one."""

    role: Role
    notice: Notice
    number: int = 0


@dataclass(frozen=True, slots=True)
class Show:
    """Let the party read a notice: it cannot be spoken."""

    role: Role
    notice: Notice


@dataclass(frozen=True, slots=True)
class AwaitKey:
    """Tell `NoKey` when the party's time to agree by key is over; an earlier wait of the same party is void."""

    role: Role


@dataclass(frozen=True, slots=True)
class NoteSaid:
    """The carrier said this to the party, to its end, before it connected the stream: keep it."""

    role: Role
    notice: Notice


@dataclass(frozen=True, slots=True)
class NoteConsent:
    """The party agreed, or did not: keep it."""

    role: Role
    agreed: bool


@dataclass(frozen=True, slots=True)
class StartInterpreting:
    """Open the interpreters of both lanes; from now on no word is lost."""


@dataclass(frozen=True, slots=True)
class LetGo:
    """Close a leg's stream, so that the carrier asks what to do next with it."""

    role: Role


@dataclass(frozen=True, slots=True)
class HangUp:
    """End a leg at the carrier, whatever it is doing."""

    role: Role


@dataclass(frozen=True, slots=True)
class HangUpTwin:
    """End a second leg of a party who has one already: the carrier's answer to the first order for it was lost."""

    role: Role
    carrier_call: str


@dataclass(frozen=True, slots=True)
class CloseTask:
    """Take the contact centre's piece of work off its desk: nobody took it yet, or (`taken`) the agent is done."""

    task: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Finish:
    """The call is over: close sessions, keep the record, end the tasks."""

    outcome: Outcome


CallEffect = (
    Dial
    | StartHold
    | StopHold
    | Tell
    | Show
    | AwaitKey
    | NoteSaid
    | NoteConsent
    | StartInterpreting
    | LetGo
    | HangUp
    | HangUpTwin
    | CloseTask
    | Finish
)


# ---- To the watchers -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Caption:
    """One step of the living bilingual captions.

    `role` said it. `text` is the whole text of that side so far. Times are seconds since the call's start.
    """

    utterance: str
    role: Role
    side: Side
    language: str
    text: str
    final: bool
    at_s: float
    flags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Publish:
    """Show a caption to whoever watches the call."""

    caption: Caption


LaneEffect = Hear | Play | Mark | Clear | Interrupt | Ask | Announced | Across | Publish
