"""What a call was like at the ear, from the times of its utterances: the product's own figures.

Seconds throughout. Ear-voice span: from the first sound at the mouth to the first sound of its translation at the ear.
Wait: from the last sound at the mouth to that. Tail: from the last sound at the mouth to the last at the ear. Silence:
nothing in the ear while the other party has spoken and its translation is not heard to its end.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.domain.call import Role
from dragoman.relay.lag import LagFigures
from dragoman.relay.transcript import Utterance


@dataclass(frozen=True, slots=True)
class EarFigures:
    """One party's ear. None where nothing was heard."""

    listener: Role
    heard: int
    span_p50_s: float | None
    span_p95_s: float | None
    wait_p50_s: float | None
    wait_p95_s: float | None
    tail_p50_s: float | None
    tail_p95_s: float | None
    longest_silence_s: float
    lag_mean_s: float
    lag_most_s: float
    lag_drift_s_per_min: float


@dataclass(frozen=True, slots=True)
class CallFigures:
    """Both ears, and how the parties shared the floor (`caller_share` of all voice)."""

    ears: tuple[EarFigures, ...] = ()
    caller_share: float = 0.0
    overlaps: int = 0
    overlap_s: float = 0.0


NO_FIGURES = CallFigures()


def ear_figures(listener: Role, utterances: Sequence[Utterance], lag: LagFigures) -> EarFigures:
    """The figures of the ear that hears these utterances."""
    heard = [one for one in utterances if one.heard_s is not None and one.began_s is not None]
    spans = [one.heard_s - one.began_s for one in heard if one.heard_s is not None and one.began_s is not None]
    waits = [one.heard_s - one.stopped_s for one in heard if one.heard_s is not None and one.stopped_s is not None]
    tails = [
        one.heard_end_s - one.stopped_s for one in heard if one.heard_end_s is not None and one.stopped_s is not None
    ]
    return EarFigures(
        listener,
        len(heard),
        quantile(spans, 0.5),
        quantile(spans, 0.95),
        quantile(waits, 0.5),
        quantile(waits, 0.95),
        quantile(tails, 0.5),
        quantile(tails, 0.95),
        round(longest_silence_s(heard), 3),
        round(lag.mean_ms / 1000, 3),
        round(lag.most_ms / 1000, 3),
        round(lag.drift_ms_per_min / 1000, 3),
    )


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least `share` of all do not exceed; None of nothing."""
    if not values:
        return None
    return round(sorted(values)[max(math.ceil(share * len(values)), 1) - 1], 3)


def longest_silence_s(utterances: Sequence[Utterance]) -> float:
    """The longest time in which something was owed to the ear and nothing was heard."""
    owed = [(one.began_s, one.heard_end_s) for one in utterances if one.began_s is not None]
    sounds = sorted(
        (one.heard_s, one.heard_end_s) for one in utterances if one.heard_s is not None and one.heard_end_s is not None
    )
    longest = 0.0
    for began, ended in owed:
        if ended is None:
            continue
        at = began
        for first, last in sounds:
            if last <= at:
                continue
            if first >= ended:
                break
            longest = max(longest, first - at)
            at = last
        longest = max(longest, ended - at)
    return longest
