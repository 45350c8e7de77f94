"""The seat of one lane's interpreter: opens it, replaces it when it is lost, closes it."""

from __future__ import annotations

import asyncio
import functools
import random
from collections.abc import Callable

import structlog

from dragoman.domain.speech import Closed, InterpreterEvent, Ready, Spoke, Trouble, TroubleKind
from dragoman.ports import Engine, Interpreter, Wanted
from dragoman.relay.retry import Retry

STEADY_S = 30.0
"""An interpreter that served so long starts the count of failures anew."""

LEAVE_S = 3.0
"""An interpreter that was closed, or said that it is over, is cut off after so long."""


class Booth:
    """One lane's interpreter through its replacements.

    `listen` gets every event but `Closed`; `began` is called before each new interpreter hears its first audio;
    `lost` when no more is tried. As soon as one is over the next one is seated and hears; it is opened after the pause
    that `retry` asks for, and keeps until then what it heard.
    """

    def __init__(
        self,
        engine: Engine,
        wanted: Wanted,
        *,
        listen: Callable[[InterpreterEvent], None],
        began: Callable[[], None],
        lost: Callable[[TroubleKind], None],
        retry: Retry | None = None,
    ) -> None:
        self._engine = engine
        self._wanted = wanted
        self._listen = listen
        self._began = began
        self._lost = lost
        self._retry = retry or Retry()
        self._closing = asyncio.Event()
        self._is_last = False
        self._leaving: asyncio.Timeout | None = None
        self._seated = 0
        self._why = TroubleKind.NETWORK
        self._log = structlog.get_logger().bind(call=wanted.call_id, lane=wanted.speaker.value, engine=engine.name)
        self._interpreter: Interpreter = self._seat()
        self.hear: Callable[[bytes], None] = self._interpreter.hear

    def _seat(self) -> Interpreter:
        self._seated += 1
        interpreter = self._engine.interpreter(self._wanted, functools.partial(self._heard, self._seated))
        self._began()
        self._interpreter = interpreter
        self.hear = interpreter.hear
        return interpreter

    async def serve(self) -> None:
        """Run interpreters one after the other until closed or lost."""
        loop = asyncio.get_running_loop()
        failed = 0
        while not self._closing.is_set():
            since = loop.time()
            await self._run(self._interpreter)
            if self._closing.is_set() or self._is_last:
                return
            failed = 1 if loop.time() - since > STEADY_S else failed + 1
            pause_s = self._retry.delay_s(failed, self._why, random.random())
            if pause_s is None:
                self._log.error("interpreter given up", why=self._why.value, failed=failed)
                self._lost(self._why)
                return
            self._log.warning("interpreter lost; trying again", why=self._why.value, failed=failed)
            await self._pause(pause_s)

    async def _run(self, interpreter: Interpreter) -> None:
        """Until it is over; then the next one sits, if it does not yet."""
        seated = self._seated
        try:
            async with asyncio.timeout(None) as leaving:
                self._leaving = leaving
                await interpreter.run()
        except TimeoutError:
            self._log.warning("the interpreter did not leave in time")
        except Exception:  # noqa: BLE001 - an installed engine's bug must not end anybody's call
            self._why = TroubleKind.UPSTREAM
            self._log.exception("the engine raised")
        finally:
            self._leaving = None
        if seated == self._seated and not (self._closing.is_set() or self._is_last):
            self._seat()

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    def _heard(self, seated: int, event: InterpreterEvent) -> None:
        if seated != self._seated:
            return
        match event:
            case Spoke():  # the hot path first
                pass
            case Closed():
                self._over()
                return
            case Ready():
                self._why = TroubleKind.NETWORK
            case Trouble(kind, message, fatal):
                self._log.warning("engine trouble", kind=kind.value, fatal=fatal, reason=message)
                if fatal:
                    self._why = kind
                    self._listen(event)
                    self._over()
                    return
            case _:
                pass
        self._listen(event)

    def _over(self) -> None:
        """The interpreter has said its last word: nothing that is heard from now on may go to it."""
        self._leave()
        if self._is_last:
            self.hear = _nobody_hears
        if self._closing.is_set() or self._is_last:
            return
        try:
            self._seat()
        except Exception:  # noqa: BLE001 - we are in the lost one's own callback; `serve` tries again and says so
            self._log.exception("the engine cannot build an interpreter")

    def _leave(self) -> None:
        if self._leaving is not None and not self._leaving.expired():
            self._leaving.reschedule(asyncio.get_running_loop().time() + LEAVE_S)

    def interrupt(self, heard_ms: int) -> None:
        self._interpreter.interrupt(heard_ms)

    def retire(self) -> None:
        """Whoever sits here is the last one: when it is over, it is neither replaced nor missed."""
        self._is_last = True

    def close(self) -> None:
        """End the session; `serve` returns within `LEAVE_S`. Idempotent."""
        if not self._closing.is_set():
            self._closing.set()
            self._interpreter.close()
            self._leave()


def _nobody_hears(_audio: bytes) -> None:
    """The last interpreter is over."""
