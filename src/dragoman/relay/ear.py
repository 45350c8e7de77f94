"""All that reaches one ear: the interpreter, notices, hold sound, keys' tones and the other party's own voice, as one
stream.

A lane owns one. What it gives back is performed by the bridge on the sink's leg; on the way out it is told to the echo
gate at that party's microphone.
"""

from __future__ import annotations

from collections.abc import Sequence

from dragoman.audio.arithmetic import arithmetic
from dragoman.audio.comfort import comfort_sound
from dragoman.audio.convert import Converter
from dragoman.audio.framer import Framer
from dragoman.audio.hold import cue, hold_sound
from dragoman.domain.audio import AudioFormat
from dragoman.domain.effects import Clear, LaneEffect, Mark, Play
from dragoman.relay.comfort import ComfortSound
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.haste import Haste
from dragoman.relay.key_tones import KeyTones
from dragoman.relay.original import QUIETLY_DB, Original
from dragoman.relay.playout import Playout, PlayoutNote

SELF = "self"
HOLD = "hold"
"""Playout label of hold and comfort sound."""

ORIGINAL = "original"
"""Playout label of the party's own voice going straight across."""

CUE = "cue"
"""Playout label of the sound that asks for a pause."""

CUE_GAP_S = 5.0

NO_SPEECH = frozenset({SELF, HOLD, ORIGINAL, CUE})
"""What a party may speak over without cutting in on anybody: it makes no wish to be heard to its end."""

TOP_UP_LEAST_MS, TOP_UP_MOST_MS = 60, 120
"""Hold sound is topped up from the one to the other, so that whatever comes next waits for 120 ms at most."""

MIXING_S = 0.1
"""The original has stopped coming (its stream is lost): from then on the playout keeps the time again."""

CUSHION_MS = 40
"""A mixed stream that ran dry begins anew with so much silence: its source's jitter is not heard then."""

BURST_MS = 300
"""The original came in a burst and lies so far ahead: frames without voice are left out."""

UNPACED_MS = 10**9
"""The lead of a playout that gives all out at once."""

CATCH_UP_MS = 200
"""Same language: further behind than this, pauses are left out until the ear has caught up."""

BARGE_IN_DUCK_DB = -12.0
"""How much lower an interpreter plays on whose listener has begun to speak (policy `duck`)."""


def _is_speech(label: str) -> bool:
    return label not in NO_SPEECH


Sent = Sequence[Play | Mark | Clear]


