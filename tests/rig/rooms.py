"""A server with browser mode on and the emulated speech models behind it, and rooms in it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2

from dragoman.app import Serving, serving
from dragoman.interpreters.openai.emulator import MarkerScript, OpenAIEmulator
from dragoman.relay.room_record import RoomRecord
from tests.fakes.surroundings import settings

API_TOKEN = "an-api-token-for-the-rig-only"
BEARER = {"Authorization": f"Bearer {API_TOKEN}"}


@dataclass
class House:
    """A server with browser mode on, and the models behind it."""

    app: Serving
    models: OpenAIEmulator
    http: httpx2.AsyncClient
    records: list[RoomRecord] = field(default_factory=list)

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.app.port}"

    async def room(self, **wanted: Any) -> dict[str, Any]:
        answer = await self.http.post("/api/rooms", json=wanted, headers=BEARER)
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    async def seat(self, made: Mapping[str, Any], name: str = "", language: str | None = None) -> str:
        asked = {"key": made["key"], "name": name, "host": made["host"]}
        asked |= {"language": language} if language else {}
        answer = await self.http.post(f"/api/rooms/{made['room']}/seats", json=asked)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["seat"])

    async def transcript(self, made: Mapping[str, Any], seat: str, form: str) -> httpx2.Response:
        path = f"/api/rooms/{made['room']}/transcript.{form}"
        return await self.http.get(path, headers={"Authorization": f"Bearer {seat}"})


@contextlib.asynccontextmanager
async def house(**more: str) -> AsyncIterator[House]:
    """`more` adds to the server's settings."""
    async with OpenAIEmulator(script=MarkerScript()) as models:
        env = settings(
            DRAGOMAN_ENGINE="conversation",
            OPENAI_API_KEY="sk-test",
            OPENAI_BASE_URL=models.base_url,
            DRAGOMAN_API_TOKEN=API_TOKEN,
            DRAGOMAN_BROWSER="true",
            DRAGOMAN_ECHO_GATE="false",
            **more,
        )
        records: list[RoomRecord] = []
        async with serving(env, roomed=records.append, drain_s=0.5) as app:
            base = f"http://127.0.0.1:{app.port}"
            async with httpx2.AsyncClient(trust_env=False, base_url=base, timeout=10.0) as http:
                yield House(app, models, http, records)
