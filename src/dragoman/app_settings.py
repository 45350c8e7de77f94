"""The settings of the server itself. Each provider declares its own beside its code."""

from __future__ import annotations

import enum
import re
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

from pydantic import SecretStr, ValidationInfo, field_validator

from dragoman.dialling import address
from dragoman.domain.call import Length, Opening, Role
from dragoman.domain.control import KeyAction
from dragoman.domain.ear import OriginalMode
from dragoman.domain.manner import BargeIn, Interpreting, Manner
from dragoman.keys import USUAL, KeyMap, parse_keys
from dragoman.settings import Section, is_loopback, named
from dragoman.tokens import SECRET_MIN_LENGTH

_WITHIN = {
    "duck_db": (-40, 0),
    "lag_target_s": (0, 60),
    "lead_ms": (40, 1000),
    "long_turn_s": (0, 600),
}

ANNOUNCED = "caller=full agent=short"

AUTO = "auto"
"""The engine that follows from the languages, the glossary and the keys that are there."""

_NEW_SECRET = "make one with: python3 -c 'import secrets; print(secrets.token_urlsafe(32))'"  # noqa: S105 - advice


class Consent(enum.Enum):
    OFF = "off"
    """Nobody is asked: who stays on the line was told, and may hang up."""
    KEY = "key"
    """The caller must agree by key."""
    KEY_BOTH = "key-both"
    """Caller and agent must."""


_ASKED = {
    Consent.OFF: frozenset[Role](),
    Consent.KEY: frozenset({Role.CALLER}),
    Consent.KEY_BOTH: frozenset(Role),
}


class LogForm(enum.Enum):
    CONSOLE = "console"
    """Lines for a person."""
    JSON = "json"
    """One JSON object a line, for machines."""


