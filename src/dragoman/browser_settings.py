"""The settings of browser mode: whether it is served, who may open rooms, and how much one address may ask for."""

from __future__ import annotations

import ipaddress
from typing import Final

from pydantic import SecretStr, ValidationInfo, field_validator

from dragoman.app_settings import origin
from dragoman.settings import Section, named
from dragoman.tokens import SECRET_MIN_LENGTH

_WITHIN: Final = {
    "room_hours": (0.1, 24.0),
    "room_parties": (2, 50),
    "rooms_per_address": (1, 1000),
    "requests_per_minute": (1, 10_000),
    "logins_per_minute": (1, 1000),
    "client_secrets_per_hour": (0, 1000),
    "agent_ring_s": (5, 80),
}


class BrowserSettings(Section):
    """Interpreting in browsers: face to face at one device, or in rooms (docs/howto/browser.md)."""

    on: bool = named(
        "DRAGOMAN_BROWSER",
        default=False,
        help="true to serve the page at / and rooms to browsers; needs DRAGOMAN_BROWSER_TOKEN or DRAGOMAN_API_TOKEN; "
        "where no TWILIO_ setting is made, browsers are all that is served",
    )
    token: SecretStr | None = named(
        "DRAGOMAN_BROWSER_TOKEN",
        default=None,
        help=f"what people log in with who may open rooms and invite others, {SECRET_MIN_LENGTH} characters or more; "
        "not set: DRAGOMAN_API_TOKEN",
    )
    origins: str = named(
        "DRAGOMAN_BROWSER_ORIGINS",
        default="",
        help="other addresses under which the page is reached, such as https://interpret.example.com, with spaces "
        "between them; PUBLIC_URL and the address that a request names itself need not be listed",
    )
    trusted_proxies: str = named(
        "DRAGOMAN_TRUSTED_PROXIES",
        default="127.0.0.1 ::1",
        help="proxies whose X-Forwarded-For is believed, addresses or networks with spaces between them, or none",
    )
    room_hours: float = named("DRAGOMAN_ROOM_HOURS", default=4.0, help="how long a room may last, 0.1 to 24 hours")
    room_parties: int = named("DRAGOMAN_ROOM_PARTIES", default=8, help="how many seats a room has, 2 to 50")
    echo_gate: bool = named(
        "DRAGOMAN_BROWSER_ECHO_GATE",
        default=False,
        help="true to keep what a page's loudspeaker plays from being interpreted again; browsers cancel echo "
        "themselves: for devices on which that fails",
    )
    rooms_per_address: int = named(
        "DRAGOMAN_ROOMS_PER_ADDRESS", default=10, help="how many rooms one address may open in an hour, 1 to 1000"
    )
    requests_per_minute: int = named(
        "DRAGOMAN_BROWSER_REQUESTS_PER_MINUTE",
        default=120,
        help="how many requests of browser mode one address may make in a minute, 1 to 10000",
    )
    logins_per_minute: int = named(
        "DRAGOMAN_BROWSER_LOGINS_PER_MINUTE",
        default=10,
        help="how often one address may try to log in, in a minute, 1 to 1000",
    )
    client_secrets_per_hour: int = named(
        "DRAGOMAN_CLIENT_SECRETS_PER_HOUR",
        default=0,
        help="how many keys for sessions of its own with the speech models one address may have in an hour, 0 to 1000; "
        "what such sessions cost is not counted here; 0: none are given out",
    )

    agent_ring_s: float = named(
        "DRAGOMAN_AGENT_RING_S",
        default=30.0,
        help="how many seconds a call rings in the pages of agents, 5 to 80, before nobody answers",
    )
    agents_see_numbers: bool = named(
        "DRAGOMAN_AGENTS_SEE_NUMBERS",
        default=False,
        help="true to show agents in browsers who calls; else they see a number's last two digits",
    )

    @field_validator("token")
    @classmethod
    def _token_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SECRET_MIN_LENGTH:
            raise ValueError(f"is shorter than {SECRET_MIN_LENGTH} characters")
        return value

    @field_validator("origins")
    @classmethod
    def _origins_are_some(cls, value: str) -> str:
        return " ".join(origin(one) for one in value.split())

    @field_validator("trusted_proxies")
    @classmethod
    def _proxies_are_networks(cls, value: str) -> str:
        words = [] if value.strip().lower() == "none" else value.split()
        try:
            return " ".join(str(ipaddress.ip_network(word, strict=False)) for word in words)
        except ValueError as error:
            raise ValueError(f"has what is no address or network: {error}") from None

    @field_validator(*_WITHIN)
    @classmethod
    def _is_within(cls, value: float, of: ValidationInfo) -> float:
        least, most = _WITHIN[of.field_name or ""]
        if not least <= value <= most:
            raise ValueError(f"is not between {least:g} and {most:g}")
        return value

    def proxies(self) -> tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]:
        """Whose word on a client's address is taken."""
        return tuple(ipaddress.ip_network(one) for one in self.trusted_proxies.split())
