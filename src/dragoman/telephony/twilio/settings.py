"""Twilio's settings: accounts, numbers, and how the agent is reached."""

from __future__ import annotations

import enum
import re
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator

from dragoman.dialling import address, e164
from dragoman.domain.call import AgentRoute, AgentVia
from dragoman.settings import Section, is_loopback, named

NO_ROUTE: Final = (
    "TWILIO_FLEX_NUMBER: no way to an agent is set. Set TWILIO_FLEX_NUMBER and TWILIO_FLEX_WORKFLOW_SID for Flex, "
    "TWILIO_AGENT_ADDRESS to dial an agent's own phone, DRAGOMAN_AGENT=browser for agents in browsers, or "
    "DRAGOMAN_AGENT=none where assistants alone answer."
)

_CONSOLE: Final = "as the Twilio Console shows it"
_SID_TAIL: Final = r"[0-9a-f]{32}"
_HOST_NAME: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:\d{1,5})?")


class AgentsAt(enum.Enum):
    """Where agents answer."""

    PHONE = "phone"
    BROWSER = "browser"
    NOWHERE = "none"


class Credentials(NamedTuple):
    """For REST requests about one account: user and password of HTTP Basic, and whose resources."""

    user: str
    password: str
    account: str


class TwilioSettings(Section):
    """All that the Twilio side needs to know."""

    account_sid: str = named("TWILIO_ACCOUNT_SID", help=f"the account's id, AC and 32 hex digits, {_CONSOLE}")
    auth_token: SecretStr = named("TWILIO_AUTH_TOKEN", help=f"the account's auth token, {_CONSOLE}")
    auth_token_secondary: SecretStr | None = named(
        "TWILIO_AUTH_TOKEN_SECONDARY", default=None, help="the second auth token while the first is being replaced"
    )
    api_key: str | None = named(
        "TWILIO_API_KEY",
        default=None,
        help="an API key, SK and 32 hex digits, to use for REST instead of the auth token",
    )
    api_secret: SecretStr | None = named("TWILIO_API_SECRET", default=None, help="the secret of TWILIO_API_KEY")
    caller_number: str = named(
        "TWILIO_CALLER_NUMBER",
        "CALLER_NUMBER",
        help="a number of your Twilio account, from which legs are dialled, such as +12025550123",
    )
    flex_number: str | None = named(
        "TWILIO_FLEX_NUMBER",
        "FLEX_NUMBER",
        default=None,
        help="the number whose voice URL is our /outbound-call and which leads to Flex agents, such as +12025550124",
    )
    flex_workflow_sid: str | None = named(
        "TWILIO_FLEX_WORKFLOW_SID",
        "FLEX_WORKFLOW_SID",
        default=None,
        help="the TaskRouter workflow that finds an agent, WW and 32 hex digits",
    )
    flex_sip_domain: str | None = named(
        "TWILIO_FLEX_SIP_DOMAIN",
        default=None,
        help="a SIP domain of your account whose voice URL is our /outbound-call, such as agents.sip.twilio.com; "
        "used instead of TWILIO_FLEX_NUMBER when set",
    )
    agent_address: str | None = named(
        "TWILIO_AGENT_ADDRESS",
        default=None,
        help="an agent's own number, sip: or client: address, dialled when no Flex number or domain is set",
    )
    agent: AgentsAt = named(
        "DRAGOMAN_AGENT",
        default=AgentsAt.PHONE,
        help="where agents answer: phone (as the TWILIO_ settings say), or browser (the pages of people who are logged "
        "in; needs DRAGOMAN_BROWSER): then the phone, where one is set, is tried when nobody answers; or none "
        "(assistants alone answer calls, and interpreted ones are refused)",
    )
    base_url: str | None = named(
        "TWILIO_BASE_URL", default=None, help="another address of the REST API, such as an emulator's"
    )
    region: str | None = named(
        "TWILIO_REGION", default=None, help="the region that holds the account's calls, such as ie1"
    )
    edge: str | None = named(
        "TWILIO_EDGE", default=None, help="the edge through which the API is reached, such as dublin"
    )
    subaccounts: SecretStr | None = named(
        "TWILIO_SUBACCOUNTS",
        default=None,
        help="subaccounts whose calls come here too, each with its auth token: AC..:token,AC..:token",
    )
    calls_per_second: float = named(
        "TWILIO_CALLS_PER_SECOND",
        default=1.0,
        help="how many calls a second the account may place (Twilio's default is 1), up to 1000",
    )
    time_limit_s: int = named(
        "TWILIO_TIME_LIMIT_S", default=14_400, help="after how many seconds Twilio ends a dialled leg, 60 to 86400"
    )
    dial_timeout_s: int = named(
        "TWILIO_DIAL_TIMEOUT_S", default=60, help="how many seconds a dialled phone rings, 5 to 600"
    )
    machine_detection: bool = named(
        "TWILIO_MACHINE_DETECTION", default=True, help="false to not look for voicemail when a customer is called"
    )

    agent_machine_detection: bool = named(
        "TWILIO_AGENT_MACHINE_DETECTION",
        default=False,
        help="true to look for voicemail when an agent's own phone is dialled too; the agent waits some seconds for it",
    )
    queue_position: bool = named(
        "TWILIO_QUEUE_POSITION",
        default=True,
        help="false to not tell callers their place in the queue of the Flex workflow",
    )

    @field_validator("account_sid")
    @classmethod
    def _account_sid_is_one(cls, value: str) -> str:
        return _sid("AC", value)

    @field_validator("api_key")
    @classmethod
    def _api_key_is_one(cls, value: str | None) -> str | None:
        return None if value is None else _sid("SK", value)

    @field_validator("flex_workflow_sid")
    @classmethod
    def _workflow_sid_is_one(cls, value: str | None) -> str | None:
        return None if value is None else _sid("WW", value)

    @field_validator("auth_token", "auth_token_secondary", "api_secret")
    @classmethod
    def _secret_is_bare(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and (not value.get_secret_value() or re.search(r"\s", value.get_secret_value())):
            raise ValueError("is empty or has a space or line break in it")
        return value

    @field_validator("caller_number", "flex_number")
    @classmethod
    def _number_is_one(cls, value: str | None) -> str | None:
        return None if value is None else e164(value)

    @field_validator("agent_address")
    @classmethod
    def _agent_address_is_one(cls, value: str | None) -> str | None:
        return None if value is None else address(value)

    @field_validator("flex_sip_domain")
    @classmethod
    def _domain_is_one(cls, value: str | None) -> str | None:
        if value is None:
            return None
        domain = value.strip().lower().removeprefix("sip:")
        if not _HOST_NAME.fullmatch(domain):
            raise ValueError("is not a domain's name")
        return domain

    @field_validator("region", "edge")
    @classmethod
    def _place_is_one(cls, value: str | None) -> str | None:
        if value is not None and not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", value):
            raise ValueError("is not the name of a Twilio region or edge")
        return value

    @field_validator("agent", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    @field_validator("base_url")
    @classmethod
    def _base_url_is_safe(cls, value: str | None) -> str | None:
        return None if value is None else _base(value)

    @field_validator("subaccounts")
    @classmethod
    def _subaccounts_are_pairs(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None:
            _pairs(value.get_secret_value())
        return value

    @field_validator("calls_per_second")
    @classmethod
    def _pace_is_sensible(cls, value: float) -> float:
        if not 0 < value <= 1000:
            raise ValueError("is not above 0 and at most 1000")
        return value

    @field_validator("time_limit_s")
    @classmethod
    def _time_limit_is_sensible(cls, value: int) -> int:
        if not 60 <= value <= 86_400:
            raise ValueError("is not between 60 and 86400")
        return value

    @field_validator("dial_timeout_s")
    @classmethod
    def _dial_timeout_is_sensible(cls, value: int) -> int:
        if not 5 <= value <= 600:
            raise ValueError("is not between 5 and 600")
        return value

    @model_validator(mode="after")
    def _settings_fit_together(self) -> TwilioSettings:
        problems = list(_misfits(self))
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def agent_route(self) -> AgentRoute | None:
        """How the agent is reached when a call does not say; None where there are no agents."""
        return AgentRoute(AgentVia.BROWSER, "") if self.agent is AgentsAt.BROWSER else self._phone_route()

    def next_route(self) -> AgentRoute | None:
        """Where an agent is looked for when nobody answers in a browser."""
        return self._phone_route() if self.agent is AgentsAt.BROWSER else None

    def _phone_route(self) -> AgentRoute | None:
        if self.flex_sip_domain is not None:
            return AgentRoute(AgentVia.FLEX_SIP, self.flex_sip_domain)
        if self.flex_number is not None:
            return AgentRoute(AgentVia.FLEX_NUMBER, self.flex_number)
        if self.agent_address is not None:
            return AgentRoute(AgentVia.DIRECT, self.agent_address)
        return None

    @property
    def api_url(self) -> str:
        """The REST API's origin, with the region and edge that are set."""
        if self.base_url is not None:
            return self.base_url
        region = self.region or ("us1" if self.edge else None)
        return "https://" + ".".join(part for part in ("api", self.edge, region, "twilio.com") if part)

    @property
    def taskrouter_url(self) -> str:
        """TaskRouter's origin; it is in one region only."""
        return self.base_url or "https://taskrouter.twilio.com"

    @property
    def auth_tokens(self) -> dict[str, tuple[str, ...]]:
        """Account sid to the auth tokens that sign its webhooks."""
        own = [self.auth_token] + ([self.auth_token_secondary] if self.auth_token_secondary else [])
        tokens = {account: (token,) for account, token in self._subaccount_tokens().items()}
        return tokens | {self.account_sid: tuple(token.get_secret_value() for token in own)}

    def credentials(self, account: str = "") -> Credentials:
        """For requests about `account`; an account that is not configured is taken for the main one."""
        if token := self._subaccount_tokens().get(account):
            return Credentials(account, token, account)
        if self.api_key is not None and self.api_secret is not None:
            return Credentials(self.api_key, self.api_secret.get_secret_value(), self.account_sid)
        return Credentials(self.account_sid, self.auth_token.get_secret_value(), self.account_sid)

    def _subaccount_tokens(self) -> dict[str, str]:
        return _pairs(self.subaccounts.get_secret_value()) if self.subaccounts else {}


def _sid(prefix: str, value: str) -> str:
    sid = value.strip()
    if not re.fullmatch(prefix + _SID_TAIL, sid):
        raise ValueError(f"is not {prefix} and 32 hex digits")
    return sid


def _base(value: str) -> str:
    """An origin without a path's last slash; plain http only to this machine, for the password goes with it."""
    parts = urlsplit(value.strip())
    host = parts.hostname or ""
    if parts.scheme not in ("http", "https") or not host or parts.query or parts.fragment or parts.username:
        raise ValueError("is not an http or https address")
    if parts.scheme == "http" and not is_loopback(host):
        raise ValueError("must be https: http is for this machine only, for the auth token goes with every request")
    return value.strip().rstrip("/")


def _pairs(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for place, pair in enumerate((one.strip() for one in text.split(",") if one.strip()), start=1):
        account, colon, token = pair.partition(":")
        if not colon or not token or not re.fullmatch("AC" + _SID_TAIL, account):
            raise ValueError(f"its entry {place} is not AC and 32 hex digits, a colon, and an auth token")
        pairs[account] = token
    return pairs


def _misfits(settings: TwilioSettings) -> list[str]:
    """What is wrong between settings that are right by themselves."""
    problems = []
    if (settings.api_key is None) != (settings.api_secret is None):
        there, missing = "TWILIO_API_KEY", "TWILIO_API_SECRET"
        if settings.api_key is None:
            there, missing = missing, there
        problems.append(f"{missing}: is missing though {there} is set. Set both, or neither.")
    flex = settings.flex_number or settings.flex_sip_domain
    if flex and settings.flex_workflow_sid is None:
        problems.append("TWILIO_FLEX_WORKFLOW_SID: is missing. Set the id of the workflow that finds an agent (WW...).")
    if not flex and settings.agent_address is None and settings.agent is AgentsAt.PHONE:
        problems.append(NO_ROUTE)
    if settings.agent is AgentsAt.NOWHERE and (flex or settings.agent_address is not None):
        problems.append("DRAGOMAN_AGENT: is none, but a way to an agent is set. Remove the one or the other.")
    if settings.flex_number is not None and settings.flex_number == settings.caller_number:
        problems.append("TWILIO_FLEX_NUMBER: is the same number as TWILIO_CALLER_NUMBER. Take two numbers.")
    if settings.base_url is not None and (settings.region or settings.edge):
        problems.append("TWILIO_BASE_URL: cannot go with TWILIO_REGION or TWILIO_EDGE. Set one or the other.")
    return problems
