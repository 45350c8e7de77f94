"""What the rounds say together: a row per application and number of calls, and the goals. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bench.lane_log import Spread, Traffic, traffic
from bench.load import Round
from bench.names import NODE, OURS

CPU_GOAL: Final = 2 / 3
MEMORY_GOAL_MB: Final = 0.5
RESAMPLED_GOAL_MS: Final = 5.0
"""Both ways, where the engine takes 24 kHz and the sound is resampled twice."""
OWN_LATE_MS: Final = 5.0
"""When the load itself was later than this (p99), the figures are about the load."""


@dataclass(frozen=True, slots=True)
class Row:
    """One application with so many calls, all rounds together. `cores`: 1.0 = one core; memory in MB.

    `altered` is counted of assistants' calls only.
    """

    app: str
    calls: int
    traffic: Traffic
    cores: float
    rss_per_call_mb: float
    peak_mb: float
    strangers: int
    altered: int
    repeated: int
    dropped: int
    left_open: int
    captions: int
    marks: int
    complaints: tuple[str, ...]
    own_late: Spread
    own_cores: float

    @property
    def cores_per_call(self) -> float:
        return self.cores / self.calls

    @property
    def sound(self) -> bool:
        """Whether the load did its own work in time and in order."""
        return self.own_late.p99_ms <= OWN_LATE_MS and not self.traffic.unsaid and not self.complaints


def row(app: str, calls: int, rounds: Sequence[Round]) -> Row:
    """Rounds of one application: all frames together, CPU over all windows, the most memory."""
    window_s = sum(one.ended.at - one.began.at for one in rounds)
    late = max((one.own_late for one in rounds), key=lambda spread: spread.p99_ms)
    return Row(
        app=app,
        calls=calls,
        traffic=traffic(lane for one in rounds for lane in one.lanes),
        cores=sum(one.ended.cpu_s - one.began.cpu_s for one in rounds) / window_s,
        rss_per_call_mb=max((one.ended.rss_mb - one.before.rss_mb) / calls for one in rounds),
        peak_mb=max(one.ended.peak_mb for one in rounds),
        strangers=sum(one.ears.strangers + one.wiring.strangers for one in rounds),
        altered=sum(one.ears.altered + one.wiring.altered for one in rounds),
        repeated=sum(one.ears.repeated for one in rounds),
        dropped=sum(one.ears.dropped for one in rounds),
        left_open=sum(one.left_open for one in rounds),
        captions=sum(one.captions.shown for one in rounds),
        marks=sum(one.ears.marks for one in rounds),
        complaints=tuple(dict.fromkeys(text for one in rounds for text in (*one.ears.breaches, *one.wiring.refused))),
        own_late=late,
        own_cores=sum(one.own_cpu for one in rounds) / len(rounds),
    )


@dataclass(frozen=True, slots=True)
class Goal:
    """A figure of ours beside its bound."""

    what: str
    ours: float
    bound: float
    unit: str

    @property
    def met(self) -> bool:
        return self.ours <= self.bound


def goals(rows: Sequence[Row]) -> list[Goal]:
    """Those of one number of calls; without Node's row only what needs no comparison."""
    by_name = {one.app: one for one in rows}
    ours, node = by_name[OURS], by_name.get(NODE)
    found = [
        Goal("memory per call", ours.rss_per_call_mb, MEMORY_GOAL_MB, "MB"),
        Goal("frames lost", ours.traffic.lost, 0, ""),
        Goal("frames heard by a stranger", ours.strangers, 0, ""),
        Goal("sessions left open", ours.left_open, 0, ""),
    ]
    if ours.traffic.answers:
        found.append(Goal("frames with other bytes", ours.altered, 0, ""))
    if ours.traffic.across.most_ms:
        found.insert(0, Goal("added from mouth to ear, p50", ours.traffic.across.p50_ms, RESAMPLED_GOAL_MS, "ms"))
    if node is None:
        return found
    beside = node.traffic
    return [
        Goal("added up, p50", ours.traffic.up.p50_ms, beside.up.p50_ms, "ms"),
        Goal("added up, p99", ours.traffic.up.p99_ms, beside.up.p99_ms, "ms"),
        Goal("added down, p50", ours.traffic.down.p50_ms, beside.down.p50_ms, "ms"),
        Goal("added down, p99", ours.traffic.down.p99_ms, beside.down.p99_ms, "ms"),
        Goal("CPU per call", ours.cores_per_call * 100, node.cores_per_call * 100 * CPU_GOAL, "% of a core"),
        *found,
    ]
