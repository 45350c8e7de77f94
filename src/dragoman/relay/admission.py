"""Who may call: how many calls at once and a minute, by node, account, number and line, and for how much a day.

A caller's number is kept as a hash, and for a minute only; what is kept is bounded, however many numbers call.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass

from dragoman.domain.call import Notice

WINDOW_S = 60.0
"""What a minute is: it slides."""

KEPT_CALLS = 20_000
"""How many calls of the last minute are remembered; in a greater flood the oldest are forgotten first."""

SPENT = "the day's spending limit is reached"

_KEY_CHARS = 16


@dataclass(frozen=True, slots=True)
class Limits:
    """0 = no limit, but for `max_calls`."""

    max_calls: int = 100
    max_usd_per_day: float = 0.0
    max_calls_per_account: int = 0
    max_calls_per_number: int = 0
    """At once, with one number outside: a caller's, or a customer's whom we call."""
    max_calls_per_line: int = 0
    """At once, to one number of ours."""
    calls_per_number_minute: int = 0


@dataclass(frozen=True, slots=True)
class Asking:
    """A call that wants in. `number` is the one outside, "" when withheld; `line` is ours, "" when we call."""

    account: str = ""
    number: str = ""
    line: str = ""


@dataclass(frozen=True, slots=True)
class Denied:
    """Why a call is not taken: `reason` for the log and the API, `label` for the metric, `notice` for the caller."""

    reason: str
    label: str
    notice: Notice


@dataclass(frozen=True, slots=True)
class _Keys:
    account: str
    number: str
    line: str


class Admission:
    """Decides about new calls and keeps count of those that run. `now` is in seconds and only grows.

    `conceal` hashes a number so that nobody can turn it back. Withheld numbers ("") are no one caller: only the limits
    of the account, the line and the node hold for them.
    """

    def __init__(self, limits: Limits, conceal: Callable[[str], str]) -> None:
        self._limits = limits
        self._conceal = conceal
        self._inside: dict[str, _Keys] = {}
        self._accounts: Counter[str] = Counter()
        self._numbers: Counter[str] = Counter()
        self._lines: Counter[str] = Counter()
        self._recent: deque[tuple[float, str]] = deque()
        self._in_window: Counter[str] = Counter()

    def deny(self, asking: Asking, now: float, today_usd: float) -> Denied | None:
        """Why the call may not come in; None when it may. `today_usd` is what was spent today so far."""
        limits, keys = self._limits, self._keys(asking)
        if len(self._inside) >= limits.max_calls:
            return Denied("too many calls at once", "max-calls", Notice.BUSY)
        if _full(limits.max_calls_per_account, self._accounts, keys.account):
            return Denied("too many calls at once of this account", "max-calls-per-account", Notice.BUSY)
        if _full(limits.max_calls_per_line, self._lines, keys.line):
            return Denied("too many calls at once to this line", "max-calls-per-line", Notice.BUSY)
        if keys.number and _full(limits.max_calls_per_number, self._numbers, keys.number):
            return Denied("too many calls at once with this number", "max-calls-per-number", Notice.BUSY)
        self._forget(now)
        if keys.number and _full(limits.calls_per_number_minute, self._in_window, keys.number):
            return Denied("too many calls a minute with this number", "calls-per-number-minute", Notice.TOO_MANY)
        if limits.max_usd_per_day and today_usd >= limits.max_usd_per_day:
            return Denied(SPENT, "max-usd-per-day", Notice.BUSY)
        return None

    def enter(self, call_id: str, asking: Asking, now: float, *, came: bool = True) -> None:
        """The call runs from now on: one that was let in, or one taken up again (which is never denied).

        `came` False: it did not come just now, and is none of this minute's.
        """
        if call_id in self._inside:
            return
        keys = self._inside[call_id] = self._keys(asking)
        self._accounts[keys.account] += 1
        self._lines[keys.line] += 1
        if not keys.number:
            return
        self._numbers[keys.number] += 1
        if not came:
            return
        self._forget(now)
        if len(self._recent) >= KEPT_CALLS:
            self._drop_oldest()
        self._recent.append((now, keys.number))
        self._in_window[keys.number] += 1

    def leave(self, call_id: str) -> None:
        """The call is over. Unknown calls change nothing."""
        keys = self._inside.pop(call_id, None)
        if keys is None:
            return
        _less(self._accounts, keys.account)
        _less(self._lines, keys.line)
        if keys.number:
            _less(self._numbers, keys.number)

    @property
    def inside(self) -> int:
        """How many calls run."""
        return len(self._inside)

    @property
    def remembered(self) -> int:
        """How much is remembered, in entries: for the proof that it is bounded."""
        parts = (self._inside, self._accounts, self._numbers, self._lines, self._recent, self._in_window)
        return sum(len(part) for part in parts)

    def _keys(self, asking: Asking) -> _Keys:
        number = self._conceal(asking.number)[:_KEY_CHARS] if asking.number else ""
        return _Keys(asking.account, number, asking.line)

    def _forget(self, now: float) -> None:
        while self._recent and self._recent[0][0] <= now - WINDOW_S:
            self._drop_oldest()

    def _drop_oldest(self) -> None:
        _, number = self._recent.popleft()
        _less(self._in_window, number)


def _full(limit: int, counts: Counter[str], key: str) -> bool:
    return bool(limit and key) and counts[key] >= limit


def _less(counts: Counter[str], key: str) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]
