"""One engine's booth in a lane: keeps an interpreter in it, through every loss, until it is closed.

Who sits in a lane when an engine fails for good, and when it is fetched back, is `seat`'s part.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import Callable
from contextlib import AbstractContextManager

import structlog

from dragoman.domain.speech import Closed, InterpreterEvent, Ready, Spoke, Trouble, TroubleKind
from dragoman.ports import Engine, Interpreter, Wanted
from dragoman.relay.retry import Retry

STEADY_S = 30.0
"""An interpreter that served so long starts the count of failures anew."""

LEAVE_S = 3.0
"""An interpreter that was closed, or said that it is over, is cut off after so long."""


class Booth:
    """An engine's interpreters in one lane, one after the other.

    `wanted` is asked for each. `listen` gets every event but `Closed`. `seated` is called when another interpreter sits
    here, before it hears anything else; `lost` when one is over that nobody closed, before that. The next one hears at
    once, is opened after the pause that `retry` asks for, and keeps until then what it heard.
    """

    def __init__(
        self,
        engine: Engine,
        wanted: Callable[[], Wanted],
        *,
        listen: Callable[[InterpreterEvent], None],
        seated: Callable[[], None],
        lost: Callable[[TroubleKind], None],
        retry: Retry | None = None,
        running: Callable[[], AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self.engine = engine
        self._ready_at: float | None = None
        self._wanted = wanted
        self._listen = listen
        self._next_seated = seated
        self._lost = lost
        self._retry = retry or Retry()
        self._running = running
        self._closing = asyncio.Event()
        self._vacant = asyncio.Event()
        self._is_last = False
        self._finished = False
        self._leaving: dict[int, asyncio.Timeout] = {}
        self._number = 0
        self._failed = 0
        self._why = TroubleKind.NETWORK
        self._retry_after_s: float | None = None
        first = wanted()
        self._log = structlog.get_logger().bind(call=first.call_id, lane=first.speaker.value, engine=engine.name)
        self._interpreter = self._built(first)
        self.hear: Callable[[bytes], None] = self._interpreter.hear

    def _built(self, wanted: Wanted) -> Interpreter:
        """The next one; where the engine cannot build it, one who is over as soon as it is asked for anything."""
        self._number += 1
        self._ready_at = None
        listen = functools.partial(self._heard, self._number)
        try:
            return self.engine.interpreter(wanted, listen)
        except Exception:  # noqa: BLE001 - an installed engine's bug must not end anybody's call
            self._why = TroubleKind.UPSTREAM
            self._log.exception("the engine cannot build an interpreter")
            return _Missing(listen)

    # -- Running -------------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Run interpreters one after the other until closed."""
        async with asyncio.TaskGroup() as sessions:
            while not self._finished:
                self._vacant.clear()
                sessions.create_task(self._run(self._number, self._interpreter))
                await self._vacant.wait()
                if not self._finished:
                    await self._pause()

    async def _run(self, number: int, interpreter: Interpreter) -> None:
        """Until it is over; then the next one sits, if it does not yet."""
        try:
            async with asyncio.timeout(None) as leaving:
                self._leaving[number] = leaving
                if number != self._number or self._closing.is_set():
                    self._leave(number)
                with self._running():
                    await interpreter.run()
        except TimeoutError:
            self._log.warning("the interpreter did not leave in time")
        except Exception:  # noqa: BLE001 - an installed engine's bug must not end anybody's call
            self._why = TroubleKind.UPSTREAM
            self._log.exception("the engine raised")
        finally:
            self._leaving.pop(number, None)
        self._over(number)

    async def _pause(self) -> None:
        """After a failure, before the next one is opened."""
        seconds = self._retry.delay_s(self._failed, self._why, random.random(), self._retry_after_s)
        self._log.warning("interpreter lost; trying again", why=self._why.value, failed=self._failed)
        try:
            async with asyncio.timeout(seconds):
                await self._closing.wait()
        except TimeoutError:
            return

    # -- What the interpreters say -------------------------------------------------------------------------------------

    def _heard(self, number: int, event: InterpreterEvent) -> None:
        if number != self._number:
            return
        match event:
            case Spoke():  # the hot path first
                pass
            case Closed():
                self._over(number)
                return
            case Ready():
                self._why, self._retry_after_s = TroubleKind.NETWORK, None
                self._ready_at = asyncio.get_running_loop().time()
            case Trouble(kind, message, fatal):
                self._log.warning("engine trouble", kind=kind.value, fatal=fatal, reason=message)
                if fatal:
                    self._why, self._retry_after_s = kind, event.retry_after_s
                    self._listen(event)
                    self._over(number)
                    return
            case _:
                pass
        self._listen(event)

    def _over(self, number: int) -> None:
        """The interpreter has said its last word: nothing that is heard from now on may go to it."""
        self._leave(number)
        if number != self._number:
            return
        if self._closing.is_set() or self._is_last:
            self.hear = _nobody_hears
            self._finish()
            return
        self._count()
        self._lost(self._why)
        self._replaced()

    def _finish(self) -> None:
        self._finished = True
        self._vacant.set()

    def _count(self) -> None:
        """One more failure in a row, unless the interpreter had served for long."""
        served_s = asyncio.get_running_loop().time() - self._ready_at if self._ready_at is not None else 0.0
        self._failed = 1 if served_s > STEADY_S else self._failed + 1

    def _replaced(self) -> None:
        """The next one sits down and hears; `serve` opens it."""
        self._interpreter = self._built(self._wanted())
        self.hear = self._interpreter.hear
        self._next_seated()
        self._vacant.set()

    def _leave(self, number: int, within_s: float = LEAVE_S) -> None:
        leaving = self._leaving.get(number)
        if leaving is not None and not leaving.expired():
            leaving.reschedule(asyncio.get_running_loop().time() + within_s)

    # -- For who owns it -----------------------------------------------------------------------------------------------

    def interrupt(self, heard_ms: int) -> None:
        try:
            self._interpreter.interrupt(heard_ms)
        except Exception:  # noqa: BLE001 - an installed engine's bug must not end anybody's call
            self.raised()

    def raised(self) -> None:
        """Told in an `except`: whoever sits here raised, and is cut off; the next one sits when its `run` is over."""
        self._log.exception("the engine raised")
        self._why = TroubleKind.UPSTREAM
        self.hear = _nobody_hears
        self._leave(self._number, within_s=0.0)

    def replace(self, why: TroubleKind) -> None:
        """Whoever sits here does nothing any more: another one, at once."""
        if self._closing.is_set() or self._is_last:
            return
        stuck, number = self._interpreter, self._number
        self._why = why
        self._count()
        self._replaced()
        self._quit(stuck)
        self._leave(number)

    def _quit(self, interpreter: Interpreter) -> None:
        try:
            interpreter.close()
        except Exception:  # noqa: BLE001 - an installed engine's bug must not keep anybody's call open
            self._log.exception("the engine raised")

    def retire(self) -> None:
        """Whoever sits here is the last one: when it is over, it is neither replaced nor missed."""
        self._is_last = True

    def close(self) -> None:
        """End the session; `serve` returns within `LEAVE_S`. Idempotent."""
        if not self._closing.is_set():
            self._closing.set()
            self._quit(self._interpreter)
            self._leave(self._number)
            self._finish()


class _Missing:
    """Sits where the engine could not build an interpreter, until the next try."""

    def __init__(self, listen: Callable[[InterpreterEvent], None]) -> None:
        self._listen = listen

    async def run(self) -> None:
        """Nothing can be served."""
        self._listen(Closed())

    def hear(self, audio: bytes) -> None:
        """Nobody hears."""

    def interrupt(self, heard_ms: int) -> None:
        """Nobody speaks."""

    def close(self) -> None:
        """Nothing is open."""


def _nobody_hears(_audio: bytes) -> None:
    """The last interpreter is over."""
