"""A scene through a relay, in virtual time: what both ears heard, and what both engines were given."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Final

import numpy as np

from bench.ear.phone import Phone
from bench.ear.scenes import BYTES_PER_MS, Scene
from bench.ear.scripted import ScriptedEngine
from bench.ear.sounds import samples
from dragoman.audio.g711 import Samples
from dragoman.audio.level import voiced
from dragoman.domain.audio import FRAME_MS
from dragoman.domain.call import Role
from tests.fakes import virtual_time

OnTheLine = Callable[[Scene, dict[Role, Phone], ScriptedEngine], AbstractAsyncContextManager[None]]

LEAST_FRAMES: Final = 150
QUIET_FRAMES: Final = 75
MOST_FRAMES: Final = 6000
"""A call is talk once notices are over: 3 s at least, then 1.5 s without a sound at both ears, 2 minutes at most."""


@dataclass(frozen=True, slots=True)
class Recording:
    """8 kHz mu-law from the scene's beginning: by whose ear, whose mouth, and whose speech the engine was given.

    `clears`: how often the ears' playout was dropped. `overflowed`: the carrier threw audio away.
    """

    scene: Scene
    ears: dict[Role, bytes]
    mouths: dict[Role, Samples]
    given: dict[Role, bytes]
    clears: int
    overflowed: bool


def play(scene: Scene, relay: OnTheLine) -> Recording:
    return virtual_time.run(_play(scene, relay))


async def _play(scene: Scene, relay: OnTheLine) -> Recording:
    rng = random.Random(scene.name)
    phones = {
        role: Phone(role.value, random.Random(rng.random()), speakerphone=role in scene.speakerphones) for role in Role
    }
    engine = ScriptedEngine(takes_turns=scene.takes_turns)
    frames = scene.length_ms // FRAME_MS
    async with relay(scene, phones, engine):
        clock = _Clock()
        await _until_talk(clock, phones)
        mouths = {role: _mouth(scene, role) for role in Role}
        for role, phone in phones.items():
            phone.speak(mouths[role])
        for one in engine.seated.values():
            one.begin()
        clears = sum(phone.clears for phone in phones.values())
        waiting = {role: deque(scene.arrivals[role]) for role in Role}
        for number in range(frames):
            await clock.beat()
            for phone in phones.values():
                phone.beat()
            for role, arrivals in waiting.items():
                while arrivals and arrivals[0].at_ms <= number * FRAME_MS:
                    engine.seated[role].tell(arrivals.popleft())
        ears = {role: b"".join(phone.ear) for role, phone in phones.items()}
        given = {role: one.given(frames) for role, one in engine.seated.items()}
        clears = sum(phone.clears for phone in phones.values()) - clears
        overflowed = any(phone.overflowed for phone in phones.values())
    return Recording(scene, ears, mouths, given, clears, overflowed)


class _Clock:
    """Beats of 20 ms by absolute deadlines."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._due = self._loop.time()

    async def beat(self) -> None:
        self._due += FRAME_MS / 1000
        await asyncio.sleep(self._due - self._loop.time())


async def _until_talk(clock: _Clock, phones: dict[Role, Phone]) -> None:
    """Let them hear what they are told before they talk."""
    quiet = 0
    for number in range(MOST_FRAMES):
        await clock.beat()
        for phone in phones.values():
            phone.beat()
        quiet = 0 if any(voiced(phone.ear[-1]) for phone in phones.values()) else quiet + 1
        if number > LEAST_FRAMES and quiet > QUIET_FRAMES:
            return
    raise TimeoutError("the ears were told things for two minutes: nobody could talk")


def _mouth(scene: Scene, role: Role) -> Samples:
    out = np.zeros(scene.length_ms * BYTES_PER_MS, np.int16)
    for one in scene.by(role):
        sound = samples(one.sound)[: out.size - one.begins_ms * BYTES_PER_MS]
        at = one.begins_ms * BYTES_PER_MS
        out[at : at + sound.size] += sound
    return out
