"""When a lost interpreter is tried again."""

from __future__ import annotations

import pytest

from dragoman.domain.speech import TroubleKind
from dragoman.relay.retry import FINAL, Retry

pytestmark = pytest.mark.unit


def test_waits_double_up_to_the_most_and_then_it_is_given_up() -> None:
    retry = Retry(first_s=0.25, most_s=1.0, tries=4)
    waits = [retry.delay_s(failed, TroubleKind.NETWORK, jitter=1.0) for failed in range(1, 6)]
    assert waits == [0.25, 0.5, 1.0, 1.0, None]


def test_jitter_shortens_by_a_quarter_at_most() -> None:
    assert Retry().delay_s(1, TroubleKind.NETWORK, jitter=0.0) == 0.25 * 0.75


@pytest.mark.parametrize("why", list(TroubleKind))
def test_what_will_not_get_better_is_not_tried_again(why: TroubleKind) -> None:
    assert (Retry().delay_s(1, why, jitter=0.5) is None) == (why in FINAL)
    assert TroubleKind.EXPIRED not in FINAL
