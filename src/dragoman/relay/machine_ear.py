"""Whether a machine is at the other end: fax, voicemail, line tones, hold music, or nothing at all. Pure.

Times are seconds of the caller's clock; audio is 8 kHz mu-law. Tones are looked for in every third loud frame, and in
each while one sounds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dragoman.audio.dtmf import COLUMNS_HZ, ROWS_HZ
from dragoman.audio.level import voiced
from dragoman.audio.tone import Peaks, peaks
from dragoman.domain.assistant_effects import EndWhy

CALLING_HZ: Final = 1100.0
ANSWERING_HZ: Final = 2100.0
"""Fax: half a second of the one every three and a half, or some seconds of the other (ITU-T T.30)."""
NEAR_HZ: Final = 30.0
CALLING_S: Final = (0.35, 0.75)
CALLING_GAP_S: Final = 5.0
ANSWERING_S: Final = 2.0
TONES_S: Final = 8.0
"""So much of tones, and no voice between: a dial, busy or ringing tone."""
VOICE_S: Final = 0.3
BEEP_S: Final = (0.12, 2.0)
BEEP_HZ: Final = (350.0, 2500.0)
BEEP_VOICE_S: Final = 2.0
"""A voicemail's announcement is at least so long..."""
BEEP_AFTER_S: Final = 2.0
"""...ends so shortly before its beep..."""
BEEP_QUIET_S: Final = 1.5
"""...and then the machine listens."""
UNBROKEN_S: Final = 30.0
PAUSE_S: Final = 0.3
"""Nobody talks for half a minute without a pause, and without a word that is recognised."""
SILENT_S: Final = 180.0
SPARE_FRAMES: Final = 3


@dataclass(slots=True)
class _Tone:
    """One that sounds: since when, how long, on which pitch."""

    began: float
    pitch_hz: float
    length_s: float = 0.0
    key: bool = False


class MachineEar:
    """One caller's. `silent_s` 0 = silence ends nothing."""

    def __init__(self, began: float, *, silent_s: float = SILENT_S) -> None:
        self._silent_s = silent_s
        self._sounded = began
        self._tone: _Tone | None = None
        self._loud_frames = 0
        self._tones_s = self._voice_s = self._voice_run_s = self._unbroken_s = self._quiet_s = 0.0
        self._voice_ended = self._called = self._beeped = float("-inf")

    def words(self) -> None:
        """Words of the caller were recognised: a person, or a recording of one."""
        self._unbroken_s = 0.0

    def heard(self, audio: bytes, now: float, *, listens: bool = False) -> EndWhy | None:
        """A frame that ended at `now`; what it shows to be at the other end, if it is a machine.

        `listens`: whoever is there hears the assistant speak, and has no reason to. A car is no hold music.
        """
        length_s = len(audio) / 8000
        unbroken_s = self._unbroken_s
        if not voiced(audio):
            self._loud_frames = 0
            found = self._quiet(length_s, now)
        elif (seen := self._tone_in(audio)) is not None:
            found = self._toned(seen, length_s, now)
        else:
            found = self._loud(length_s, now)
        if listens:
            self._unbroken_s = min(self._unbroken_s, unbroken_s)
        return found or self._unbroken(now)

    def _tone_in(self, audio: bytes) -> Peaks | None:
        """What a loud frame is made of, where it is looked at and found to be a tone."""
        self._loud_frames += 1
        spared = self._tone is None and self._loud_frames % SPARE_FRAMES != 1
        return None if spared else peaks(audio)

    # -- What it is like -----------------------------------------------------------------------------------------------

    def _quiet(self, length_s: float, now: float) -> EndWhy | None:
        self._quiet_s += length_s
        if self._quiet_s >= PAUSE_S:
            self._unbroken_s = 0.0
        found = self._tone_ended(now - length_s)
        if found is None and self._quiet_s >= BEEP_QUIET_S and now - self._beeped <= BEEP_QUIET_S + BEEP_AFTER_S:
            self._beeped = float("-inf")
            return EndWhy.VOICEMAIL
        if self._quiet_s >= BEEP_AFTER_S:
            self._voice_s = 0.0
        return found

    def _toned(self, seen: Peaks, length_s: float, now: float) -> EndWhy | None:
        self._sounds(length_s, now)
        tone = self._tone
        if tone is None or abs(seen.first_hz - tone.pitch_hz) > 2 * NEAR_HZ:
            found = self._tone_ended(now - length_s)
            if found is not None:
                return found
            tone = self._tone = _Tone(now - length_s, seen.first_hz)
        self._voice_run_s = 0.0
        tone.length_s += length_s
        tone.key = tone.key or _is_key(seen)
        self._tones_s += length_s
        if abs(tone.pitch_hz - ANSWERING_HZ) <= NEAR_HZ and tone.length_s >= ANSWERING_S:
            return EndWhy.FAX
        return EndWhy.TONE if self._tones_s >= TONES_S else None

    def _loud(self, length_s: float, now: float) -> EndWhy | None:
        self._sounds(length_s, now)
        found = self._tone_ended(now - length_s)
        self._voice_s += length_s
        self._voice_run_s += length_s
        self._voice_ended = now
        if self._voice_run_s >= VOICE_S:
            self._tones_s = 0.0
            self._beeped = float("-inf")
        return found

    def _sounds(self, length_s: float, now: float) -> None:
        self._sounded = now
        self._quiet_s = 0.0
        self._unbroken_s += length_s

    def _tone_ended(self, at: float) -> EndWhy | None:
        """What a tone was, now that it is over."""
        tone, self._tone = self._tone, None
        if tone is None or tone.key:
            return None
        if abs(tone.pitch_hz - CALLING_HZ) <= NEAR_HZ and CALLING_S[0] <= tone.length_s <= CALLING_S[1]:
            before, self._called = self._called, at
            return EndWhy.FAX if at - before <= CALLING_GAP_S else None
        announced = self._voice_s >= BEEP_VOICE_S and tone.began - self._voice_ended <= BEEP_AFTER_S
        if announced and BEEP_S[0] <= tone.length_s <= BEEP_S[1] and BEEP_HZ[0] <= tone.pitch_hz <= BEEP_HZ[1]:
            self._beeped = at
        return None

    def _unbroken(self, now: float) -> EndWhy | None:
        if self._unbroken_s >= UNBROKEN_S:
            return EndWhy.HOLD_SOUND
        return EndWhy.SILENCE if self._silent_s and now - self._sounded >= self._silent_s else None


def _is_key(seen: Peaks) -> bool:
    """Whether the tone is that of a pressed key."""
    low, high = sorted((seen.first_hz, seen.second_hz))
    return _near(low, ROWS_HZ) and _near(high, COLUMNS_HZ)


def _near(pitch_hz: float, of: tuple[float, ...]) -> bool:
    return any(abs(pitch_hz - one) <= NEAR_HZ for one in of)
