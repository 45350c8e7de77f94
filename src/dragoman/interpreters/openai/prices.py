"""What sessions cost: exact from the vendor's usage, estimated from audio lengths where it tells none."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field
from importlib import resources
from typing import Any

from dragoman.domain.speech import Tokens
from dragoman.interpreters.realtime.wire.items import (
    CachedTokens,
    DurationUsage,
    InputTokens,
    OutputTokens,
    TranscriptionUsage,
    Usage,
)

HEARD_TOKENS_PER_S = 10
SPOKEN_TOKENS_PER_S = 20
MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class TokenPrice:
    """US dollars per million tokens."""

    text_in: float
    text_cached: float
    text_out: float
    audio_in: float
    audio_cached: float
    audio_out: float


@dataclass(frozen=True, slots=True)
class Cost:
    """US dollars; `estimate` when the vendor's figures did not say all."""

    usd: float
    estimate: bool


@dataclass(frozen=True, slots=True)
class Prices:
    """The price table. A model that is not in it costs what is not known: None."""

    tokens: dict[str, TokenPrice] = field(default_factory=dict)
    minutes: dict[str, float] = field(default_factory=dict)

    def per_minute(self, model: str) -> float | None:
        return self.minutes.get(model)

    def of_response(self, model: str, usage: Usage | None) -> Cost | None:
        """One `response.done`; None when the model or the usage is not known ("unpriced", never free)."""
        price = self.tokens.get(model)
        if price is None or usage is None or usage.input_token_details is None or usage.output_token_details is None:
            return None
        return _priced(price, usage.input_token_details, usage.output_token_details)

    def of_transcription(self, model: str, usage: TranscriptionUsage | None) -> Cost | None:
        """One transcribed utterance, where it is billed by the minute."""
        rate = self.minutes.get(model)
        return Cost(usage.seconds / 60 * rate, False) if rate is not None and isinstance(usage, DurationUsage) else None

    def guess(self, model: str, heard_s: float, spoken_s: float) -> Cost | None:
        """About what a response cost of which no usage came."""
        price = self.tokens.get(model)
        if price is None:
            return None
        total = heard_s * HEARD_TOKENS_PER_S * price.audio_in + spoken_s * SPOKEN_TOKENS_PER_S * price.audio_out
        return Cost(total / MILLION, True)


def tokens_of(usage: Usage | None) -> Tokens:
    """What the vendor counted for one response, as far as it told."""
    if usage is None:
        return Tokens()
    heard, spoken = usage.input_token_details or InputTokens(), usage.output_token_details or OutputTokens()
    cached, _ = _cached(heard)
    return Tokens(
        text_in=heard.text_tokens or 0,
        text_cached=cached.text_tokens or 0,
        audio_in=heard.audio_tokens or 0,
        audio_cached=cached.audio_tokens or 0,
        text_out=spoken.text_tokens or 0,
        audio_out=spoken.audio_tokens or 0,
    )


def _priced(price: TokenPrice, heard: InputTokens, spoken: OutputTokens) -> Cost:
    cached, estimate = _cached(heard)
    text, audio = heard.text_tokens or 0, heard.audio_tokens or 0
    cached_text, cached_audio = cached.text_tokens or 0, cached.audio_tokens or 0
    total = (
        max(0, text - cached_text) * price.text_in
        + cached_text * price.text_cached
        + max(0, audio - cached_audio) * price.audio_in
        + cached_audio * price.audio_cached
        + (spoken.text_tokens or 0) * price.text_out
        + (spoken.audio_tokens or 0) * price.audio_out
    )
    return Cost(total / MILLION, estimate)


def _cached(heard: InputTokens) -> tuple[CachedTokens, bool]:
    """The cached tokens by kind, and whether that is a guess (they are counted as text first)."""
    if heard.cached_tokens_details is not None or not heard.cached_tokens:
        return heard.cached_tokens_details or CachedTokens(), False
    text = min(heard.cached_tokens, heard.text_tokens or 0)
    return CachedTokens(text_tokens=text, audio_tokens=heard.cached_tokens - text), True


def prices_date() -> str:
    """The day of the table in `prices.toml`, as 2026-11-21."""
    return str(_table()["as_of"])


def shipped_prices() -> Prices:
    """The table in `prices.toml`."""
    table = _table()
    return Prices({model: TokenPrice(**row) for model, row in table["tokens"].items()}, dict(table["minutes"]))


def _table() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("prices.toml").read_text(encoding="utf-8"))
