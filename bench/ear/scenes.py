"""What two parties say, and what a simulated interpreter sends when: the same for every relay.

All times are milliseconds of the scene.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.ear.sounds import INTERPRETER, OWN, Sound, Throat, samples
from dragoman.audio import g711
from dragoman.domain.call import Role
from dragoman.domain.speech import Captioned, InterpreterEvent, Side, SpeechBegan, SpeechStopped, Spoke, SpokeAll

BYTES_PER_MS: Final = 8
SPANISH: Final = (
    "Buenos días, llamo porque no me ha llegado el pedido de la semana pasada.",
    "Me dijeron que lo traerían el martes y todavía no sé nada de ustedes.",
    "La dirección es la misma de siempre, calle Mayor, segundo piso.",
    "Quisiera saber cuándo lo pueden entregar, porque lo necesito pronto.",
)
ENGLISH: Final = (
    "Good morning, thank you for calling, let me look for your order in our system.",
    "I can see that it left our warehouse on Monday and has not been delivered yet.",
    "I will ask the driver what has happened and then I will call you again.",
    "Is there anything else that I can do for you at the moment?",
)
TEXTS: Final = {Role.CALLER: (SPANISH, ENGLISH), Role.AGENT: (ENGLISH, SPANISH)}
"""What a role says: in the own language, in the other's."""


@dataclass(frozen=True, slots=True)
class Said:
    """A phrase. `interpreted` is what is to be heard of it; None: nothing is, or (`passes`) the phrase itself.

    `ready_ms`: when each syllable that is to be heard has come into being (at the engine, or at the mouth).
    """

    role: Role
    begins_ms: int
    sound: Sound
    interpreted: Sound | None = None
    passes: bool = False
    ready_ms: tuple[float, ...] = ()

    @property
    def ends_ms(self) -> int:
        return self.begins_ms + self.sound.length_ms

    @property
    def to_be_heard(self) -> Sound | None:
        return self.sound if self.passes else self.interpreted


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event of the engine. One that belongs to an utterance does not come once that was cancelled.

    Its own times (`at_ms`, `elapsed_ms`) count from the scene's beginning.
    """

    at_ms: float
    event: InterpreterEvent
    utterance: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """`speakerphones`: whose microphone hears what their ear is played. `one_language`: both speak the same."""

    name: str
    about: str
    length_ms: int
    takes_turns: bool
    said: tuple[Said, ...]
    arrivals: dict[Role, tuple[Arrival, ...]]
    speakerphones: frozenset[Role] = frozenset()
    one_language: bool = False

    def by(self, role: Role) -> list[Said]:
        return [one for one in self.said if one.role is role]


def ready_by_pieces(sound: Sound, pieces: Sequence[tuple[float, float]], offset_ms: float = 0.0) -> tuple[float, ...]:
    """When each syllable's first sound arrives; `pieces` are (position of the piece's end, arrival), both in ms."""
    found = []
    for one in sound.syllables:
        at_ms = offset_ms + one.begins_ms
        found.append(next(arrived for end, arrived in pieces if at_ms < end))
    return tuple(found)


class Turns:
    """An engine that takes turns: it waits for a pause, then speaks faster than a voice does.

    Speech is noticed `NOTICED_MS` late; a pause of `PAUSE_MS` ends the turn; the answer begins 350 to 700 ms later, and
    comes four times as fast as it is spoken.
    """

    NOTICED_MS: Final = 200
    PAUSE_MS: Final = 500
    PIECE_MS: Final = 400
    SPEED: Final = 4.0

    def __init__(self, rng: random.Random) -> None:
        self._rng = rng
        self._throats = {role: Throat(OWN[role], rng) for role in Role}
        self._interpreters = {role: Throat(INTERPRETER[role], rng) for role in Role}
        self._free_ms = dict.fromkeys(Role, 0.0)
        self.said: list[Said] = []
        self.arrivals: dict[Role, list[Arrival]] = {role: [] for role in Role}

    def say(self, role: Role, begins_ms: int, length_ms: int, *, at_once: bool = False) -> Said:
        """A phrase and its interpretation, with `at_once` in one piece."""
        sound = self._throats[role].say(length_ms)
        target = self._interpreters[role].say(sound.length_ms)
        begins_ms -= begins_ms % 20
        ends_ms = begins_ms + sound.length_ms
        first_ms = max(self._free_ms[role], ends_ms + self.PAUSE_MS + self._rng.randint(350, 700))
        audio = g711.encode(samples(target))
        piece_ms = target.length_ms if at_once else self.PIECE_MS
        pieces = [
            (float(min(at + piece_ms, target.length_ms)), first_ms + at / self.SPEED)
            for at in range(0, target.length_ms, piece_ms)
        ]
        name = f"{role.value}-{len(self.said)}"
        self._tell(role, name, begins_ms, ends_ms, audio, pieces)
        self._free_ms[role] = pieces[-1][1] + 50
        said = Said(role, begins_ms, sound, target, ready_ms=ready_by_pieces(target, pieces))
        self.said.append(said)
        return said

    def say_unanswered(self, role: Role, begins_ms: int, length_ms: int) -> Said:
        """A phrase that the engine never answers."""
        said = Said(role, begins_ms - begins_ms % 20, self._throats[role].say(length_ms))
        self.said.append(said)
        return said

    def say_to_same(self, role: Role, begins_ms: int, length_ms: int) -> Said:
        """A phrase between people of one language: it is to be heard itself."""
        begins_ms -= begins_ms % 20
        sound = self._throats[role].say(length_ms)
        ready_ms = tuple(float(begins_ms + one.begins_ms) for one in sound.syllables)
        said = Said(role, begins_ms, sound, passes=True, ready_ms=ready_ms)
        self.said.append(said)
        return said

    def _tell(
        self, role: Role, name: str, begins_ms: int, ends_ms: int, audio: bytes, pieces: list[tuple[float, float]]
    ) -> None:
        source, target = (texts[len(self.said) % len(texts)] for texts in TEXTS[role])
        out = self.arrivals[role]
        out.append(Arrival(begins_ms + self.NOTICED_MS, SpeechBegan(name, begins_ms)))
        out.append(Arrival(ends_ms + self.PAUSE_MS, SpeechStopped(name, ends_ms)))
        done_ms = 0.0
        for place, (end_ms, arrived_ms) in enumerate(pieces):
            if place == 0:
                out.append(Arrival(arrived_ms, Captioned(Side.SOURCE, source, name, whole=True, final=True), name))
                out.append(Arrival(arrived_ms, Captioned(Side.TARGET, target, name, whole=True), name))
            piece = audio[int(done_ms) * BYTES_PER_MS : int(end_ms) * BYTES_PER_MS]
            out.append(Arrival(arrived_ms, Spoke(piece, name), name))
            done_ms = end_ms
        last_ms = pieces[-1][1]
        out.append(Arrival(last_ms, Captioned(Side.TARGET, target, name, whole=True, final=True), name))
        out.append(Arrival(last_ms, SpokeAll(name), name))

    def scene(self, name: str, about: str, length_ms: int, **how: object) -> Scene:
        arrivals = {role: in_order(events) for role, events in self.arrivals.items()}
        said = tuple(sorted(self.said, key=lambda one: one.begins_ms))
        return Scene(name, about, length_ms, True, said, arrivals, **how)  # type: ignore[arg-type]


def in_order(arrivals: Sequence[Arrival]) -> tuple[Arrival, ...]:
    return tuple(sorted(arrivals, key=lambda one: one.at_ms))
