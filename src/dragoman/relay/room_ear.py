"""All that reaches one page of a room: the interpreters, one at a time, and the own voices of the others. Pure.

What it gives back is performed on the page's leg.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dragoman.domain.audio import AudioFormat
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import LaneEffect
from dragoman.relay.again import Again
from dragoman.relay.ear import Ear
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.original import Original
from dragoman.relay.playout import Finished
from dragoman.relay.taking_turns import SaidAll, Say, Saying, TakingTurns
from dragoman.relay.voices import Voices

Heard = tuple[str, str]
"""A voice, and the mark that it is to be told of: the ear has heard all before it."""


class RoomEar:
    """One seat's; its playout outlives the page's connection."""

    def __init__(self, fmt: AudioFormat, plan: EarPlan) -> None:
        self._format = fmt
        self._duck_db = plan.duck_db
        self._ear = Ear(fmt, replace(plan, original=OriginalMode.FULL))  # how loud each is, is seen to before
        self._turns = TakingTurns(fmt)
        self._again = Again(fmt=fmt)
        self._voices = Voices(fmt)
        self._faders: dict[str, Original] = {}
        self._marks: dict[str, list[Heard]] = {}

    # -- The stream ----------------------------------------------------------------------------------------------------

    def joined(self) -> None:
        """The page is here (again): what was queued goes on."""
        self._ear.joined()

    def left(self) -> None:
        self._ear.left()

    @property
    def turns(self) -> bool:
        return self._ear.playout.turns

    @turns.setter
    def turns(self, on: bool) -> None:
        """Whether those who speak here say whole utterances at once (as in `Playout`)."""
        self._ear.playout.turns = on

    # -- The interpreters ----------------------------------------------------------------------------------------------

    def say(self, one: Saying, now: float) -> Sequence[LaneEffect]:
        """An interpreter said something, for this ear among others."""
        return self._heard(self._turns.say(one, now), now)

    def _heard(self, sayings: Sequence[Saying], now: float) -> Sequence[LaneEffect]:
        effects: list[LaneEffect] = []
        for one in sayings:
            label = f"{one.voice}/{one.label}"
            match one:
                case Say(audio=audio):
                    self._again.spoke(audio, label)
                    effects += self._ear.give(audio, label, now)
                case SaidAll(mark=mark):
                    self._marks.setdefault(label, []).append((one.voice, mark))
                    self._ear.playout.end(label)
                    effects += self._ear.due(now)
                    effects += self._ear.give_again(self._again.ended(label, now), now)
        return effects

    def drop(self, voice: str, label: str) -> None:
        """What is not heard yet of it shall not be."""
        self._turns.drop(voice, label)
        self._ear.playout.drop(f"{voice}/{label}")
        self._again.drop(f"{voice}/{label}")

    def say_again(self, now: float) -> Sequence[LaneEffect]:
        """The last interpreted utterance once more, slower."""
        return self._ear.give_again(self._again.asked(now), now)

    def speech_ms(self, now: float, voice: str = "") -> float:
        """How much of what interpreters said (or this one) is still to be heard."""
        return self._ear.playout.unheard_of(lambda label: label.startswith(f"{voice}/") if voice else "/" in label, now)

    def next_heard_at(self, now: float) -> float:
        """When the ear hears what the page is given now."""
        return self._ear.playout.next_heard_at(now)

    # -- The others' own voices ----------------------------------------------------------------------------------------

    def original(self, speaker: str, frame: bytes, mode: OriginalMode, now: float) -> Sequence[LaneEffect]:
        """20 ms of another party's own voice; quieter under the interpreters, or not, as `mode` says."""
        fader = self._faders.get(speaker)
        if fader is None:
            if mode is OriginalMode.OFF:
                return ()
            fader = self._faders[speaker] = Original(mode, self._duck_db, fmt=self._format)
        fader.switch(mode)
        if not fader.needed:
            del self._faders[speaker]
            return ()
        own = fader.alone(frame, speaks=self.speech_ms(now) > 0)
        heard = self._voices.heard(speaker, own, now)
        if heard is None:
            return ()
        return self._ear.beside(heard, now)

    def duck(self, db: float) -> None:
        """How much quieter (dB, below 0) the others are under the interpreters."""
        self._duck_db = min(db, 0.0)
        for fader in self._faders.values():
            fader.lower(self._duck_db)

    # -- Time ----------------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """`tick` is wanted every 20 ms."""
        return self._ear.busy or self._turns.waiting

    def tick(self, now: float) -> Sequence[LaneEffect]:
        """Pacing, and whose turn it is."""
        waited = self._heard(self._turns.tick(now), now) if self._turns.waiting else ()
        return (*waited, *self._ear.tick(now))

    def reached(self, name: str, now: float) -> list[Heard]:
        """The page's ear has heard all before a mark: whom that concerns."""
        return self._told(self._ear.reached(name, now))

    def told(self) -> list[Heard]:
        """Whom the rest of what happened concerns; after `tick`."""
        return self._told(self._ear.playout.notes())

    def _told(self, notes: Sequence[object]) -> list[Heard]:
        found = (self._marks.pop(note.label, []) for note in notes if isinstance(note, Finished))
        return [one for each in found for one in each]
