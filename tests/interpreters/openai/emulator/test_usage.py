"""Tokens: rounding, caching, and the two ways to bill a transcript."""

from __future__ import annotations

import pytest

from dragoman.interpreters.openai.emulator.usage import (
    Meter,
    Segment,
    heard_tokens,
    spoken_tokens,
    text_tokens,
    transcription_usage,
    usage_of,
)
from dragoman.interpreters.realtime.wire.items import DurationUsage, TokensUsage

pytestmark = pytest.mark.unit

START = Segment("instructions", text_tokens=10)
ONE = Segment("item_1", audio_tokens=20)
TWO = Segment("item_2", audio_tokens=5)


@pytest.mark.parametrize(("ms", "heard", "spoken"), [(0, 0, 0), (1, 1, 1), (100, 1, 2), (101, 2, 3), (2000, 20, 40)])
def test_a_begun_token_counts(ms: int, heard: int, spoken: int) -> None:
    assert (heard_tokens(ms), spoken_tokens(ms)) == (heard, spoken)


def test_text_is_four_letters_a_token() -> None:
    assert [text_tokens(one) for one in ("", "a", "abcd", "abcde")] == [0, 1, 1, 2]


def test_the_longest_shared_start_is_cached() -> None:
    meter = Meter()
    assert meter.cached((START, ONE)) == ()
    assert meter.cached((START, ONE, TWO)) == (START, ONE)
    assert meter.cached((START, TWO)) == (START,)
    assert meter.cached((START, ONE, TWO)) == (START, ONE, TWO)
    assert meter.cached((Segment("other", 10), ONE)) == ()


def test_a_changed_item_ends_the_cached_part() -> None:
    meter = Meter()
    meter.cached((START, ONE, TWO))
    assert meter.cached((START, Segment("item_1", audio_tokens=9), TWO)) == (START,)


def test_sums_agree() -> None:
    usage = usage_of((START, ONE, TWO), (START, ONE), "hello", 1000)
    heard, said = usage.input_token_details, usage.output_token_details
    assert heard is not None
    assert said is not None
    assert (heard.text_tokens, heard.audio_tokens, heard.cached_tokens) == (10, 25, 30)
    assert heard.cached_tokens_details is not None
    assert (heard.cached_tokens_details.text_tokens, heard.cached_tokens_details.audio_tokens) == (10, 20)
    assert (said.text_tokens, said.audio_tokens) == (2, 20)
    assert (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (35, 22, 57)


def test_transcripts_are_billed_by_the_model() -> None:
    assert transcription_usage("gpt-live-transcribe", 5058, "x") == DurationUsage(seconds=6)
    by_tokens = transcription_usage("gpt-4o-mini-transcribe", 5058, "hello")
    assert isinstance(by_tokens, TokensUsage)
    assert (by_tokens.input_tokens, by_tokens.output_tokens, by_tokens.total_tokens) == (51, 2, 53)
