"""What stands before every webhook: is it Twilio's, and is it whole? Only then does a door see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import msgspec
import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dragoman.errors import RemoteWireError
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.signature import HEADER, Form, Signatures

FORM_TYPE: Final = "application/x-www-form-urlencoded"
JSON_TYPE: Final = "application/json"

FIELDS_LIMIT: Final = 1000
"""More is not even looked at: to check a signature all fields must be read and sorted."""

_FLAT = msgspec.json.Decoder(dict[str, str | int | float | bool | None])


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request that is certainly Twilio's.

    `fields` are those of the form (of the query, for a GET; of the object, for JSON), `query` what we put into the URL
    ourselves. Of a name that repeats, the first value. `account` signed it.
    """

    fields: dict[str, str]
    query: dict[str, str]
    account: str

    def needed(self, *names: str) -> None:
        """Raise RemoteWireError, naming them, when fields are missing or empty."""
        missing = [name for name in names if not self.fields.get(name)]
        if missing:
            raise RemoteWireError(f"missing: {', '.join(missing)}")


Document = bytes | None
"""A TwiML document, or nothing to say (204)."""

Door = Callable[[Webhook], Document]

Endpoint = Callable[[Request], Awaitable[Response]]


class Gate:
    """Lets signed requests through to a door and turns what it gives into an answer."""

    def __init__(
        self,
        addresses: Addresses,
        signatures: Signatures,
        recall: Callable[[str], Awaitable[None]] | None = None,
        account_of: Callable[[str], str | None] = lambda _call_id: None,
    ) -> None:
        """`recall` takes up a call that another process left, before a door sees the webhook that names it.

        `account_of` says whose a call's legs are; None = there is no such call.
        """
        self._addresses = addresses
        self._signatures = signatures
        self._recall = recall
        self._account_of = account_of
        self._log = structlog.get_logger()

    def guard(self, door: Door, *, legs: bool = True) -> Endpoint:
        """`door` as an endpoint: 403 for what Twilio did not sign, 400 for what it did and what is not whole.

        `legs`: it is the legs of a call that ask here, so that no other account than theirs may name it.
        """

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            path = request.scope["path"]
            try:
                webhook = self._check(request, body)
                if webhook is None:
                    self._log.warning("request without a good Twilio signature refused", path=path)
                    return PlainTextResponse("the X-Twilio-Signature is missing or wrong\n", 403)
                call_id = call_of(webhook)
                if self._recall is not None and call_id:
                    await self._recall(call_id)
                if legs and self._account_of(call_id) not in (None, webhook.account):
                    self._log.warning("another account than its call's refused", path=path, call=call_id[:40])
                    return PlainTextResponse("the call is another account's\n", 403)
                document = door(webhook)
            except RemoteWireError as broken:
                self._log.warning("request refused", path=path, reason=str(broken))
                return PlainTextResponse(f"{broken}\n", 400)
            if document is None:
                return Response(status_code=204)
            return Response(document, media_type=twiml.MEDIA_TYPE)

        return endpoint

    def _check(self, request: Request, body: bytes) -> Webhook | None:
        """The webhook, or None when nobody we know signed it."""
        signature = request.headers.get(HEADER, "")
        raw_query = request.scope.get("query_string", b"").decode("latin-1")
        # The configured address and the path that was routed; the Host header is anybody's word.
        url = self._addresses.of(request.scope["path"]) + (f"?{raw_query}" if raw_query else "")
        query = _pairs(raw_query)
        if query is None:
            return None
        kind = request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if request.method != "POST":
            account = self._signatures.of_form(url, (), signature)
            fields = _firsts(query)
        elif body and kind != FORM_TYPE:
            account = self._signatures.of_body(url, body, signature)
            fields = _flat(body, kind) if account else {}
        else:
            form = _pairs(body.decode("utf-8", "replace"))
            if form is None:
                return None
            account = self._signatures.of_form(url, form, signature)
            fields = _firsts(form)
        # Whoever signs may write what they like into it, but not another account's name.
        if account is None or fields.get("AccountSid", account) != account:
            return None
        return Webhook(fields, _firsts(query), account)


def call_of(webhook: Webhook) -> str:
    """The call that our own URL names, or the one that failed; "" = none."""
    return webhook.query.get("call", "") or failed_query(webhook).get("call", "")


def failed_query(webhook: Webhook) -> dict[str, str]:
    """What we had put into the URL that Twilio could not use, when that is why it asks here."""
    failed = webhook.fields.get("ErrorUrl", "")
    return _firsts(_pairs(failed.partition("#")[0].partition("?")[2]) or ())


def _pairs(text: str) -> Form | None:
    """A form or query; None for a flood of fields."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=FIELDS_LIMIT)
    except ValueError:
        return None


def _flat(body: bytes, kind: str) -> dict[str, str]:
    """The fields of a signed body that is no form: a flat JSON object's. Raise RemoteWireError."""
    if kind != JSON_TYPE:
        raise RemoteWireError("a form, or JSON, is expected here")
    try:
        found = _FLAT.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        raise RemoteWireError("a flat JSON object is expected here") from None
    return {name: "" if value is None else str(value) for name, value in found.items()}


def _firsts(pairs: Form) -> dict[str, str]:
    return dict(reversed(pairs))
