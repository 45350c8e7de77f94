"""What one ear was given: queued here, sent to the carrier, heard.

Audio goes out in whole frames, with a small lead in the carrier's buffer and never in a burst, so that `clear` can
still stop what was not heard. Between marks a playback clock tells what the ear hears now. Times are seconds of the
caller's clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.domain.effects import Clear, Mark, Play

LEAD_MS = 120
"""How much unheard audio may lie at the carrier."""

TOP_UP_MS = 60
"""Below this lead the carrier's buffer is topped up: pieces of 60 to 120 ms, not a message per frame."""

PLAYED_LATE_MS = 40
"""An empty carrier buffer starts a little late, and all that follows with it; what we say of the ear allows for it."""

HAIR = 1e-6


@dataclass(frozen=True, slots=True)
class Started:
    """The first audio of `label` reaches the ear at `heard_at`; it went to the carrier at `sent_at`."""

    label: str
    sent_at: float
    heard_at: float


@dataclass(frozen=True, slots=True)
class Finished:
    """The last audio of `label` was heard. With `cleared` it was dropped, after `heard_ms` of it."""

    label: str
    at: float
    heard_ms: float
    cleared: bool = False


PlayoutNote = Started | Finished


@dataclass(slots=True)
class _Span:
    """Audio at the carrier: when the ear hears it, by the playback clock. Label "" is a mixer's own."""

    label: str
    begins: float
    ends: float


@dataclass(slots=True)
class _Piece:
    """Consecutive whole frames of one label; `ended` puts a mark behind them."""

    label: str
    audio: bytearray
    ended: bool = False


