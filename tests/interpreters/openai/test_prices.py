from __future__ import annotations

import pytest

from dragoman.domain.speech import Tokens
from dragoman.interpreters.openai.prices import Cost, Prices, TokenPrice, shipped_prices, tokens_of
from dragoman.interpreters.realtime.wire.items import (
    CachedTokens,
    DurationUsage,
    InputTokens,
    OutputTokens,
    TokensUsage,
    Usage,
)

pytestmark = pytest.mark.unit

PRICES = Prices({"m": TokenPrice(1, 0.1, 2, 10, 1, 20)}, {"t": 0.06})


def cost(heard: InputTokens, spoken: OutputTokens) -> Cost:
    found = PRICES.of_response("m", Usage(input_token_details=heard, output_token_details=spoken))
    assert found is not None
    return found


def test_cached_tokens_cost_less() -> None:
    found = cost(InputTokens(100, 50, 0, 70, CachedTokens(60, 10, 0)), OutputTokens(5, 40))
    assert not found.estimate
    assert found.usd * 1e6 == pytest.approx(40 * 1 + 60 * 0.1 + 40 * 10 + 10 * 1 + 5 * 2 + 40 * 20)


def test_cached_tokens_of_unknown_kind_are_counted_as_text_first() -> None:
    found = cost(InputTokens(100, 50, 0, 120), OutputTokens(0, 0))
    assert found.estimate
    assert found.usd * 1e6 == pytest.approx(100 * 0.1 + 30 * 10 + 20 * 1)


def test_every_member_may_be_missing() -> None:
    assert cost(InputTokens(), OutputTokens()) == Cost(0.0, estimate=False)
    assert cost(InputTokens(cached_tokens=5), OutputTokens()).usd * 1e6 == pytest.approx(5)


@pytest.mark.parametrize("usage", [None, Usage(), Usage(input_token_details=InputTokens())])
def test_missing_usage_is_unpriced_and_not_free(usage: Usage | None) -> None:
    assert PRICES.of_response("m", usage) is None


def test_an_unknown_model_is_unpriced() -> None:
    usage = Usage(input_token_details=InputTokens(1), output_token_details=OutputTokens(1))
    assert PRICES.of_response("x", usage) is None
    assert PRICES.guess("x", 1, 1) is None
    assert PRICES.per_minute("x") is None


def test_a_guess_goes_by_length() -> None:
    assert PRICES.guess("m", 2.0, 3.0) == Cost(pytest.approx(2 * 10 * 10 / 1e6 + 3 * 20 * 20 / 1e6), estimate=True)  # type: ignore[arg-type]


def test_transcription_by_the_minute() -> None:
    found = PRICES.of_transcription("t", DurationUsage(30))
    assert found is not None
    assert found.usd == pytest.approx(0.03)
    assert PRICES.of_transcription("t", TokensUsage(1, 1, 2)) is None
    assert PRICES.of_transcription("t", None) is None
    assert PRICES.of_transcription("x", DurationUsage(1)) is None


def test_the_shipped_table() -> None:
    prices = shipped_prices()
    assert prices.per_minute("gpt-realtime-translate") == 0.034
    minute = prices.guess("gpt-realtime-2.1-mini", 60, 60)
    assert minute is not None
    assert minute.usd == pytest.approx(0.006 + 0.024)


def test_tokens_are_told_by_kind() -> None:
    usage = Usage(
        input_token_details=InputTokens(100, 50, 0, 70, CachedTokens(60, 10, 0)),
        output_token_details=OutputTokens(5, 40),
    )
    assert tokens_of(usage) == Tokens(100, 60, 50, 10, 5, 40)
    assert tokens_of(usage) + Tokens(1, 0, 0, 0, 0, 2) == Tokens(101, 60, 50, 10, 5, 42)
    assert tokens_of(None) == tokens_of(Usage()) == Tokens()
