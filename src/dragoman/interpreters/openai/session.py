"""The shell around both engines' state machines: one socket, one clock, one ending.

This file owns the socket and the tick, and keeps the promises of `ports.Interpreter`.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

from dragoman.domain.speech import Closed, InterpreterEvent, Spent, Trouble
from dragoman.interpreters.openai.machine import Machine, Outlet
from dragoman.interpreters.openai.socket import Ending, RealtimeSocket
from dragoman.ports import Clock

CLOSE_S: Final = 1.5
"""How long a session that was asked to end may take before its socket is cut."""


class RealtimeInterpreter:
    """Implements `ports.Interpreter` around a machine and a socket."""

    def __init__(
        self,
        socket: RealtimeSocket,
        build: Callable[[Outlet], Machine],
        listen: Callable[[InterpreterEvent], None],
        clock: Clock = time.monotonic,
    ) -> None:
        self._socket = socket
        self._listen = listen
        self._clock = clock
        self._failed = False
        self._closing_since: float | None = None
        self._finished = False
        self._timer: asyncio.TimerHandle | None = None
        self._fault: Exception | None = None
        self._machine = build(Outlet(socket.send, self._tell))

    async def run(self) -> None:
        """Connect and serve until closed; upstream faults are `Trouble` events, and `Closed` is the last."""
        try:
            ending = await self._serve()
            self._machine.ended(self._clock())
            if ending.kind is not None and self._closing_since is None and not self._failed:
                self._listen(Trouble(ending.kind, ending.message, True, ending.retry_after_s))
        finally:
            self._finished = True
            self._listen(Closed())

    def hear(self, audio: bytes) -> None:
        """Take audio in the source format."""
        if self._closing_since is None and not self._finished:
            self._machine.hear(audio, self._clock())

    def interrupt(self, heard_ms: int) -> None:
        """Stop speaking the current utterance."""
        if not self._finished:
            self._machine.interrupt(heard_ms, self._clock())

    def close(self) -> None:
        """Ask the session to end; `run` returns within 2 s."""
        if self._closing_since is None:
            self._closing_since = self._clock()
            self._machine.close(self._closing_since)
            if self._machine.over:
                self._socket.close()

    async def _serve(self) -> Ending:
        async with asyncio.TaskGroup() as group:
            serving = group.create_task(self._socket.run(self._opened, self._received))
            self._tick_later(serving)
            try:
                await asyncio.wait({serving})
            finally:
                self._tick_never()
        if self._fault is not None:
            raise self._fault
        return Ending(None, "closed by us") if serving.cancelled() else serving.result()

    def _tick_later(self, serving: asyncio.Task[Ending]) -> None:
        """A timer and no task: hundreds of sessions tick, and waking a task costs five times as much."""
        self._timer = asyncio.get_running_loop().call_later(self._machine.tick_s, self._tick_guarded, serving)

    def _tick_never(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _tick_guarded(self, serving: asyncio.Task[Ending]) -> None:
        try:
            self._tick(serving)
        except Exception as fault:  # noqa: BLE001 - `run` raises it: a timer has nobody to raise to
            self._fault = fault
            serving.cancel()
            return
        self._tick_later(serving)

    def _tick(self, serving: asyncio.Task[Ending]) -> None:
        now = self._clock()
        self._machine.tick(now)
        if self._machine.over:
            self._socket.close()
        if self._closing_since is None:
            return
        if not self._socket.connected or now - self._closing_since > CLOSE_S:
            self._socket.abort()
            serving.cancel()

    def _opened(self) -> None:
        self._machine.opened(self._clock())

    def _received(self, message: bytes) -> None:
        self._machine.received(message, self._clock())
        if self._machine.over:
            self._socket.close()

    def _tell(self, event: InterpreterEvent) -> None:
        """Behind a fatal trouble messages may still be on their way, and only what they cost counts."""
        if self._failed:
            if not isinstance(event, Spent):
                return
        elif isinstance(event, Trouble):
            self._failed = event.fatal
        self._listen(event)