class Playout:
    """One ear's queue. `add` and `end` fill it, `due` says what to send now, `reached` and `clear` settle it."""

    def __init__(self, fmt: AudioFormat, *, lead_ms: int = LEAD_MS) -> None:
        self._format = fmt
        self._frame_bytes = fmt.frame_bytes
        self._bytes_per_s = fmt.rate_hz * fmt.sample_bytes
        self._lead_s = lead_ms / 1000
        self._top_up_s = min(TOP_UP_MS, lead_ms / 2) / 1000
        self._surely_bytes = self._room_bytes_with(self._top_up_s)  # fits whenever there is anything to top up
        self._pieces: deque[_Piece] = deque()
        self._rest = bytearray()
        self._rest_label = ""
        self._buffer_ends = 0.0
        self._generation = 0
        self._marks: dict[str, str] = {}
        self._mark_count = 0
        self._sent_ms: dict[str, float] = {}
        self._flying: deque[_Span] = deque()
        self._notes: list[PlayoutNote] = []

    # -- Filling -------------------------------------------------------------------------------------------------------

    def add(self, audio: bytes, label: str) -> None:
        """Queue audio of any length; what is not a whole frame waits for more, or for `end`."""
        if not audio:
            return
        if self._rest and self._rest_label != label:
            self._flush_rest()
        if not self._rest and len(audio) % self._frame_bytes == 0:
            self._append(label, audio)
            return
        self._rest_label = label
        self._rest += audio
        whole = len(self._rest) - len(self._rest) % self._frame_bytes
        if whole:
            self._append(label, bytes(self._rest[:whole]))
            del self._rest[:whole]

    def end(self, label: str) -> None:
        """No more audio of `label` for now: pad its tail to a whole frame and mark its end."""
        if self._rest and self._rest_label == label:
            self._flush_rest()
        for piece in reversed(self._pieces):
            if piece.label == label:
                piece.ended = True
                return
        if label in self._sent_ms:
            self._pieces.append(_Piece(label, bytearray(), ended=True))

    def _append(self, label: str, audio: bytes) -> None:
        if self._pieces and self._pieces[-1].label == label and not self._pieces[-1].ended:
            self._pieces[-1].audio += audio
        else:
            self._pieces.append(_Piece(label, bytearray(audio)))

    def _flush_rest(self) -> None:
        missing = self._frame_bytes - len(self._rest)
        blank = self._format.silence(FRAME_MS)[:missing]
        self._append(self._rest_label, bytes(self._rest) + blank)
        self._rest.clear()

    # -- Sending -------------------------------------------------------------------------------------------------------

    def give(self, audio: bytes, label: str, now: float) -> Sequence[Play | Mark]:
        """`add`, then what is `due`. The hot path: nothing is queued and all of it fits, so that it goes as it is."""
        size = len(audio)
        if (
            not self._pieces
            and not self._rest
            and self._buffer_ends - now <= self._top_up_s
            and size % self._frame_bytes == 0
            and 0 < size <= self._surely_bytes
        ):
            self._count(label, size, now)
            return (Play(audio),)
        self.add(audio, label)
        return self.due(now)

    def due(self, now: float) -> list[Play | Mark]:
        """What to give the carrier now: whole frames up to the lead, and the marks behind what was sent."""
        if not self._pieces or (self._buffer_ends - now > self._top_up_s and self._pieces[0].audio):
            return []
        effects: list[Play | Mark] = []
        out = bytearray()
        while self._pieces:
            piece = self._pieces[0]
            take = min(self._room_bytes(now), len(piece.audio))
            if take > 0:
                out += piece.audio[:take]
                del piece.audio[:take]
                self._count(piece.label, take, now)
            if piece.audio:
                break
            self._pieces.popleft()
            if piece.ended:
                if out:
                    effects.append(Play(bytes(out)))
                    out = bytearray()
                effects.append(self._mark(piece.label))
        if out:
            effects.append(Play(bytes(out)))
        return effects

    def _room_bytes(self, now: float) -> int:
        """How many bytes of whole frames fit under the lead; the hair keeps 59.999 ms from being two frames."""
        return self._room_bytes_with(max(self._buffer_ends - now, 0.0))

    def _room_bytes_with(self, ahead_s: float) -> int:
        return int((self._lead_s - ahead_s) * 1000 / FRAME_MS + HAIR) * self._frame_bytes

    def take_frame(self, now: float) -> tuple[bytes | None, list[Mark]]:
        """One queued frame for a mixer that keeps the time itself, with the marks that fall due behind it."""
        marks: list[Mark] = []
        frame: bytes | None = None
        while self._pieces:
            piece = self._pieces[0]
            if piece.audio and frame is None:
                frame = bytes(piece.audio[: self._frame_bytes])
                del piece.audio[: self._frame_bytes]
                self._count(piece.label, len(frame), now)
            if piece.audio:
                break
            self._pieces.popleft()
            if piece.ended:
                marks.append(self._mark(piece.label))
        return frame, marks

    def sent_beside(self, size_bytes: int, now: float) -> None:
        """A mixer sent a frame of its own to the same ear: the playback clock moves with it."""
        self._fly("", size_bytes / self._bytes_per_s, now)

    def _count(self, label: str, size_bytes: int, now: float) -> None:
        sent_ms = self._sent_ms.get(label)
        if sent_ms is None:
            sent_ms = 0.0
            heard_at = max(self._buffer_ends, now) + PLAYED_LATE_MS / 1000
            self._notes.append(Started(label, now, heard_at))
        size_s = size_bytes / self._bytes_per_s
        self._sent_ms[label] = sent_ms + size_s * 1000
        self._fly(label, size_s, now)

    def _fly(self, label: str, size_s: float, now: float) -> None:
        begins = max(self._buffer_ends, now)
        self._buffer_ends = begins + size_s
        flying = self._flying
        while flying and flying[0].ends <= now:
            flying.popleft()
        if flying and flying[-1].label == label:
            flying[-1].ends = self._buffer_ends
        else:
            flying.append(_Span(label, begins, self._buffer_ends))

    def _mark(self, label: str) -> Mark:
        self._mark_count += 1
        name = f"g{self._generation}.{self._mark_count}"
        self._marks[name] = label
        return Mark(name)

    # -- Settling ------------------------------------------------------------------------------------------------------

    def reached(self, name: str, now: float) -> None:
        """The carrier returned a mark. Unknown, repeated, and those that `clear` brought back count for nothing."""
        label = self._marks.pop(name, None)
        if label is not None:
            self._notes.append(Finished(label, now, self._sent_ms.get(label, 0.0)))

    def clear(self, now: float) -> list[Clear]:
        """Forget what is queued and drop what the carrier has not played; marks on their way back are void."""
        unheard_ms: dict[str, float] = {}
        for span in self._flying:
            left_ms = max(span.ends - max(span.begins, now), 0.0) * 1000
            if left_ms and span.label:
                unheard_ms[span.label] = unheard_ms.get(span.label, 0.0) + left_ms
        unsent = {piece.label: bool(piece.audio) for piece in self._pieces}
        if self._rest:
            unsent[self._rest_label] = True
        for label in dict.fromkeys([*self._marks.values(), *unheard_ms, *unsent]):
            heard_ms = self._sent_ms.get(label, 0.0) - unheard_ms.get(label, 0.0)
            cleared = label in unheard_ms or unsent.get(label, False)
            self._notes.append(Finished(label, now, heard_ms, cleared=cleared))
        self._pieces.clear()
        self._rest.clear()
        self.restart()
        return [Clear()]

    def drop(self, label: str) -> None:
        """Forget what is queued of `label`; what the carrier has of it plays on, and its end is marked all the same."""
        for piece in self._pieces:
            if piece.label == label:
                piece.audio.clear()
        self._pieces = deque(piece for piece in self._pieces if piece.audio or piece.ended)
        if self._rest_label == label:
            self._rest.clear()

    def restart(self) -> None:
        """The ear has a new stream: what lay in the old one's buffer is gone, marks too; the queue is kept."""
        self._marks.clear()
        self._flying.clear()
        self._generation += 1
        self._buffer_ends = 0.0

    def notes(self) -> list[PlayoutNote]:
        """What happened since the last call of this."""
        if not self._notes:
            return []
        notes, self._notes = self._notes, []
        return notes

    # -- Asking --------------------------------------------------------------------------------------------------------

    @property
    def idle(self) -> bool:
        """Nothing is queued here."""
        return not self._pieces

    def unheard_ms(self, now: float) -> float:
        """How much audio lies between us and the ear: queued here and unplayed at the carrier."""
        queued = sum(len(piece.audio) for piece in self._pieces) + len(self._rest)
        return (queued / self._bytes_per_s + max(self._buffer_ends - now, 0.0)) * 1000
