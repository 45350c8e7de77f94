"""Who may come in: API keys, ephemeral client secrets, and the ways to show them."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from dragoman.interpreters.openai.emulator.faults import UNAUTHORISED, Refusal
from dragoman.interpreters.openai.emulator.record import Kind

SECRET_PREFIX = "ek_"  # noqa: S105  (how such keys begin, not one of them)
PROTOCOL = "realtime"
PROTOCOL_KEY = "openai-insecure-api-key."
PROTOCOL_BETA = "openai-beta.realtime-v1"
DEFAULT_SECRET_S = 600
SHORTEST_SECRET_S = 10
LONGEST_SECRET_S = 7200
NO_KEY = Refusal(
    401,
    "missing_api_key",
    "You didn't provide an API key. You need to provide your API key in an Authorization header using Bearer auth.",
)


@dataclass(frozen=True, slots=True)
class ClientSecret:
    """An ephemeral key: it opens sessions of one kind, as often as wanted, until it expires (Unix seconds)."""

    value: str
    expires_at: int
    kind: Kind
    model: str
    preset: object


@dataclass(slots=True)
class Doorkeeper:
    """Checks keys. `keys` empty: every key that is not a client secret is good."""

    unix_s: Callable[[], float]
    keys: frozenset[str] = frozenset()
    minted: dict[str, ClientSecret] = field(default_factory=dict)

    def mint(self, kind: Kind, model: str, preset: object, seconds: int) -> ClientSecret:
        """A new client secret."""
        value = SECRET_PREFIX + secrets.token_hex(16)
        secret = ClientSecret(value, int(self.unix_s()) + seconds, kind, model, preset)
        self.minted[value] = secret
        return secret

    def check(self, key: str | None) -> Refusal | None:
        """Whether this server key may use the HTTP API."""
        if not key:
            return NO_KEY
        if key.startswith(SECRET_PREFIX) or (self.keys and key not in self.keys):
            return UNAUTHORISED
        return None

    def check_session(self, key: str | None, kind: Kind) -> Refusal | ClientSecret | None:
        """Whether this key, or client secret, may start a session; the secret, which knows how to configure it."""
        if not key or not key.startswith(SECRET_PREFIX):
            return self.check(key)
        secret = self.minted.get(key)
        if secret is None or secret.kind is not kind:
            return UNAUTHORISED
        if self.unix_s() >= secret.expires_at:
            return Refusal(401, "expired_api_key", "Your ephemeral key has expired.")
        return secret


def shown_key(headers: dict[str, str]) -> str | None:
    """The key of a request: Bearer, Azure's `api-key`, or a browser's sub-protocol. `headers` have lower-case names."""
    scheme, _, key = headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and key.strip():
        return key.strip()
    if "api-key" in headers:
        return headers["api-key"] or None
    for protocol in sub_protocols(headers):
        if protocol.startswith(PROTOCOL_KEY):
            return protocol.removeprefix(PROTOCOL_KEY) or None
    return None


def sub_protocols(headers: dict[str, str]) -> list[str]:
    """What the client offers in `Sec-WebSocket-Protocol`."""
    offered = headers.get("sec-websocket-protocol", "")
    return [one.strip() for one in offered.split(",") if one.strip()]


def speaks_beta(headers: dict[str, str]) -> bool:
    """Whether the client asks for the dialect that ended on 2026-05-12."""
    return "openai-beta" in headers or PROTOCOL_BETA in sub_protocols(headers)
