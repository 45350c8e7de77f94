"""Settings of the OpenAI engines, and of any server that speaks their protocols."""

from __future__ import annotations

from pydantic import SecretStr, field_validator

from dragoman.interpreters.openai.endpoint import AuthStyle, Endpoint, checked_base_url
from dragoman.interpreters.realtime.wire.session_rules import VOICES
from dragoman.settings import Section, named

DEFAULT_BASE_URL = "https://api.openai.com/v1"
CONVERSATION_MODEL = "gpt-realtime-2.1-mini"
"""Current, and about as dear as the translation engine ($0.006 a minute heard, $0.024 spoken); the full
gpt-realtime-2.1 costs three times as much and is a setting away. Models before 2.x end on 2027-01-20."""
TRANSLATION_MODEL = "gpt-realtime-translate"
CONVERSATION_TRANSCRIPTION = "gpt-transcribe"
TRANSLATION_TRANSCRIPTION = "gpt-live-transcribe"
AUTO = "auto"
OFF = "off"


class OpenAISettings(Section):
    """How to reach the speech models and which to use."""

    api_key: SecretStr | None = named(
        "OPENAI_API_KEY", default=None, help="OpenAI API key; without one the embedded engine is used"
    )
    base_url: str = named(
        "OPENAI_BASE_URL",
        default=DEFAULT_BASE_URL,
        help="Any Realtime-compatible server, Azure too; http:// and ws:// only on this machine",
    )
    fallback_base_url: str | None = named(
        "OPENAI_FALLBACK_BASE_URL",
        default=None,
        help="a second Realtime-compatible server, tried when the first one fails (not set: the same, where there is a "
        "second key)",
    )
    fallback_api_key: SecretStr | None = named(
        "OPENAI_FALLBACK_API_KEY", default=None, help="the key for the second server, or a second key for the first"
    )
    auth_header: AuthStyle = named(
        "OPENAI_AUTH_HEADER",
        default=AuthStyle.AUTO,
        help="How the key is sent: bearer, api-key, or auto (api-key at Azure, bearer elsewhere)",
    )
    conversation_model: str = named(
        "OPENAI_CONVERSATION_MODEL",
        default=CONVERSATION_MODEL,
        help="Model (at Azure: deployment) of the conversation engine",
    )
    translation_model: str = named(
        "OPENAI_TRANSLATION_MODEL",
        default=TRANSLATION_MODEL,
        help="Model (at Azure: deployment) of the translation engine",
    )
    transcription_model: str = named(
        "OPENAI_TRANSCRIPTION_MODEL",
        default=AUTO,
        help="Model that writes down what was said (captions, output guard): auto, off, or a name",
    )
    speech_model: str = named(
        "OPENAI_SPEECH_MODEL", default="gpt-4o-mini-tts", help="Text-to-speech model for fixed announcements"
    )
    voice: str = named(
        "OPENAI_VOICE",
        default="marin",
        help="Interpreter's voice where the engine lets one choose and the language names none",
    )
    translation_usd_per_minute: float = named(
        "OPENAI_TRANSLATION_USD_PER_MINUTE",
        default=0.034,
        help="Price of a minute of a translation session, for the cost estimate",
    )

    @field_validator("base_url", "fallback_base_url")
    @classmethod
    def _url(cls, value: str | None) -> str | None:
        return None if value is None else checked_base_url(value)

    @field_validator("voice")
    @classmethod
    def _voice(cls, value: str) -> str:
        if value not in VOICES:
            raise ValueError(f"must be one of {', '.join(VOICES)}")
        return value

    @field_validator("conversation_model", "translation_model", "transcription_model", "speech_model")
    @classmethod
    def _model(cls, value: str) -> str:
        if not value.strip() or any(char.isspace() for char in value.strip()):
            raise ValueError("must be a model's name without blanks")
        return value.strip()

    @field_validator("translation_usd_per_minute")
    @classmethod
    def _price(cls, value: float) -> float:
        if not 0 <= value <= 100:
            raise ValueError("must be between 0 and 100 dollars")
        return value

    @property
    def configured(self) -> bool:
        """Whether there is anything to talk to: a key, or a server of one's own that may need none."""
        return self.api_key is not None or self.base_url != DEFAULT_BASE_URL

    def endpoint(self) -> Endpoint:
        """The server with its key."""
        key = self.api_key.get_secret_value() if self.api_key is not None else ""
        return Endpoint(self.base_url, key, self.auth_header)

    def fallback_endpoint(self) -> Endpoint | None:
        """The second server, or the first one with the second key; None where neither is set."""
        if self.fallback_base_url is None and self.fallback_api_key is None:
            return None
        key = self.fallback_api_key or self.api_key
        return Endpoint(
            self.fallback_base_url or self.base_url, key.get_secret_value() if key is not None else "", self.auth_header
        )

    def transcription_for(self, default: str) -> str:
        """The transcription model for an engine whose own choice is `default`; "" for none."""
        match self.transcription_model:
            case "auto":
                return default
            case "off":
                return ""
            case model:
                return model
