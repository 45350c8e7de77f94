"""Keys for sessions of a browser's own: for whom, how many, for which languages."""

from __future__ import annotations

from typing import Any

import pytest

from dragoman.browser_ports import DirectKind
from tests.fakes.paper_rooms import ENGLISH, SPANISH
from tests.fakes.room_desk import BEARER, NOW, OURS, PaperKeys, RoomDesk, logged_in

pytestmark = pytest.mark.unit

WISH: dict[str, Any] = {"source": "es", "target": "en"}


def desk(keys: PaperKeys | None = None, per_hour: int = 2) -> RoomDesk:
    return RoomDesk(settings={"client_secrets_per_hour": per_hour}, keys=keys or PaperKeys())


@pytest.mark.parametrize("kind", list(DirectKind))
async def test_who_is_logged_in_gets_one(kind: DirectKind) -> None:
    keys = PaperKeys()
    async with desk(keys).client() as client:
        await logged_in(client)
        answer = await client.post("/api/client-secret", json=WISH | {"kind": kind.value}, headers=OURS)
    assert answer.json() == {
        "value": "ek_paper",
        "expires_at": NOW + 60,
        "url": "https://models.example.com/v1/realtime/calls",
        "model": "model-1",
        "kind": kind.value,
    }
    assert keys.asked == [(kind, SPANISH, ENGLISH, "hash of 203.0.113.9")]
    assert answer.headers["cache-control"] == "no-store"


async def test_nobody_gets_none() -> None:
    keys = PaperKeys()
    async with desk(keys).client() as client:
        assert (await client.post("/api/client-secret", json=WISH, headers=OURS)).status_code == 401
        await logged_in(client)
        assert (await client.post("/api/client-secret", json=WISH)).status_code == 403
    assert keys.asked == []


@pytest.mark.parametrize("wish", [WISH | {"target": "tlh"}, WISH | {"source": ""}, {"target": "en"}, WISH | {"x": 1}])
async def test_only_languages_that_are_offered(wish: dict[str, Any]) -> None:
    keys = PaperKeys()
    async with desk(keys).client() as client:
        assert (await client.post("/api/client-secret", json=wish, headers=BEARER)).status_code == 400
    assert keys.asked == []


async def test_they_are_few_an_hour() -> None:
    one = desk()
    async with one.client() as client:
        answers = [await client.post("/api/client-secret", json=WISH, headers=BEARER) for _ in range(3)]
        one.now += 1801
        later = await client.post("/api/client-secret", json=WISH, headers=BEARER)
    assert [answer.status_code for answer in (*answers, later)] == [200, 200, 429, 200]


@pytest.mark.parametrize(("keys", "status"), [(PaperKeys(failing=True), 502), (PaperKeys(refusing=True), 400)])
async def test_what_the_vendor_refuses_is_told(keys: PaperKeys, status: int) -> None:
    async with desk(keys).client() as client:
        answer = await client.post("/api/client-secret", json=WISH, headers=BEARER)
    assert answer.status_code == status
    assert answer.json()["fix"]


async def test_as_a_rule_none_are_given_out() -> None:
    for one in (desk(per_hour=0), RoomDesk(settings={"client_secrets_per_hour": 5})):
        async with one.client() as client:
            assert (await client.post("/api/client-secret", json=WISH, headers=BEARER)).status_code == 404
