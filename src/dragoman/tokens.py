"""Signed tokens: who may attach a stream to a leg, read a call's captions, log in, open rooms, sit in one.

A token holds no secret and needs no table: `kind.nonce.expiry.mac`, the MAC (HMAC-SHA256) being over kind, call, role,
nonce and expiry. So it survives a restart, and a token of one call, role or kind opens nothing else. That a stream
token is used once only is the switchboard's business (it remembers the nonces of living calls).

The tokens of browsers carry what they are for in front of that: `first.second.kind.nonce.expiry.mac`, all of it signed.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass

from dragoman.domain.call import Role
from dragoman.errors import Refused

STREAM_TTL_S = 3600.0
"""A leg is told its stream's address once and may wait in a queue or on a ringing phone before it connects."""

PANEL_TTL_S = 14400.0
"""As long as a call may last (the carrier's own limit is four hours)."""

SECRET_MIN_LENGTH = 16

TOKEN_MAX_LENGTH = 400

LOGIN_TTL_S = 12 * 3600.0
"""A working day."""

_STREAM = "s"
_ASSISTANT = "a"
_PANEL = "p"
_SEAT = "b"
_CALL_SEAT = "c"
_HOST = "h"
_INVITE = "i"
_LOGIN = "l"

_KEY_BYTES = 16


@dataclass(frozen=True, slots=True)
class Invite:
    """Who has it may open so many rooms, until then (Unix seconds). `nonce` tells invites apart."""

    rooms: int
    nonce: str
    until: float


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """`who` is a word of the caller's, `mark` what it must be compared with."""

    who: str
    mark: str


