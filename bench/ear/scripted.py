"""An engine that sends what the scene says, whatever it is given; what it was given is kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

from bench.ear.scenes import BYTES_PER_MS, Arrival
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES, PCMU_SILENCE
from dragoman.domain.call import Role
from dragoman.domain.speech import (
    Captioned,
    Closed,
    InterpreterEvent,
    Ready,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
)
from dragoman.ports import Capabilities, Wanted


class ScriptedEngine:
    """Implements ports.Engine: one interpreter per speaker."""

    name = "scripted"

    def __init__(self, *, takes_turns: bool) -> None:
        self.capabilities = Capabilities(
            takes_turns=takes_turns,
            prompt=False,
            glossary=False,
            voice=False,
            native_pcmu=True,
            continuous_clock=not takes_turns,
        )
        self.seated: dict[Role, ScriptedInterpreter] = {}

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> ScriptedInterpreter:
        made = ScriptedInterpreter(listen, takes_turns=self.capabilities.takes_turns)
        last = self.seated.get(wanted.speaker)
        if last is not None:
            made.follow(last)
        self.seated[wanted.speaker] = made
        return made


class ScriptedInterpreter:
    """Implements ports.Interpreter. With turns, `interrupt` cancels what is being answered."""

    def __init__(self, listen: Callable[[InterpreterEvent], None], *, takes_turns: bool) -> None:
        self._listen = listen
        self._takes_turns = takes_turns
        self._over = asyncio.Event()
        self._given_ms = 0.0
        self._origin_ms: float | None = None
        self._frames: dict[int, bytes] = {}
        self._open: list[str] = []
        self._cancelled: set[str] = set()
        self._follows = False

    async def run(self) -> None:
        self._listen(Ready())
        await self._over.wait()
        self._listen(Closed())

    def follow(self, last: ScriptedInterpreter) -> None:
        """The relay gave that one up: what it was given counts, and this one goes on at its place in the scene."""
        self._frames, self._origin_ms, self._given_ms = last._frames, last._origin_ms, last._given_ms
        self._follows = True

    def hear(self, audio: bytes) -> None:
        """Keep it at its place in the scene: what comes is a continuous clock, or it is in order at least.

        One who follows may be given first what the last one was given already: it ends where that one is.
        """
        if self._follows and len(audio) > PCMU_FRAME_BYTES:
            self._given_ms -= len(audio) / BYTES_PER_MS
        self._follows = False
        for at in range(0, len(audio), PCMU_FRAME_BYTES):
            if self._origin_ms is not None:
                number = round((self._given_ms - self._origin_ms) / FRAME_MS)
                self._frames[number] = audio[at : at + PCMU_FRAME_BYTES].ljust(PCMU_FRAME_BYTES, bytes([PCMU_SILENCE]))
            self._given_ms += len(audio[at : at + PCMU_FRAME_BYTES]) / BYTES_PER_MS

    def interrupt(self, heard_ms: int) -> None:
        if self._takes_turns:
            self._cancelled.update(self._open)
            self._open.clear()

    def close(self) -> None:
        self._over.set()

    # -- The scene -----------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The scene begins now: its first frame is still being said."""
        self._origin_ms = self._given_ms + FRAME_MS

    def tell(self, arrival: Arrival) -> None:
        """What the scene sends, unless it was cancelled."""
        if arrival.utterance in self._cancelled:
            return
        origin_ms = round(self._origin_ms or 0)
        match arrival.event:
            case SpeechBegan(name, at_ms):
                self._listen(SpeechBegan(name, at_ms + origin_ms))
            case SpeechStopped(name, at_ms):
                self._open.append(name)
                self._listen(SpeechStopped(name, at_ms + origin_ms))
            case Spoke() | Captioned() as timed if timed.elapsed_ms is not None:
                self._listen(replace(timed, elapsed_ms=timed.elapsed_ms + origin_ms))
            case SpokeAll(name):
                if name in self._open:
                    self._open.remove(name)
                self._listen(arrival.event)
            case _:
                self._listen(arrival.event)

    def given(self, frames: int) -> bytes:
        """What the engine was given during the scene, frame by frame."""
        blank = bytes([PCMU_SILENCE]) * PCMU_FRAME_BYTES
        return b"".join(self._frames.get(number, blank) for number in range(frames))
