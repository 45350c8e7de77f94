"""Where a Realtime-compatible server is and how to show it our key. Pure but for the TLS trust store."""

from __future__ import annotations

import enum
import ssl
from dataclasses import dataclass
from functools import cached_property
from typing import Final
from urllib.parse import SplitResult, parse_qsl, urlencode, urlsplit, urlunsplit

from dragoman.settings import is_loopback

AZURE_HOST = ".openai.azure.com"
SECURE = {"https": "wss", "wss": "wss", "http": "ws", "ws": "ws"}
PLAIN = {"https": "https", "wss": "https", "http": "http", "ws": "http"}
FALLBACK: Final = "-fallback"
"""Behind an engine's name: the same one at the second server."""


class AuthStyle(enum.StrEnum):
    """How the key travels: `auto` is `api-key` at Azure and `bearer` elsewhere."""

    AUTO = "auto"
    BEARER = "bearer"
    API_KEY = "api-key"


def checked_base_url(url: str) -> str:
    """The URL without a trailing slash; raises ValueError with what to do."""
    parts = urlsplit(url.strip())
    if parts.scheme not in SECURE or not parts.hostname:
        raise ValueError("must be a URL like https://api.openai.com/v1")
    if PLAIN[parts.scheme] == "http" and not is_loopback(parts.hostname):
        raise ValueError("must begin with https:// (http:// is for a server on this machine only)")
    if parts.username or parts.password:
        raise ValueError("must not contain a user or password; set OPENAI_API_KEY instead")
    return urlunsplit(parts._replace(path=parts.path.rstrip("/"), fragment=""))


@dataclass(frozen=True)
class Endpoint:
    """A server: `base_url` up to `/v1`, the key ("" = none is sent), and how it travels."""

    base_url: str
    api_key: str = ""
    auth: AuthStyle = AuthStyle.AUTO

    @cached_property
    def _parts(self) -> SplitResult:
        return urlsplit(checked_base_url(self.base_url))

    def socket_url(self, path: str, model: str) -> str:
        """The WebSocket URL of `path` ("/realtime") for a model: http becomes ws, https wss."""
        parts = self._parts
        query = urlencode([*parse_qsl(parts.query), ("model", model)])
        return urlunsplit(parts._replace(scheme=SECURE[parts.scheme], path=parts.path + path, query=query))

    def http_url(self, path: str) -> str:
        """The HTTP URL of `path` ("/audio/speech")."""
        parts = self._parts
        return urlunsplit(parts._replace(scheme=PLAIN[parts.scheme], path=parts.path + path))

    def headers(self, safety_id: str = "") -> dict[str, str]:
        """Authorisation, and the hashed end user where one is known."""
        headers: dict[str, str] = {}
        if self.api_key and self._by_api_key:
            headers["api-key"] = self.api_key
        elif self.api_key:
            headers["Authorization"] = f"Bearer {self.api_key}"
        if safety_id:
            headers["OpenAI-Safety-Identifier"] = safety_id
        return headers

    @property
    def _by_api_key(self) -> bool:
        if self.auth is AuthStyle.AUTO:
            return (self._parts.hostname or "").endswith(AZURE_HOST)
        return self.auth is AuthStyle.API_KEY

    @cached_property
    def tls(self) -> ssl.SSLContext | None:
        """The trust store, read once; None for plain connections."""
        return ssl.create_default_context() if SECURE[self._parts.scheme] == "wss" else None
