"""Which call an incoming agent-side leg belongs to.

The leg that reaches the contact centre's number has another id than the one that we dialled and no link to it. So the
dialling side brings a one-time word along: digits that are keyed after the answer, or a SIP header. Never the order of
arrival and never a phone number, by which two calls that arrive together would be crossed.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

DIGITS: Final = 10
"""Length of the keyed word: at 10 000 open pairings a guess succeeds once in a million."""

OPEN_LIMIT: Final = 10_000


@dataclass(slots=True)
class _Pairing:
    call_id: str
    until: float
    taken_by: str = ""


class KeptWord(msgspec.Struct, frozen=True, array_like=True):
    """An open word, for another process: `left_s` is how long it is still good."""

    word: str
    left_s: float
    taken_by: str


_KEPT = msgspec.json.Decoder(list[KeptWord])


class Pairings:
    """Open one-time words. Never awaits; `now` is in seconds and only grows."""

    def __init__(self, ttl_s: float, limit: int = OPEN_LIMIT) -> None:
        self._ttl_s = ttl_s
        self._limit = limit
        self._open: dict[str, _Pairing] = {}

    def digits(self, call_id: str, now: float) -> str:
        """A word of `DIGITS` digits, to be keyed."""
        return self._add(lambda: f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", call_id, now)

    def word(self, call_id: str, now: float) -> str:
        """A longer word, for a SIP header."""
        return self._add(lambda: secrets.token_hex(16), call_id, now)

    def take(self, word: str, by: str, now: float) -> str | None:
        """The call that `word` was made for, once; `by` (the carrier's id of the leg) gets the same answer again.

        A webhook that Twilio repeats is the same leg asking again; any other leg gets None.
        """
        pairing = self._open.get(word)
        if pairing is None or pairing.until < now or pairing.taken_by not in ("", by):
            return None
        pairing.taken_by = by
        return pairing.call_id

    def forget(self, word: str) -> None:
        """The word was never sent, or the leg that carried it is gone."""
        self._open.pop(word, None)

    def keepsake(self, call_id: str, now: float) -> str:
        """The open words of one call, as text; "" when there is none."""
        kept = [
            KeptWord(word, pairing.until - now, pairing.taken_by)
            for word, pairing in self._open.items()
            if pairing.call_id == call_id and pairing.until >= now
        ]
        return msgspec.json.encode(kept).decode() if kept else ""

    def remember(self, call_id: str, keepsake: str, now: float) -> None:
        """The words of `keepsake` are open (again); one that is known already stays as it is."""
        try:
            kept = _KEPT.decode(keepsake) if keepsake else []
        except msgspec.DecodeError:
            return
        self._sweep(now)
        for one in kept:
            self._open.setdefault(one.word, _Pairing(call_id, now + min(one.left_s, self._ttl_s), one.taken_by))

    def __len__(self) -> int:
        return len(self._open)

    def _add(self, draw: Callable[[], str], call_id: str, now: float) -> str:
        self._sweep(now)
        word = draw()
        while word in self._open:
            word = draw()
        self._open[word] = _Pairing(call_id, now + self._ttl_s)
        return word

    def _sweep(self, now: float) -> None:
        """Drop the expired, and the oldest above the limit. All live equally long, so the oldest stand first (but for
        those of an earlier process, which go a little later than they could).
        """
        while self._open:
            word, pairing = next(iter(self._open.items()))
            if pairing.until >= now and len(self._open) < self._limit:
                return
            del self._open[word]
