"""The URLs of our doors."""

from __future__ import annotations

import pytest

from dragoman.domain.call import Role
from dragoman.telephony.twilio.addresses import INCOMING, Addresses

pytestmark = pytest.mark.unit

here = Addresses("https://calls.example.com/")


def test_doors_stand_below_the_public_address() -> None:
    assert here.leg("c1", Role.AGENT) == "https://calls.example.com/leg?call=c1&role=agent"
    assert here.call_status("c1", Role.CALLER) == "https://calls.example.com/call-status?call=c1&role=caller"
    assert here.captions("c1") == "https://calls.example.com/api/calls/c1/captions"


def test_empty_parameters_are_left_out_and_others_are_quoted() -> None:
    assert here.of(INCOMING, lang="", call="") == "https://calls.example.com/incoming-call"
    assert here.of(INCOMING, lang="a&b=c") == "https://calls.example.com/incoming-call?lang=a%26b%3Dc"


@pytest.mark.parametrize(
    ("public_url", "stream"),
    [
        ("https://calls.example.com", "wss://calls.example.com/intercept"),
        ("https://calls.example.com:8443", "wss://calls.example.com:8443/intercept"),
        ("http://127.0.0.1:5050", "ws://127.0.0.1:5050/intercept"),
    ],
)
def test_the_stream_is_as_safe_as_the_public_address(public_url: str, stream: str) -> None:
    assert Addresses(public_url).stream == stream
    assert Addresses(public_url).assistant_stream == stream.replace("/intercept", "/twilio/stream")
