"""What the doors need of the rest of the house, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.notices import Notices
from dragoman.ports import Clock, LanguageBook, Switchboard
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.pairing import Pairings
from dragoman.telephony.twilio.placed import PlacedLegs
from dragoman.telephony.twilio.settings import TwilioSettings
from dragoman.tokens import Tokens


@dataclass(frozen=True, slots=True)
class Parts:
    settings: TwilioSettings
    addresses: Addresses
    pairings: Pairings
    placed: PlacedLegs
    switchboard: Switchboard
    tokens: Tokens
    notices: Notices
    book: LanguageBook
    clock: Clock
