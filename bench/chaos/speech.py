"""One call with real speech on the embedded engine, whose process is killed in the midst of it: are words heard again?

The demo's recordings are spoken by turns; what each ear heard of a turn is recognised afterwards, and the words that a
translation of it cannot do without are looked for.
"""

from __future__ import annotations

import asyncio
import os
import random
import signal
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.chaos.faults import Fault
from bench.chaos.world import Line, World, opened
from dragoman.audio import g711
from dragoman.cli.demo.ears import quiet_for_s, stretches
from dragoman.cli.demo.turns import Turn, shipped
from dragoman.domain.call import Role
from dragoman.interpreters.local.loading import load_ears
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.settings import load

WORDS: Final[tuple[tuple[str, ...], ...]] = (
    ("gracias", "llam", "ayud"),
    ("carlos", "problem", "bill|invoice"),
    ("siento|lament", "numero", "cuenta"),
    ("account", "number"),
    ("gracias", "factura|cuenta", "marzo", "correct"),
    ("correct", "money|refund|return|back"),
    ("reembols|devol", "tarjeta", "abril"),
    ("thank", "day"),
)
"""Of each of the demo's turns: stems that a translation has, with other ways to say it."""
KILLED_IN: Final = 3
"""The turn in which the engine's process is killed (from 0), half a second before its end."""
BEFORE_END_S: Final = 0.5
TURNS: Final = 9
QUIET_S: Final = 1.8
PATIENCE_S: Final = 14.0
POLL_S: Final = 0.1
APART_S: Final = 1.2
MARGIN_S: Final = 0.4


@dataclass(frozen=True, slots=True)
class Spoken:
    """A turn: whose, which of the demo's, and the bytes of the recordings between which it was said and answered."""

    role: Role
    number: int
    begins: int
    ends: int


@dataclass(frozen=True, slots=True)
class Told:
    """What was recognised in the listener's ear after a turn, and how many of its words are in it."""

    spoken: Spoken
    text: str
    found: int
    wanted: int

    @property
    def understood(self) -> bool:
        return 2 * self.found >= self.wanted


@dataclass(frozen=True, slots=True)
class SpeechFigures:
    """`struck`: the byte of the recordings at which the process was killed."""

    told: tuple[Told, ...]
    struck: int
    lives: bool

    @property
    def before(self) -> tuple[Told, ...]:
        return tuple(one for one in self.told if one.spoken.ends < self.struck)

    @property
    def torn(self) -> tuple[Told, ...]:
        """The turn in which the process was killed."""
        return tuple(one for one in self.told if one.spoken.begins <= self.struck <= one.spoken.ends)

    @property
    def after(self) -> tuple[Told, ...]:
        return tuple(one for one in self.told if one.spoken.begins > self.struck)

    @property
    def survived(self) -> bool:
        """The same calls, and something that each party said after the kill was understood."""
        return self.lives and {one.spoken.role for one in self.after if one.understood} == set(Role)

    @property
    def line(self) -> str:
        before, torn, after = (
            f"{sum(one.found for one in told)} of {sum(one.wanted for one in told)}"
            for told in (self.before, self.torn, self.after)
        )
        verdict = "survived" if self.survived else "did not survive"
        return (
            f"speech (embedded engine killed): 1 call, {verdict}; words heard: {before} before the kill, "
            f"{torn} in the turn in which it came, {after} after it"
        )


async def play(folder: Path, seed: int) -> SpeechFigures:
    """The call; takes about two minutes. Raises RuntimeError when it does not come about."""
    rng = random.Random(f"{seed}/speech")
    extra = {"OPENAI_API_KEY": "", "OPENAI_BASE_URL": "", "DRAGOMAN_ECHO_GATE": "true"}
    async with opened("local", folder, "speech", rng, Fault("").shape, extra) as world:
        if not world.server.alive:
            raise RuntimeError("the server did not start: are the weights there (make models)?")
        await world.ring(1)
        if not world.lines:
            raise RuntimeError("the call did not come about")
        (line,) = world.lines
        spoken, struck = await _talk(world, line)
        ears = {role: line.phone(role).ear for role in Role}
        lives = line.lives
    told = await asyncio.to_thread(recognised, spoken, ears)
    return SpeechFigures(told, struck, lives)


