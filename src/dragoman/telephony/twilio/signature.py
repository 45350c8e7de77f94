"""Twilio's request signature: made and checked.

Source: Twilio's "Security" page (HMAC-SHA1 over the URL and the sorted form, keyed with the account's auth token, in
base64, in `X-Twilio-Signature`). The URL is always built from the configured public address, never from a Host header.
Checking never raises, whatever arrives.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import SplitResult, parse_qs, urlsplit

HEADER: Final = "X-Twilio-Signature"

Form = Sequence[tuple[str, str]]
"""A form as it arrived: pairs in order, names may repeat, blank values kept."""

_DEFAULT_PORTS: Final = {"https": 443, "wss": 443, "http": 80, "ws": 80}


def sign(token: str, url: str, form: Iterable[tuple[str, str]] = ()) -> str:
    """The signature of a request to `url` (scheme to query) with this form; `token` is the auth token."""
    values: dict[str, set[str]] = {}
    for name, value in form:
        values.setdefault(name, set()).add(value)
    signed = url + "".join(name + value for name in sorted(values) for value in sorted(values[name]))
    # Lone surrogates cannot come from Twilio; "replace" makes them a wrong signature instead of an exception.
    digest = hmac.new(token.encode(), signed.encode("utf-8", "replace"), hashlib.sha1).digest()
    return b64encode(digest).decode()


class Signatures:
    """Says which account signed a request. `tokens`: auth tokens by account sid (two during a rotation)."""

    def __init__(self, tokens: Mapping[str, Sequence[str]]) -> None:
        self._tokens = {account: tuple(token for token in of if token) for account, of in tokens.items()}

    def of_form(self, url: str, form: Form, signature: str) -> str | None:
        """The account that signed this POST form (or a GET, with an empty form); None = nobody we know."""
        claimed = {value for name, value in form if name == "AccountSid"}
        if len(claimed) > 1:
            return None
        accounts = claimed & self._tokens.keys() if claimed else self._tokens.keys()
        return self._match(accounts, _with_ports(url), form, signature)

    def of_body(self, url: str, body: bytes, signature: str) -> str | None:
        """The account that signed this POST of anything but a form: the URL carries the body's hash and is signed."""
        try:
            hashes = parse_qs(urlsplit(url).query).get("bodySHA256", [])
        except ValueError:
            return None
        if len(hashes) != 1 or not _same(hashes[0].lower(), hashlib.sha256(body).hexdigest()):
            return None
        return self._match(self._tokens.keys(), _with_ports(url), (), signature)

    def of_handshake(self, url: str, signature: str) -> str | None:
        """The account that signed the upgrade of a stream; `url` is the one in <Stream>, Twilio may add a slash."""
        bare = url.rstrip("/")
        urls = [*_with_ports(bare), *_with_ports(bare + "/")]
        return self._match(self._tokens.keys(), urls, (), signature)

    def _match(self, accounts: Iterable[str], urls: Sequence[str], form: Form, signature: str) -> str | None:
        # No early way out: the time taken does not tell which candidate was near.
        found = None
        for account in sorted(accounts):
            for token in self._tokens[account]:
                for url in urls:
                    if _same(sign(token, url, form), signature):
                        found = account
        return found


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode("utf-8", "replace"), other.encode("utf-8", "replace"))


def _with_ports(url: str) -> list[str]:
    """The URL as Twilio may have signed it: without user info; with its port, without, with the default one."""
    try:
        parts = urlsplit(url)
        port, default = parts.port, _DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return []
    host = _host(parts)
    if not host:
        return []
    hosts = [host] + [f"{host}:{number}" for number in (port, default) if number is not None]
    # Cut by length rather than put together again from the parts, which would lose an empty query's "?".
    rest = url[len(parts.scheme) + len("://") + len(parts.netloc) :].partition("#")[0]
    return [f"{parts.scheme}://{one}{rest}" for one in dict.fromkeys(hosts)]


def _host(parts: SplitResult) -> str:
    """The host as written (case kept, brackets kept), without user info and port."""
    location = parts.netloc.rpartition("@")[2]
    head, bracket, _ = location.partition("]")
    return head + bracket if bracket else location.partition(":")[0]
