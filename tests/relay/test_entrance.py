"""One entrance for calls of all kinds: limits count them together, and so does the day's money."""

from __future__ import annotations

import pytest

from dragoman.errors import Refused
from dragoman.observe.metrics import Metrics
from dragoman.relay.admission import Asking, Limits
from dragoman.relay.entrance import Entrance, today

pytestmark = pytest.mark.unit


def entrance(**limits: float) -> tuple[Entrance, Metrics]:
    metrics = Metrics()
    return Entrance(Limits(**limits), str, metrics, lambda: 1000.0), metrics  # type: ignore[arg-type] # by name


def test_calls_of_all_kinds_fill_the_node() -> None:
    door, metrics = entrance(max_calls=2)
    for call_id in ("interpreted", "assistant"):
        door.admit(Asking())
        door.enter(call_id, Asking())
    with pytest.raises(Refused, match="too many calls at once"):
        door.admit(Asking())
    assert 'dragoman_calls_refused_total{reason="max-calls"} 1.0' in metrics.text().decode()
    door.leave("assistant")
    door.admit(Asking())


def test_a_call_that_goes_over_to_another_kind_comes_once() -> None:
    door, _ = entrance(calls_per_number_minute=2)
    ana = Asking("", "+15550100")
    door.admit(ana)
    door.enter("assistant", ana)
    door.enter("interpreted", ana, came=False)
    door.leave("assistant")
    door.admit(ana)
    door.enter("second", ana)
    with pytest.raises(Refused, match="too many calls a minute"):
        door.admit(ana)


def test_the_days_money_is_that_of_all_engines_and_of_who_spent_before() -> None:
    door, metrics = entrance(max_usd_per_day=1.0)
    metrics.spent("one", 0.3)
    metrics.spent("other", 0.3)
    door.admit(Asking())
    day, usd = door.purse.owed(today())
    door.purse.told(day, usd, usd + 0.5)
    with pytest.raises(Refused, match="spending limit"):
        door.admit(Asking())
