"""What lies at the carrier, and what marks teach about it."""

from __future__ import annotations

import pytest

from dragoman.relay.ear_clock import LATEST_S, LOST_S, PLAYED_LATE_S, EarClock

pytestmark = pytest.mark.unit


def test_what_is_sent_is_played_one_after_the_other() -> None:
    clock = EarClock()
    clock.sent("c1", 0.06, 1.0)
    clock.sent("c2", 0.04, 1.0)
    assert clock.ahead_s(1.0) == pytest.approx(0.1)
    assert clock.ahead_s(2.0) == 0.0
    assert clock.next_heard_at(1.0) == pytest.approx(1.1 + PLAYED_LATE_S)


def test_the_ear_is_later_than_the_carriers_buffer() -> None:
    clock = EarClock()
    clock.sent("c1", 0.06, 1.0)
    clock.sent("", 0.02, 1.0)
    clock.sent("c2", 0.04, 1.0)
    unheard = clock.unheard_ms(1.05 + PLAYED_LATE_S)
    assert unheard == pytest.approx({"c1": 10.0, "c2": 40.0})


def test_marks_teach_how_late_the_ear_is() -> None:
    clock = EarClock()
    for number in range(20):
        clock.sent("c1", 0.1, float(number))
        assert clock.reached(clock.mark("c1"), number + 0.1 + 0.25) == "c1"
    assert clock.late_s == pytest.approx(0.25, abs=0.01)


@pytest.mark.parametrize("late_s", [-0.5, LATEST_S + 0.1])
def test_a_mark_that_cannot_be_true_teaches_nothing(late_s: float) -> None:
    clock = EarClock()
    clock.sent("c1", 0.1, 5.0)
    assert clock.reached(clock.mark("c1"), 5.1 + late_s) == "c1"
    assert clock.late_s == PLAYED_LATE_S


def test_unknown_repeated_and_voided_marks_have_no_label() -> None:
    clock = EarClock()
    name, other = clock.mark("c1"), clock.mark("c2")
    assert clock.reached("nobody's", 0.0) is None
    assert (clock.reached(name, 0.0), clock.reached(name, 0.0)) == ("c1", None)
    assert clock.awaited == ["c2"]
    clock.restart()
    assert clock.reached(other, 0.0) is None
    assert clock.mark("c3") not in (name, other)


def test_a_restart_empties_the_buffer() -> None:
    clock = EarClock()
    clock.sent("c1", 10.0, 0.0)
    clock.restart()
    assert clock.ahead_s(0.0) == 0.0
    assert clock.unheard_ms(0.0) == {}
    assert clock.unheard_of(lambda _label: True, 0.0) == 0.0


def test_what_others_lie_between_is_counted_together() -> None:
    clock = EarClock()
    for label in ("c1", "c2", "c1", "", "c1"):
        clock.sent(label, 0.02, 1.0)
    assert clock.unheard_ms(1.0) == pytest.approx({"c1": 60.0, "c2": 20.0})
    assert clock.unheard_of(lambda label: label == "c1", 1.0) == pytest.approx(60.0)
    assert clock.unheard_of(lambda _label: True, 1.0) == pytest.approx(80.0)
    assert clock.unheard_ms(1.03 + PLAYED_LATE_S) == pytest.approx({"c1": 40.0, "c2": 10.0})


def test_a_mark_that_is_very_late_will_not_come() -> None:
    clock = EarClock()
    clock.sent("notice.1", 2.0, 0.0)
    clock.mark("notice.1")
    assert clock.overdue(2.0 + LOST_S) == set()
    assert clock.overdue(2.1 + LOST_S) == {"notice.1"}
    clock.restart()
    assert clock.overdue(100.0) == set()


def test_marks_that_never_come_back_are_not_kept_for_ever() -> None:
    clock = EarClock()
    for number in range(1000):
        clock.sent("a", 0.02, float(number))
        clock.mark("a")
    assert len(clock.awaited) <= 2 * LOST_S + 1


def test_the_label_of_what_was_sent_last() -> None:
    clock = EarClock()
    assert clock.sent_label == ""
    clock.sent("c1", 0.02, 0.0)
    clock.sent("c2", 0.02, 0.0)
    assert clock.sent_label == "c2"
