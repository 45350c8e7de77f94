"""When the people of the demo begin to talk."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cache

import pytest

from dragoman.cli.demo.opening import LATEST_S, Opening
from dragoman.domain import call
from dragoman.domain.call import NO_OPENING, Length, Role
from dragoman.notices import Notices
from tests.fakes.relay_parts import setup
from tests.fakes.tracks import track

pytestmark = pytest.mark.unit

ANSWERED_S = 5.0
BOTH = call.Opening(Length.FULL, Length.SHORT)
ANNOUNCEMENT = "Una inteligencia artificial interpreta esta llamada."


@cache
def sound(sounds: tuple[tuple[float, float], ...]) -> bytes:
    return track(120, *sounds)


@dataclass
class Listener:
    """Hears a tone in each stretch (seconds)."""

    sounds: list[tuple[float, float]] = field(default_factory=list)
    pressed: str = ""

    @property
    def ear(self) -> bytes:
        return sound(tuple(self.sounds))

    def press(self, digits: str) -> None:
        self.pressed += digits


@dataclass
class Scene:
    """Both on the line; the agent heard a beep and a whisper."""

    opening: call.Opening = BOTH
    said: list[str] = field(default_factory=list)
    caller: Listener = field(default_factory=Listener)
    agent: Listener = field(default_factory=lambda: Listener([(5.0, 5.4), (7.0, 8.6)]))

    def begins_at(self) -> float:
        """When they begin to talk, looked at every half second."""
        people = {Role.CALLER: self.caller, Role.AGENT: self.agent}
        whole = replace(setup(), opening=self.opening)
        told = Opening(whole, Notices.load(None), people, ANSWERED_S, lambda: self.said)
        now_s = ANSWERED_S
        while not told.over(now_s):
            now_s += 0.5
        return now_s


def test_both_hear_their_announcements_out_however_late_they_come() -> None:
    scene = Scene()
    scene.caller.sounds.append((30.0, 48.0))
    scene.agent.sounds.append((25.0, 31.0))
    assert scene.begins_at() == 50.5, "two seconds after the last word"


def test_what_the_carrier_says_counts_as_told() -> None:
    english = "An artificial intelligence interprets everything that is said."
    notices = Notices.load(None)
    whole = setup()
    said = [
        "Para español, oprima 2. "
        + notices.words(call.Notice.ANNOUNCE, Role.CALLER, whole.caller.language, whole.caller.language),
        notices.words(call.Notice.ANNOUNCE_SHORT, Role.AGENT, whole.agent.language, whole.caller.language),
    ]
    assert ANNOUNCEMENT in said[0]
    assert english in said[1]
    assert Scene(said=said).begins_at() == 11.0, "after the whisper"
    assert Scene(said=said[:1]).begins_at() > ANSWERED_S + LATEST_S, "the agent is owed it still"


def test_without_announcements_the_whisper_is_heard_out() -> None:
    assert Scene(NO_OPENING).begins_at() == 11.0


def test_an_agent_who_hears_no_whisper_waits_for_it_no_longer_than_six_seconds() -> None:
    assert Scene(NO_OPENING, agent=Listener()).begins_at() == 11.5
    assert Scene(NO_OPENING, agent=Listener([(12.0, 13.0)])).begins_at() == 11.5


def test_the_wait_has_an_end() -> None:
    humming = Scene(caller=Listener([(5.0, 119.0)]))
    assert humming.begins_at() == ANSWERED_S + LATEST_S + 0.5


def test_who_is_asked_to_agree_does_so_once() -> None:
    scene = Scene(replace(BOTH, consent=frozenset({Role.CALLER})))
    scene.caller.sounds.append((10.0, 30.0))
    scene.agent.sounds.append((10.0, 14.0))
    scene.begins_at()
    assert (scene.caller.pressed, scene.agent.pressed) == ("1", "")