class LogLevel(enum.Enum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class AppSettings(Section):
    """What `dragoman serve` needs to know besides the providers' sections."""

    engine: str = named(
        "DRAGOMAN_ENGINE",
        default=AUTO,
        help="which engine interprets: auto, translation, conversation, local, echo, or an installed engine's name",
    )
    public_url: str = named(
        "PUBLIC_URL",
        "NGROK_DOMAIN",
        "DOMAIN",
        "PUBLIC_BASE_URL",
        help="the address under which the carrier reaches this server, such as https://calls.example.com; with browser "
        "mode and no TWILIO_ setting it may be left out: this machine's own",
    )
    port: int = named("API_PORT", "PORT", default=5050, help="the port to listen on, 0 to 65535 (0: any free one)")
    host: str = named("DRAGOMAN_HOST", default="0.0.0.0", help="the address to listen on")
    secret: SecretStr = named(
        "DRAGOMAN_SECRET",
        help=f"what signs stream and panel tokens, {SECRET_MIN_LENGTH} characters or more; {_NEW_SECRET}; with browser "
        "mode and no TWILIO_ setting it may be left out: one is made and kept in the user's state folder",
    )
    api_token: SecretStr | None = named(
        "DRAGOMAN_API_TOKEN",
        default=None,
        help=f"the bearer token of /api and /metrics, {SECRET_MIN_LENGTH} characters or more; not set: they stay shut",
    )
    agent_language: str = named("DRAGOMAN_AGENT_LANGUAGE", default="en", help="the language that agents speak")
    languages: Path | None = named(
        "DRAGOMAN_LANGUAGES", default=None, help="a TOML file that adds, changes or takes away languages"
    )
    glossary: Path | None = named(
        "DRAGOMAN_GLOSSARY", default=None, help="a TOML file with terms, register and background of your calls"
    )
    notices: Path | None = named(
        "DRAGOMAN_NOTICES", default=None, help="a TOML file that replaces single sentences which parties hear from us"
    )
    forward_audio: bool = named(
        "FORWARD_AUDIO_BEFORE_TRANSLATION",
        default=False,
        help="true to let each party hear the other's own voice before the interpretation",
    )
    original: str = named(
        "DRAGOMAN_ORIGINAL",
        default="",
        help="how the other's own voice is heard: off, duck or full, or by ear, such as to_caller=duck to_agent=off; "
        "not set: off, or full with FORWARD_AUDIO_BEFORE_TRANSLATION",
    )
    interpreting: Interpreting = named(
        "DRAGOMAN_INTERPRETING",
        default=Interpreting.ON,
        help="what is interpreted when the talk begins: on, off, captions-only, to_caller or to_agent",
    )
    barge_in: BargeIn = named(
        "DRAGOMAN_BARGE_IN",
        default=BargeIn.LET_FINISH,
        help="what becomes of the interpreter's voice when its listener begins to speak: let-finish, stop or duck",
    )
    duck_db: float = named(
        "DRAGOMAN_DUCK_DB",
        default=-18.0,
        help="how much quieter the other's own voice is under the interpreter (duck), in dB, -40 to 0",
    )
    lag_target_s: float = named(
        "DRAGOMAN_LAG_TARGET_S",
        default=1.5,
        help="how far an ear may fall behind the engine before pauses are shortened and speech is played faster; "
        "0: however far",
    )
    lead_ms: int = named(
        "DRAGOMAN_LEAD_MS", default=120, help="how much unheard audio may lie at the carrier, 40 to 1000 milliseconds"
    )
    long_turn_s: float = named(
        "DRAGOMAN_LONG_TURN_S",
        default=25.0,
        help="who speaks for so long without a pause hears a soft sound that asks for one; 0: never",
    )
    echo_gate: bool = named(
        "DRAGOMAN_ECHO_GATE",
        default=True,
        help="false to interpret whatever a microphone hears, the interpreter's own voice too",
    )
    comfort: bool = named(
        "DRAGOMAN_COMFORT_SOUND", default=False, help="true for a very soft sound while a translation is under way"
    )
    hear_self: bool = named(
        "DRAGOMAN_HEAR_YOURSELF",
        default=False,
        help="true to let each party hear, quietly, what the interpreter makes of their words",
    )
    announce: str = named(
        "DRAGOMAN_ANNOUNCE",
        default=ANNOUNCED,
        help="what parties are told before the talk: full, short or off, for both or by role, such as "
        "caller=full agent=short; with off, tell them yourself",
    )
    consent: Consent = named(
        "DRAGOMAN_CONSENT",
        default=Consent.OFF,
        help="who must agree by pressing 1 before anything is interpreted: off, key (the caller) or key-both",
    )
    cache: Path | None = named(
        "DRAGOMAN_CACHE", default=None, help="the folder for rendered notices (default: the user's cache)"
    )
    cache_home: Path | None = named("XDG_CACHE_HOME", default=None, help="the user's cache folder (default ~/.cache)")
    keys: str = named(
        "DRAGOMAN_KEYS",
        default=USUAL,
        help="what keys do while the parties talk, for both or by side (caller: 0=person; agent: off); the actions "
        "are again, person, interpreting, pause-recording",
    )
    person: str = named(
        "DRAGOMAN_PERSON",
        default="",
        help="whom a party reaches who presses the key for a person: a number with +, a sip: or client: address; "
        "not set: nobody, and the announcement names no key",
    )
    frame_ancestors: str = named(
        "DRAGOMAN_FRAME_ANCESTORS",
        default="https://flex.twilio.com",
        help="whose pages may show a call's captions in a frame: origins such as https://flex.twilio.com, with spaces "
        "between them, or none; nothing else of ours may be framed by anybody",
    )
    log: LogForm = named("DRAGOMAN_LOG", default=LogForm.CONSOLE, help="the form of the log: console or json")
    log_level: LogLevel = named(
        "DRAGOMAN_LOG_LEVEL", default=LogLevel.INFO, help="what is logged: debug, info, warning or error"
    )
    log_pii: bool = named(
        "DRAGOMAN_LOG_PII", default=False, help="true to log speech, digits and numbers too: for a test line only"
    )
    records: Path | None = named(
        "DRAGOMAN_RECORDS",
        default=None,
        help="a folder in which a transcript of each call is kept; not set: none is kept",
    )

    @field_validator("engine")
    @classmethod
    def _engine_is_a_name(cls, value: str) -> str:
        name = value.strip().lower()
        if not re.fullmatch(r"[a-z][a-z0-9_-]*", name):
            raise ValueError("is not an engine's name")
        return name

    @field_validator("public_url")
    @classmethod
    def _public_url_is_an_origin(cls, value: str) -> str:
        return origin(value)

    @field_validator("port")
    @classmethod
    def _port_exists(cls, value: int) -> int:
        if not 0 <= value <= 65535:
            raise ValueError("is not a port")
        return value

    @field_validator("secret", "api_token")
    @classmethod
    def _secret_is_long(cls, value: SecretStr | None) -> SecretStr | None:
        if value is not None and len(value.get_secret_value()) < SECRET_MIN_LENGTH:
            raise ValueError(f"is shorter than {SECRET_MIN_LENGTH} characters")
        return value

    @field_validator("frame_ancestors")
    @classmethod
    def _ancestors_are_origins(cls, value: str) -> str:
        names = value.split()
        origins = ["'none'"] if not names or names == ["none"] else [origin(name) for name in names]
        if any(not re.fullmatch(r"'none'|https?://[a-z0-9.:\[\]-]+", one) for one in origins):
            raise ValueError("names no host")
        return " ".join(origins)

    @field_validator("original")
    @classmethod
    def _original_is_readable(cls, value: str) -> str:
        _originals(value)
        return value

    @field_validator(*_WITHIN)
    @classmethod
    def _is_within(cls, value: float, info: ValidationInfo) -> float:
        least, most = _WITHIN[info.field_name or ""]
        if not least <= value <= most:
            raise ValueError(f"is not between {least:g} and {most:g}")
        return value

    @field_validator("announce")
    @classmethod
    def _announce_is_readable(cls, value: str) -> str:
        _lengths(value)
        return value

    @field_validator("keys")
    @classmethod
    def _keys_are_readable(cls, value: str) -> str:
        parse_keys(value)
        return value

    @field_validator("person")
    @classmethod
    def _person_can_be_dialled(cls, value: str) -> str:
        return address(value) if value.strip() else ""

    @field_validator("log", "log_level", "interpreting", "barge_in", "consent", mode="before")
    @classmethod
    def _any_case(cls, value: object) -> object:
        return value.strip().lower() if isinstance(value, str) else value

    def manner(self) -> Manner:
        """How a call is carried as long as nobody asks for anything else."""
        usual = OriginalMode.FULL if self.forward_audio else OriginalMode.OFF
        given = _originals(self.original)
        return Manner(
            original_to_caller=given.get(TO_CALLER, usual),
            original_to_agent=given.get(TO_AGENT, usual),
            interpreting=self.interpreting,
            barge_in=self.barge_in,
        )

    def key_map(self) -> KeyMap:
        return parse_keys(self.keys)

    def person_keys(self) -> dict[Role, str]:
        """By role, the key that asks for a person, where there is one to be reached and a key for it."""
        if not self.person:
            return {}
        keys = self.key_map()
        return {role: key for role in Role if (key := keys.key(role, KeyAction.PERSON))}

    def opening(self, voiced: frozenset[str] | None) -> Opening:
        """What comes before interpreting; `voiced` as in `Opening`."""
        lengths = _lengths(self.announce)
        return Opening(
            caller=lengths.get(Role.CALLER.value, Length.FULL),
            agent=lengths.get(Role.AGENT.value, Length.SHORT),
            consent=_ASKED[self.consent],
            voiced=voiced,
        )

    @property
    def notices_folder(self) -> Path:
        """Where rendered notices are kept."""
        if self.cache is not None:
            return self.cache.expanduser() / "notices"
        home = self.cache_home if self.cache_home is not None else Path.home() / ".cache"
        return home / "dragoman" / "notices"


TO_CALLER, TO_AGENT = "to_caller", "to_agent"

_Choice = TypeVar("_Choice", bound=enum.Enum)


def _originals(text: str) -> dict[str, OriginalMode]:
    """`duck`, or `to_caller=duck to_agent=off`, by ear; raise ValueError that names the part."""
    return _by_side(text, OriginalMode, (TO_CALLER, TO_AGENT))


def _lengths(text: str) -> dict[str, Length]:
    """`short`, or `caller=full agent=off`; raise ValueError that names the part."""
    return _by_side(text, Length, (Role.CALLER.value, Role.AGENT.value))


def _by_side(text: str, choice: type[_Choice], sides: tuple[str, str]) -> dict[str, _Choice]:
    """One word for both sides, or `side=word` for each that is named; raise ValueError that names the part."""
    words = {str(one.value): one for one in choice}
    found: dict[str, _Choice] = {}
    for part in re.split(r"[\s,;]+", text.strip().lower()):
        side, equals, word = part.rpartition("=")
        if not part:
            continue
        if word not in words:
            raise ValueError(f"has {word!r}, which is none of {', '.join(words)}")
        if equals and side not in sides:
            raise ValueError(f"has {side!r}, which is neither {' nor '.join(sides)}")
        for one in [side] if equals else sides:
            if one in found:
                raise ValueError(f"says {one} twice")
            found[one] = words[word]
    return found


def origin(address: str) -> str:
    """`calls.example.com`, `https://calls.example.com/` and the like as `https://calls.example.com`; raise ValueError.

    `http://` is for loopback only: the carrier sends speech and signatures to this address.
    """
    text = address.strip()
    parts = urlsplit(text if "://" in text else f"https://{text}")
    if parts.scheme not in ("https", "http"):
        raise ValueError(f"begins with {parts.scheme}://; https:// is wanted")
    if not parts.hostname or parts.username or " " in parts.netloc:
        raise ValueError("names no host")
    if parts.path not in ("", "/") or parts.query or parts.fragment:
        raise ValueError("has a path; only the host (and port) is wanted")
    try:
        port = parts.port
    except ValueError:
        raise ValueError("has a port that does not exist") from None
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise ValueError("is plain http; https is needed except on this machine itself")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")
