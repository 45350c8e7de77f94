"""What a call cost, and what went wrong."""

from __future__ import annotations

import pytest

from dragoman.domain.speech import (
    Guarded,
    InterpreterEvent,
    Ready,
    Spent,
    SpokeAll,
    Trouble,
    TroubleKind,
    Unclear,
    Verdict,
)
from dragoman.observe.metrics import Metrics
from dragoman.relay.ledger import TROUBLES_KEPT, Ledger

pytestmark = pytest.mark.unit


def test_money_adds_up_and_the_limit_is_told() -> None:
    ledger = Ledger(Metrics(), max_usd=0.10)
    assert not ledger.note(Spent(0.06, estimate=False), "fake")
    assert not ledger.is_estimate
    assert ledger.note(Spent(0.04, estimate=True), "fake")
    assert ledger.usd == pytest.approx(0.10)
    assert ledger.is_estimate


def test_without_a_limit_nothing_is_too_dear() -> None:
    assert not Ledger(Metrics(), max_usd=0.0).note(Spent(1e6, estimate=False), "fake")


def test_troubles_are_kept_and_bounded() -> None:
    ledger = Ledger(Metrics(), 0.0)
    for _ in range(TROUBLES_KEPT + 5):
        ledger.note(Trouble(TroubleKind.NETWORK, "lost", fatal=False), "fake")
    assert ledger.troubles == ["network: lost"] * TROUBLES_KEPT


@pytest.mark.parametrize(
    ("event", "line"),
    [
        (Spent(0.5, estimate=False), 'dragoman_spent_usd_total{engine="fake"} 0.5'),
        (
            Trouble(TroubleKind.QUOTA, "none left", fatal=True),
            'dragoman_engine_trouble_total{engine="fake",kind="quota"} 1.0',
        ),
        (SpokeAll("u1"), 'dragoman_utterances_total{engine="fake"} 1.0'),
        (Unclear("u1", "noise"), 'dragoman_unclear_total{engine="fake"} 1.0'),
        (
            Guarded("u1", Verdict.ANSWERED, asked_again=True, played=False),
            'dragoman_guarded_total{engine="fake",verdict="answered"} 1.0',
        ),
    ],
)
def test_each_is_counted(event: InterpreterEvent, line: str) -> None:
    metrics = Metrics()
    ledger = Ledger(metrics, 0.0)
    ledger.note(event, "fake")
    ledger.note(Ready(), "fake")
    assert line in metrics.text().decode()


def test_one_estimate_makes_the_sum_one() -> None:
    ledger = Ledger(Metrics(), max_usd=0.0)
    ledger.note(Spent(0.1, estimate=True), "fake")
    ledger.note(Spent(0.1, estimate=False), "fake")
    assert ledger.is_estimate
