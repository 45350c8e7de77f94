"""Reading an account: against the emulator."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx2
import pytest

from dragoman.errors import UpstreamError
from dragoman.settings import load
from dragoman.telephony.twilio.account import AccountState, OwnedNumber, account_state, owned_numbers
from dragoman.telephony.twilio.emulator import TwilioEmulator
from dragoman.telephony.twilio.settings import TwilioSettings
from tests.fakes.surroundings import settings

pytestmark = pytest.mark.pair

API_KEY = "SK" + "1" * 32


@pytest.fixture
async def twilio() -> AsyncIterator[TwilioEmulator]:
    async with TwilioEmulator(api_keys={API_KEY: "secret"}) as emulator:
        yield emulator


@pytest.fixture
async def http() -> AsyncIterator[httpx2.AsyncClient]:
    async with httpx2.AsyncClient(trust_env=False) as client:
        yield client


def of(emulator: TwilioEmulator, **changes: str | None) -> TwilioSettings:
    return load(TwilioSettings, settings(**{"TWILIO_BASE_URL": emulator.base_url, **changes}))


async def test_the_account(twilio: TwilioEmulator, http: httpx2.AsyncClient) -> None:
    assert await account_state(of(twilio), http) == AccountState(active=True, trial=False)
    twilio.faults.trial = twilio.faults.suspended = True
    assert await account_state(of(twilio), http) == AccountState(active=False, trial=True)


async def test_the_numbers(twilio: TwilioEmulator, http: httpx2.AsyncClient) -> None:
    twilio.number("+15555550100", "https://a.example.com/voice", "https://a.example.com/fallback")
    twilio.number("+15555550101", "")
    assert await owned_numbers(of(twilio), http) == [
        OwnedNumber("+15555550100", "https://a.example.com/voice", "https://a.example.com/fallback", diverted=False),
        OwnedNumber("+15555550101", "", "", diverted=False),
    ]


async def test_numbers_are_read_with_an_api_key_where_one_is_set(
    twilio: TwilioEmulator, http: httpx2.AsyncClient
) -> None:
    assert await owned_numbers(of(twilio, TWILIO_API_KEY=API_KEY, TWILIO_API_SECRET="secret"), http) == []
    with pytest.raises(UpstreamError, match="20003"):
        await owned_numbers(of(twilio, TWILIO_API_KEY=API_KEY, TWILIO_API_SECRET="wrong"), http)


async def test_refusals_say_what_they_mean(twilio: TwilioEmulator, http: httpx2.AsyncClient) -> None:
    with pytest.raises(UpstreamError, match="the credentials are wrong") as caught:
        await account_state(of(twilio, TWILIO_AUTH_TOKEN="wrong"), http)
    assert (caught.value.status, caught.value.code) == (401, 20003)


def answering(status: int, body: bytes) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.MockTransport(lambda _request: httpx2.Response(status, content=body)))


async def test_a_number_with_a_trunk_or_an_application_is_diverted(twilio: TwilioEmulator) -> None:
    body = b'{"incoming_phone_numbers":[{"phone_number":"+1555","trunk_sid":"TK1"},{"phone_number":"+1556"}]}'
    async with answering(200, body) as http:
        assert [one.diverted for one in await owned_numbers(of(twilio), http)] == [True, False]


@pytest.mark.parametrize(("status", "body"), [(200, b"<html>"), (200, b"[]"), (502, b"<html>"), (404, b"[]")])
async def test_something_else_answers(twilio: TwilioEmulator, status: int, body: bytes) -> None:
    async with answering(status, body) as http:
        with pytest.raises(UpstreamError) as caught:
            await account_state(of(twilio), http)
    assert caught.value.status == status


async def test_nobody_answers(twilio: TwilioEmulator, http: httpx2.AsyncClient) -> None:
    with pytest.raises(UpstreamError, match="cannot be reached"):
        await account_state(of(twilio, TWILIO_BASE_URL="http://127.0.0.1:9"), http)
