"""Which of our calls a carrier's phone call is, and which stream tokens were used. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from dragoman.domain.call import CallId, Notice
from dragoman.errors import Refused
from dragoman.ports import Ringing


@dataclass(slots=True)
class _Known:
    """What is known of one of our calls. `carrier_call` "" = none brought it here."""

    account: str
    carrier_call: str
    nonces: set[str]


class CarrierCalls:
    """One node's, for calls of one kind."""

    def __init__(self) -> None:
        self._known: dict[str, _Known] = {}
        self._by_carrier_call: dict[str, CallId] = {}

    def begins(self, call_id: CallId, account: str, carrier_call: str = "", nonces: Iterable[str] = ()) -> None:
        """A call of ours begins, or goes on here with tokens that were used elsewhere."""
        self._known[call_id] = _Known(account, carrier_call, set(nonces))
        if carrier_call:
            self._by_carrier_call[carrier_call] = call_id

    def forget(self, call_id: str) -> None:
        known = self._known.pop(call_id)
        if self._by_carrier_call.get(known.carrier_call) == call_id:
            del self._by_carrier_call[known.carrier_call]

    def of(self, carrier_call: str) -> CallId | None:
        return self._by_carrier_call.get(carrier_call)

    def ringing_again(self, ringing: Ringing) -> CallId | None:
        """The call that it rang for before; None = for none. Raises Refused when that was another account's."""
        call_id = self._by_carrier_call.get(ringing.carrier_call)
        if call_id is not None and self._known[call_id].account != ringing.account:
            raise Refused("the leg is another account's", Notice.FAILED)
        return call_id

    # -- Stream tokens -------------------------------------------------------------------------------------------------

    def must_be_new(self, call_id: str, nonce: str) -> None:
        """Raises Refused when a stream came with this token before."""
        if nonce in self._known[call_id].nonces:
            raise Refused("the stream token was used already")

    def used(self, call_id: str, nonce: str) -> None:
        self._known[call_id].nonces.add(nonce)

    def nonces(self, call_id: str) -> list[str]:
        """Those that were used, sorted."""
        return sorted(self._known[call_id].nonces)
