"""/live says that we answer, /ready that we want calls."""

from __future__ import annotations

import pytest
from httpx2 import ASGITransport, AsyncClient, Response

from dragoman.web.health import health_routes
from dragoman.web.server import web_app
from tests.fakes.paper_switchboard import PaperSwitchboard

pytestmark = pytest.mark.unit


async def get(path: str, switchboard: PaperSwitchboard, *reasons: str) -> Response:
    app = web_app(health_routes(switchboard, [lambda reason=reason: reason for reason in reasons]))  # type: ignore[misc]
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        return await client.get(path)


async def test_lives_even_while_draining() -> None:
    answer = await get("/live", PaperSwitchboard(draining=True))
    assert (answer.status_code, answer.json()) == (200, {"live": True})


async def test_ready_when_nothing_stands_against_it() -> None:
    answer = await get("/ready", PaperSwitchboard(), "", "")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": []})


async def test_what_is_not_done_here_is_said() -> None:
    app = web_app(health_routes(PaperSwitchboard(), without=["no telephone"]))
    async with AsyncClient(transport=ASGITransport(app), base_url="http://t") as client:
        answer = await client.get("/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "reasons": [], "without": ["no telephone"]})


async def test_not_ready_says_all_reasons() -> None:
    answer = await get("/ready", PaperSwitchboard(draining=True), "", "engine local: loading")
    assert answer.status_code == 503
    assert answer.json()["reasons"] == ["draining: no new calls are taken", "engine local: loading"]
