"""Which key does what while the parties talk: the setting `DRAGOMAN_KEYS`, read into a value.

0=person 7=again                                   the same for both sides
caller: 0=person 7=again; agent: 5=interpreting    each its own; a side that is not named keeps the usual keys
agent: off                                         no keys at all
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from dragoman.domain.call import Role
from dragoman.domain.control import KeyAction

USUAL = "0=person 7=again 5=interpreting 9=pause-recording"
"""What is in force where nothing is set."""

DIGITS = "0123456789*#ABCD"

_OFF = "off"
_ACTIONS = ", ".join(action.value for action in KeyAction)
_EXAMPLE = "caller: 0=person 7=again; agent: 5=interpreting"


@dataclass(frozen=True, slots=True)
class KeyMap:
    """Key to action, for each side."""

    caller: Mapping[str, KeyAction]
    agent: Mapping[str, KeyAction]

    def action(self, role: Role, digit: str) -> KeyAction | None:
        """What `digit` does when `role` presses it; None: nothing."""
        return self._of(role).get(digit)

    def key(self, role: Role, action: KeyAction) -> str:
        """The first key of `role` that does `action`; "" when there is none."""
        return next((digit for digit, does in self._of(role).items() if does is action), "")

    def _of(self, role: Role) -> Mapping[str, KeyAction]:
        return self.caller if role is Role.CALLER else self.agent


NO_KEYS = KeyMap({}, {})


def parse_keys(text: str) -> KeyMap:
    """Read the setting; raise ValueError that names the part and says what to write instead."""
    parts = [part.strip() for part in text.split(";") if part.strip()]
    sides: dict[Role, Mapping[str, KeyAction]] = {}
    for part in parts:
        name, colon, entries = part.rpartition(":")
        if not colon:
            if len(parts) > 1:
                raise ValueError(f"the part {part!r} does not say whose keys they are: write it as in {_EXAMPLE!r}")
            both = _side(entries, part)
            return KeyMap(both, both)
        role = _role(name, part)
        if role in sides:
            raise ValueError(f"has two parts for the {role.value}: write one, as in {_EXAMPLE!r}")
        sides[role] = _side(entries, part)
    usual = _side(USUAL, USUAL)
    return KeyMap(sides.get(Role.CALLER, usual), sides.get(Role.AGENT, usual))


def _role(name: str, part: str) -> Role:
    try:
        return Role(name.strip().lower())
    except ValueError:
        raise ValueError(f"the part {part!r} begins with {name.strip()!r}: write caller: or agent:") from None


def _side(text: str, part: str) -> Mapping[str, KeyAction]:
    entries = [entry for entry in re.split(r"[\s,]+", text.strip()) if entry]
    if [entry.lower() for entry in entries] == [_OFF]:
        return {}
    if not entries:
        raise ValueError(f"the part {part!r} has no keys: write some, as in {_EXAMPLE!r}, or the word {_OFF}")
    keys: dict[str, KeyAction] = {}
    for entry in entries:
        digit, action = _entry(entry, part)
        if digit in keys:
            raise ValueError(f"the part {part!r} has the key {digit} twice: leave one out")
        keys[digit] = action
    return keys


def _entry(entry: str, part: str) -> tuple[str, KeyAction]:
    """One `7=again`."""
    digit, equals, word = entry.partition("=")
    if not equals:
        raise ValueError(f"{entry!r} in the part {part!r} is no key with its action: write it like 7=again, no spaces")
    digit = digit.upper()
    if len(digit) != 1 or digit not in DIGITS:
        raise ValueError(f"{digit!r} in the part {part!r} is no key of a phone: take one of {DIGITS}")
    try:
        return digit, KeyAction(word.lower())
    except ValueError:
        raise ValueError(f"{word!r} in the part {part!r} is no action: take one of {_ACTIONS}") from None
