"""The server's measure: of a real process (Linux), of its metrics, and what is asked of each figure."""

from __future__ import annotations

import mmap
import os
import socket
import threading
from pathlib import Path

import pytest

from bench.soak.growth import Reading
from bench.soak.readings import Objects, bounds, of_kernel, of_metrics
from dragoman.observe.metrics import Metrics

pytestmark = pytest.mark.unit


def test_open_files_sockets_threads_and_memory_are_the_kernels() -> None:
    release = threading.Event()
    before = of_kernel(os.getpid())
    waiting = threading.Thread(target=release.wait, args=(10,))
    waiting.start()
    with mmap.mmap(-1, 32_000_000) as block, socket.socket(), Path(os.devnull).open("rb"):  # never memory used before
        block.write(b"x" * len(block))
        during = of_kernel(os.getpid())
    assert during["RSS"] - before["RSS"] > 20
    release.set()
    waiting.join(10)
    assert during["sockets"] - before["sockets"] == 1
    assert during["open files"] - before["open files"] == 2
    assert during["threads"] - before["threads"] == 1
    assert 0 < before["PSS"] <= before["RSS"] * 1.5
    after = of_kernel(os.getpid())
    assert (after["sockets"], after["open files"]) == (before["sockets"], before["open files"])


def test_a_process_that_is_not_there_is_an_error() -> None:
    with pytest.raises(OSError, match="No such file"):
        of_kernel(2**22 + 1)


def test_what_a_server_says_of_itself_is_read_by_name() -> None:
    metrics = Metrics()
    metrics.keeps("tasks", lambda: 12)
    metrics.calls_living.inc(3)
    metrics.sessions_living.labels("conversation").inc(2)
    metrics.sessions_living.labels("translation").inc(1)
    found = of_metrics(metrics.text().decode())
    assert found == {"tasks": 12, "calls living": 3, "streams living": 0, "sessions living": 3}


def test_whatever_the_server_keeps_is_judged_and_nothing_twice() -> None:
    asked = bounds(Reading(0, 0.0, {"tasks": 4.0, "RSS": 150.0, "a new map": 0.0}), 4000)
    names = [one.name for one in asked]
    assert len(names) == len(set(names))
    by_name = {one.name: one for one in asked}
    assert by_name["a new map"].left == by_name["tasks"].left == by_name["sockets"].left == 0
    assert by_name["RSS"].per_1000 == 1.0
    assert by_name["objects"].left == 700
    assert by_name["blocks"].left == 4_500
    assert by_name["C heap"].left == 3.0


def test_kinds_that_grew_are_named_worst_first() -> None:
    before, after = Objects(90, 1.5, 5, {"a": 3, "b": 2}), Objects(99, 1.5, 16, {"a": 4, "b": 2, "c": 10})
    assert after.more_than(before) == [("c", 10), ("a", 1)]
    assert after.more_than(before, most=1) == [("c", 10)]


def test_counts_are_put_beside_what_was_read() -> None:
    reading = Objects(90, 1.5, 5, {}).beside(Reading(7, 2.0, {"RSS": 1.0}))
    assert reading == Reading(7, 2.0, {"RSS": 1.0, "objects": 5.0, "blocks": 90.0, "C heap": 1.5})
