"""The calls of a node as the API shows them: those that are interpreted, and those that an assistant answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

from dragoman.assistant_ports import Answered
from dragoman.domain.call import EndAsked
from dragoman.domain.effects import Caption
from dragoman.domain.outcome import Outcome, Result
from dragoman.ports import Switchboard
from dragoman.web.control import Kind, Shown, view

_ENDED: Final = Outcome(Result.US, "ended by the api")


class AllCalls:
    """`answered` None: no assistant answers here."""

    def __init__(self, switchboard: Switchboard, answered: Answered | None) -> None:
        self._switchboard = switchboard
        self._answered = answered

    def living(self) -> list[Shown]:
        """Those that are interpreted first."""
        answered = self._answered.calls() if self._answered is not None else []
        return [
            *(view(call) for call in self._switchboard.calls()),
            *(view(call, Kind.ASSISTANT) for call in answered),
        ]

    def find(self, call_id: str) -> Shown | None:
        """One that lives, or was over a moment ago."""
        call = self._switchboard.find(call_id)
        if call is not None:
            return view(call)
        answered = self._answered.find(call_id) if self._answered is not None else None
        return view(answered, Kind.ASSISTANT) if answered is not None else None

    def hang_up(self, call_id: str) -> bool:
        """End it without a word; False when there is no such living call. One that was handed over goes on as another,
        which is meant.
        """
        going_on = self._switchboard.heir_of(call_id) or call_id
        if self._switchboard.tell(going_on, EndAsked(_ENDED)):
            return True
        return self._answered is not None and self._answered.end(call_id, _ENDED)

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        """From its start, then as they come; None: no such call."""
        captions = self._switchboard.captions(call_id)
        if captions is None and self._answered is not None:
            captions = self._answered.captions(call_id)
        return captions