async def _talk(world: World, line: Line) -> tuple[list[Spoken], int]:
    """All turns, each when both ears are quiet; where the kill was."""
    spoken: list[Spoken] = []
    struck = 0
    turns = shipped()
    for number in range(TURNS):
        turn = turns[number % len(turns)]
        phone = line.phone(turn.role)
        begins = len(phone.mouth)
        phone.say(turn.audio)
        if number == KILLED_IN:
            await asyncio.sleep(turn.duration_s - BEFORE_END_S)
            struck = len(phone.mouth)
            kill_engine(world.server.pid)
        await phone.said()
        await _answered(line, turn, len(phone.mouth))
        spoken.append(Spoken(turn.role, number % len(turns), begins, len(phone.mouth)))
    return spoken, struck


async def _answered(line: Line, turn: Turn, said: int) -> None:
    """Until the listener has heard something since it was said, and then nothing for a while; or patience ends."""
    listener = line.phone(turn.role.other)
    waited_s = 0.0
    while waited_s < PATIENCE_S:
        await asyncio.sleep(POLL_S)
        waited_s += POLL_S
        ear = listener.ear
        if stretches(ear[said:]) and quiet_for_s(ear, len(ear) / 8000) > QUIET_S:
            return


def kill_engine(server: int) -> None:
    """SIGKILL for the child that is the embedded engine. Raises RuntimeError when there is none."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        try:
            parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
            command = (entry / "cmdline").read_bytes()
        except (OSError, ValueError):
            continue
        if parent == server and b"dragoman.interpreters.local" in command:
            os.kill(int(entry.name), signal.SIGKILL)
            return
    raise RuntimeError("the server has no embedded engine")


def recognised(spoken: Sequence[Spoken], ears: dict[Role, bytes]) -> tuple[Told, ...]:
    """Listen to each answer."""
    listener = load_ears(load(LocalSettings))
    languages = {Role.CALLER: "es", Role.AGENT: "en"}
    told = []
    for number, one in enumerate(spoken):
        role = one.role.other
        # A slow engine may answer while the other speaks: what this ear hears is this speaker's all the same.
        ends = min((later.begins for later in spoken[number + 1 :] if later.role is one.role), default=len(ears[role]))
        heard = (listener.recognise(samples(one), languages[role]) for one in pieces(ears[role][one.begins : ends]))
        text = " ".join(one.text for one in heard if isinstance(one, Recognised))
        told.append(Told(one, text, count(text, WORDS[one.number]), len(WORDS[one.number])))
    return tuple(told)


def pieces(ear: bytes) -> list[bytes]:
    """What is between long pauses: long stretches of silence and other things said beside it would mislead."""
    apart: list[tuple[float, float]] = []
    for one in stretches(ear):
        if apart and one.began_s - apart[-1][1] < APART_S:
            apart[-1] = apart[-1][0], one.ended_s
        else:
            apart.append((one.began_s, one.ended_s))
    return [ear[max(0, round((began - MARGIN_S) * 8000)) : round((ended + MARGIN_S) * 8000)] for began, ended in apart]


def samples(ear: bytes) -> npt.NDArray[np.float32]:
    """8 kHz mu-law at the recogniser's rate, -1 to 1."""
    sound = g711.decode(ear).astype(np.float32) / 32768
    return np.interp(np.arange(sound.size * 2) / 2, np.arange(sound.size), sound).astype(np.float32)


def count(text: str, words: Sequence[str]) -> int:
    """How many of the words, in any of their ways, stand in a text; accents and case do not matter."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    return sum(any(stem in plain for stem in word.split("|")) for word in words)
