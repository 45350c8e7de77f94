"""Which call of ours a phone call is, and which tokens were used."""

from __future__ import annotations

import pytest

from dragoman.domain.call import CallId, Notice
from dragoman.domain.language import Language, LanguageTag
from dragoman.errors import Refused
from dragoman.ports import Ringing
from dragoman.relay.carrier_calls import CarrierCalls

pytestmark = pytest.mark.unit

ONE, OTHER = CallId("one"), CallId("other")


def ringing(carrier_call: str = "CA1", account: str = "AC1") -> Ringing:
    return Ringing(
        carrier_call=carrier_call,
        account=account,
        caller_address="+34600000001",
        called_address="+15550000001",
        language=Language(LanguageTag("es-ES"), "Español", "Spanish", "es-ES"),
    )


def test_who_rings_again_is_known() -> None:
    calls = CarrierCalls()
    assert calls.ringing_again(ringing()) is None
    calls.begins(ONE, "AC1", "CA1")
    assert calls.ringing_again(ringing()) == ONE
    assert calls.of("CA1") == ONE
    assert calls.of("CA2") is None


def test_another_account_does_not_get_the_call() -> None:
    calls = CarrierCalls()
    calls.begins(ONE, "AC1", "CA1")
    with pytest.raises(Refused, match="another account") as refused:
        calls.ringing_again(ringing(account="AC2"))
    assert refused.value.notice is Notice.FAILED


def test_calls_that_no_carrier_brought_are_found_by_nobody() -> None:
    calls = CarrierCalls()
    calls.begins(ONE, "AC1")
    calls.begins(OTHER, "AC1")
    assert calls.of("") is None
    assert calls.ringing_again(ringing("")) is None
    calls.forget(ONE)
    assert calls.nonces(OTHER) == []


def test_what_is_forgotten_may_ring_anew_but_a_later_call_keeps_its_place() -> None:
    calls = CarrierCalls()
    calls.begins(ONE, "AC1", "CA1")
    calls.begins(OTHER, "AC1", "CA1")
    calls.forget(ONE)
    assert calls.of("CA1") == OTHER
    calls.forget(OTHER)
    assert calls.ringing_again(ringing(account="AC2")) is None


def test_a_stream_token_is_good_once_and_for_its_call_only() -> None:
    calls = CarrierCalls()
    calls.begins(ONE, "AC1", nonces=["c", "a"])
    calls.begins(OTHER, "AC1")
    calls.must_be_new(ONE, "b")
    calls.must_be_new(ONE, "b")  # the stream was not taken: it may try again
    calls.used(ONE, "b")
    for nonce in "abc":
        with pytest.raises(Refused, match="used already"):
            calls.must_be_new(ONE, nonce)
        calls.must_be_new(OTHER, nonce)
    assert calls.nonces(ONE) == ["a", "b", "c"]
