"""HTTP that goes out: a client for one configured address, which asks no other and follows no redirect.

Whom this program asks is settled by its settings alone, never by what a request or an answer says:

- Twilio's REST API: `TWILIO_BASE_URL`, or api.twilio.com with the region and edge that are set;
- the speech models: `OPENAI_BASE_URL` (HTTP by such a client, sockets in `interpreters/openai/socket`, which follow no
  redirect either), and the second one where it is set; the embedded engine on this machine;
- a text model at `DRAGOMAN_MIND_URL`, by the embedded engine's assistants; the HTTP tools of personas;
- `PUBLIC_URL`: our own address, by `dragoman doctor`;
- the sources of the weights, by `dragoman models fetch` alone: redirects are followed there, for nothing that comes is
  believed before its hash is right.

`tests/test_outgoing.py` sees to it that no other module opens connections.
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from typing import NamedTuple

import httpx2

_DEFAULT_PORTS = {"https": 443, "http": 80}


class Origin(NamedTuple):
    """Whom a client may ask."""

    scheme: str
    host: str
    port: int


def origin_of(url: str | httpx2.URL) -> Origin:
    """Scheme, host (lower case) and port of an http(s) URL. Raise ValueError for any other."""
    parsed = httpx2.URL(url)
    if parsed.scheme not in _DEFAULT_PORTS or not parsed.host:
        raise ValueError("is not an http or https address")
    return Origin(parsed.scheme, parsed.host.lower(), parsed.port or _DEFAULT_PORTS[parsed.scheme])


def client_of(
    url: str,
    *,
    timeout: httpx2.Timeout | float,
    trust_env: bool = True,
    headers: Mapping[str, str] | None = None,
    verify: ssl.SSLContext | bool = True,
) -> httpx2.AsyncClient:
    """A client that asks nobody but `url`'s host; a request elsewhere raises a TransportError before it is sent.

    `trust_env`: through the proxy that the environment names.
    """
    ours = origin_of(url)

    async def checked(request: httpx2.Request) -> None:
        if origin_of(request.url) != ours:
            raise httpx2.UnsupportedProtocol("the request is for another host than the configured one", request=request)

    return httpx2.AsyncClient(
        timeout=timeout,
        trust_env=trust_env,
        headers=dict(headers or {}),
        verify=verify,
        follow_redirects=False,
        event_hooks={"request": [checked]},
    )
