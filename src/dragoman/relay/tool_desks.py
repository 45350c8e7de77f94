"""The tools of each persona, built in a thread when first needed, shared by its calls, closed after the last of them.

Part of the shell. A persona that was read again keeps its tools unless it changed.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol

import structlog

from dragoman.domain.persona import Persona
from dragoman.domain.tools import Tools


class OpenTools(Tools, Protocol):
    """Tools that hold something open."""

    async def aclose(self) -> None:
        """Close what is open; nobody uses them any more."""
        ...


BuildTools = Callable[[Persona], OpenTools]
"""Blocks; raises what it likes."""

InThread = Callable[[BuildTools, Persona], Awaitable[OpenTools]]
"""Runs what blocks where it holds nobody up."""

_log = structlog.get_logger()


class ToolDesk:
    """One persona's, as it was read. `users` counts the calls that use it."""

    def __init__(self, persona: Persona, build: BuildTools, in_thread: InThread) -> None:
        self.persona = persona
        self.users = 0
        self.outdated = False
        self._build = build
        self._in_thread = in_thread
        self._tools: OpenTools | None = None
        self._building = asyncio.Lock()

    async def tools(self) -> Tools:
        """Ready to be called; raises what building them raises."""
        async with self._building:
            if self._tools is None:
                self._tools = await self._in_thread(self._build, self.persona)
        return self._tools

    async def aclose(self) -> None:
        """Nobody uses them any more."""
        async with self._building:
            tools, self._tools = self._tools, None
        if tools is not None:
            try:
                await tools.aclose()
            except Exception:  # noqa: BLE001 - whatever cannot be closed, the rest is
                _log.exception("closing the tools failed", persona=self.persona.name)


class ToolDesks:
    """One node's. `closing` is given what is to be closed, to be awaited somewhere."""

    def __init__(
        self,
        build: BuildTools,
        closing: Callable[[Awaitable[None]], None],
        in_thread: InThread = asyncio.to_thread,
    ) -> None:
        self._build = build
        self._in_thread = in_thread
        self._closing = closing
        self._desks: dict[str, ToolDesk] = {}

    def lease(self, persona: Persona) -> ToolDesk:
        """For a call that begins; `give_back` when it is over."""
        desk = self._desks.get(persona.name)
        if desk is None or desk.persona != persona:
            if desk is not None:
                desk.outdated = True
                self._close_unused(desk)
            desk = self._desks[persona.name] = ToolDesk(persona, self._build, self._in_thread)
        desk.users += 1
        return desk

    def give_back(self, desk: ToolDesk) -> None:
        """A call is over."""
        desk.users -= 1
        self._close_unused(desk)

    def _close_unused(self, desk: ToolDesk) -> None:
        if desk.outdated and not desk.users:
            self._closing(desk.aclose())

    async def aclose(self) -> None:
        """The node stops."""
        for desk in self._desks.values():
            await desk.aclose()
        self._desks.clear()
