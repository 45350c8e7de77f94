"""What stands before every webhook: is it Twilio's, and is it whole? Only then does a door see it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import structlog
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from dragoman.errors import RemoteWireError
from dragoman.telephony.twilio import twiml
from dragoman.telephony.twilio.addresses import Addresses
from dragoman.telephony.twilio.signature import HEADER, Form, Signatures

FORM_TYPE: Final = "application/x-www-form-urlencoded"

FIELDS_LIMIT: Final = 1000


@dataclass(frozen=True, slots=True)
class Webhook:
    """A request that is certainly Twilio's.

    `fields` are those of the form (of the query, for a GET), `query` what we put into the URL ourselves. Of a name that
    repeats, the first value. `account` signed it.
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
    ) -> None:
        """`recall` takes up a call that another process left, before a door sees the webhook that names it."""
        self._addresses = addresses
        self._signatures = signatures
        self._recall = recall
        self._log = structlog.get_logger()

    def guard(self, door: Door) -> Endpoint:
        """`door` as an endpoint: 403 for what Twilio did not sign, 400 for what is not whole."""

        async def endpoint(request: Request) -> Response:
            body = await request.body()
            path = request.url.path
            try:
                webhook = self._check(request, body)
                if webhook is None:
                    self._log.warning("request without a good Twilio signature refused", path=path)
                    return PlainTextResponse("the X-Twilio-Signature is missing or wrong\n", 403)
                if self._recall is not None and (call_id := call_of(webhook)):
                    await self._recall(call_id)
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
        if request.method != "POST":
            account = self._signatures.of_form(url, (), signature)
            return Webhook(_firsts(query), _firsts(query), account) if account else None
        if body and request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != FORM_TYPE:
            if self._signatures.of_body(url, body, signature):
                raise RemoteWireError("a form is expected here")
            return None
        form = _pairs(body.decode("utf-8", "replace"))
        account = self._signatures.of_form(url, form, signature)
        return Webhook(_firsts(form), _firsts(query), account) if account else None


def call_of(webhook: Webhook) -> str:
    """The call that our own URL names, or the one that failed; "" = none."""
    return webhook.query.get("call", "") or failed_query(webhook).get("call", "")


def failed_query(webhook: Webhook) -> dict[str, str]:
    """What we had put into the URL that Twilio could not use, when that is why it asks here."""
    failed = webhook.fields.get("ErrorUrl", "")
    return _firsts(_pairs(failed.partition("#")[0].partition("?")[2]))


def _pairs(text: str) -> Form:
    """A form or query; raise RemoteWireError for a flood of fields."""
    try:
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=FIELDS_LIMIT)
    except ValueError:
        raise RemoteWireError("too many fields") from None


def _firsts(pairs: Form) -> dict[str, str]:
    return dict(reversed(pairs))
