"""The assistant's voice on its way to the caller's ear, and what became of it there. Pure.

Times are seconds of the caller's clock.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.domain.effects import LaneEffect
from dragoman.relay.ear import Ear
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.line_delay import LineDelay
from dragoman.relay.playout import PlayoutNote
from dragoman.relay.said_items import SaidItems
from dragoman.relay.turn_times import Turns


class OwnVoice:
    """One call's, into `ear`. `turns` hear what became of each, in seconds since `began`; `gate` stands at the mouth
    beside that ear.
    """

    def __init__(self, ear: Ear, turns: Turns, began: float, gate: EchoGate | None) -> None:
        self.items = SaidItems(ear.playout)
        self._ear = ear
        self._turns = turns
        self._began = began
        self._gate = gate
        self._delay = LineDelay()

    def joined(self) -> None:
        """The stream is here (again)."""
        self._ear.joined()
        self._delay = LineDelay()

    def out(self, effects: Sequence[LaneEffect], now: float) -> Sequence[LaneEffect]:
        """What goes to the ear, what became of what is there, and a mark of our own to measure its way."""
        notes = self._ear.playout.notes()
        if notes:
            self.noted(notes)
        if not self._ear.here:
            return effects
        mark = self._delay.due(now, self._ear.playout.ahead_ms(now) / 1000)
        return effects if mark is None else (*effects, mark)

    def reached(self, name: str, now: float) -> bool:
        """A mark came back; whether it was of sound, and none of those that measure the way."""
        if self._delay.reached(name, now):
            return False
        self.noted(self._ear.reached(name, now))
        return True

    def noted(self, notes: Sequence[PlayoutNote]) -> dict[str, int]:
        """What became of the sound; of items that were cut off, how many milliseconds were heard."""
        if not notes:
            return {}
        self._turns.noted(notes, self._began)
        return self.items.noted(notes)

    def cut_off(self, now: float) -> tuple[Sequence[LaneEffect], dict[str, int]]:
        """Silence at once; how many milliseconds were heard of each item that was not played to its end.

        The carrier plays on until our word is there, just as long as it began later than we sent: what counts is how
        late it begins, not how long its marks take.
        """
        playout = self._ear.playout
        late_s = playout.next_heard_at(now) - now - playout.ahead_ms(now) / 1000
        cleared = playout.clear(now + late_s - self._delay.begins_s)
        self._delay.cleared(now)
        if self._gate is not None:
            self._gate.cleared(now)
        heard_ms = self.noted(playout.notes())
        return (cleared if self._ear.here else ()), heard_ms
