"""Who asks, by network and by page: the address behind proxies that are trusted, and whether a page is ours."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from typing import Final
from urllib.parse import urlsplit

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_IPV6_HOME_BITS: Final = 64
"""One household has that many IPv6 addresses of its own."""


def address_of(peer: str, forwarded_for: str, trusted: Sequence[Network]) -> str:
    """Whose request it is: the last address of X-Forwarded-For that no trusted proxy has, when one sent it.

    An IPv6 address counts as its /64. "" where there is none.
    """
    found = _address(peer)
    hops = [one.strip() for one in forwarded_for.split(",")] if forwarded_for else []
    while found is not None and hops and any(found in network for network in trusted):
        found = _address(hops.pop())
    if found is None:
        return ""
    if isinstance(found, ipaddress.IPv6Address):
        return str(ipaddress.ip_network((found, _IPV6_HOME_BITS), strict=False))
    return str(found)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        found = ipaddress.ip_address(text.split("%", 1)[0])
    except ValueError:
        return None
    return (found.ipv4_mapped or found) if isinstance(found, ipaddress.IPv6Address) else found


class Origins:
    """The origins of our own page: those that are set, and the host that a request itself names.

    The latter is what makes the page work under whatever name a machine has; a stranger's page cannot have it, for a
    browser sends that page's own origin. (A name that is made to lead to us later brings neither cookie nor token.)
    """

    def __init__(self, known: Iterable[str]) -> None:
        self._known = frozenset(known)

    def ours(self, headers: Mapping[str, str]) -> bool:
        """`headers` with lower-case names. Without an Origin: not ours."""
        given = headers.get("origin", "")
        if given in self._known:
            return bool(given)
        try:
            parts = urlsplit(given)
        except ValueError:
            return False
        plain = parts.scheme in ("http", "https") and f"{parts.scheme}://{parts.netloc}" == given
        return plain and bool(parts.netloc) and parts.netloc.lower() == headers.get("host", "").lower()
