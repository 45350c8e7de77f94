"""What a lane's interpreter was given and has not translated yet: watched, and handed to the next one. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from dragoman.audio.melody import is_music
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import InterpreterEvent, Ready
from dragoman.relay.din import Din, Sound
from dragoman.relay.replay import Replay, Untold
from dragoman.relay.watch import Verdict, Watch

UNEXPLAINED_S = 0.5
"""Who waits for a translation so much longer than usual hears that there is somebody still."""


@dataclass(frozen=True, slots=True)
class Retold:
    """What was given to an interpreter a second time because the one before was lost: how often, how much voice, and
    how much of that had been translated, in part, before.
    """

    times: int = 0
    voiced_ms: float = 0.0
    repeats_ms: float = 0.0

    def __add__(self, other: Retold) -> Retold:
        return Retold(self.times + other.times, self.voiced_ms + other.voiced_ms, self.repeats_ms + other.repeats_ms)


class Owed:
    """One lane's: what is given is in the one format, what is spoken in the other."""

    def __init__(
        self, source_format: AudioFormat = AudioFormat.PCMU_8K, sink_format: AudioFormat = AudioFormat.PCMU_8K
    ) -> None:
        self.retold = Retold()
        self._replay = Replay(sink_format=sink_format, source_format=source_format)
        self._watch = Watch()
        self._din = Din(source_format)
        self._format = source_format

    def given(self, audio: bytes, now: float, *, loud: bool) -> None:
        """The hot path: the interpreter is given a frame."""
        self._replay.given(audio, now)
        sound = self._din.heard(audio, loud=loud)
        if sound is Sound.SPEECH:
            self._watch.voice(now)
        elif sound is Sound.DIN:
            self._watch.no_voice()

    def recalled(self, audio: bytes, began: float) -> None:
        """The interpreter is given what was said from `began` on."""
        self._replay.recalled(audio, began)

    def noticed(self, event: InterpreterEvent, now: float) -> None:
        """Whatever the interpreter says."""
        self._watch.event(event, now)
        self._replay.noticed(event, now)

    def untold(self, now: float) -> Untold | None:
        """What nobody translated, and from now on somebody else will, or nobody; None when there is nothing."""
        untold = self._replay.untold(now)
        if untold is not None:
            self.retold += Retold(1, untold.voiced_ms, untold.repeats_ms)
        return untold

    def interpreter_began(self, now: float, *, retell: bool = True, ready: bool = False) -> None:
        """Another one sits there: it counts what it is given from the start. Without `retell` it owes nothing of what
        was said before; `ready`: its session is open already.
        """
        self._replay.interpreter_began(now)
        if not retell:
            self._watch.settled()
        self._watch.interpreter_began(now)
        if ready:
            self._watch.event(Ready(), now)

    def discard(self) -> None:
        """Nothing is owed any more: the parties hear each other, or the languages are others."""
        self._replay.discard()
        self._watch.settled()

    def replan(self) -> None:
        """Another engine, with other habits."""
        self._watch.another_engine()

    def failing(self, now: float) -> Verdict | None:
        """What the interpreter has stopped to do, if anything."""
        return self._watch.tick(now, self._is_music)

    def _is_music(self, last_s: float) -> bool:
        """With pauses in it, which `Din` takes for those of speech."""
        return is_music(self._replay.last(last_s), self._format)

    def keeps_waiting(self, now: float) -> bool:
        """Whether the listener has been waiting for longer than can be explained."""
        return self._watch.late_s(now) > UNEXPLAINED_S
