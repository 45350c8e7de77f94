"""Agents who answer phone calls in pages: on duty by server-sent events, then a page's socket."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import msgspec

from dragoman.interpreters.openai.emulator import Script
from tests.rig.pages import RigPage, page
from tests.rig.town import API_TOKEN, Town, town

BEARER = {"Authorization": f"Bearer {API_TOKEN}"}
BROWSER: dict[str, str | None] = {
    "DRAGOMAN_AGENT": "browser",
    "DRAGOMAN_BROWSER": "true",
    "DRAGOMAN_BROWSER_REQUESTS_PER_MINUTE": "10000",
    "TWILIO_FLEX_NUMBER": None,
    "TWILIO_FLEX_SIP_DOMAIN": None,
    "TWILIO_FLEX_WORKFLOW_SID": None,
}
POLL_S = 0.02
STEP_S = 15.0


class RigAgent:
    """One agent's page on duty. `duty` is what it was told last; `every` call that ever rang here."""

    def __init__(self, here: Town) -> None:
        self._here = here
        self.duty: dict[str, Any] = {"page": "", "calls": [], "gone": []}
        self.every: set[str] = set()
        self.over = False

    async def run(self) -> None:
        address = self._here.address("/api/agent/calls")
        async with self._here.http.stream("GET", address, headers=BEARER, timeout=None) as answer:
            assert answer.status_code == 200, answer.status_code
            async for line in answer.aiter_lines():
                if line.startswith("data: "):
                    self.duty = msgspec.json.decode(line.removeprefix("data: "))
                    self.every |= {one["call"] for one in self.calls}
        self.over = True

    @property
    def calls(self) -> list[dict[str, Any]]:
        return list(self.duty["calls"])

    async def until(self, done: Callable[[], object]) -> None:
        for _ in range(int(STEP_S / POLL_S)):
            if done():
                return
            await asyncio.sleep(POLL_S)
        raise TimeoutError(f"it did not come true: {self.duty}")

    async def rings(self) -> dict[str, Any]:
        """The first call that rings here."""
        await self.until(lambda: self.calls)
        return self.calls[0]

    async def answers(self, call: str, what: str = "accept") -> httpx2.Response:
        path = f"/api/agent/calls/{call}/{what}"
        body = {"page": self.duty["page"]}
        return await self._here.http.post(self._here.address(path), json=body, headers=BEARER)

    async def accepts(self) -> str:
        """The token of the seat of the first call that rings here."""
        answer = await self.answers((await self.rings())["call"])
        assert answer.status_code == 200, answer.text
        return str(answer.json()["seat"])


@contextlib.asynccontextmanager
async def on_duty(here: Town) -> AsyncIterator[RigAgent]:
    agent = RigAgent(here)
    async with asyncio.TaskGroup() as tasks:
        running = tasks.create_task(agent.run())
        await agent.until(lambda: agent.duty["page"])
        try:
            yield agent
        finally:
            running.cancel()


@contextlib.asynccontextmanager
async def seated(here: Town, agent: RigAgent) -> AsyncIterator[RigPage]:
    """The agent accepts what rings, and its page has joined."""
    async with page(here.public_url, await agent.accepts()) as its_page:
        await its_page.joined()
        yield its_page


@contextlib.asynccontextmanager
async def browser_town(*, script: Script | None = None, **env: str | None) -> AsyncIterator[Town]:
    async with town(script=script, env=BROWSER | env) as here:
        yield here
