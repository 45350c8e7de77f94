"""Whose request it is, and whether our own page sent it."""

from __future__ import annotations

import ipaddress

import pytest

from dragoman.web.askers import Origins, address_of

pytestmark = pytest.mark.unit

PROXIES = tuple(ipaddress.ip_network(one) for one in ("127.0.0.1/32", "10.0.0.0/8", "::1/128"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "expected"),
    [
        ("203.0.113.9", "", "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", "203.0.113.9"),  # no proxy that we trust says so
        ("127.0.0.1", "", "127.0.0.1"),
        ("127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("127.0.0.1", "6.6.6.6, 198.51.100.1", "198.51.100.1"),  # what stands before was the client's to write
        ("127.0.0.1", "198.51.100.1, 10.1.2.3", "198.51.100.1"),
        ("127.0.0.1", "10.1.2.3", "10.1.2.3"),
        ("127.0.0.1", "nonsense", ""),
        ("127.0.0.1", "198.51.100.1, ", ""),
        ("::ffff:127.0.0.1", "198.51.100.1", "198.51.100.1"),
        ("::1", "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9%eth0", "", "2001:db8:1:2::/64"),
        ("", "198.51.100.1", ""),
    ],
)
def test_the_last_address_that_no_trusted_proxy_has(peer: str, forwarded: str, expected: str) -> None:
    assert address_of(peer, forwarded, PROXIES) == expected


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({"origin": "https://a.example"}, True),
        ({"origin": "https://b.example:8443"}, True),
        ({"origin": "https://c.example", "host": "c.example"}, True),
        ({"origin": "http://192.168.1.5:5050", "host": "192.168.1.5:5050"}, True),
        ({"origin": "https://C.example", "host": "c.example"}, True),
        ({"origin": "https://c.example", "host": "d.example"}, False),
        ({"origin": "https://a.example.evil.example", "host": "a.example"}, False),
        ({"origin": "https://a.example:444", "host": "a.example"}, False),
        ({"origin": "null", "host": "null"}, False),
        ({"origin": "", "host": ""}, False),
        ({"origin": "https://", "host": ""}, False),
        ({"origin": "file://c.example", "host": "c.example"}, False),
        ({"origin": "https://c.example/x", "host": "c.example"}, False),
        ({"origin": "https://[", "host": "["}, False),
        ({"host": "c.example"}, False),
        ({}, False),
    ],
)
def test_only_our_own_page_is_ours(headers: dict[str, str], ours: bool) -> None:
    assert Origins(["https://a.example", "https://b.example:8443", ""]).ours(headers) is ours
