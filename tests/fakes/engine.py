"""An engine on paper: hears, waits, and says what its `answer` makes of it. Faults are fields."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from dragoman.domain.speech import (
    Captioned,
    Closed,
    InterpreterEvent,
    Ready,
    Side,
    SpeechBegan,
    Spent,
    Spoke,
    Trouble,
    TroubleKind,
)
from dragoman.ports import Capabilities, Wanted

TURNS = Capabilities(
    takes_turns=True, prompt=False, glossary=False, voice=False, native_pcmu=True, continuous_clock=False
)
STREAMS = Capabilities(
    takes_turns=False, prompt=False, glossary=False, voice=False, native_pcmu=True, continuous_clock=True
)


@dataclass
class FakeEngine:
    """Implements ports.Engine.

    `answer` makes spoken audio of heard audio, `delay_s` later. `ready_s`: how long a session takes to open; what is
    heard before is kept. `dies` lists how the first, second, ... session ends of itself (None = it does not) `dies_s`
    after it was ready. `raises` comes out of `run`, `cannot_build` out of `interpreter`. `deaf_to_close`: `run` goes
    on. `refuses`: those that die do so before they are ready. `mute`: it hears and says nothing. `broken`: this of its
    methods (`hear`, `interrupt`, `close`) raises.
    """

    name: str = "fake"
    capabilities: Capabilities = TURNS
    answer: Callable[[bytes], bytes] = bytes
    delay_s: float = 0.0
    ready_s: float = 0.0
    dies: list[TroubleKind | None] = field(default_factory=list)
    dies_s: float = 0.1
    raises: Exception | None = None
    cannot_build: bool = False
    refuses: bool = False
    mute: bool = False
    broken: str = ""
    deaf_to_close: bool = False
    usd_per_frame: float = 0.0
    built: list[FakeInterpreter] = field(default_factory=list)

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> FakeInterpreter:
        if self.cannot_build:
            raise RuntimeError("this engine cannot build interpreters")
        death = self.dies[len(self.built)] if len(self.built) < len(self.dies) else None
        interpreter = FakeInterpreter(self, wanted, listen, death)
        self.built.append(interpreter)
        return interpreter

    @property
    def running(self) -> int:
        """Sessions that are open now."""
        return sum(one.running for one in self.built)

    def of(self, wanted_call: str) -> list[FakeInterpreter]:
        return [one for one in self.built if one.wanted.call_id == wanted_call]


class FakeInterpreter:
    """Implements ports.Interpreter."""

    def __init__(
        self,
        engine: FakeEngine,
        wanted: Wanted,
        listen: Callable[[InterpreterEvent], None],
        death: TroubleKind | None,
    ) -> None:
        self.engine = engine
        self.wanted = wanted
        self.listen = listen
        self.heard = bytearray()
        self.interrupted: list[int] = []
        self.running = False
        self.closed = False
        self._death = death
        self._ready = False
        self._kept: list[bytes] = []
        self._delayed: deque[bytes] = deque()
        self._over = asyncio.Event()

    async def run(self) -> None:
        self.running = True
        try:
            await self._serve()
        finally:
            self.running = False
            self._ready = False
            self.listen(Closed())

    async def _serve(self) -> None:
        engine = self.engine
        if engine.raises is not None:
            raise engine.raises
        await asyncio.sleep(engine.ready_s)
        if self.closed:
            return
        if self._death is not None and engine.refuses:
            self.listen(Trouble(self._death, "refused", fatal=True))
            return
        self._ready = True
        self.listen(Ready())
        for audio in self._kept:
            self._interpret(audio)
        self._kept.clear()
        if self._death is not None:
            await asyncio.sleep(engine.dies_s)
            if not self.closed:
                self._ready = False
                self.listen(Trouble(self._death, "the session died", fatal=True))
            return
        await self._over.wait()

    def hear(self, audio: bytes) -> None:
        self._breaks("hear")
        self.heard += audio
        if self._ready:
            self._interpret(audio)
        else:
            self._kept.append(audio)

    def _interpret(self, audio: bytes) -> None:
        if self.engine.delay_s:
            self._delayed.append(audio)
            asyncio.get_running_loop().call_later(self.engine.delay_s, self._say_next)
        else:
            self._say(audio)

    def _say_next(self) -> None:
        """Timers of one instant fire in any order; what is said keeps its own."""
        self._say(self._delayed.popleft())

    def _say(self, audio: bytes) -> None:
        if self.closed or self.engine.mute:
            return
        if self.engine.usd_per_frame:
            self.listen(Spent(self.engine.usd_per_frame, estimate=False))
        name = "u1" if self.engine.capabilities.takes_turns else ""
        self.listen(Spoke(self.engine.answer(audio), name))

    def says(self, utterance: str, source: str, target: str) -> None:
        """Captions of a whole utterance."""
        self.listen(SpeechBegan(utterance, 0))
        self.listen(Captioned(Side.SOURCE, source, utterance, whole=True, final=True))
        self.listen(Captioned(Side.TARGET, target, utterance, whole=True, final=True))

    def _breaks(self, method: str) -> None:
        if self.engine.broken == method:
            raise RuntimeError(f"{method} is broken")

    def interrupt(self, heard_ms: int) -> None:
        self._breaks("interrupt")
        self.interrupted.append(heard_ms)

    def close(self) -> None:
        self._breaks("close")
        self.closed = True
        if not self.engine.deaf_to_close:
            self._over.set()
