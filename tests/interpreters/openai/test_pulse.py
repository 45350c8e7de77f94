from __future__ import annotations

import pytest

from dragoman.interpreters.openai.pulse import GAP_S, GONE_S, REGULAR, Pulse

pytestmark = pytest.mark.unit


def beaten(times: int, gap_s: float) -> tuple[Pulse, float]:
    pulse, now = Pulse(), 100.0
    for _ in range(times):
        now += gap_s
        pulse.heard(now)
        pulse.beat()
    return pulse, now


def test_a_regular_beat_that_stops_is_missed() -> None:
    pulse, now = beaten(REGULAR, 0.2)
    assert not pulse.gone(now + GONE_S)
    assert pulse.gone(now + GONE_S + 0.1)
    pulse.heard(now + GONE_S + 0.2)
    assert not pulse.gone(now + GONE_S + 0.3)


def test_a_beat_that_was_never_regular_is_not() -> None:
    assert not beaten(REGULAR - 1, 0.2)[0].gone(1000.0)
    assert not beaten(5 * REGULAR, GAP_S + 0.1)[0].gone(1000.0)


def test_other_messages_are_no_beat_but_keep_it_alive() -> None:
    pulse, now = beaten(REGULAR, 0.2)
    for _ in range(100):
        now += 1.0
        pulse.heard(now)
        assert not pulse.gone(now)
