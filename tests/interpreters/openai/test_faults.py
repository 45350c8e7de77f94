from __future__ import annotations

import pytest

from dragoman.domain.speech import TroubleKind
from dragoman.interpreters.openai.faults import FATAL, LONGEST_WAIT_S, explained, kind_of, kind_of_setup, known, wait_s

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


def test_every_kind_is_explained_with_what_was_seen() -> None:
    texts = {explained(kind, "HTTP 418") for kind in TroubleKind}
    assert len(texts) == len(TroubleKind)
    assert all(text.endswith("(HTTP 418)") for text in texts)
    assert "OPENAI_API_KEY" in explained(TroubleKind.AUTH, "")


@pytest.mark.parametrize(
    ("code", "family", "kind"),
    [
        ("invalid_api_key", None, TroubleKind.AUTH),
        ("server_error", "server_error", TroubleKind.UPSTREAM),
        (None, "server_error", TroubleKind.UPSTREAM),
        (None, "brand_new", TroubleKind.BAD_REQUEST),
        ("invalid_value", "invalid_request_error", TroubleKind.BAD_REQUEST),
    ],
)
def test_refused_configurations(code: str | None, family: str | None, kind: TroubleKind) -> None:
    assert kind_of_setup(code, family) is kind


def test_known_codes() -> None:
    assert known("insufficient_quota")
    assert not known("brand_new")
