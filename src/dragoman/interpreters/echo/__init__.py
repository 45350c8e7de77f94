"""Says back what it hears, after a while: for tests, measurements and new developers. No network, no languages."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from typing import Final

from dragoman.audio.convert import Converter
from dragoman.domain.speech import Closed, InterpreterEvent, Ready, Spoke
from dragoman.ports import Capabilities, Clock, Interpreter, Wanted

TICK_S: Final = 0.02
MAX_DELAY_S: Final = 30.0

ABILITIES: Final = Capabilities(
    takes_turns=False, prompt=False, glossary=False, voice=False, native_pcmu=True, continuous_clock=False
)


class EchoEngine:
    """Implements `ports.Engine`. `delay_s` 0 answers at once, from within `hear`."""

    def __init__(self, delay_s: float = 0.0, clock: Clock = time.monotonic) -> None:
        if not 0 <= delay_s <= MAX_DELAY_S:
            raise ValueError(f"the echo's delay must be between 0 and {MAX_DELAY_S:g} s")
        self._delay_s, self._clock = delay_s, clock

    @property
    def name(self) -> str:
        return "echo"

    @property
    def capabilities(self) -> Capabilities:
        return ABILITIES

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> Interpreter:
        """Build one."""
        return EchoInterpreter(wanted, listen, self._delay_s, self._clock)


class EchoInterpreter:
    """Implements `ports.Interpreter`. What comes before `run` is kept and said first."""

    def __init__(
        self, wanted: Wanted, listen: Callable[[InterpreterEvent], None], delay_s: float, clock: Clock
    ) -> None:
        self._listen, self._delay_s, self._clock = listen, delay_s, clock
        self._converter = Converter(wanted.source_format, wanted.sink_format)
        self._limit_bytes = wanted.source_format.bytes_for(MAX_DELAY_S * 1000)
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._waiting_bytes = 0
        self._running = False
        self._closed = asyncio.Event()

    async def run(self) -> None:
        """Echo until closed."""
        self._running = True
        self._listen(Ready())
        try:
            while not self._closed.is_set():
                self._say_due(self._clock())
                await self._pause()
        finally:
            self._running = False
            self._closed.set()
            self._listen(Closed())

    async def _pause(self) -> None:
        """Until the next tick; without a delay, until closed."""
        try:
            async with asyncio.timeout(TICK_S if self._delay_s else None):
                await self._closed.wait()
        except TimeoutError:
            return

    def hear(self, audio: bytes) -> None:
        """Take audio in the source format."""
        if self._closed.is_set():
            return
        if self._running and not self._delay_s:
            self._say(audio)
            return
        self._waiting.append((self._clock() + self._delay_s, audio))
        self._waiting_bytes += len(audio)
        while self._waiting_bytes > self._limit_bytes:
            self._waiting_bytes -= len(self._waiting.popleft()[1])

    def interrupt(self, heard_ms: int) -> None:
        """Forget what is still to be said."""
        self._waiting.clear()
        self._waiting_bytes = 0

    def close(self) -> None:
        """End at once."""
        self._closed.set()

    def _say_due(self, now: float) -> None:
        while self._waiting and self._waiting[0][0] <= now:
            _, audio = self._waiting.popleft()
            self._waiting_bytes -= len(audio)
            self._say(audio)

    def _say(self, audio: bytes) -> None:
        audio = self._converter.convert(audio)
        if audio:
            self._listen(Spoke(audio))
