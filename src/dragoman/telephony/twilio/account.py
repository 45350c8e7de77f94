"""What a Twilio account is and owns, read by REST: for checks before the first call. Nothing is changed.

Source: the Account and IncomingPhoneNumber resources of the 2010-04-01 API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar

import httpx2
import msgspec

from dragoman.errors import UpstreamError
from dragoman.telephony.twilio.rest import MEANINGS
from dragoman.telephony.twilio.settings import TwilioSettings

DEADLINE_S = 15.0
PAGE_SIZE = 1000
"""The most that one page may hold; an account with more numbers than that is not read to its end."""


@dataclass(frozen=True, slots=True)
class AccountState:
    """`active` false: suspended or closed. A trial account cannot use Media Streams."""

    active: bool
    trial: bool


@dataclass(frozen=True, slots=True)
class OwnedNumber:
    """A number of the account. `diverted`: an application or trunk is set, and Twilio ignores `voice_url`."""

    phone_number: str
    voice_url: str
    fallback_url: str
    diverted: bool


class _AccountBody(msgspec.Struct):
    status: str = ""
    type: str = ""


class _NumberBody(msgspec.Struct):
    phone_number: str
    voice_url: str | None = None
    voice_fallback_url: str | None = None
    voice_application_sid: str | None = None
    trunk_sid: str | None = None


class _NumbersBody(msgspec.Struct):
    incoming_phone_numbers: list[_NumberBody]


class _ErrorBody(msgspec.Struct):
    code: int = 0


BodyT = TypeVar("BodyT", bound=msgspec.Struct)

_UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What may come of reading a body that anybody may have written."""


async def account_state(settings: TwilioSettings, http: httpx2.AsyncClient) -> AccountState:
    """The account itself, by its auth token (which webhooks are signed with); raise UpstreamError."""
    password = settings.auth_token.get_secret_value()
    body = await _get(settings, http, ".json", (settings.account_sid, password), _AccountBody)
    return AccountState(active=body.status == "active", trial=body.type.lower() == "trial")


async def owned_numbers(settings: TwilioSettings, http: httpx2.AsyncClient) -> list[OwnedNumber]:
    """The account's numbers, by the credentials that REST uses; raise UpstreamError."""
    user, password, _ = settings.credentials("")
    resource = f"/IncomingPhoneNumbers.json?PageSize={PAGE_SIZE}"
    body = await _get(settings, http, resource, (user, password), _NumbersBody)
    return [
        OwnedNumber(
            one.phone_number,
            one.voice_url or "",
            one.voice_fallback_url or "",
            diverted=bool(one.voice_application_sid or one.trunk_sid),
        )
        for one in body.incoming_phone_numbers
    ]


async def _get(
    settings: TwilioSettings, http: httpx2.AsyncClient, resource: str, auth: tuple[str, str], body: type[BodyT]
) -> BodyT:
    url = f"{settings.api_url}/2010-04-01/Accounts/{settings.account_sid}{resource}"
    try:
        answer = await http.get(url, auth=auth, timeout=DEADLINE_S)
    except httpx2.RequestError as error:
        raise UpstreamError(f"Twilio's REST API cannot be reached ({type(error).__name__})") from None
    if not answer.is_success:
        raise _refused(answer)
    try:
        return msgspec.json.decode(answer.content, type=body)
    except _UNREADABLE:
        raise UpstreamError("what answers there is not Twilio's REST API", status=answer.status_code) from None


def _refused(answer: httpx2.Response) -> UpstreamError:
    try:
        code = msgspec.json.decode(answer.content, type=_ErrorBody).code
    except _UNREADABLE:
        code = 0
    meaning = MEANINGS.get(code, "")
    text = f"Twilio refused the request (status {answer.status_code}" + (f", error {code})" if code else ")")
    return UpstreamError(f"{text}: {meaning}" if meaning else text, status=answer.status_code, code=code or None)
