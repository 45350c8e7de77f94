"""When a lost interpreter is tried again."""

from __future__ import annotations

import pytest

from dragoman.domain.speech import TroubleKind
from dragoman.relay.retry import FINAL, Retry

pytestmark = pytest.mark.unit

NETWORK = TroubleKind.NETWORK


def test_nearly_at_once_then_ever_later_up_to_the_most() -> None:
    retry = Retry(at_once_s=0.1, first_s=0.5, factor=2.0, most_s=3.0)
    waits = [retry.delay_s(failed, NETWORK, jitter=1.0) for failed in range(1, 7)]
    assert waits == [0.1, 0.5, 1.0, 2.0, 3.0, 3.0]


def test_jitter_halves_at_most() -> None:
    retry = Retry()
    assert retry.delay_s(3, NETWORK, jitter=0.0) == retry.delay_s(3, NETWORK, jitter=1.0) / 2


@pytest.mark.parametrize("why", [kind for kind in TroubleKind if kind in FINAL])
def test_what_somebody_has_to_mend_is_tried_seldom(why: TroubleKind) -> None:
    retry = Retry(mended_s=20.0, seldom_s=100.0)
    assert [retry.delay_s(failed, why, jitter=1.0) for failed in (1, 2, 3, 4, 9)] == [20, 40, 80, 100, 100]


def test_what_mends_itself_is_not_among_it() -> None:
    assert {NETWORK, TroubleKind.EXPIRED, TroubleKind.RATE_LIMIT, TroubleKind.UPSTREAM}.isdisjoint(FINAL)


def test_never_before_the_server_wants_it() -> None:
    retry = Retry(seldom_s=100.0)
    assert retry.delay_s(1, TroubleKind.RATE_LIMIT, 1.0, retry_after_s=7.0) == 7.0
    assert retry.delay_s(9, NETWORK, 1.0, retry_after_s=0.5) == retry.most_s
    assert retry.delay_s(1, NETWORK, 1.0, retry_after_s=1e9) == 100.0, "nobody is believed everything"


def test_a_thousand_failures_are_no_overflow() -> None:
    assert Retry().delay_s(100_000, NETWORK, jitter=1.0) == Retry().most_s
