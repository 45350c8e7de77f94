"""Twilio's settings: what is taken, and what is said about what is not."""

from __future__ import annotations

import pytest

from dragoman.domain.call import AgentRoute, AgentVia
from dragoman.errors import SettingsError
from dragoman.settings import load
from dragoman.telephony.twilio.settings import TwilioSettings

pytestmark = pytest.mark.unit

ACCOUNT = "AC" + "0123456789abcdef" * 2
SUBACCOUNT = "AC" + "f" * 32
KEY = "SK" + "a" * 32
WORKFLOW = "WW" + "b" * 32

ENV = {
    "TWILIO_ACCOUNT_SID": ACCOUNT,
    "TWILIO_AUTH_TOKEN": "first-token",
    "TWILIO_CALLER_NUMBER": "+12025550123",
    "TWILIO_FLEX_NUMBER": "+12025550124",
    "TWILIO_FLEX_WORKFLOW_SID": WORKFLOW,
}


def read(**more: str) -> TwilioSettings:
    return load(TwilioSettings, env=ENV | more)


def refusal(**more: str) -> str:
    with pytest.raises(SettingsError) as refused:
        read(**more)
    return str(refused.value)


def test_the_least_that_is_needed() -> None:
    settings = read()
    assert settings.account_sid == ACCOUNT
    assert settings.caller_number == "+12025550123"
    assert settings.agent_route() == AgentRoute(AgentVia.FLEX_NUMBER, "+12025550124")
    assert settings.time_limit_s == 14_400
    assert settings.calls_per_second == 1
    assert settings.machine_detection


def test_each_missing_variable_is_named_with_its_fix() -> None:
    with pytest.raises(SettingsError) as refused:
        load(TwilioSettings, env={})
    text = "\n".join(refused.value.problems)
    for variable in ("TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_CALLER_NUMBER"):
        assert f"{variable}: is missing" in text


def test_the_reference_application_s_names_are_taken() -> None:
    env = {name.replace("TWILIO_CALLER", "CALLER").replace("TWILIO_FLEX", "FLEX"): value for name, value in ENV.items()}
    assert "CALLER_NUMBER" in env
    assert load(TwilioSettings, env=env) == read()


@pytest.mark.parametrize(
    ("variable", "value", "why"),
    [
        ("TWILIO_ACCOUNT_SID", "AC123", "AC and 32 hex digits"),
        ("TWILIO_ACCOUNT_SID", KEY, "AC and 32 hex digits"),
        ("TWILIO_AUTH_TOKEN", "two words", "space"),
        ("TWILIO_API_KEY", ACCOUNT, "SK and 32 hex digits"),
        ("TWILIO_CALLER_NUMBER", "2025550123", "+ and country code"),
        ("TWILIO_CALLER_NUMBER", "+1202", "wrong length"),
        ("TWILIO_CALLER_NUMBER", "+999999999999", "not a phone number"),
        ("TWILIO_FLEX_NUMBER", "flex", "+ and country code"),
        ("TWILIO_FLEX_NUMBER", "+12025550123", "same number as TWILIO_CALLER_NUMBER"),
        ("TWILIO_FLEX_WORKFLOW_SID", "WW1", "WW and 32 hex digits"),
        ("TWILIO_FLEX_SIP_DOMAIN", "a b", "not a domain"),
        ("TWILIO_AGENT_ADDRESS", "Alice", "client: address"),
        ("TWILIO_AGENT_ADDRESS", "sip:alice", "sip: address with @"),
        ("TWILIO_BASE_URL", "ftp://x", "not an http or https address"),
        ("TWILIO_BASE_URL", "http://example.com", "must be https"),
        ("TWILIO_REGION", "ie1.twilio.com", "region or edge"),
        ("TWILIO_EDGE", "Dublin!", "region or edge"),
        ("TWILIO_SUBACCOUNTS", f"{SUBACCOUNT}:ok,AC1:bad", "its entry 2"),
        ("TWILIO_CALLS_PER_SECOND", "0", "above 0"),
        ("TWILIO_CALLS_PER_SECOND", "nan", "above 0"),
        ("TWILIO_TIME_LIMIT_S", "1", "between 60 and 86400"),
        ("TWILIO_DIAL_TIMEOUT_S", "601", "between 5 and 600"),
        ("TWILIO_MACHINE_DETECTION", "perhaps", "TWILIO_MACHINE_DETECTION"),
        ("TWILIO_API_KEY", KEY, "TWILIO_API_SECRET: is missing"),
        ("TWILIO_API_SECRET", "s", "TWILIO_API_KEY: is missing"),
    ],
)
def test_what_is_wrong_is_said_with_the_variable_s_name(variable: str, value: str, why: str) -> None:
    text = refusal(**{variable: value})
    assert variable in text
    assert why in text


def test_secrets_are_not_repeated_in_messages() -> None:
    assert "two words" not in refusal(TWILIO_AUTH_TOKEN="two words")
    assert "hush" not in refusal(TWILIO_SUBACCOUNTS="AC1:hush")
    assert "first-token" not in repr(read())


