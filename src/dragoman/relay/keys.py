"""What a pressed key asks for while the parties talk. Before that keys belong to the menu and to consent."""

from __future__ import annotations

from dragoman.domain.call import Role
from dragoman.domain.control import Change, KeyAction, PersonAsked
from dragoman.domain.manner import Interpreting, Manner
from dragoman.keys import KeyMap

BOUNCE_S = 0.4
"""The same key again within so long is one press: a carrier may tell one key twice, and toggles would go back."""


class Keypad:
    """Both parties' keys in one call."""

    def __init__(self, keys: KeyMap) -> None:
        self._keys = keys
        self._was = Interpreting.ON
        self._pressed_at: dict[tuple[Role, str], float] = {}

    def pressed(self, role: Role, digit: str, manner: Manner, now: float) -> Change | PersonAsked | None:
        """What `role` asks for with `digit`, while the call is carried as `manner` says; None: nothing."""
        action = self._keys.action(role, digit)
        if action is None:
            return None
        before = self._pressed_at.get((role, digit))
        self._pressed_at[role, digit] = now
        if before is not None and now - before < BOUNCE_S:
            return None
        match action:
            case KeyAction.SAY_AGAIN:
                return Change(say_again=role)
            case KeyAction.PERSON:
                return PersonAsked(role)
            case KeyAction.INTERPRETING_TOGGLE:
                return Change(interpreting=self._toggled(manner.interpreting))
            case KeyAction.RECORDING_TOGGLE:
                return Change(recording=not manner.recording)

    def _toggled(self, now: Interpreting) -> Interpreting:
        """Off; and from off back to what it was before this key turned it off."""
        if now is Interpreting.OFF:
            return self._was
        self._was = now
        return Interpreting.OFF
