"""Metrics: names that dashboards depend on, and no sharing between servers."""

from __future__ import annotations

import pytest

from dragoman.observe.metrics import Metrics

pytestmark = pytest.mark.unit

NAMES = {
    "dragoman_calls_living",
    "dragoman_calls_ended_total",
    "dragoman_calls_refused_total",
    "dragoman_streams_living",
    "dragoman_doors_shut_total",
    "dragoman_orphans_total",
    "dragoman_streams_cut_total",
    "dragoman_sessions_living",
    "dragoman_engine_changes_total",
    "dragoman_engine_trouble_total",
    "dragoman_utterances_total",
    "dragoman_unclear_total",
    "dragoman_guarded_total",
    "dragoman_store_failures_total",
    "dragoman_taken_up_total",
    "dragoman_spent_usd_total",
    "dragoman_lag_seconds",
    "dragoman_ear_lag_seconds",
    "dragoman_ear_voice_span_seconds",
    "dragoman_tail_seconds",
    "dragoman_overlaps_total",
    "dragoman_assistant_turns_total",
    "dragoman_assistant_wait_seconds",
    "dragoman_barge_ins_total",
    "dragoman_tool_calls_total",
    "dragoman_kept",
}
OF_THE_PROCESS = {
    "process_virtual_memory_bytes",
    "process_resident_memory_bytes",
    "process_start_time_seconds",
    "process_cpu_seconds_total",
    "process_open_fds",
    "process_max_fds",
}
"""Where the system tells of them."""


def test_the_names_are_the_public_ones() -> None:
    declared = [line.split()[2] for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE")]
    assert {name for name in declared if not name.endswith("_created")} - OF_THE_PROCESS == NAMES


def test_what_is_kept_is_counted_when_somebody_looks() -> None:
    metrics, kept = Metrics(), ["one"]
    metrics.keeps("things", lambda: len(kept))
    assert b'dragoman_kept{what="things"} 1.0' in metrics.text()
    kept.clear()
    assert b'dragoman_kept{what="things"} 0.0' in metrics.text()


def test_two_servers_do_not_share_counts() -> None:
    one, other = Metrics(), Metrics()
    one.calls_living.inc()
    one.calls_ended.labels("caller").inc()
    assert b"dragoman_calls_living 1.0" in one.text()
    assert b'dragoman_calls_ended_total{side="caller"} 1.0' in one.text()
    assert b"dragoman_calls_living 0.0" in other.text()
