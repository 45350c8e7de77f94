"""What every assistant's call of a node shares."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from dragoman.assistant_ports import AssistantEngine, Line
from dragoman.domain.call import CallId
from dragoman.domain.language import Language
from dragoman.domain.tools import CallFacts
from dragoman.languages import language_of
from dragoman.notices import Notices
from dragoman.observe.metrics import Metrics
from dragoman.ports import Clock, Rank, Ringing
from dragoman.relay.presence import SILENT_S

HandTo = Callable[[Ringing, str, str, Sequence[Line], CallId], CallId]
"""Starts an interpreted call with the caller's leg: the ringing call (with the language that the caller speaks), whom
to call, the summary, what was said, and in which call. Raises Refused.
"""

TakeDown = Callable[[str, str], Awaitable[None]]
"""Ends the phone call that the carrier knows by this id, of this account, as `ports.Telephony.hang_up` does."""


def utc_now() -> datetime:
    """What time it is, aware."""
    return datetime.now(UTC)


def _nobody(_address: str) -> str:
    return ""


Recorded = Callable[[str, str, CallFacts], Awaitable[None]]
"""Writes down that a caller of this persona left a message, which the carrier keeps at this address. Raises OSError."""


async def _left_there(_persona: str, _url: str, _facts: CallFacts) -> None:
    pass


async def _still_up(_carrier_call: str, _account: str) -> None:
    pass


@dataclass(frozen=True, slots=True)
class AssistantParts:
    """Built once by the composition root.

    `engines` are tried in order when one fails. `languages` are those configured; others are taken as they are known.
    `hand_to` None = no call can be handed over. `max_usd` 0 = no limit. `safety_id` hashes a party's address for a
    vendor. `silent_leg_s`: a stream that brings nothing for so long is dead. `rank` tells the caller's languages apart;
    None = the call stays in the language in which it began. `prices` is the date of the price table, for the record.
    """

    engines: Sequence[AssistantEngine]
    metrics: Metrics
    clock: Clock
    notices: Notices
    languages: Sequence[Language] = ()
    hand_to: HandTo | None = None
    echo_gate: bool = True
    rank: Rank | None = None
    max_usd: float = 0.0
    silent_leg_s: float = SILENT_S
    safety_id: Callable[[str], str] = _nobody
    today: Callable[[], datetime] = utc_now
    prices: str = ""
    recorded: Recorded = _left_there
    take_down: TakeDown = _still_up

    def language(self, tag: str) -> Language:
        """By a valid tag."""
        return language_of(tag, self.languages)
