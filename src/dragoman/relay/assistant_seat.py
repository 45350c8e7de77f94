"""Keeps an assistant in a call: through losses of its session, with the next engine where one does not serve.

Part of the shell. What comes for an assistant while none is open is kept for the next one, and done in order.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Final

import structlog

from dragoman.assistant_ports import Assistant, AssistantEngine, AssistantEvent, AssistantWanted
from dragoman.domain.call import CallId
from dragoman.domain.speech import Closed, Ready, Spent, Spoke, Trouble, TroubleKind
from dragoman.domain.tools import ToolAsked
from dragoman.relay.retry import FINAL, Retry

TRIES: Final = 3
"""So often in a row a session may fail..."""
PATIENCE_S: Final = 6.0
"""...and so long the caller may be without one."""
STEADY_S: Final = 30.0
"""A session that served so long begins the count anew."""
LEAVE_S: Final = 3.0
"""One that was closed, or is over, is cut off after so long."""
KEPT_BYTES: Final = 30 * 8000
"""So much of the caller's audio is kept for the first session."""

Running = Callable[[str], AbstractContextManager[None]]


class AssistantSeat:
    """One call's. `wanted` is asked for each session, whose events go to `listen` with the engine's name.

    `seated`: another session sits here from now on, and the last one has said its last; True when that was never ready,
    so that all it was given is the next one's. `down`: none will sit here any more.
    """

    def __init__(
        self,
        call_id: CallId,
        engines: Sequence[AssistantEngine],
        *,
        wanted: Callable[[], AssistantWanted],
        listen: Callable[[AssistantEvent, str], None],
        seated: Callable[[bool], None],
        down: Callable[[TroubleKind], None],
        running: Running = lambda _engine: contextlib.nullcontext(),
        retry: Retry | None = None,
    ) -> None:
        self._engines = [*engines]
        self._wanted = wanted
        self._listen = listen
        self._seated = seated
        self._down = down
        self._running = running
        self._retry = retry or Retry()
        self._log = structlog.get_logger().bind(call=call_id)
        self._assistant: Assistant = _Nobody()
        self._kept: _Kept | None = _Kept()
        self._number = 0
        self._engine = self._engines[0]
        self._names: list[str] = []
        self._why = TroubleKind.NETWORK
        self._retry_after_s: float | None = None
        self._failed = 0
        self._ready_at: float | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._leaving: dict[int, asyncio.Timeout] = {}
        self._vacant = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def engines(self) -> tuple[str, ...]:
        """Those that were asked for a session, in order."""
        return tuple(dict.fromkeys(self._names))

    @property
    def closed(self) -> bool:
        return self._closing.is_set()

    @property
    def sessions(self) -> int:
        """How many were opened."""
        return self._number

    # -- Running -------------------------------------------------------------------------------------------------------

    async def serve(self) -> None:
        """Run sessions one after the other until closed, or given up."""
        if self._closing.is_set():
            return
        self._seat_next()
        async with asyncio.TaskGroup() as sessions:
            while not self._closing.is_set():
                self._vacant.clear()
                sessions.create_task(self._run(self._number, self._engine.name, self._assistant))
                await self._vacant.wait()
                if not self._closing.is_set():
                    await self._pause()

    async def _run(self, number: int, engine: str, assistant: Assistant) -> None:
        try:
            async with asyncio.timeout(None) as leaving:
                self._leaving[number] = leaving
                if number != self._number or self._closing.is_set():
                    self._leave(number)
                with self._running(engine):
                    await assistant.run()
        except TimeoutError:
            self._log.warning("the assistant's session did not leave in time", engine=engine)
        except Exception:  # noqa: BLE001 - an engine's bug must not end anybody's call
            self._why = TroubleKind.UPSTREAM
            self._log.exception("the assistant's engine raised", engine=engine)
        finally:
            self._leaving.pop(number, None)
        self._over(number, Closed())

    async def _pause(self) -> None:
        """After a failure, before the next one is opened."""
        seconds = self._retry.delay_s(self._failed, TroubleKind.NETWORK, random.random(), self._retry_after_s)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(min(seconds, PATIENCE_S)):
                await self._closing.wait()

    # -- Sessions ------------------------------------------------------------------------------------------------------

    def _seat_next(self) -> None:
        """The next one sits here and hears; `serve` opens it."""
        self._number += 1
        self._ready_at = None
        self._names.append(self._engine.name)
        listen = functools.partial(self._heard, self._number)
        try:
            self._assistant = self._engine.assistant(self._wanted(), listen)
        except Exception:  # noqa: BLE001 - an engine's bug must not end anybody's call
            self._why = TroubleKind.UPSTREAM
            self._log.exception("the engine cannot build an assistant", engine=self._engine.name)
            self._assistant = _Nobody(listen)
        if self._kept is None:
            self._kept = _Kept()
        self._do(functools.partial(self._kept.give, self._assistant))
        if self._patience is None:
            self._patience = asyncio.get_running_loop().call_later(PATIENCE_S, self._give_up)

    def _heard(self, number: int, event: AssistantEvent) -> None:
        if number != self._number or (self._closing.is_set() and not isinstance(event, Spent)):
            return
        match event:
            case Spoke():  # the hot path first
                pass
            case Closed():
                self._over(number, event)
                return
            case Ready():
                self._retry_after_s = None
                self._ready_at = asyncio.get_running_loop().time()
                self._kept = None
                self._content()
            case Trouble(kind, message, fatal):
                self._log.warning("assistant trouble", engine=self._engine.name, kind=kind.value, fatal=fatal,
                                  reason=message)  # fmt: skip
                if fatal:
                    self._why, self._retry_after_s = kind, event.retry_after_s
                    self._over(number, event)
                    return
            case _:
                pass
        self._listen(event, self._engine.name)

    def _over(self, number: int, last: Trouble | Closed) -> None:
        """The session has said its last word."""
        self._leave(number)
        if number != self._number or self._closing.is_set():
            return
        engine = self._engine.name
        served_s = asyncio.get_running_loop().time() - self._ready_at if self._ready_at is not None else 0.0
        self._failed = 1 if served_s >= STEADY_S else self._failed + 1
        if not self._another() or self._failed >= TRIES:
            self._listen(last, engine)
            self._give_up()
            return
        self._log.warning("the assistant's session is lost; trying again", why=self._why.value, failed=self._failed)
        untold = self._kept is not None
        self._seat_next()
        self._listen(last, engine)
        self._seated(untold)
        self._vacant.set()

    def _another(self) -> bool:
        """Whether there is an engine to try: the one behind this, or this again, unless it cannot serve."""
        at = self._engines.index(self._engine)
        following = self._engines[(at + 1) % len(self._engines)]
        if self._why in FINAL:
            self._engines.remove(self._engine)
        if not self._engines:
            return False
        self._engine = following if following in self._engines else self._engines[0]
        return True

    def _give_up(self) -> None:
        """Nobody serves."""
        if not self._closing.is_set():
            self._log.error("there is no assistant any more", why=self._why.value)
            self.close()
            self._down(self._why)

    def _content(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _leave(self, number: int, within_s: float = LEAVE_S) -> None:
        leaving = self._leaving.get(number)
        if leaving is not None and not leaving.expired():
            leaving.reschedule(asyncio.get_running_loop().time() + within_s)

    def close(self) -> None:
        """End the session; `serve` returns within `LEAVE_S`. Idempotent."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._content()
        self._do(self._assistant.close)
        self._leave(self._number)
        self._vacant.set()

    # -- For who owns it -----------------------------------------------------------------------------------------------

    def hear(self, audio: bytes) -> None:
        """The hot path."""
        if self._kept is not None:
            self._kept.hear(audio)
        try:
            self._assistant.hear(audio)
        except Exception:  # noqa: BLE001 - as in `_do`
            self._raised()

    def say(self, text: str) -> None:
        if self._kept is not None:
            self._kept.say(text)
        self._do(functools.partial(self._assistant.say, text))

    def told(self, asked: ToolAsked, output: str) -> None:
        self._do(functools.partial(self._assistant.told, asked, output))

    def digits(self, keys: str) -> None:
        if self._kept is not None:
            self._kept.digits(keys)
        self._do(functools.partial(self._assistant.digits, keys))

    def interrupt(self, heard_ms: Mapping[str, int]) -> None:
        if self._kept is not None:
            self._kept.interrupt()
        self._do(functools.partial(self._assistant.interrupt, heard_ms))

    def _do(self, act: Callable[[], None]) -> None:
        try:
            act()
        except Exception:  # noqa: BLE001 - an engine's bug must not end anybody's call
            self._raised()

    def _raised(self) -> None:
        """Told in an `except`: this session is cut off; the next one sits when its `run` is over."""
        self._log.exception("the assistant's engine raised", engine=self._engine.name)
        self._why = TroubleKind.UPSTREAM
        self._leave(self._number, within_s=0.0)


class _Kept:
    """What a session that is not ready was given, for the one that sits here after it."""

    def __init__(self) -> None:
        self._heard = bytearray()
        self._says: list[str] = []
        self._keys: list[str] = []

    def hear(self, audio: bytes) -> None:
        self._heard += audio
        del self._heard[:-KEPT_BYTES]

    def say(self, text: str) -> None:
        self._says.append(text)

    def digits(self, keys: str) -> None:
        self._keys.append(keys)

    def interrupt(self) -> None:
        """What waits to be said is dropped."""
        self._says.clear()

    def give(self, assistant: Assistant) -> None:
        """All of it, and still keep it."""
        for text in self._says:
            assistant.say(text)
        if self._heard:
            assistant.hear(bytes(self._heard))
        for keys in self._keys:
            assistant.digits(keys)


class _Nobody:
    """Sits where there is no session yet, or the engine could not build one."""

    def __init__(self, listen: Callable[[AssistantEvent], None] = lambda _event: None) -> None:
        self._listen = listen

    async def run(self) -> None:
        """Nothing can be served."""
        self._listen(Closed())

    def hear(self, audio: bytes) -> None:
        """Nobody hears."""

    def say(self, text: str) -> None:
        """Nobody speaks."""

    def told(self, asked: ToolAsked, output: str) -> None:
        """Nobody asked."""

    def digits(self, keys: str) -> None:
        """Nobody reads."""

    def interrupt(self, heard_ms: Mapping[str, int]) -> None:
        """Nobody speaks."""

    def close(self) -> None:
        """Nothing is open."""
