"""The media door: who may bring a leg's audio. Signed handshake first, then a one-time token in the start message."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

import structlog

from dragoman.assistant_ports import Reception
from dragoman.domain.call import Role
from dragoman.errors import Refused, RemoteWireError
from dragoman.ports import Leg, MediaRequest, MediaSocket, Switchboard
from dragoman.telephony.twilio.leg import TwilioLeg
from dragoman.telephony.twilio.signature import HEADER, Signatures
from dragoman.telephony.twilio.wire import Connected, Started, decode
from dragoman.tokens import Tokens

POLICY_CLOSE: Final = 1008

EARLY_LIMIT: Final = 50
"""Messages before a good start message: a second of frames."""


Admit = Callable[[str, Mapping[str, str], Leg], None]
"""Lets a leg into the call that its start message names: the account that signed, the parameters of <Stream>, the leg.

Raises Refused.
"""


class StreamDoor:
    """A `ports.MediaDoor` at `url`, as <Stream> names it."""

    def __init__(self, url: str, signatures: Signatures, admit: Admit) -> None:
        self._url = url
        self._signatures = signatures
        self._admit = admit
        self._log = structlog.get_logger()

    def __call__(self, request: MediaRequest) -> MediaSocket:
        """Raise Refused unless Twilio signed this upgrade."""
        signature = request.headers.get(HEADER.lower(), "")
        account = self._signatures.of_handshake(self._url, signature)
        # A stream's URL has no query (Twilio strips it), so the signature above does not cover one.
        if account is None or request.query:
            raise Refused("the X-Twilio-Signature is missing or wrong")
        return StreamSocket(account, self._admit)


class StreamSocket:
    """One media socket: waits for the start message, checks it, and from then on belongs to a leg."""

    def __init__(self, account: str, admit: Admit) -> None:
        self._account = account
        self._admit = admit
        self._send: Callable[[bytes], None] | None = None
        self._close: Callable[[int, str], None] | None = None
        self._leg: TwilioLeg | None = None
        self._early = 0
        self._shut = False
        self._log = structlog.get_logger()
        self.received: Callable[[bytes], None] = self._received_early
        """Takes a text message. Once the stream has started it is the leg's own."""

    def connected(self, send: Callable[[bytes], None], close: Callable[[int, str], None]) -> None:
        self._send, self._close = send, close

    def received_binary(self) -> None:
        if self._leg is not None:
            self._leg.received_binary()
        elif not self._shut:
            self._ignore("binary message")

    def closed(self) -> None:
        self._shut = True
        if self._leg is not None:
            self._leg.closed()

    def _received_early(self, message: bytes) -> None:
        if self._shut:
            return
        try:
            read = decode(message)
            if isinstance(read, Started):
                self._start(read)
            elif not isinstance(read, Connected):
                self._ignore("message before start")
        except RemoteWireError:
            self._ignore("broken message before start")
        except Refused as refused:
            self._refuse(refused.reason)

    def _start(self, started: Started) -> None:
        """Let the stream into its call; raise Refused."""
        if self._send is None or self._close is None:
            raise Refused("the socket is not open")
        start = started.start
        if start.account_sid != self._account:
            raise Refused("the stream is of another account than its signature")
        if not started.stream_sid or start.stream_sid not in ("", started.stream_sid):
            raise Refused("the stream's id is missing or not the same everywhere")
        fmt = start.media_format.audio_format
        if fmt is None:
            raise Refused("the stream's audio is not mu-law at 8 kHz")
        leg = TwilioLeg(started, fmt, self._send, self._close)
        # Set first: whoever gets the leg may close the socket at once.
        self._leg = leg
        self.received = leg.received
        try:
            self._admit(self._account, start.custom_parameters, leg)
        except Refused:
            self._leg = None
            self.received = self._received_early
            raise

    def _ignore(self, what: str) -> None:
        self._early += 1
        if self._early == 1:
            self._log.warning("ignored on a stream that has not started", what=what)
        if self._early > EARLY_LIMIT:
            self._refuse("no start message")

    def _refuse(self, reason: str) -> None:
        self._shut = True
        self._log.warning("stream refused", reason=reason)
        if self._close is not None:
            self._close(POLICY_CLOSE, reason)


def to_switchboard(
    tokens: Tokens, switchboard: Switchboard, account_of: Callable[[str], str | None] = lambda _call_id: None
) -> Admit:
    """The legs of interpreted calls. `account_of` says whose a call's legs are; None = there is no such call."""

    def admit(account: str, parameters: Mapping[str, str], leg: Leg) -> None:
        call_id, role = parameters.get("call", ""), _role(parameters.get("role", ""))
        nonce = tokens.open_stream(parameters.get("token", ""), call_id, role)
        if account_of(call_id) not in (None, account):
            raise Refused("the call is another account's")
        switchboard.join(call_id, role, leg, nonce)

    return admit


def to_reception(tokens: Tokens, reception: Reception, account_of: Callable[[str], str | None]) -> Admit:
    """The legs of calls that an assistant answers."""

    def admit(account: str, parameters: Mapping[str, str], leg: Leg) -> None:
        call_id = parameters.get("call", "")
        nonce = tokens.open_assistant_stream(parameters.get("token", ""), call_id)
        if account_of(call_id) not in (None, account):
            raise Refused("the call is another account's")
        reception.join(call_id, leg, nonce)

    return admit


def _role(text: str) -> Role:
    try:
        return Role(text)
    except ValueError:
        raise Refused("the stream's role is neither caller nor agent") from None
