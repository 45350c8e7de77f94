"""Browser mode's settings: defaults, and values that are none."""

from __future__ import annotations

import ipaddress

import pytest

from dragoman.browser_settings import BrowserSettings
from dragoman.errors import SettingsError
from dragoman.settings import load

pytestmark = pytest.mark.unit


def test_the_defaults() -> None:
    settings = load(BrowserSettings, {})
    assert (settings.on, settings.token, settings.origins) == (False, None, "")
    assert (settings.room_hours, settings.room_parties, settings.rooms_per_address) == (4.0, 8, 10)
    assert (settings.requests_per_minute, settings.logins_per_minute) == (120, 10)
    assert settings.client_secrets_per_hour == 0
    assert (settings.agent_ring_s, settings.agents_see_numbers) == (30.0, False)
    assert [str(one) for one in settings.proxies()] == ["127.0.0.1/32", "::1/128"]


def test_all_of_it_can_be_set() -> None:
    settings = load(
        BrowserSettings,
        {
            "DRAGOMAN_BROWSER": "true",
            "DRAGOMAN_BROWSER_TOKEN": "t" * 16,
            "DRAGOMAN_BROWSER_ORIGINS": "interpret.example.com https://b.example:8443/",
            "DRAGOMAN_TRUSTED_PROXIES": "10.1.2.3/8 fd00::1",
        },
    )
    assert settings.on
    assert settings.origins == "https://interpret.example.com https://b.example:8443"
    assert ipaddress.ip_address("10.9.9.9") in settings.proxies()[0]


def test_no_proxy_may_be_trusted() -> None:
    assert load(BrowserSettings, {"DRAGOMAN_TRUSTED_PROXIES": "none"}).proxies() == ()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("DRAGOMAN_BROWSER", "perhaps"),
        ("DRAGOMAN_BROWSER_TOKEN", "short"),
        ("DRAGOMAN_BROWSER_ORIGINS", "http://interpret.example.com"),
        ("DRAGOMAN_BROWSER_ORIGINS", "https://a.example/path"),
        ("DRAGOMAN_TRUSTED_PROXIES", "proxy.example.com"),
        ("DRAGOMAN_ROOM_HOURS", "0"),
        ("DRAGOMAN_ROOM_HOURS", "25"),
        ("DRAGOMAN_ROOM_PARTIES", "1"),
        ("DRAGOMAN_ROOM_PARTIES", "51"),
        ("DRAGOMAN_ROOMS_PER_ADDRESS", "0"),
        ("DRAGOMAN_BROWSER_REQUESTS_PER_MINUTE", "0"),
        ("DRAGOMAN_BROWSER_LOGINS_PER_MINUTE", "1001"),
        ("DRAGOMAN_CLIENT_SECRETS_PER_HOUR", "-1"),
    ],
)
def test_what_is_none_is_named(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name):
        load(BrowserSettings, {name: value})
