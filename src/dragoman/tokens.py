"""Signed tokens: who may attach a stream to a leg, who may read a call's captions.

A token holds no secret and needs no table: `kind.nonce.expiry.mac`, the MAC (HMAC-SHA256) being over kind, call, role,
nonce and expiry. So it survives a restart, and a token of one call, role or kind opens nothing else. That a stream
token is used once only is the switchboard's business (it remembers the nonces of living calls).
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable

from dragoman.domain.call import Role
from dragoman.errors import Refused

STREAM_TTL_S = 3600.0
"""A leg is told its stream's address once and may wait in a queue or on a ringing phone before it connects."""

PANEL_TTL_S = 14400.0
"""As long as a call may last (the carrier's own limit is four hours)."""

SECRET_MIN_LENGTH = 16

_STREAM = "s"
_ASSISTANT = "a"
_PANEL = "p"


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

    def _seal(self, kind: str, call_id: str, role: str, ttl_s: float) -> str:
        nonce = secrets.token_urlsafe(12)
        expiry = format(int(self._clock() + ttl_s), "x")
        return f"{kind}.{nonce}.{expiry}.{self._mac(kind, call_id, role, nonce, expiry)}"

    def _open(self, kind: str, token: str, call_id: str, role: str) -> str:
        parts = token.split(".") if len(token) < 400 and token.isascii() else []
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
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
