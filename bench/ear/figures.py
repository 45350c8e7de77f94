"""The figures of one scene through one relay. Times are ms; both directions together unless told otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import numpy.typing as npt

from bench.ear.listening import Trace, trace
from bench.ear.matching import Expected, Heard, match
from bench.ear.play import Recording
from bench.ear.scenes import Said
from bench.ear.sounds import INTERPRETER, OWN, Voice
from dragoman.audio import g711
from dragoman.domain.audio import FRAME_MS
from dragoman.domain.call import Role

EARLY_MS: Final = 30_000
AROUND_MS: Final = 15_000
NEAREST: Final = 25
"""The lag at 30 s is the median of the syllables heard nearest to it (about 5 s of speech), within 15 s."""
LAST_MS: Final = 10_000
"""The lag at the end is the median of what was heard in the last ten seconds."""
DOUBLE_TALK_FRAMES: Final = 15
"""Echo within 300 ms of the party's own voice comes with it: a gate that kept it back would chop words."""
FASTEST: Final = 1.25

Flags = npt.NDArray[np.bool_]
Span = tuple[float, float, float]
"""(when a piece of speech was heard, how far behind the source, how long after the engine had sent it)."""


@dataclass(frozen=True, slots=True)
class Figures:
    """None: nothing to measure it by.

    first_heard: from the begin of speech at the mouth to the first of it heard in the other language, median.
    span: how far each syllable heard is behind the place in the source that it stands for.
    behind_engine: how long each syllable was kept after the engine had sent it (p95).
    tail: from the end of speech to the last of it heard, median.
    longest_silence: of either ear, while the other has spoken and is not heard to the end.
    lost: voiced audio that was to be heard and was not. withheld: what a party said and no engine was given, of `said`.
    echo: what an engine was given of what it (or the other voice) had said into the speaker's own ear.
    """

    first_heard: float | None
    span_p50: float | None
    span_p95: float | None
    behind_engine: float | None
    tail: float | None
    lag_at_30_s: float | None
    lag_at_end: float | None
    longest_silence: float
    lost: float
    phrases: int
    completed: int
    echo: float
    echo_with_speech: float
    withheld: float
    said: float
    clears: int

    @property
    def completed_percent(self) -> float | None:
        return 100.0 * self.completed / self.phrases if self.phrases else None

    @property
    def withheld_percent(self) -> float:
        return 100.0 * self.withheld / self.said


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A phrase that was to be heard, and what became of each of its syllables."""

    said: Said
    syllables: list[tuple[Expected, Heard]]

    @property
    def whole(self) -> bool:
        return all(heard.whole(of) for of, heard in self.syllables)

    @property
    def begins_ms(self) -> int | None:
        return next((heard.begins_ms for _, heard in self.syllables if heard.begins_ms is not None), None)

    @property
    def ends_ms(self) -> int | None:
        return next((heard.ends_ms for _, heard in reversed(self.syllables) if heard.ends_ms is not None), None)

    @property
    def lost_ms(self) -> float:
        missing = (of.length_ms - heard.heard_ms * FASTEST for of, heard in self.syllables if not heard.whole(of))
        return sum(max(0.0, one) for one in missing)

    def spans(self) -> Iterator[Span]:
        """Of each syllable that was heard."""
        sound = self.said.to_be_heard
        assert sound is not None
        pace = self.said.sound.length_ms / sound.length_ms
        for one, (of, heard) in zip(sound.syllables, self.syllables, strict=True):
            if heard.begins_ms is not None:
                source_ms = self.said.begins_ms + one.begins_ms * pace
                yield heard.begins_ms, heard.begins_ms - source_ms, heard.begins_ms - of.ready_ms


def figures(recording: Recording) -> Figures:
    """Listen to the recordings."""
    ears = {role: trace(audio) for role, audio in recording.ears.items()}
    lanes = {role: _phrases(recording.scene.by(role), ears[role.other]) for role in Role}
    phrases = [one for lane in lanes.values() for one in lane]
    spans = [span for one in phrases for span in one.spans()]
    firsts = [one.begins_ms - one.said.begins_ms for one in phrases if one.begins_ms is not None]
    tails = [one.ends_ms - one.said.ends_ms for one in phrases if one.ends_ms is not None]
    echoes = [_echo(recording, role) for role in Role]
    early, late = lags([[span for one in lane for span in one.spans()] for lane in lanes.values()])
    return Figures(
        first_heard=percentile(firsts, 50),
        span_p50=percentile([span for _, span, _ in spans], 50),
        span_p95=percentile([span for _, span, _ in spans], 95),
        behind_engine=percentile([held for _, _, held in spans], 95),
        tail=percentile(tails, 50),
        lag_at_30_s=early,
        lag_at_end=late,
        longest_silence=max(_longest_silence(recording, role, ears[role], lanes[role.other]) for role in Role),
        lost=sum(one.lost_ms for one in phrases),
        phrases=len(phrases),
        completed=sum(one.whole for one in phrases),
        echo=sum(alone for alone, _, _ in echoes),
        echo_with_speech=sum(beside for _, beside, _ in echoes),
        withheld=sum(kept for _, _, kept in echoes),
        said=float(sum(one.sound.voiced_ms for one in recording.scene.said)),
        clears=recording.clears,
    )


def _phrases(said: Sequence[Said], ear: Trace) -> list[_Phrase]:
    """What became of all that this party said. Each voice is looked for by itself."""
    phrases: dict[int, _Phrase] = {}
    for voice in Voice:
        wanted = [one for one in said if one.to_be_heard is not None and one.to_be_heard.voice is voice]
        expected = [_expected(one) for one in wanted]
        found = iter(match(ear.plain(voice), [one for phrase in expected for one in phrase]))
        for one, syllables in zip(wanted, expected, strict=True):
            phrases[one.begins_ms] = _Phrase(one, [(of, next(found)) for of in syllables])
    return [phrases[at] for at in sorted(phrases)]


def _expected(said: Said) -> list[Expected]:
    assert said.to_be_heard is not None
    pairs = zip(said.to_be_heard.syllables, said.ready_ms, strict=True)
    return [Expected(one.symbol, one.length_ms, ready_ms) for one, ready_ms in pairs]


def lags(lanes: Sequence[Sequence[Span]]) -> tuple[float | None, float | None]:
    """At 30 s and at the end, of the lane that is further behind at the end."""
    found: list[tuple[float | None, float]] = []
    for spans in lanes:
        if not spans:
            continue
        over_ms = max(at for at, _, _ in spans)
        nearest = sorted((abs(at - EARLY_MS), lag) for at, lag, _ in spans)[:NEAREST]
        early = [lag for away, lag in nearest if away < AROUND_MS]
        late = [lag for at, lag, _ in spans if at > over_ms - LAST_MS]
        found.append((percentile(early, 50), float(np.median(late))))
    return max(found, key=lambda pair: pair[1], default=(None, None))


def _longest_silence(recording: Recording, listener: Role, ear: Trace, phrases: Sequence[_Phrase]) -> float:
    """While the other has spoken and is not heard to the end: neither a sound nor the listener's own voice."""
    frames = ear.frames
    pending = np.zeros(frames, np.bool_)
    unheard = [one for one in recording.scene.by(listener.other) if one.to_be_heard is None]
    for one in unheard:
        pending[one.begins_ms // FRAME_MS :] = True
    for phrase, following in pairwise([*phrases, None]):
        assert phrase is not None
        until_ms = phrase.ends_ms
        if until_ms is None:  # never heard: given up when the next one is
            until_ms = following.begins_ms if following is not None else None
        last = frames if until_ms is None else until_ms // FRAME_MS
        pending[phrase.said.begins_ms // FRAME_MS : last] = True
    own = np.zeros(frames, np.bool_)
    for one in recording.scene.by(listener):
        own[one.begins_ms // FRAME_MS : one.ends_ms // FRAME_MS] = True
    return float(longest_run(pending & ~ear.audible() & ~own) * FRAME_MS)


def _echo(recording: Recording, role: Role) -> tuple[float, float, float]:
    """Of what this party's engine was given: ms of echo by itself, of echo beside the party's voice; ms withheld."""
    if role not in recording.given:
        return 0.0, 0.0, 0.0
    given = trace(recording.given[role])
    mouth = trace(g711.encode(recording.mouths[role]))
    said = mouth.understood(OWN[role])
    from_ear = given.understood(INTERPRETER[role.other]) | given.understood(OWN[role.other])
    near = _widened(said, DOUBLE_TALK_FRAMES)
    withheld = int((said & ~given.understood(OWN[role])).sum())
    echo = from_ear & ~said
    return (
        float((echo & ~near).sum() * FRAME_MS),
        float((echo & near).sum() * FRAME_MS),
        float(withheld * FRAME_MS),
    )


def _widened(flags: Flags, frames: int) -> Flags:
    return np.convolve(flags, np.ones(2 * frames + 1), mode="same") > 0.5


def longest_run(flags: Flags) -> int:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flags.astype(np.int8), [0]])))
    return int((edges[1::2] - edges[::2]).max(initial=0))


def percentile(values: Sequence[float], percent: float) -> float | None:
    return float(np.percentile(values, percent)) if values else None
