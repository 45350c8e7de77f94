"""The seat of one lane's interpreter: opens it, replaces it when it is lost, closes it."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable

import structlog

from dragoman.domain.speech import Closed, InterpreterEvent, Ready, Trouble, TroubleKind
from dragoman.ports import Engine, Interpreter, Wanted
from dragoman.relay.retry import Retry

STEADY_S = 30.0
"""An interpreter that served so long starts the count of failures anew."""


class Booth:
    """One lane's interpreter through its replacements.

    `listen` gets every event but `Closed`; `began` is called before each new interpreter hears its first audio;
    `lost` when no more is tried. Audio between a loss and the replacement is held by the replacement.
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
        self._closed = False
        self._why = TroubleKind.NETWORK
        self._log = structlog.get_logger().bind(call=wanted.call_id, lane=wanted.speaker.value, engine=engine.name)
        self._interpreter: Interpreter = self._seat()
        self.hear = self._interpreter.hear

    def _seat(self) -> Interpreter:
        self._began()
        interpreter = self._engine.interpreter(self._wanted, self._heard)
        self.hear = interpreter.hear
        return interpreter

    async def serve(self) -> None:
        """Run interpreters one after the other until closed or lost."""
        loop = asyncio.get_running_loop()
        failed = 0
        while not self._closed:
            since = loop.time()
            await self._run_one()
            if self._closed:
                return
            failed = 1 if loop.time() - since > STEADY_S else failed + 1
            delay_s = self._retry.delay_s(failed, self._why, random.random())
            if delay_s is None:
                self._log.error("interpreter given up", why=self._why.value, failed=failed)
                self._lost(self._why)
                return
            self._log.warning("interpreter lost; trying again", why=self._why.value, failed=failed)
            self._interpreter = self._seat()
            await asyncio.sleep(delay_s)

    async def _run_one(self) -> None:
        try:
            await self._interpreter.run()
        except Exception:  # noqa: BLE001 - an installed engine's bug must not end anybody's call
            self._why = TroubleKind.UPSTREAM
            self._log.exception("the engine raised")

    def _heard(self, event: InterpreterEvent) -> None:
        match event:
            case Closed():
                return
            case Ready():
                self._why = TroubleKind.NETWORK
            case Trouble(kind, message, fatal):
                if fatal:
                    self._why = kind
                self._log.warning("engine trouble", kind=kind.value, fatal=fatal, reason=message)
            case _:
                pass
        self._listen(event)

    def interrupt(self, heard_ms: int) -> None:
        self._interpreter.interrupt(heard_ms)

    def close(self) -> None:
        self._closed = True
        self._interpreter.close()
