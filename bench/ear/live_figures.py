"""The figures of a call with real speech, from what both ears heard and what the engine was given and said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np

from bench.ear.figures import Figures, Flags, Span, lags, longest_run, percentile
from bench.ear.listening import AUDIBLE_DBFS, loudness
from bench.ear.live import Capture
from bench.ear.locating import Found, Piece, locate, picture, pieces
from bench.ear.scenes import BYTES_PER_MS
from bench.ear.tapped import Spoken
from bench.ear.torn import mended
from dragoman.audio.level import voiced
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES
from dragoman.domain.call import Role

JOINED_FRAMES: Final = 25
"""Half a second: pauses in a sentence belong to it when we ask whether somebody speaks."""


@dataclass(frozen=True, slots=True)
class _Phrase:
    """An utterance that the engine interpreted, or was stopped from it (`cancelled`). Times are ms of the talk."""

    began_ms: float
    stopped_ms: float
    pieces: list[tuple[Piece, float, Found | None]]
    """Each with the time when it had come from the engine, and where it was heard."""
    length_ms: float
    cancelled: bool

    @property
    def whole(self) -> bool:
        return not self.cancelled and all(found is not None and found.heard == 1.0 for _, _, found in self.pieces)

    @property
    def heard(self) -> list[Found]:
        return [found for _, _, found in self.pieces if found is not None]

    def spans(self) -> list[Span]:
        pace = (self.stopped_ms - self.began_ms) / max(self.length_ms, 1.0)  # a cancelled one may have no audio
        return [
            (found.begins_ms, found.begins_ms - self.began_ms - piece.begins_ms * pace, found.begins_ms - ready_ms)
            for piece, ready_ms, found in self.pieces
            if found is not None and found.heard == 1.0
        ]

    def lost_ms(self) -> float:
        """Voice that was not heard: of pieces, and of parts of torn ones."""
        return sum(piece.voiced_ms * (1 - (found.heard if found else 0.0)) for piece, _, found in self.pieces)


def figures(capture: Capture) -> Figures:
    """No syllables are known here: speech is followed in pieces of about 400 ms, laid along the recordings."""
    lanes = {role: _phrases(capture, role) for role in Role}
    phrases = [one for lane in lanes.values() for one in lane]
    spans = [span for one in phrases for span in one.spans()]
    early, late = lags([[span for one in lane for span in one.spans()] for lane in lanes.values()])
    heard = [one for one in phrases if one.heard]
    said = {role: _loud(capture.talk.mouths[role]) for role in Role}
    return Figures(
        first_heard=percentile([one.heard[0].begins_ms - one.began_ms for one in heard], 50),
        span_p50=percentile([span for _, span, _ in spans], 50),
        span_p95=percentile([span for _, span, _ in spans], 95),
        behind_engine=percentile([held for _, _, held in spans], 95),
        tail=percentile([one.heard[-1].ends_ms - one.stopped_ms for one in heard], 50),
        lag_at_30_s=early,
        lag_at_end=late,
        longest_silence=max(_longest_silence(capture, role, lanes[role.other]) for role in Role),
        lost=sum(one.lost_ms() for one in phrases),
        phrases=len(phrases),
        completed=sum(one.whole for one in phrases),
        echo=0.0,  # these phones hear nothing of their ears
        echo_with_speech=0.0,
        withheld=float(sum(_withheld(capture, role, said[role]) for role in Role)),
        said=float(sum(int(loud.sum()) for loud in said.values()) * FRAME_MS),
        clears=capture.clears,
    )


def refused(capture: Capture) -> int:
    """Utterances of which the engine said nothing: it asked to repeat, or there was nothing in them."""
    return sum(not one.audio and not one.cancelled for tap in capture.taps.values() for one in tap.utterances.values())


def _phrases(capture: Capture, role: Role) -> list[_Phrase]:
    """What became of each utterance that the engine interpreted or was stopped from, in their order."""
    spoken = [one for one in capture.taps[role].utterances.values() if _to_be_heard(one)]
    spoken.sort(key=lambda one: one.began_ms or 0.0)
    audio, places = bytearray(), []
    for one in spoken:
        places.append(len(audio) // BYTES_PER_MS)
        audio += one.audio + b"\xff" * (-len(one.audio) % PCMU_FRAME_BYTES)
    wanted: list[Piece] = []
    ready_ms: list[float] = []
    whole_ms: list[float] = []
    owned: list[list[tuple[int, Piece]]] = []
    for place, one in zip(places, spoken, strict=True):
        owned.append([])
        for piece in pieces(bytes(one.audio)):
            owned[-1].append((len(wanted), piece))
            wanted.append(Piece(place + piece.begins_ms, piece.length_ms, piece.voiced_ms))
            ready_ms.append(one.ready_ms(piece.begins_ms) - capture.origin_ms)
            last_ms = min(piece.begins_ms + piece.length_ms, len(one.audio) / BYTES_PER_MS) - 1
            whole_ms.append(one.ready_ms(last_ms) - capture.origin_ms)
    heard, said = picture(capture.ears[role.other]), picture(bytes(audio))
    found = mended(heard, said, wanted, ready_ms, whole_ms, locate(heard, said, wanted, ready_ms))
    return [
        _Phrase(
            (one.began_ms or 0.0) - capture.origin_ms,
            (one.stopped_ms or 0.0) - capture.origin_ms,
            [(piece, ready_ms[number], found[number]) for number, piece in own],
            len(one.audio) / BYTES_PER_MS,
            one.cancelled,
        )
        for one, own in zip(spoken, owned, strict=True)
        if own or one.cancelled
    ]


def _to_be_heard(one: Spoken) -> bool:
    return (bool(one.audio) or one.cancelled) and one.began_ms is not None and one.stopped_ms is not None


def _loud(audio: bytes) -> Flags:
    frames = (audio[at : at + PCMU_FRAME_BYTES] for at in range(0, len(audio), PCMU_FRAME_BYTES))
    return np.array([voiced(frame) for frame in frames], np.bool_)


def _longest_silence(capture: Capture, listener: Role, phrases: Sequence[_Phrase]) -> float:
    """While the other has spoken and is not heard to the end: neither a sound nor the listener's own voice."""
    level = loudness(capture.ears[listener])
    pending = np.zeros(level.size, np.bool_)
    for one, following in pairwise([*phrases, None]):
        assert one is not None
        until_ms: float = level.size * FRAME_MS
        if one.heard:
            until_ms = one.heard[-1].ends_ms
        elif following is not None and following.heard:
            until_ms = following.heard[0].begins_ms
        pending[max(0, int(one.began_ms) // FRAME_MS) : int(until_ms) // FRAME_MS] = True
    own = np.zeros(level.size, np.bool_)
    loud = _loud(capture.talk.mouths[listener])[: level.size]
    own[: loud.size] = np.convolve(loud, np.ones(2 * JOINED_FRAMES + 1), mode="same")[: loud.size] > 0
    return float(longest_run(pending & ~(level > AUDIBLE_DBFS) & ~own) * FRAME_MS)


def _withheld(capture: Capture, role: Role, said: Flags) -> int:
    """How much less voice the engine was given than the mouth said, in ms; what came before the talk is not counted."""
    tap = capture.taps[role]
    before = next((size for size, at in reversed(tap.marks) if at <= capture.origin_ms), 0)
    given = _loud(bytes(tap.given[before:]))
    return max(0, int(said.sum()) - int(given.sum())) * FRAME_MS