def test_flex_needs_its_workflow() -> None:
    env = {name: value for name, value in ENV.items() if name != "TWILIO_FLEX_WORKFLOW_SID"}
    with pytest.raises(SettingsError, match="TWILIO_FLEX_WORKFLOW_SID: is missing"):
        load(TwilioSettings, env=env)


def test_some_way_to_an_agent_is_needed() -> None:
    env = {name: value for name, value in ENV.items() if "FLEX" not in name}
    with pytest.raises(SettingsError, match="TWILIO_AGENT_ADDRESS"):
        load(TwilioSettings, env=env)


@pytest.mark.parametrize("address", ["+12025550199", "sip:alice@example.com", "client:alice"])
def test_direct_mode_dials_the_agent_s_own_address(address: str) -> None:
    env = {name: value for name, value in ENV.items() if "FLEX" not in name} | {"TWILIO_AGENT_ADDRESS": address}
    assert load(TwilioSettings, env=env).agent_route() == AgentRoute(AgentVia.DIRECT, address)


def test_agents_may_answer_in_browsers_and_by_phone_when_nobody_does_there() -> None:
    bare = {name: value for name, value in ENV.items() if "FLEX" not in name} | {"DRAGOMAN_AGENT": "Browser"}
    alone = load(TwilioSettings, env=bare)
    assert (alone.agent_route(), alone.next_route()) == (AgentRoute(AgentVia.BROWSER, ""), None)
    both = load(TwilioSettings, env=bare | {"TWILIO_AGENT_ADDRESS": "client:alice"})
    assert both.agent_route() == alone.agent_route()
    assert both.next_route() == AgentRoute(AgentVia.DIRECT, "client:alice")
    assert read().next_route() is None, "by phone at once"
    with pytest.raises(SettingsError, match="DRAGOMAN_AGENT"):
        load(TwilioSettings, env=bare | {"DRAGOMAN_AGENT": "pigeon"})


def test_there_may_be_no_agents_at_all() -> None:
    bare = {name: value for name, value in ENV.items() if "FLEX" not in name} | {"DRAGOMAN_AGENT": "none"}
    alone = load(TwilioSettings, env=bare)
    assert (alone.agent_route(), alone.next_route()) == (None, None)
    with pytest.raises(SettingsError, match="DRAGOMAN_AGENT: is none, but a way to an agent is set"):
        load(TwilioSettings, env=bare | {"TWILIO_AGENT_ADDRESS": "client:alice"})


def test_a_sip_domain_is_preferred_to_the_flex_number() -> None:
    settings = read(TWILIO_FLEX_SIP_DOMAIN="sip:Agents.sip.twilio.com")
    assert settings.agent_route() == AgentRoute(AgentVia.FLEX_SIP, "agents.sip.twilio.com")


def test_numbers_are_taken_with_spaces() -> None:
    assert read(TWILIO_CALLER_NUMBER="+1 (202) 555-0177").caller_number == "+12025550177"


@pytest.mark.parametrize(
    ("more", "url"),
    [
        ({}, "https://api.twilio.com"),
        ({"TWILIO_REGION": "ie1", "TWILIO_EDGE": "dublin"}, "https://api.dublin.ie1.twilio.com"),
        ({"TWILIO_EDGE": "sydney"}, "https://api.sydney.us1.twilio.com"),
        ({"TWILIO_REGION": "au1"}, "https://api.au1.twilio.com"),
        ({"TWILIO_BASE_URL": "http://127.0.0.1:9000/"}, "http://127.0.0.1:9000"),
    ],
)
def test_region_and_edge_name_the_host(more: dict[str, str], url: str) -> None:
    assert read(**more).api_url == url


def test_an_emulator_s_address_and_a_region_do_not_go_together() -> None:
    assert "TWILIO_BASE_URL" in refusal(TWILIO_BASE_URL="http://localhost:1", TWILIO_REGION="ie1")


def test_credentials_are_the_key_s_or_the_subaccount_s() -> None:
    assert read().credentials() == (ACCOUNT, "first-token", ACCOUNT)
    both = read(TWILIO_API_KEY=KEY, TWILIO_API_SECRET="hush", TWILIO_SUBACCOUNTS=f"{SUBACCOUNT}:theirs, ")
    assert both.credentials() == (KEY, "hush", ACCOUNT)
    assert both.credentials(SUBACCOUNT) == (SUBACCOUNT, "theirs", SUBACCOUNT)
    assert both.credentials("ACunknown").account == ACCOUNT


def test_webhooks_are_signed_with_either_token_during_a_rotation() -> None:
    settings = read(TWILIO_AUTH_TOKEN_SECONDARY="second-token", TWILIO_SUBACCOUNTS=f"{SUBACCOUNT}:theirs")
    assert settings.auth_tokens == {ACCOUNT: ("first-token", "second-token"), SUBACCOUNT: ("theirs",)}
