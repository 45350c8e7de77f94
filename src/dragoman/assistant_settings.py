"""The settings of the assistant: whose personas, which text model thinks for the embedded engine, where messages go."""

from __future__ import annotations

from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

from pydantic import SecretStr, field_validator, model_validator

from dragoman.settings import Section, is_loopback, named


class AssistantSettings(Section):
    """Who answers, what thinks, and where messages of callers go (docs/howto/personas.md)."""

    personas: Path | None = named(
        "DRAGOMAN_PERSONAS",
        default=None,
        help="a folder of TOML files, one for each assistant; not set: the shipped reception desk answers",
    )
    mind_url: str = named(
        "DRAGOMAN_MIND_URL",
        default="",
        help="an OpenAI-compatible text endpoint that thinks where the embedded engine listens and speaks, such as "
        "http://localhost:11434/v1; not set: the FAQ and the declared patterns alone",
    )
    mind_model: str = named("DRAGOMAN_MIND_MODEL", default="", help="the text model at DRAGOMAN_MIND_URL")
    mind_api_key: SecretStr | None = named(
        "DRAGOMAN_MIND_API_KEY", default=None, help="the key for DRAGOMAN_MIND_URL, where it asks for one"
    )
    messages: Path | None = named(
        "DRAGOMAN_MESSAGES",
        default=None,
        help="the file to which messages of callers are added, one JSON object a line; not set: messages.jsonl in the "
        "user's state folder",
    )

    @field_validator("mind_url")
    @classmethod
    def _reached_safely(cls, value: str) -> str:
        text = value.strip().rstrip("/")
        if not text:
            return ""
        parts = urlsplit(text)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise ValueError("must be a URL like http://localhost:11434/v1")
        if parts.scheme == "http" and not is_loopback(parts.hostname):
            raise ValueError("must begin with https:// (http:// is for a server on this machine only)")
        if parts.username or parts.password:
            raise ValueError("must not contain a user or password; set DRAGOMAN_MIND_API_KEY instead")
        return text

    @field_validator("mind_model")
    @classmethod
    def _one_word(cls, value: str) -> str:
        if len(value.split()) > 1:
            raise ValueError("must be a model's name without blanks")
        return value.strip()

    @model_validator(mode="after")
    def _model_for_the_mind(self) -> Self:
        if self.mind_url and not self.mind_model:
            raise ValueError("DRAGOMAN_MIND_MODEL: is missing. DRAGOMAN_MIND_URL is set: say which model is to think")
        return self

    def messages_file(self, state_home: Path | None) -> Path:
        """Where messages are kept; `state_home` as the settings of the process have it."""
        if self.messages is not None:
            return self.messages.expanduser()
        home = state_home if state_home is not None else Path.home() / ".local" / "state"
        return home.expanduser() / "dragoman" / "messages.jsonl"