class Tokens:
    """Makes and opens tokens. `clock` gives seconds since the epoch: an expiry must mean the same after a restart."""

    def __init__(
        self,
        secret: str,
        clock: Callable[[], float],
        *,
        stream_ttl_s: float = STREAM_TTL_S,
        panel_ttl_s: float = PANEL_TTL_S,
    ) -> None:
        if len(secret) < SECRET_MIN_LENGTH:
            raise ValueError(f"the secret must have at least {SECRET_MIN_LENGTH} characters")
        self._key = hashlib.sha256(b"dragoman tokens v1\0" + secret.encode()).digest()
        self._clock = clock
        self._stream_ttl_s = stream_ttl_s
        self._panel_ttl_s = panel_ttl_s

    def stream(self, call_id: str, role: Role) -> str:
        """A token with which one stream may join `role`'s leg of the call."""
        return self._seal(_STREAM, call_id, role.value, self._stream_ttl_s)

    def open_stream(self, token: str, call_id: str, role: Role) -> str:
        """The token's nonce, by which the call sees a second use; raise Refused."""
        return self._open(_STREAM, token, call_id, role.value)

    def assistant_stream(self, call_id: str) -> str:
        """A token with which one stream may join the call that an assistant answers."""
        return self._seal(_ASSISTANT, call_id, "", self._stream_ttl_s)

    def open_assistant_stream(self, token: str, call_id: str) -> str:
        """The token's nonce, by which the call sees a second use; raise Refused."""
        return self._open(_ASSISTANT, token, call_id, "")

    def panel(self, call_id: str) -> str:
        """A token with which the call's captions may be read."""
        return self._seal(_PANEL, call_id, "", self._panel_ttl_s)

    def open_panel(self, token: str, call_id: str) -> None:
        """Raise Refused unless the token was made for this call's captions and has not expired."""
        self._open(_PANEL, token, call_id, "")

    # ---- Browsers ----------------------------------------------------------------------------------------------------

    def room_key(self, room: str) -> str:
        """The secret half of a room's link: 128 bits that follow from its name and our secret."""
        digest = hmac.digest(self._key, b"room key\0" + room.encode("utf-8", "surrogatepass"), "sha256")
        return _text(digest[:_KEY_BYTES])

    def check_room_key(self, room: str, key: str) -> None:
        """Raise Refused unless the key is that room's."""
        if not hmac.compare_digest(key.encode("utf-8", "surrogatepass"), self.room_key(room).encode()):
            raise Refused("the key is not this room's")

    def seat(self, room: str, seat: str, ttl_s: float) -> str:
        """A token with which a page sits down in this seat, and reads the room's transcript."""
        return self._bear(_SEAT, room, seat, ttl_s)

    def open_seat(self, token: str) -> tuple[str, str]:
        """Room and seat; raise Refused."""
        room, seat, _, _ = self._borne(_SEAT, token)
        return room, seat

    def call_seat(self, call_id: str, leg: str, ttl_s: float = PANEL_TTL_S) -> str:
        """A token with which a page sits down as this leg of the call, and comes back to it."""
        return self._bear(_CALL_SEAT, call_id, leg, ttl_s)

    def open_call_seat(self, token: str) -> tuple[str, str]:
        """Call and leg; raise Refused."""
        call_id, leg, _, _ = self._borne(_CALL_SEAT, token)
        return call_id, leg

    def host(self, room: str, ttl_s: float) -> str:
        """A token of who opened the room, and may close it."""
        return self._seal(_HOST, room, "", ttl_s)

    def open_host(self, token: str, room: str) -> None:
        """Raise Refused unless it is the token of this room's host."""
        self._open(_HOST, token, room, "")

    def invite(self, rooms: int, ttl_s: float) -> str:
        """A token with which a stranger may open so many rooms."""
        return self._bear(_INVITE, str(rooms), "", ttl_s)

    def open_invite(self, token: str) -> Invite:
        """Raise Refused."""
        rooms, _, nonce, until = self._borne(_INVITE, token)
        return Invite(int(rooms), nonce, until)

    def left_s(self, until: float) -> float:
        """Seconds until then (Unix seconds)."""
        return until - self._clock()

    def login(self, who: str, mark: str, ttl_s: float = LOGIN_TTL_S) -> str:
        """A cookie's value. Neither part may hold a full stop."""
        return self._bear(_LOGIN, who, mark, ttl_s)

    def open_login(self, token: str) -> LoggedIn:
        """Raise Refused."""
        who, mark, _, _ = self._borne(_LOGIN, token)
        return LoggedIn(who, mark)

    def _bear(self, kind: str, first: str, second: str, ttl_s: float) -> str:
        if "." in first or "." in second:
            raise ValueError("a part of a token has no full stop in it")
        return f"{first}.{second}.{self._seal(kind, first, second, ttl_s)}"

    def _borne(self, kind: str, token: str) -> tuple[str, str, str, float]:
        """What it is for, both parts, its nonce and its expiry; raise Refused."""
        parts = token.split(".", 2) if len(token) < TOKEN_MAX_LENGTH else []
        if len(parts) != 3:
            raise Refused("token is malformed")
        nonce = self._open(kind, parts[2], parts[0], parts[1])
        return parts[0], parts[1], nonce, float(int(parts[2].split(".")[2], 16))

    def _seal(self, kind: str, call_id: str, role: str, ttl_s: float) -> str:
        nonce = secrets.token_urlsafe(12)
        expiry = format(int(self._clock() + ttl_s), "x")
        return f"{kind}.{nonce}.{expiry}.{self._mac(kind, call_id, role, nonce, expiry)}"

    def _open(self, kind: str, token: str, call_id: str, role: str) -> str:
        parts = token.split(".") if len(token) < TOKEN_MAX_LENGTH and token.isascii() else []
        if len(parts) != 4 or parts[0] != kind:
            raise Refused("token is malformed")
        _, nonce, expiry, mac = parts
        if not hmac.compare_digest(mac, self._mac(kind, call_id, role, nonce, expiry)):
            raise Refused("token is not ours, or of another call")
        if self._clock() > int(expiry, 16):
            raise Refused("token has expired")
        return nonce

    def _mac(self, *parts: str) -> str:
        """Each part with its length before it, so that no two lists of parts sign the same bytes."""
        encoded = [part.encode("utf-8", "surrogatepass") for part in parts]
        signed = b"".join(len(raw).to_bytes(4, "big") + raw for raw in encoded)
        digest = hmac.digest(self._key, signed, "sha256")
        return _text(digest)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()
