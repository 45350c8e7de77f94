"""Our signature against Twilio's SDK, the documented vector, and forgery."""

from __future__ import annotations

import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import ImmutableMultiDict
from twilio.request_validator import RequestValidator

from dragoman.telephony.twilio.signature import Signatures, sign

pytestmark = pytest.mark.unit

TOKEN = "12345"
ACCOUNT = "AC" + "1" * 32
URL = "https://example.com/myapp.php?foo=1&bar=2"
DOC_FORM = [
    ("CallSid", "CA1234567890ABCDE"),
    ("Caller", "+14158675310"),
    ("Digits", "1234"),
    ("From", "+14158675310"),
    ("To", "+18005551212"),
]

signatures = Signatures({ACCOUNT: (TOKEN, "next-token"), "ACsub": ("sub-token",)})


def test_the_documented_vector() -> None:
    assert sign(TOKEN, URL, DOC_FORM) == "L/OH5YylLD5NRKLltdqwSvS0BnU="
    assert signatures.of_form(URL, DOC_FORM, "L/OH5YylLD5NRKLltdqwSvS0BnU=") == ACCOUNT


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)


@given(st.lists(st.tuples(texts, texts), max_size=6))
def test_we_sign_as_the_sdk_signs(pairs: list[tuple[str, str]]) -> None:
    assert sign(TOKEN, URL, pairs) == RequestValidator(TOKEN).compute_signature(URL, ImmutableMultiDict(pairs))


@given(st.dictionaries(texts, texts, max_size=4))
def test_the_sdk_accepts_what_we_sign(form: dict[str, str]) -> None:
    assert RequestValidator(TOKEN).validate(URL, form, sign(TOKEN, URL, form.items()))


def test_repeated_names_are_sorted_and_counted_once() -> None:
    once = [("A", "1"), ("A", "2")]
    assert sign(TOKEN, URL, [("A", "2"), ("A", "1"), ("A", "2")]) == sign(TOKEN, URL, once)


def test_blank_values_count() -> None:
    assert sign(TOKEN, URL, [("A", ""), ("B", "x")]) != sign(TOKEN, URL, [("B", "x")])


@pytest.mark.parametrize("token", [TOKEN, "next-token"])
def test_both_tokens_are_good_during_a_rotation(token: str) -> None:
    assert signatures.of_form(URL, DOC_FORM, sign(token, URL, DOC_FORM)) == ACCOUNT


def test_a_subaccount_signs_with_its_own_token_and_only_for_itself() -> None:
    own = [*DOC_FORM, ("AccountSid", "ACsub")]
    assert signatures.of_form(URL, own, sign("sub-token", URL, own)) == "ACsub"
    foreign = [*DOC_FORM, ("AccountSid", ACCOUNT)]
    assert signatures.of_form(URL, foreign, sign("sub-token", URL, foreign)) is None


def test_two_account_sids_in_one_form_are_refused() -> None:
    form = [("AccountSid", ACCOUNT), ("AccountSid", "ACsub")]
    assert signatures.of_form(URL, form, sign(TOKEN, URL, form)) is None


def test_an_unknown_account_is_refused() -> None:
    form = [("AccountSid", "ACwho")]
    assert signatures.of_form(URL, form, sign(TOKEN, URL, form)) is None


@pytest.mark.parametrize(
    ("configured", "signed"),
    [
        ("https://example.com:8443/x?a=1", "https://example.com/x?a=1"),
        ("https://example.com:8443/x?a=1", "https://example.com:8443/x?a=1"),
        ("https://example.com/x", "https://example.com:443/x"),
        ("http://127.0.0.1:5050/x", "http://127.0.0.1:5050/x"),
        ("https://user:pass@example.com:8443/x", "https://example.com/x"),
        ("https://[::1]:8443/x", "https://[::1]/x"),
        ("https://example.com/x?", "https://example.com/x?"),
    ],
)
def test_twilio_signs_with_or_without_the_port(configured: str, signed: str) -> None:
    assert signatures.of_form(configured, DOC_FORM, sign(TOKEN, signed, DOC_FORM)) == ACCOUNT


@pytest.mark.parametrize("signed", ["wss://example.com/intercept", "wss://example.com/intercept/"])
def test_the_handshake_is_signed_over_the_wss_url_perhaps_with_a_slash(signed: str) -> None:
    assert signatures.of_handshake("wss://example.com/intercept", sign(TOKEN, signed)) == ACCOUNT


@pytest.mark.parametrize("signed", ["https://example.com/intercept", "wss://evil.com/intercept", "wss://example.com/x"])
def test_the_handshake_of_another_url_is_refused(signed: str) -> None:
    assert signatures.of_handshake("wss://example.com/intercept", sign(TOKEN, signed)) is None


def test_a_json_body_is_signed_by_its_hash_in_the_url() -> None:
    body = b'{"a": 1}'
    url = f"https://example.com/x?bodySHA256={hashlib.sha256(body).hexdigest()}"
    assert signatures.of_body(url, body, sign(TOKEN, url)) == ACCOUNT
    assert RequestValidator(TOKEN).validate(url, body.decode(), sign(TOKEN, url))
    assert signatures.of_body(url, b'{"a": 2}', sign(TOKEN, url)) is None


def test_a_body_without_its_hash_is_refused_and_raises_nothing() -> None:
    url = "https://example.com/x"
    assert signatures.of_body(url, b"{}", sign(TOKEN, url)) is None


@pytest.mark.parametrize("place", range(len(DOC_FORM)))
def test_a_form_changed_in_one_place_is_refused(place: int) -> None:
    good = sign(TOKEN, URL, DOC_FORM)
    name, value = DOC_FORM[place]
    changed = [*DOC_FORM[:place], (name, value + "1"), *DOC_FORM[place + 1 :]]
    assert signatures.of_form(URL, changed, good) is None


@pytest.mark.parametrize("signature", ["", "x", "é", "\udc80", "L/OH5YylLD5NRKLltdqwSvS0BnU", "A" * 100_000])
def test_a_malformed_signature_is_refused(signature: str) -> None:
    assert signatures.of_form(URL, DOC_FORM, signature) is None


@given(st.text(max_size=40), st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=3), st.text())
def test_checking_never_raises(url: str, form: list[tuple[str, str]], signature: str) -> None:
    assert signatures.of_form(url, form, signature) is None
    assert signatures.of_handshake(url, signature) is None
    assert signatures.of_body(url, signature.encode("utf-8", "replace"), signature) is None


def test_an_empty_token_signs_nothing() -> None:
    assert Signatures({ACCOUNT: ("",)}).of_form(URL, DOC_FORM, sign("", URL, DOC_FORM)) is None
