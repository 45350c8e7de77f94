from __future__ import annotations

import pytest

from dragoman.domain.speech import TroubleKind
from dragoman.interpreters.openai.faults import FATAL, LONGEST_WAIT_S, kind_of, wait_s

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("code", "family", "kind"),
    [
        ("rate_limit_exceeded", None, TroubleKind.RATE_LIMIT),
        ("slow_down", None, TroubleKind.RATE_LIMIT),
        ("insufficient_quota", None, TroubleKind.QUOTA),
        ("invalid_api_key", None, TroubleKind.AUTH),
        ("session_expired", None, TroubleKind.EXPIRED),
        (None, "server_error", TroubleKind.UPSTREAM),
        ("brand_new", "invalid_request_error", TroubleKind.BAD_REQUEST),
        ("brand_new", None, TroubleKind.UPSTREAM),
    ],
)
def test_codes(code: str | None, family: str | None, kind: TroubleKind) -> None:
    assert kind_of(code, family) is kind


def test_what_cannot_get_better_is_fatal() -> None:
    assert {TroubleKind.AUTH, TroubleKind.QUOTA, TroubleKind.EXPIRED} == FATAL


@pytest.mark.parametrize(
    ("message", "seconds"),
    [
        ("Please try again in 1.5s.", 1.5),
        ("Please try again in 200ms.", 0.2),
        ("Please try again in 90s.", LONGEST_WAIT_S),
        ("Please try again in 0s.", 0.05),
        ("Later.", 1.0),
        (None, 1.0),
    ],
)
def test_hints_of_when_to_try_again(message: str | None, seconds: float) -> None:
    assert wait_s(message) == pytest.approx(seconds)
