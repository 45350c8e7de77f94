"""The caption feed: all of it from the start, and nobody waits for a slow watcher."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.domain.call import Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side
from dragoman.relay.captions import HISTORY, CaptionFeed
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit


def caption(utterance: str, text: str, *, side: Side = Side.SOURCE, final: bool = False) -> Caption:
    return Caption(utterance, Role.CALLER, side, "es", text, final, 1.0)


async def all_of(feed: CaptionFeed) -> list[str]:
    return [one.text async for one in feed.watch()]


def test_who_comes_late_gets_the_last_state_of_each_side_and_then_what_comes() -> None:
    async def scene() -> None:
        feed = CaptionFeed()
        for text in ("Bue", "Buenos", "Buenos días"):
            feed.publish(caption("c1", text))
        feed.publish(caption("c1", "Good", side=Side.TARGET))
        async with asyncio.TaskGroup() as tasks:
            watching = tasks.create_task(all_of(feed))
            await asyncio.sleep(1)
            feed.publish(caption("c1", "Good morning", side=Side.TARGET, final=True))
            await asyncio.sleep(1)
            feed.publish(caption("c2", "Sí"))
            feed.close()
        assert watching.result() == ["Buenos días", "Good", "Good morning", "Sí"]
        assert feed.watchers == 0

    run(scene())


def test_after_the_call_all_of_it_can_still_be_read() -> None:
    feed = CaptionFeed()
    feed.publish(caption("c1", "Hola"))
    feed.close()
    assert run(all_of(feed)) == ["Hola"]


def test_a_slow_watcher_skips_growing_captions_and_misses_no_last_word() -> None:
    async def scene() -> None:
        feed = CaptionFeed()
        seen: list[Caption] = []

        async def watch_slowly() -> None:
            async for one in feed.watch():
                seen.append(one)
                await asyncio.sleep(10)

        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(watch_slowly())
            await asyncio.sleep(1)
            for number in range(1000):
                for step in range(5):
                    feed.publish(caption(f"c{number}", f"{number} {step}", final=step == 4))
            feed.close()
        assert [one.text for one in seen if one.final] == [f"{number} 4" for number in range(1000)]
        assert len(seen) <= 1001

    run(scene())


def test_two_watchers_do_not_take_from_each_other() -> None:
    async def scene() -> None:
        feed = CaptionFeed()
        async with asyncio.TaskGroup() as tasks:
            both = [tasks.create_task(all_of(feed)) for _ in range(2)]
            await asyncio.sleep(1)
            feed.publish(caption("c1", "Hola"))
            feed.close()
        assert [one.result() for one in both] == [["Hola"], ["Hola"]]

    run(scene())


def test_a_watcher_who_goes_leaves_nothing_behind() -> None:
    async def scene() -> None:
        feed = CaptionFeed()
        feed.publish(caption("c1", "Hola"))
        watching = feed.watch()
        await anext(watching)
        assert feed.watchers == 1
        await watching.aclose()  # type: ignore[attr-defined]
        assert feed.watchers == 0

    run(scene())


def test_what_is_kept_is_bounded() -> None:
    feed = CaptionFeed()
    for number in range(HISTORY + 10):
        feed.publish(caption(f"c{number}", str(number)))
    feed.close()
    kept = run(all_of(feed))
    assert len(kept) == HISTORY
    assert kept[-1] == str(HISTORY + 9)
