"""Blocking functions beside the loop."""

from __future__ import annotations

import asyncio
import threading

import pytest

from dragoman.tools.threads import Busy, Threads

pytestmark = pytest.mark.unit


async def test_what_it_returns_and_raises_arrives() -> None:
    threads = Threads()
    assert await threads.run(lambda: threading.current_thread().name) == "tool"
    with pytest.raises(ZeroDivisionError):
        await threads.run(lambda: 1 // 0)


async def test_what_would_end_a_loop_arrives_as_an_error() -> None:
    def leave() -> None:
        raise SystemExit

    def stop() -> None:
        raise StopIteration

    for function, name in ((leave, "SystemExit"), (stop, "StopIteration")):
        with pytest.raises(RuntimeError, match=name):
            await Threads().run(function)


async def test_no_more_than_may_run_do_those_included_that_nobody_waits_for() -> None:
    release = threading.Event()
    ended = threading.Event()

    def wait() -> None:
        release.wait(10)
        ended.set()

    threads = Threads(1)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await threads.run(wait)
    with pytest.raises(Busy):
        await threads.run(int)
    release.set()
    assert await asyncio.to_thread(ended.wait, 10)
    while True:
        try:
            assert await threads.run(int) == 0
        except Busy:
            await asyncio.sleep(0.001)
        else:
            break


async def test_a_thread_that_hangs_does_not_keep_the_program() -> None:
    daemon = await Threads().run(lambda: threading.current_thread().daemon)
    assert daemon


def test_a_loop_that_is_gone_is_left_alone() -> None:
    release, ended = threading.Event(), threading.Event()
    failures: list[threading.ExceptHookArgs] = []

    def wait() -> None:
        release.wait(10)
        threading.current_thread().name = "tool that outlived its loop"
        ended.set()

    async def start() -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.01):
                await Threads().run(wait)

    previous, threading.excepthook = threading.excepthook, failures.append
    try:
        asyncio.run(start())
        release.set()
        assert ended.wait(10)
        for thread in threading.enumerate():
            if thread.name == "tool that outlived its loop":
                thread.join(10)
    finally:
        threading.excepthook = previous
    assert failures == []
