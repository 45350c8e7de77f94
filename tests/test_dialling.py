"""What can be dialled, and what cannot."""

from __future__ import annotations

import pytest

from dragoman.dialling import address, e164

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("+12025550199", "+12025550199"),
        (" +1 (202) 555-0199 ", "+12025550199"),
        ("sip:desk@pbx.example.com", "sip:desk@pbx.example.com"),
        ("sips:desk@pbx.example.com:5061;transport=tls", "sips:desk@pbx.example.com:5061;transport=tls"),
        (" client:alice ", "client:alice"),
    ],
)
def test_what_can_be_dialled(written: str, read: str) -> None:
    assert address(written) == read


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("", "is not a number with"),
        ("2025550199", "is not a number with"),
        ("alice", "client: address"),
        ("sip:desk", "sip: address with @"),
        ("sip:a@b@c", "sip: address with @"),
        ('sip:"><Say>@example.com', "sip: address with @"),
        ("client:", "client: address"),
        ("client:a b", "client: address"),
        ("+1202", "wrong length"),
        ("+nobody", "is not a phone number"),
    ],
)
def test_what_cannot_is_said_with_its_reason(written: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        address(written)


def test_a_number_is_no_other_address() -> None:
    assert e164("+44 20 7946 0018") == "+442079460018"
    with pytest.raises(ValueError, match="country code"):
        e164("sip:desk@pbx.example.com")