class Ear:
    """One ear. Silent until `joined`; what is given before waits in the playout.

    `turns` as in `Playout`; `gate` stands at the microphone of the same party. `voice`: the format in which the other
    party's own voice comes (None: the ear's).
    """

    def __init__(
        self,
        fmt: AudioFormat,
        plan: EarPlan,
        *,
        turns: bool = False,
        gate: EchoGate | None = None,
        voice: AudioFormat | None = None,
    ) -> None:
        haste = Haste(plan.lag_target_ms, fmt=fmt) if plan.lag_target_ms > 0 else None
        self.playout = Playout(fmt, lead_ms=plan.lead_ms if plan.paced else UNPACED_MS, haste=haste, turns=turns)
        self._paced = plan.paced
        self.unsaid: list[str] = []
        """Labels of an unpaced ear that are to be dropped where they are heard; the owner takes them off."""
        self.original = Original(plan.original, plan.duck_db, fmt=fmt)
        self.comfort = ComfortSound(fmt) if plan.comfort else None
        self._keys = KeyTones(fmt)
        self._keyed_until = float("-inf")
        self._format = fmt
        self._bytes_per_s = fmt.bytes_for(1000)
        self.face(voice or fmt)
        self._voiced = arithmetic(fmt).voiced
        self._gate = gate
        self._here = False
        self._originals = Framer(fmt)
        self._last_original = self._last_across = self._cued = float("-inf")
        self._hold_frame: int | None = None
        self._replays = 0
        self._wait_frame: int | None = None
        self._lowered = arithmetic(fmt).gain(BARGE_IN_DUCK_DB)
        self.low = False
        """The listener speaks over what it hears: that is quieter."""
        self._quietly = arithmetic(fmt).gain(plan.self_db if plan.self_db is not None else QUIETLY_DB)
        self._overhearing = False

    # -- The stream ----------------------------------------------------------------------------------------------------

    def face(self, voice: AudioFormat) -> None:
        """The other party's own voice comes in this format from now on."""
        self._own, self._overheard = Converter(voice, self._format), Converter(voice, self._format)

    def joined(self) -> None:
        """The stream is here (again)."""
        self.playout.restart()
        self._here = True

    def left(self) -> None:
        self._here = False
        self._keys.forget()

    @property
    def here(self) -> bool:
        return self._here

    # -- The interpreter, and notices ----------------------------------------------------------------------------------

    def give(self, audio: bytes, label: str, now: float) -> Sequence[LaneEffect]:
        """Queue audio, and send what is due."""
        if self._overhearing:
            self._hear_other()
        if self._sends(now):
            return self._next(audio, label, now)
        self.playout.add(audio, label, now)
        return ()

    def _next(self, audio: bytes, label: str, now: float) -> Sequence[LaneEffect]:
        """Behind what is queued, and behind keys that were pressed."""
        if not self._keys.waiting:
            return self._out(self.playout.give(audio, label, now), now)
        self.playout.add(audio, label, now)
        return self.due(now)

    def give_whole(self, audio: bytes, label: str, now: float) -> Sequence[LaneEffect]:
        """Queue a sound that is complete, its end marked, and send what is due."""
        effects = self.give(audio, label, now)
        self.playout.end(label)
        return (*effects, *self.due(now))

    def give_again(self, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """An utterance that was heard before, slowed down; b"" = there is none (yet). It is not made faster."""
        if not audio:
            return ()
        self._replays += 1
        label = f"again.{self._replays}"
        self.playout.calm(label)
        return self.give_whole(audio, label, now)

    def _hear_other(self) -> None:
        """There is something to be heard: no more of the own translation."""
        if self._overhearing:
            self._overhearing = False
            self.playout.drop(SELF)

    def drop(self, label: str) -> None:
        """Forget what is not heard of it, as far as that can be done."""
        self.playout.drop(label)
        if not self._paced:
            self.unsaid.append(label)

    def settled(self) -> None:
        """The interpreter said something, or need not: nothing is awaited here any more."""
        if self.comfort is not None:
            self.comfort.spoke()

    def overhear(self, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """What the interpreter says to the other party, quietly, while nothing else is there to be heard."""
        if not self._here or now - max(self._last_original, self._last_across) <= MIXING_S:
            return ()
        if not self._overhearing and self.playout.unheard_ms(now) > 0:
            return ()
        self._overhearing = True
        return self._next(self._quietly(self._overheard.convert(audio)), SELF, now)

    def cue(self, now: float) -> Sequence[LaneEffect]:
        """A soft sound that asks the party, who is speaking, for a pause; not while it hears any speech."""
        if now - self._cued < CUE_GAP_S or self.speech_ms(now) > 0:
            return ()
        self._cued = now
        return self.give_whole(cue(self._format), CUE, now)

    def due(self, now: float) -> Sequence[LaneEffect]:
        if not self._sends(now):
            return ()
        if not self._keys.waiting:
            return self._out(self.playout.due(now), now)
        keyed = self._keyed(self.playout.room_bytes(now), now)
        return keyed if self._keys.waiting else (*keyed, *self._out(self.playout.due(now), now))

    def clear(self, now: float) -> Sequence[LaneEffect]:
        """Drop all that is unheard."""
        if self._gate is not None:
            self._gate.cleared(now)
        return tuple(self.playout.clear(now)) if self._here else ()

    def lower(self, on: bool) -> None:
        """The listener speaks over it, or no more: what is sent from now on is quieter, or as it was."""
        self.low = on

    def _sends(self, now: float) -> bool:
        """Whether the playout keeps the time: there is an ear, and no original that keeps it."""
        return self._here and now - self._last_original > MIXING_S

    # -- Keys of the other party ---------------------------------------------------------------------------------------

    def press(self, key: str, now: float) -> Sequence[LaneEffect] | None:
        """A key's tone goes out at once: what else is to be heard pauses meanwhile, a voice that keeps the time is left
        out. It is no speech, and never quieter. None: nobody is here to hear it, or too many keys wait already.
        """
        return self.due(now) if self._here and self._keys.press(key) else None

    def keyed(self, now: float) -> bool:
        """A key's tone is still to be heard to its end."""
        return bool(self._keys.waiting) or now < self._keyed_until

    def _keyed(self, room_bytes: int, now: float) -> Sequence[Play]:
        tones = self._keys.take(room_bytes)
        if not tones:
            return ()
        self.playout.sent_beside(len(tones), now)
        self._keyed_until = self.playout.next_heard_at(now)
        if self._gate is not None:
            self._told(self._gate, [Play(tones)], now)
        return (Play(tones),)

    # -- The other party's own voice -----------------------------------------------------------------------------------

    def as_heard(self, voice: bytes) -> bytes:
        """The other party's own voice in the ear's format."""
        return self._own.convert(voice)

    def across(self, audio: bytes, now: float) -> Sequence[LaneEffect]:
        """Straight across. The ear may have come late: then silence is left out until it has caught up."""
        audio = self._own.convert(audio)
        self._hear_other()
        self._last_across = now
        if self.playout.unheard_ms(now) < CATCH_UP_MS or self._voiced(audio):
            self.playout.add(audio, ORIGINAL)
        return self.due(now)

    def beside(self, original: bytes, now: float) -> Sequence[LaneEffect]:
        """The original voice keeps the time, and each of its frames takes one frame of the interpreter along."""
        if not self._here:
            return ()
        self._last_original = now
        done: list[LaneEffect] = []
        effects: list[Play | Mark | Clear] = []
        frames = self._originals.push(self._own.convert(original))
        size = self._format.frame_bytes
        if frames and self.playout.ahead_ms(now) <= 0:
            effects.append(self._cushion(now))
        for at in range(0, len(frames), size):
            own = frames[at : at + size]
            if self._keys.waiting:
                done += self._out(effects, now)
                effects = []
                done += self._keyed(size, now)
                continue
            if self.playout.ahead_ms(now) > BURST_MS and not self._voiced(own):
                continue
            spoken, marks = self.playout.take_frame(now)
            if spoken is None:
                self.playout.sent_beside(size, now)
            effects += [Play(self.original.frame(own, spoken)), *marks]
        last = self._out(effects, now)
        return (*done, *last) if done else last

    def _cushion(self, now: float) -> Play:
        silence = self._format.silence(CUSHION_MS)
        self.playout.sent_beside(len(silence), now)
        return Play(silence)

    def _mixing(self, now: float) -> bool:
        return now - self._last_original <= MIXING_S

    # -- Sounds of ours ------------------------------------------------------------------------------------------------

    def hold(self, on: bool) -> None:
        """Hold sound while nothing else plays."""
        self._hold_frame = 0 if on else None

    def wait(self, on: bool) -> None:
        """A very soft sound while nothing else plays: somebody is at work still."""
        if self._paced and on is (self._wait_frame is None):
            self._wait_frame = 0 if on else None

    def _top_up(self, now: float) -> None:
        if self.playout.unheard_ms(now) >= TOP_UP_LEAST_MS:
            return
        while self.playout.unheard_ms(now) < TOP_UP_MOST_MS:
            frame = self._next_sound(now)
            if frame is None:
                return
            self.playout.add(frame, HOLD)

    def _next_sound(self, now: float) -> bytes | None:
        if self._hold_frame is None and self._wait_frame is not None and not self._mixing(now):
            self._wait_frame += 1
            return comfort_sound(self._wait_frame - 1, self._format)
        if self._hold_frame is None:
            return None if self.comfort is None or self._mixing(now) else self.comfort.frame(now)
        self._hold_frame += 1
        return hold_sound(self._hold_frame - 1, self._format)

    # -- Time ----------------------------------------------------------------------------------------------------------

    @property
    def busy(self) -> bool:
        """Something plays, or is about to."""
        return not self.playout.idle or self._sounds or bool(self._keys.waiting)

    @property
    def _sounds(self) -> bool:
        return self._hold_frame is not None or self._wait_frame is not None or self.comfort is not None

    def tick(self, now: float) -> Sequence[LaneEffect]:
        """Every 20 ms while busy: pacing."""
        if self._here and self._sounds:
            self._top_up(now)
        return () if self.playout.idle and not self._keys.waiting else self.due(now)

    def speech_ms(self, now: float) -> float:
        """How much speech the ear has to hear still: judged by what is unheard, not by what is sent.

        The other party's own voice is none, be it mixed in or alone: its stream never stops.
        """
        return self.playout.unheard_of(_is_speech, now)

    def reached(self, name: str, now: float) -> list[PlayoutNote]:
        """The carrier returned a mark."""
        self.playout.reached(name, now)
        return self.playout.notes()

    # -- On the way out ------------------------------------------------------------------------------------------------

    def _out(self, effects: Sent, now: float) -> Sequence[LaneEffect]:
        if not effects or (self._gate is None and not self.low):
            return effects
        if self.low:
            effects = [Play(self._lowered(one.audio)) if isinstance(one, Play) else one for one in effects]
        if self._gate is not None:
            self._told(self._gate, effects, now)
        return effects

    def _told(self, gate: EchoGate, effects: Sent, now: float) -> None:
        """The gate at this party's microphone learns what the ear hears, and when."""
        played = [one.audio for one in effects if isinstance(one, Play)]
        at = self.playout.next_heard_at(now) - sum(map(len, played)) / self._bytes_per_s
        for audio in played:
            gate.played(audio, at)
            at += len(audio) / self._bytes_per_s
