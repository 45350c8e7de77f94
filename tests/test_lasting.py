"""What outlives a process, as the settings want it."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from dragoman import lasting
from dragoman.browser_alone import completed
from dragoman.errors import SettingsError
from dragoman.observe.metrics import Metrics
from dragoman.relay.entrance import today
from dragoman.relay.purse import Purse
from dragoman.sections import Settings, read_settings
from dragoman.store import node_lock
from tests.fakes.surroundings import settings

pytestmark = pytest.mark.unit


def every(folder: Path, *, telephone: bool = True, **more: str) -> Settings:
    env = settings(**{"DRAGOMAN_DATABASE": str(folder / "calls.sqlite"), **more})
    if not telephone:
        env = {name: value for name, value in env.items() if not name.startswith("TWILIO_")}
        env |= {"DRAGOMAN_BROWSER": "true", "DRAGOMAN_API_TOKEN": "an-api-token-of-good-length"}
    return read_settings(completed(env))


class Node:
    def __init__(self) -> None:
        self.metrics = Metrics()
        self.purse = Purse(lambda: self.metrics.usd)

    @property
    def usd(self) -> float:
        return self.purse.today_usd(today())


async def test_nothing_is_kept_where_it_is_off_or_there_is_nothing_to_keep(tmp_path: Path) -> None:
    node = Node()
    for wanted in (every(tmp_path, DRAGOMAN_DATABASE="off"), every(tmp_path, telephone=False)):
        async with lasting.opened(wanted, node.metrics, node.purse) as kept, kept.money():
            assert (kept.recall, kept.till) == (None, None)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("telephone", [True, False])
async def test_the_days_money_survives_a_restart(tmp_path: Path, telephone: bool) -> None:
    wanted = every(tmp_path, telephone=telephone, DRAGOMAN_MAX_USD_PER_DAY="1")
    for process in range(3):
        node = Node()
        async with lasting.opened(wanted, node.metrics, node.purse) as kept, kept.money():
            assert (kept.recall is not None) == telephone
            assert node.usd == 0.25 * process, "before anybody is let in"
            node.metrics.spent("an engine", 0.25)


async def test_two_processes_share_a_days_money_and_not_a_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(node_lock, "PATIENCE_S", 0.0)
    one, other = Node(), Node()
    async with lasting.opened(every(tmp_path), one.metrics, one.purse) as kept, kept.money():
        one.metrics.spent("an engine", 0.5)
        assert kept.till is not None
        await kept.till.write()
        with pytest.raises(SettingsError, match="DRAGOMAN_NODE"):
            async with lasting.opened(every(tmp_path), other.metrics, other.purse):
                pytest.fail("it would take the first one's calls")
        named = every(tmp_path, DRAGOMAN_NODE="other")
        async with lasting.opened(named, other.metrics, other.purse) as its, its.money():
            assert other.usd == 0.5


def test_a_day_is_one_of_utc() -> None:
    assert today() == datetime.datetime.now(datetime.UTC).date()
