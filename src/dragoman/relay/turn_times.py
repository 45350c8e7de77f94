"""How long the caller waited for each of the assistant's turns. Pure.

Seconds since the call began. A turn is a response that spoke: the greeting has no speech of the caller before it, and
what we asked to be said (a filler, a prompt) is `fixed`: the answer is yet to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from dragoman.relay.playout import Finished, PlayoutNote, Started


@dataclass(slots=True)
class TurnTimes:
    """One turn. `stopped_s`: the caller's speech ended, by the engine; `told_s`: it told so; `first_delta_s`: first
    audio came here; `first_sent_s`: went to the carrier; `first_heard_s`: reached the ear; `heard_s`: the last did, or
    it was cut off.
    """

    number: int
    first_delta_s: float
    stopped_s: float | None = None
    told_s: float | None = None
    first_sent_s: float | None = None
    first_heard_s: float | None = None
    heard_s: float | None = None
    fixed: bool = False
    cut: bool = False

    @property
    def wait_s(self) -> float | None:
        """From the end of the caller's speech to the first sound in the ear."""
        if self.stopped_s is None or self.first_heard_s is None:
            return None
        return round(self.first_heard_s - self.stopped_s, 3)

    def as_json(self) -> dict[str, Any]:
        """For the call's record."""
        return {**asdict(self), "wait_s": self.wait_s}


class Turns:
    """One call's, in order."""

    def __init__(self) -> None:
        self.all: list[TurnTimes] = []
        self._of: dict[str, TurnTimes] = {}
        self._stopped_s: float | None = None
        self._told_s: float | None = None
        self._open: TurnTimes | None = None

    def began(self) -> None:
        """The caller speaks: what the next turn is for has not ended."""
        self._stopped_s = self._told_s = None

    def stopped(self, said_s: float, now_s: float) -> None:
        """The caller's speech ended at `said_s`; the engine told so at `now_s`."""
        self._stopped_s, self._told_s = said_s, now_s

    @property
    def owed(self) -> bool:
        """The caller's turn has ended, and no answer has begun."""
        return self._stopped_s is not None

    def response(self) -> None:
        """A response begins, or ended: what is said next is another turn."""
        self._open = None

    def knows(self, label: str) -> bool:
        """Whether audio of this came before."""
        return label in self._of

    def delta(self, label: str, now_s: float, *, fixed: bool) -> None:
        """Audio came, which is played under `label`."""
        if label in self._of:
            return
        if self._open is None:
            self._open = TurnTimes(len(self.all) + 1, now_s, self._stopped_s, self._told_s, fixed=fixed)
            self.all.append(self._open)
            if not fixed:
                self.began()
        self._of[label] = self._open

    def noted(self, notes: Sequence[PlayoutNote], began: float) -> None:
        """What became of it in the playout; `began`: the call's, on the clock of the notes."""
        for note in notes:
            turn = self._of.get(note.label)
            match note:
                case Started(_, sent_at, heard_at) if turn is not None and turn.first_sent_s is None:
                    turn.first_sent_s = round(sent_at - began, 3)
                    turn.first_heard_s = round(heard_at - began, 3)
                case Finished(_, at, _, cleared) if turn is not None:
                    turn.heard_s = round(at - began, 3)
                    turn.cut = turn.cut or cleared
                case _:
                    pass
