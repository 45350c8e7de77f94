"""The rows of the hostile bench, and what it counts in the server's metrics."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from bench.hostile.report import Figures, Window, table, thrown_out
from bench.lane_log import Spread

pytestmark = pytest.mark.unit

METRICS = """\
# TYPE dragoman_streams_cut_total counter
dragoman_streams_cut_total{reason="sends-too-fast"} 3.0
dragoman_streams_cut_total{reason="does-not-read"} 1.0
dragoman_streams_cut_created{reason="does-not-read"} 1.7e+09
dragoman_doors_shut_total{door="/incoming-call"} 1.2e+03
dragoman_calls_refused_total{reason="max-calls"} 7.0
"""


def window(p50_ms: float, p99_ms: float, late_p99_ms: float = 1.0) -> Window:
    spread = Spread(p50_ms, p99_ms, p99_ms)
    return Window(spread, spread, 0.5, 2.0, 100, 0, 0.1, late_p99_ms)


def test_what_was_thrown_out_is_what_the_server_counts() -> None:
    assert thrown_out(METRICS) == 3 + 1 + 1200
    assert thrown_out("") == 0


def test_a_row_holds_both_windows_and_their_ratio() -> None:
    row = Figures("pings", 2, window(0.2, 1.0), window(0.3, 4.0, late_p99_ms=9.0), 5)
    assert row.ratio("up", "p50_ms") == pytest.approx(1.5)
    assert row.ratio("down", "p99_ms") == 4.0
    out = io.StringIO()
    Console(file=out, width=200).print(table([row], 10, 2))
    text = out.getvalue()
    assert "10 calls beside 2 hostile" in text
    assert "1.50 / 4.00" in text
    assert "0.50 / 2.0" in text
    assert "pings (load late)" in text
    assert Figures("x", 1, window(0.0, 0.0), window(1.0, 1.0), 0).ratio("up", "p50_ms") == 0.0
