"""What the doors need of the rest of the house, in one value."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.assistant_ports import Reception
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

    def account_of(self, call_id: str) -> str | None:
        return account_of(self.settings, self.switchboard, call_id)


def account_of(settings: TwilioSettings, switchboard: Switchboard, call_id: str) -> str | None:
    """The account whose legs a call's are; None = there is no such call."""
    setup = switchboard.setup(call_id)
    return None if setup is None else settings.credentials(setup.account).account


def account_at_reception(settings: TwilioSettings, reception: Reception, call_id: str) -> str | None:
    """The account whose leg a call's is that an assistant answers; None = there is no such call."""
    account = reception.account_of(call_id)
    return None if account is None else settings.credentials(account).account
