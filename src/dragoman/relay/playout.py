"""What one ear was given: queued here, sent to the carrier, heard.

Audio goes out in whole frames, with a small lead in the carrier's buffer and never in a burst, so that `clear` can
still stop what was not heard. Who falls too far behind is brought back by `haste`, on the way from the queue to the
carrier. Times are seconds of the caller's clock.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.domain.effects import Clear, Mark, Play
from dragoman.relay.ear_clock import EarClock
from dragoman.relay.haste import Haste
from dragoman.relay.standing import Standing

LEAD_MS = 120
"""How much unheard audio may lie at the carrier."""

TOP_UP_MS = 60
"""Below this lead the carrier's buffer is topped up: pieces of 60 to 120 ms, not a message per frame."""

STANDING_MS = 40
"""More than this always lies in the queue: it serves no purpose, and pauses are shortened until it is gone."""

QUEUED_S = 300
"""No honest voice is so far ahead of an ear: what comes beyond is an engine that has lost its mind, and is dropped."""

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
class _Piece:
    """Consecutive whole frames of one label; `ended` puts a mark behind them. `since`: when its first audio came."""

    label: str
    audio: bytearray
    since: float | None
    ended: bool = False


class Playout:
    """One ear's queue. `add` and `end` fill it, `due` says what to send now, `reached` and `clear` settle it.

    `turns`: the audio comes utterance by utterance, each faster than it is spoken; then an utterance does not hurry for
    its own sake, only for those that wait behind it or because it began late itself.
    """

    def __init__(
        self, fmt: AudioFormat, *, lead_ms: int = LEAD_MS, haste: Haste | None = None, turns: bool = False
    ) -> None:
        self._format = fmt
        self._frame_bytes = fmt.frame_bytes
        self._bytes_per_s = fmt.rate_hz * fmt.sample_bytes
        self._lead_s = lead_ms / 1000
        self._top_up_s = min(TOP_UP_MS if lead_ms < QUEUED_S * 1000 else lead_ms, lead_ms / 2) / 1000
        self._surely_bytes = self._room_bytes_with(self._top_up_s)  # fits whenever there is anything to top up
        self.turns = turns
        self.haste = haste
        self._pieces: deque[_Piece] = deque()
        self._queued_bytes = 0
        self._most_bytes = QUEUED_S * self._bytes_per_s
        self._rest = bytearray()
        self._rest_label = ""
        self._hurried = bytearray()  # came out of haste and is no whole frame yet
        self._ear = EarClock()
        self._standing = Standing()
        self._calm: set[str] = set()
        self._sent_ms: dict[str, float] = {}
        self._label = ""  # of what was taken from the queue last
        self._began_late_ms = 0.0  # and how long it waited for its turn
        self.wants_cue = False
        """So far behind that the speaker should be asked to pause; the owner takes it back."""
        self._notes: list[PlayoutNote] = []

    # -- Filling -------------------------------------------------------------------------------------------------------

    def add(self, audio: bytes, label: str, now: float | None = None) -> None:
        """Queue audio of any length; what is not a whole frame waits for more, or for `end`. `now`: when it came."""
        if not audio:
            return
        if self.haste is not None and now is not None:
            self._standing.note(self.behind_ms(now), now)
            self.haste.trim(self._standing.ms > STANDING_MS)
        if self._rest and self._rest_label != label:
            self._flush_rest(now)
        if not self._rest and len(audio) % self._frame_bytes == 0:
            self._append(label, audio, now)
            return
        self._rest_label = label
        self._rest += audio
        whole = len(self._rest) - len(self._rest) % self._frame_bytes
        if whole:
            self._append(label, bytes(self._rest[:whole]), now)
            del self._rest[:whole]

    def calm(self, label: str) -> None:
        """What comes under this label is never played faster: a notice."""
        self._calm.add(label)

    def end(self, label: str) -> None:
        """No more audio of `label` for now: pad its tail to a whole frame and mark its end."""
        if self._rest and self._rest_label == label:
            self._flush_rest(None)
        for piece in reversed(self._pieces):
            if piece.label == label:
                piece.ended = True
                return
        if label in self._sent_ms:
            self._pieces.append(_Piece(label, bytearray(), None, ended=True))

    def _append(self, label: str, audio: bytes, now: float | None) -> None:
        if self._queued_bytes + len(audio) > self._most_bytes:
            return  # how far the ear is behind stands in the figures
        self._queued_bytes += len(audio)
        if self._pieces and self._pieces[-1].label == label and not self._pieces[-1].ended:
            self._pieces[-1].audio += audio
        else:
            self._pieces.append(_Piece(label, bytearray(audio), now))

    def _flush_rest(self, now: float | None) -> None:
        self._append(self._rest_label, self._padded(self._rest), now)
        self._rest.clear()

    def _padded(self, audio: bytes | bytearray) -> bytes:
        missing = -len(audio) % self._frame_bytes
        return bytes(audio) + self._format.silence(FRAME_MS)[:missing]

    # -- Sending -------------------------------------------------------------------------------------------------------

    def give(self, audio: bytes, label: str, now: float) -> Sequence[Play | Mark]:
        """`add`, then what is `due`. The hot path: nothing is queued and all of it fits, so that it goes as it is."""
        size = len(audio)
        if (
            not self._pieces
            and not self._rest
            and self._ear.ends - now <= self._top_up_s
            and size % self._frame_bytes == 0
            and 0 < size <= self._surely_bytes
            and not self._hurried
            and (self.haste is None or self.haste.idle)
        ):
            self._count(label, size, now)
            self._standing.note(0.0, now)
            return (Play(audio),)
        self.add(audio, label, now)
        return self.due(now)

    def due(self, now: float) -> list[Play | Mark]:
        """What to give the carrier now: whole frames up to the lead, and the marks behind what was sent."""
        if not self._pieces and not self._held:
            return []
        if self._ear.ends - now > self._top_up_s and (not self._pieces or self._pieces[0].audio):
            return []
        effects: list[Play | Mark] = []
        out = bytearray()
        while (taken := self._take(self.room_bytes(now), now)) is not None:
            if isinstance(taken, bytes):
                out += taken
                continue
            if out:
                effects.append(Play(bytes(out)))
                out = bytearray()
            effects.append(taken)
        if out:
            effects.append(Play(bytes(out)))
        return effects

    def take_frame(self, now: float) -> tuple[bytes | None, list[Mark]]:
        """One queued frame for a mixer that keeps the time itself, with the marks that fall due behind it."""
        marks: list[Mark] = []
        frame: bytes | None = None
        while (taken := self._take(0 if frame else self._frame_bytes, now)) is not None:
            if isinstance(taken, bytes):
                frame = taken or frame
            else:
                marks.append(taken)
        return frame, marks

    def _take(self, room_bytes: int, now: float) -> bytes | Mark | None:
        """The next whole frames of the queue, at most `room_bytes` (b"" where haste left all out); or the mark that is
        next; None when there is nothing, or no room."""
        piece = self._pieces[0] if self._pieces else None
        if piece is not None and piece.audio:
            return self._of_piece(piece, room_bytes, now) if room_bytes > 0 else None
        if piece is None and self._ear.ends - now > FRAME_MS / 1000:
            return None  # what haste holds for its look-ahead waits for more, until the ear is about to run dry
        if self._held:
            return self._let_go(room_bytes, now) if room_bytes > 0 else None
        if piece is None:
            return None
        self._pieces.popleft()
        return Mark(self._ear.mark(piece.label)) if piece.ended else b""

    def _of_piece(self, piece: _Piece, room_bytes: int, now: float) -> bytes:
        """Frames of a piece, as they are or made shorter."""
        if self._label != piece.label:
            self._label = piece.label
            self._began_late_ms = 0.0 if piece.since is None else (now - piece.since) * 1000 + self._won_ms
        haste = self.haste
        calm = piece.label in self._calm
        if calm and self._held:
            return self._let_go(room_bytes, now)
        if haste is None or calm or (haste.idle and self.behind_ms(now) <= haste.target_ms):
            taken = bytes(piece.audio[:room_bytes])
            self._used(piece, len(taken))
            self._count(piece.label, len(taken), now)
            return taken
        while piece.audio and len(self._hurried) < room_bytes:
            behind_ms = self.behind_ms(now)
            frame = bytes(piece.audio[: self._frame_bytes])
            self._used(piece, len(frame))
            self._hurried += haste.take(frame, behind_ms)
            self.wants_cue = self.wants_cue or haste.wants_cue
        return self._cut(room_bytes, piece.label, now)

    def _let_go(self, room_bytes: int, now: float) -> bytes:
        """What haste holds, padded to whole frames."""
        if self.haste is not None:
            self._hurried += self.haste.flush()
        self._hurried = bytearray(self._padded(self._hurried))
        return self._cut(room_bytes, self._label, now)

    def _used(self, piece: _Piece, size_bytes: int) -> None:
        """Audio leaves the queue."""
        del piece.audio[:size_bytes]
        self._queued_bytes -= size_bytes

    def _cut(self, room_bytes: int, label: str, now: float) -> bytes:
        """Whole frames of what came out of haste."""
        whole = min(room_bytes, len(self._hurried) - len(self._hurried) % self._frame_bytes)
        taken = bytes(self._hurried[:whole])
        del self._hurried[:whole]
        if taken:
            self._count(label, len(taken), now)
        return taken

    @property
    def _won_ms(self) -> float:
        """Time that haste has won so far."""
        return 0.0 if self.haste is None else self.haste.dropped_ms + self.haste.gained_ms

    @property
    def _held(self) -> bool:
        """Haste holds a little for its look-ahead."""
        return bool(self._hurried) or (self.haste is not None and self.haste.holds)

    def room_bytes(self, now: float) -> int:
        """How many bytes of whole frames fit under the lead; the hair keeps 59.999 ms from being two frames."""
        return self._room_bytes_with(max(self._ear.ends - now, 0.0))

    def _room_bytes_with(self, ahead_s: float) -> int:
        return int((self._lead_s - ahead_s) * 1000 / FRAME_MS + HAIR) * self._frame_bytes

    def sent_beside(self, size_bytes: int, now: float) -> None:
        """A mixer sent a frame of its own to the same ear: the playback clock moves with it."""
        self._ear.sent("", size_bytes / self._bytes_per_s, now)

    def _count(self, label: str, size_bytes: int, now: float) -> None:
        sent_ms = self._sent_ms.get(label)
        if sent_ms is None:
            sent_ms = 0.0
            self._notes.append(Started(label, now, self._ear.next_heard_at(now)))
        size_s = size_bytes / self._bytes_per_s
        self._sent_ms[label] = sent_ms + size_s * 1000
        self._ear.sent(label, size_s, now)

    # -- Settling ------------------------------------------------------------------------------------------------------

    def reached(self, name: str, now: float) -> None:
        """The carrier returned a mark. Unknown, repeated, and those that `clear` brought back count for nothing."""
        label = self._ear.reached(name, now)
        if label is not None:
            self._notes.append(Finished(label, now, self._sent_ms.get(label, 0.0)))

    def overdue(self, now: float) -> set[str]:
        """The labels of which the carrier never said that they were heard, and will not."""
        return self._ear.overdue(now)

    def clear(self, now: float) -> list[Clear]:
        """Forget what is queued and drop what the carrier has not played; marks on their way back are void."""
        unheard_ms = self._ear.unheard_ms(now)
        unsent = {piece.label: bool(piece.audio) for piece in self._pieces}
        if self._rest:
            unsent[self._rest_label] = True
        lost = self._ear.overdue(now)
        awaited = [label for label in self._ear.awaited if label not in lost]
        for label in dict.fromkeys([*awaited, *unheard_ms, *unsent]):
            heard_ms = self._sent_ms.get(label, 0.0) - unheard_ms.get(label, 0.0)
            if label in self._sent_ms:
                self._sent_ms[label] = heard_ms
            cleared = label in unheard_ms or unsent.get(label, False)
            self._notes.append(Finished(label, now, heard_ms, cleared=cleared))
        self._pieces.clear()
        self._queued_bytes = 0
        self._rest.clear()
        self._hurried.clear()
        if self.haste is not None:
            self.haste.reset()
        self.restart()
        return [Clear()]

    def drop(self, label: str) -> None:
        """Forget what is queued of `label`; what the carrier has of it plays on, and its end is marked all the same."""
        for piece in self._pieces:
            if piece.label == label:
                self._queued_bytes -= len(piece.audio)
                piece.audio.clear()
        self._pieces = deque(piece for piece in self._pieces if piece.audio or piece.ended)
        if self._rest_label == label:
            self._rest.clear()
        if self._label == label and self.haste is not None:
            self._hurried.clear()
            self.haste.reset()

    def restart(self) -> None:
        """The ear has a new stream: what lay in the old one's buffer is gone, marks too; the queue is kept."""
        self._ear.restart()

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
        return not (self._pieces or self._hurried or (self.haste is not None and self.haste.holds))

    def unheard_ms(self, now: float) -> float:
        """How much audio lies between us and the ear: queued here and unplayed at the carrier."""
        queued = self._queued_bytes + len(self._rest) + len(self._hurried)
        return (queued / self._bytes_per_s + max(self._ear.ends - now, 0.0)) * 1000

    def unheard_of(self, counts: Callable[[str], bool], now: float) -> float:
        """The same in ms, of the labels that count, and without a mixer's own frames."""
        if not self._pieces and self._ear.ends + self._ear.late_s <= now:
            return 0.0
        queued = sum(len(piece.audio) for piece in self._pieces if counts(piece.label)) if self._pieces else 0
        return queued / self._bytes_per_s * 1000 + self._ear.unheard_of(counts, now)

    def began(self, label: str) -> bool:
        """Some of it went to the carrier."""
        return label in self._sent_ms

    @property
    def sent_label(self) -> str:
        """Of what went to the carrier last."""
        return self._ear.sent_label

    def ahead_ms(self, now: float) -> float:
        """How much lies at the carrier unplayed."""
        return self._ear.ahead_s(now) * 1000

    def next_heard_at(self, now: float) -> float:
        """When the ear hears what is sent now."""
        return self._ear.next_heard_at(now)

    def behind_ms(self, now: float) -> float:
        """How far the ear is behind for our part: what haste works against."""
        if not self.turns or not self._pieces:
            return self.unheard_ms(now)
        first = self._pieces[0].label
        own = sum(len(piece.audio) for piece in self._pieces if piece.label == first)
        others_wait = self._queued_bytes > own
        late_ms = self._began_late_ms - self._won_ms if first == self._label else 0.0
        return max(self.unheard_ms(now) if others_wait else 0.0, late_ms)
