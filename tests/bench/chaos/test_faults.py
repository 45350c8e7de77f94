"""The list of faults: what is garbage is garbage, and the goals are those that were asked for."""

from __future__ import annotations

import random
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bench.chaos import faults
from bench.chaos.faults import AWAY_S, FAULTS, GARBAGE
from bench.chaos.world import MOST_CALLS, TURN_S, WORD_MS, WORDS_EACH, World
from dragoman.domain.call import Role
from dragoman.interpreters.openai.emulator import Ending
from dragoman.telephony.twilio.emulator import Faults as CarrierFaults

pytestmark = pytest.mark.unit


class Life:
    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.endings: list[Ending] = []

    def send_raw(self, message: bytes) -> None:
        self.sent.append(message)

    def end(self, ending: Ending) -> None:
        self.endings.append(ending)


class Carrier:
    def __init__(self) -> None:
        self.faults = CarrierFaults()
        self.cut: list[str] = []
        self.slowed: list[tuple[str, float]] = []

    def cut_stream(self, sid: str) -> None:
        self.cut.append(sid)

    def slow_stream(self, sid: str, dwell_s: float) -> None:
        self.slowed.append((sid, dwell_s))


def world(lives: list[Life], carrier: Carrier, lines: int = 3) -> World:
    legs = [{role: SimpleNamespace(sid=f"{role.value}{number}") for role in Role} for number in range(lines)]
    fake: Any = SimpleNamespace(
        models=SimpleNamespace(open_lives=lives, faults=None),
        twilio=carrier,
        lines=[SimpleNamespace(legs=one) for one in legs],
        rng=random.Random(3),
        dialled=lines,
    )
    return cast("World", fake)


async def test_every_session_is_ended_and_gets_all_the_garbage() -> None:
    lives = [Life(), Life()]
    here = world(lives, Carrier())
    await faults.babble(here)
    assert [sorted(one.sent) for one in lives] == [sorted(GARBAGE)] * 2
    assert lives[0].sent != lives[1].sent
    await faults.end_sessions(Ending.MUTE)(here)
    assert [one.endings for one in lives] == [[Ending.MUTE]] * 2


async def test_streams_die_one_of_each_call_or_both_and_one_is_slow() -> None:
    carrier = Carrier()
    here = world([], carrier)
    await faults.drop_streams(here)
    assert sorted(sid[-1] for sid in carrier.cut) == ["0", "1", "2"]
    carrier.cut.clear()
    await faults.drop_both_streams(here)
    assert len(set(carrier.cut)) == 6
    await faults.slow_carrier(here)
    assert len(carrier.slowed) == 1


async def test_webhooks_are_told_twice_and_turned_round() -> None:
    carrier = Carrier()
    await faults.repeat_webhooks(world([], carrier))
    assert carrier.faults.callbacks_twice
    assert carrier.faults.callbacks_reordered
    assert carrier.faults.take("webhooks_twice")


def test_the_goals_are_those_of_the_issue() -> None:
    for name in ("kill-1006", "kill-1001", "kill-1011"):
        goals = FAULTS[name].goals
        assert (goals.recover_ms, goals.lost, goals.untranslated, goals.silence_ms) == (2000, False, False, 2000)
    assert FAULTS["kill-9"].goals.recover_ms == 5000
    assert all(fault.goals.silence_ms == 2000 for name, fault in FAULTS.items() if name.startswith(("refuse", "drop")))


def test_every_talk_goes_on_long_enough_after_its_fault() -> None:
    """Both parties begin a word after the fault is over, and there is time for it to be heard; words suffice."""
    for fault in FAULTS.values():
        shape = fault.shape
        away_s = AWAY_S if fault.goals in (faults.AWAY, faults.UNPAID) else 0.0
        assert shape.talk_s >= shape.fault_s + away_s + 2 * TURN_S
        assert shape.end_s >= shape.talk_s + WORD_MS / 1000 + 1.5
        assert shape.talk_s <= 2 * TURN_S * WORDS_EACH
    assert MOST_CALLS >= 10
