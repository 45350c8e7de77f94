"""Reads a living call's captions as an agent's desktop does: server-sent events, with the panel token of the task."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2


@dataclass(slots=True)
class Reader:
    """Reads until the end; `captions` are there as they come, `ended` is set by the last event."""

    address: str
    captions: list[dict[str, Any]] = field(default_factory=list)
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    @staticmethod
    def of_task(attributes: Mapping[str, object]) -> Reader:
        """A reader for the call of a task: all it needs stands in the task's attributes."""
        return Reader(f"{attributes['panel_url']}?token={attributes['panel_token']}")

    async def read(self) -> None:
        """Read to the end."""
        event = ""
        async with httpx2.AsyncClient(trust_env=False, timeout=30) as http, http.stream("GET", self.address) as answer:
            assert answer.status_code == 200
            async for line in answer.aiter_lines():
                name, _, text = line.partition(": ")
                if name == "event":
                    event = text
                elif name == "data" and event == "caption":
                    self.captions.append(json.loads(text))
                elif name == "data" and event == "end":
                    self.ended.set()

    def texts(self, side: str) -> list[str]:
        """The final texts of one side (`source` or `target`), in the order in which they came."""
        return [one["text"] for one in self.captions if one["side"] == side and one["final"]]
