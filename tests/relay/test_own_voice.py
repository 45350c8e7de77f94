"""The assistant's voice in an ear: what was heard of it, and what was not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.effects import Clear, LaneEffect, Mark, Play
from dragoman.relay.ear import Ear
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.line_delay import PREFIX
from dragoman.relay.own_voice import OwnVoice
from dragoman.relay.turn_times import Turns

pytestmark = pytest.mark.unit

BEGAN = 100.0
SOUND = b"\x20" * 8000


class Place:
    """An ear that is here, and the first second of an item in it."""

    def __init__(self, *, here: bool = True) -> None:
        self.ear = Ear(AudioFormat.PCMU_8K, EarPlan(lag_target_ms=0), gate=None)
        self.turns = Turns()
        self.voice = OwnVoice(self.ear, self.turns, BEGAN, None)
        if here:
            self.voice.joined()
        label = self.voice.items.label("i1")
        assert label is not None
        self.turns.delta(label, 0.0, fixed=False)
        self.sent: Sequence[LaneEffect] = self.voice.out(self.ear.give(SOUND, label, BEGAN), BEGAN)

    def tick(self, now: float) -> None:
        self.sent = self.voice.out(self.ear.tick(now), now)


def marks(effects: Sequence[LaneEffect]) -> list[str]:
    return [one.name for one in effects if isinstance(one, Mark)]


def test_sound_goes_out_with_a_mark_that_measures_its_way() -> None:
    place = Place()
    assert any(isinstance(one, Play) for one in place.sent)
    (measures,) = [name for name in marks(place.sent) if name.startswith(PREFIX)]
    assert not place.voice.reached(measures, BEGAN + 0.05), "of no sound"
    assert place.turns.all[0].first_sent_s == 0.0


def test_nothing_is_sent_to_an_ear_that_is_not_here() -> None:
    assert Place(here=False).sent == ()


def test_what_was_heard_of_an_item_that_is_cut_off_is_told() -> None:
    place = Place()
    for tick in range(1, 21):
        place.tick(BEGAN + tick * 0.02)
    silence, heard_ms = place.voice.cut_off(BEGAN + 0.4)
    assert any(isinstance(one, Clear) for one in silence)
    assert heard_ms["i1"] == pytest.approx(400, abs=60)
    assert place.turns.all[0].cut
    assert place.voice.items.label("i1") is None, "no more of it is heard"


def test_who_is_not_here_need_not_be_silenced() -> None:
    place = Place(here=False)
    assert place.voice.cut_off(BEGAN + 0.4) == ((), {"i1": 0})


def test_a_mark_of_sound_says_that_it_was_heard() -> None:
    place = Place()
    place.voice.items.ended("i1")
    names: list[str] = []
    for tick in range(1, 70):
        place.tick(BEGAN + tick * 0.02)
        names += [name for name in marks(place.sent) if not name.startswith(PREFIX)]
    assert [place.voice.reached(name, BEGAN + 1.4) for name in names] == [True] * len(names)
    assert place.turns.all[0].heard_s == pytest.approx(1.0, abs=0.5)
    assert place.voice.items.heard(BEGAN + 1.4, 0.0)
    assert place.voice.noted([]) == {}
