"""How many tokens a response costs, by the documented rules. Pure.

Heard audio is one token per 100 ms, spoken audio one per 50 ms; a token of text is about four letters. Each response
reads its whole input again; what it shares, from the start, with an earlier response of the session is cached.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass

from dragoman.interpreters.realtime.wire.items import (
    CachedTokens,
    DurationUsage,
    InputTokens,
    OutputTokens,
    TokensUsage,
    Usage,
)

HEARD_MS_PER_TOKEN = 100
SPOKEN_MS_PER_TOKEN = 50
LETTERS_PER_TOKEN = 4
REMEMBERED = 32
"""Contexts of earlier responses that may be found again."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of a response's input: `key` changes when its content does."""

    key: str
    text_tokens: int = 0
    audio_tokens: int = 0


Context = tuple[Segment, ...]


def text_tokens(text: str) -> int:
    return math.ceil(len(text) / LETTERS_PER_TOKEN)


def heard_tokens(ms: int) -> int:
    return math.ceil(ms / HEARD_MS_PER_TOKEN)


def spoken_tokens(ms: int) -> int:
    return math.ceil(ms / SPOKEN_MS_PER_TOKEN)


class Meter:
    """Counts for one session; remembers contexts to know what is cached."""

    def __init__(self) -> None:
        self._seen: deque[Context] = deque(maxlen=REMEMBERED)

    def cached(self, context: Context) -> Context:
        """The longest start that `context` shares with one before it; from now on `context` counts as seen."""
        longest = max((_shared(context, before) for before in self._seen), default=0)
        self._seen.append(context)
        return context[:longest]


def usage_of(context: Context, cached: Context, text: str, spoken_ms: int) -> Usage:
    """The usage of a response that read `context` and said `text` in `spoken_ms` of audio."""
    heard = InputTokens(
        text_tokens=sum(one.text_tokens for one in context),
        audio_tokens=sum(one.audio_tokens for one in context),
        image_tokens=0,
        cached_tokens=sum(one.text_tokens + one.audio_tokens for one in cached),
        cached_tokens_details=CachedTokens(
            text_tokens=sum(one.text_tokens for one in cached),
            audio_tokens=sum(one.audio_tokens for one in cached),
            image_tokens=0,
        ),
    )
    said = OutputTokens(text_tokens=text_tokens(text), audio_tokens=spoken_tokens(spoken_ms))
    total_in = sum(one.text_tokens + one.audio_tokens for one in context)
    total_out = text_tokens(text) + spoken_tokens(spoken_ms)
    return Usage(
        total_tokens=total_in + total_out,
        input_tokens=total_in,
        output_tokens=total_out,
        input_token_details=heard,
        output_token_details=said,
    )


def transcription_usage(model: str, ms: int, transcript: str) -> TokensUsage | DurationUsage:
    """Models of the gpt-4o family bill tokens, all others seconds, rounded up for each commit, silence included."""
    if not model.startswith("gpt-4o"):
        return DurationUsage(seconds=math.ceil(ms / 1000))
    heard, written = heard_tokens(ms), text_tokens(transcript)
    return TokensUsage(
        input_tokens=heard,
        output_tokens=written,
        total_tokens=heard + written,
        input_token_details=InputTokens(text_tokens=0, audio_tokens=heard),
    )


def _shared(one: Context, other: Context) -> int:
    length = 0
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            break
        length += 1
    return length
