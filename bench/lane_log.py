"""When each frame of one direction of one call passed our four points, and what follows from that. Pure."""

from __future__ import annotations

from array import array
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.stamps import MAGIC, STAMP, Kind, Script, Side, frame
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES

NEVER: Final = float("nan")

HAIR_S: Final = 1e-6

Times = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Pacing:
    """What an app lets lie at the carrier: below `top_up_s` it sends what it has, until `lead_s` lies there."""

    lead_s: float
    top_up_s: float


def holds(echoed: Times, pacing: Pacing) -> Times:
    """How long an app that does nothing but pace keeps each frame, in seconds; `echoed` in order, NaN = not there.

    Frames that come in real time are never kept; those of a burst wait until the ear has caught up.
    """
    kept = np.zeros(len(echoed))
    ends = 0.0
    queue: deque[int] = deque()
    for number in np.flatnonzero(~np.isnan(echoed)):
        now = float(echoed[number])
        while queue and ends - pacing.top_up_s <= now:
            ends = _release(queue, kept, echoed, max(ends - pacing.top_up_s, float(echoed[queue[0]])), ends, pacing)
        queue.append(int(number))
        if ends - now <= pacing.top_up_s:
            ends = _release(queue, kept, echoed, now, ends, pacing)
    while queue:
        ends = _release(queue, kept, echoed, max(ends - pacing.top_up_s, float(echoed[queue[0]])), ends, pacing)
    return kept


def _release(queue: deque[int], kept: Times, echoed: Times, now: float, ends: float, pacing: Pacing) -> float:
    """Send at `now` what fits under the lead, one frame at least; when the carrier's audio ends then."""
    ends = max(ends, now)
    while queue:
        number = queue.popleft()
        kept[number] = now - echoed[number]
        ends += FRAME_MS / 1000
        if ends - now > pacing.lead_s - FRAME_MS / 1000 + HAIR_S:
            break
    return ends


@dataclass(slots=True)
class EarCount:
    """What all ears together heard besides the frames of their own lanes."""

    strangers: int = 0
    repeated: int = 0
    unstamped: int = 0
    altered: int = 0
    marks: int = 0
    breaches: list[str] = field(default_factory=list)
    dropped: int = 0


class LaneLog:
    """Times in seconds of one clock, by number of the frame; `NEVER` where it did not pass (yet).

    sent (from the speaker's phone) - app - given (to the model) - echoed (by the model) - app - heard (on the phone).
    The party is quiet before frame `talks_from`. `pacing`: how the app paces what it sends, None = not at all.
    """

    def __init__(self, call: int, side: Side, script: Script, capacity: int, pacing: Pacing | None = None) -> None:
        self.call = call
        self.side = side
        self.script = script
        self.pacing = pacing
        self.count = 0
        self.talks_from = capacity
        self.sent, self.given, self.echoed, self.heard = (array("d", [NEVER]) * capacity for _ in range(4))

    @property
    def capacity(self) -> int:
        return len(self.sent)

    def kind(self, number: int) -> Kind:
        return Kind.PAUSE if number < self.talks_from else self.script.kind(number - self.talks_from)

    def frame(self, number: int) -> bytes:
        """What the speaker's phone says: 20 ms of mu-law."""
        return frame(self.call, self.side, self.kind(number), number)

    def hear(self, audio: bytes, now: float, count: EarCount) -> None:
        """What came out on the listener's phone."""
        for at in range(0, len(audio) - PCMU_FRAME_BYTES + 1, PCMU_FRAME_BYTES):
            magic, call, side, _, number = STAMP.unpack_from(audio, at)
            if magic != MAGIC:
                count.unstamped += 1
            elif call != self.call or side != self.side:
                count.strangers += 1
            elif self.heard[number] == self.heard[number]:  # not NaN: it came before
                count.repeated += 1
            else:
                self.heard[number] = now

    def window(self, began: float, ended: float) -> LaneTimes:
        """The frames that set out within the window, on each of the two ways through the app."""
        sent, given, echoed, heard = (
            np.frombuffer(one, np.float64) for one in (self.sent, self.given, self.echoed, self.heard)
        )
        hold = np.zeros(len(echoed)) if self.pacing is None else holds(echoed, self.pacing)
        up = (sent >= began) & (sent < ended)
        down = (echoed >= began) & (echoed < ended)
        speech = np.fromiter((self.kind(n) is Kind.SPEECH for n in range(len(sent))), np.bool_, len(sent))
        return LaneTimes(
            up=(given - sent)[up],
            down=(heard - echoed - hold)[down],
            hold=hold[down],
            unsaid=int(np.count_nonzero(np.isnan(echoed[up & speech & ~np.isnan(given)]))),
        )


@dataclass(frozen=True, slots=True)
class LaneTimes:
    """Seconds inside the app, NaN for a frame that got lost there. `unsaid`: speech that our model failed to echo.

    `collect`: how long each of the frames of `up` waited for those that go with it in one message (not within `up`);
    `across`: from mouth to ear, both ways and the resamplers between them, without `collect`. `first`: of an answer's
    first frame alone, from the model's socket to the phone's.
    """

    up: Times
    down: Times
    hold: Times
    unsaid: int
    collect: Times = field(default_factory=lambda: np.zeros(0))
    across: Times = field(default_factory=lambda: np.zeros(0))
    first: Times = field(default_factory=lambda: np.zeros(0))


@dataclass(frozen=True, slots=True)
class Spread:
    """Milliseconds. All 0 when there is nothing to measure."""

    p50_ms: float
    p99_ms: float
    most_ms: float

    @classmethod
    def of(cls, seconds: Times) -> Spread:
        there = seconds[~np.isnan(seconds)] * 1000
        if not there.size:
            return cls(0.0, 0.0, 0.0)
        p50, p99 = np.percentile(there, (50, 99))
        return cls(float(p50), float(p99), float(there.max()))


@dataclass(frozen=True, slots=True)
class Traffic:
    """What happened to all frames of one window. `hold` is the pacing that `down` has been freed from.

    `collect` is the collecting that `up` has been freed from; `across` both ways and the resamplers, frame by frame;
    `first` that of so many `answers`.
    """

    up: Spread
    down: Spread
    hold: Spread
    frames: int
    lost: int
    unsaid: int
    collect: Spread = Spread(0.0, 0.0, 0.0)
    across: Spread = Spread(0.0, 0.0, 0.0)
    first: Spread = Spread(0.0, 0.0, 0.0)
    answers: int = 0


def traffic(lanes: Iterable[LaneTimes]) -> Traffic:
    """All lanes of all rounds together."""
    found = list(lanes)
    ways = ("up", "down", "hold", "collect", "across", "first")
    up, down, hold, collect, across, first = (np.concatenate([getattr(one, way) for one in found]) for way in ways)
    return Traffic(
        up=Spread.of(up),
        down=Spread.of(down),
        hold=Spread.of(hold),
        frames=up.size + down.size,
        lost=int(np.isnan(up).sum() + np.isnan(down).sum()),
        unsaid=sum(one.unsaid for one in found),
        collect=Spread.of(collect),
        across=Spread.of(across),
        first=Spread.of(first),
        answers=first.size,
    )
