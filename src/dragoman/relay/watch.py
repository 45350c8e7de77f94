"""Whether an interpreter still does its work, and how long its listener has been waiting beyond what is usual. Pure.

One for each lane. `voice` for what it is given, `event` for what it tells, `tick` a few times a second. Who is given a
verdict replaces the interpreter; the next one's time begins with its own `Ready`. An engine with a continuous clock
that falls silent altogether is found by its own session (`interpreters/openai/translation.py`), which sees its
heartbeat.
"""

from __future__ import annotations

import enum
import statistics
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from dragoman.domain.audio import FRAME_MS
from dragoman.domain.speech import (
    Captioned,
    Guarded,
    InterpreterEvent,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spoke,
    SpokeAll,
    Trouble,
    Unclear,
)

SILENT_S: Final = 6.0
STUCK_S: Final = 8.0
LEAST_VOICE_S: Final = 0.6
"""Less voice than this is a cough: nothing need come of it."""
VOICE_GAP_S: Final = 2.0
"""Bits of voice further apart than this are not added up."""
PAUSE_S: Final = 0.8
"""A source that was quiet for so long has stopped, whatever the engine says..."""
OVER_S: Final = 3.0
"""...and after this long, what it says next is another utterance: no engine waits so long for one to go on."""
SOON_S: Final = 3.0
"""A second verdict may come so soon: the next one was given at once all that was owed."""
AGAIN_S: Final = 30.0
"""No third one comes so soon, unless the engine has spoken in between; a fourth one after twice as long..."""
LONGEST_AGAIN_S: Final = 480.0
"""...and so on up to this: it hears what is no speech, or speech that needs no interpreter."""

USUAL_S: Final = 1.5
SLOW: Final = 2.0
"""An engine that is slow by nature, or on a busy machine, may take so many times as long as it usually does."""
SHORTEST_USUAL_S: Final = 0.5
LONGEST_USUAL_S: Final = 8.0
KEPT_SPANS: Final = 8
WAITING_VOICE_S: Final = 0.3
"""Nobody waits for the translation of less voice..."""
WAITING_PAUSE_S: Final = 0.4
"""...or before there was so much of a pause..."""
ALONG_S: Final = 4.0
"""...unless the source goes on for longer: an engine that names no utterances speaks along."""

_FRAME_S: Final = FRAME_MS / 1000
_UNNAMED: Final = ""


class Verdict(enum.Enum):
    """What an interpreter that is connected fails to do."""

    SILENT = "silent"
    """It hears speech and tells nothing at all."""
    STUCK = "stuck"
    """An utterance is over, and nothing comes of it."""


@dataclass(slots=True)
class _Owed:
    """Speech that waits for an answer since it `began`. `over_at`: when it ended, as far as anybody said. `since`: the
    listener waits from then on, if that was earlier. `usual`: how long that takes is worth a measurement.
    """

    began: float
    over_at: float | None = None
    since: float | None = None
    usual: bool = True


class Watch:
    """Times are seconds of the caller's clock."""

    def __init__(self, *, silent_s: float = SILENT_S, stuck_s: float = STUCK_S) -> None:
        self._silent_s, self._stuck_s = silent_s, stuck_s
        self._ready_at: float | None = None
        self._voice_at = float("-inf")
        self._unheard_s = 0.0
        """Voice since the engine last told anything..."""
        self._unheard_since = 0.0
        """...and from when on it could have heard it."""
        self._unanswered_s = 0.0
        """Voice that belongs to no utterance that the engine named, since it last spoke."""
        self._open: str | None = None
        """The utterance that goes on."""
        self._names = False
        self._owed: dict[str, _Owed] = {}
        self._moved_at = float("-inf")
        self._next_verdict_at = float("-inf")
        self._again_s = AGAIN_S
        self._given_up = 0
        """How many interpreters were told of since one spoke."""
        self._spans: deque[float] = deque(maxlen=KEPT_SPANS)

    # -- What happens --------------------------------------------------------------------------------------------------

    def voice(self, now: float) -> None:
        """The interpreter was given a voiced frame (20 ms)."""
        gap_s, self._voice_at = now - self._voice_at, now
        if self._open is not None:
            if gap_s > OVER_S:
                self._left_open(self._open, now - gap_s)
            return
        if gap_s > PAUSE_S:
            self._resumed(now, gap_s)
        if not self._unheard_s:
            self._unheard_since = now
        self._unheard_s += _FRAME_S
        self._unanswered_s += _FRAME_S
        if self._unanswered_s >= WAITING_VOICE_S and _UNNAMED not in self._owed:
            self._owed[_UNNAMED] = _Owed(now)

    def no_voice(self) -> None:
        """What went on until now was a noise: nothing need come of it, but for what an engine took for speech."""
        self._unheard_s = self._unanswered_s = 0.0
        owed = self._owed.get(_UNNAMED)
        if owed is not None and owed.usual:
            del self._owed[_UNNAMED]

    def _left_open(self, key: str, over_at: float) -> None:
        """The engine was told of a long pause, and has not said that the utterance is over: it is."""
        owed = self._owed.get(key)
        if owed is not None and owed.over_at is None:
            owed.over_at = over_at

    def _resumed(self, now: float, gap_s: float) -> None:
        """The source speaks again after a pause."""
        owed = self._owed.get(_UNNAMED)
        if owed is not None and owed.over_at is None:
            owed.over_at = now - gap_s
        if gap_s > VOICE_GAP_S:
            if self._unheard_s < LEAST_VOICE_S:
                self._unheard_s = 0.0
            if owed is None:
                self._unanswered_s = 0.0

    def interpreter_began(self, now: float) -> None:
        """Another interpreter takes over, and is given what was not answered: that is waited for as before."""
        waits = [since for key, one in self._owed.items() if (since := self._since(key, one, now)) is not None]
        if self._owed:
            began = min(one.began for one in self._owed.values())
            self._owed = {_UNNAMED: _Owed(began, since=min(waits, default=None), usual=False)}
        self._ready_at = self._open = None
        self._names = False
        self._moved_at = now
        if self._given_up == 1:
            self._next_verdict_at = now + SOON_S

    def another_engine(self) -> None:
        """It is no worse than the one before until it proves to be."""
        self._forgiven()
        self._spans.clear()

    def _forgiven(self) -> None:
        self._next_verdict_at, self._again_s, self._given_up = float("-inf"), AGAIN_S, 0

    def settled(self) -> None:
        """Nothing more is to come for what was said until now: it went straight across, or nobody wants it."""
        self._owed.clear()
        self._unheard_s = self._unanswered_s = 0.0

    def event(self, event: InterpreterEvent, now: float) -> None:
        """Whatever the interpreter tells. The hot path first."""
        if isinstance(event, Spoke):
            self._spoke(event.utterance if self._names else _UNNAMED, now)
            return
        match event:
            case Captioned(side):
                self._unheard_s = 0.0
                if side is Side.TARGET:
                    self._moved_at = now
            case SpeechBegan(key):
                self._began(key, now)
            case SpeechStopped(key):
                self._stopped(key, now)
            case SpokeAll(key) | Unclear(key) | Guarded(key, asked_again=False):
                self._moved(now)
                self._done(key)
            case Guarded():
                self._moved(now)
            case Trouble():
                self._moved_at = self._unheard_since = now
            case Ready():
                self._ready_at = self._moved_at = self._unheard_since = now
            case _:
                pass

    def _moved(self, now: float) -> None:
        self._unheard_s = 0.0
        self._moved_at = now

    def _began(self, key: str, now: float) -> None:
        self._names, self._open = True, key
        self._unheard_s = self._unanswered_s = 0.0
        before = self._owed.pop(_UNNAMED, None)
        carried = before is not None and not before.usual
        since = before.since if before is not None and carried else None
        self._owed[key] = _Owed(now, since=since, usual=not carried)

    def _stopped(self, key: str, now: float) -> None:
        self._unheard_s = 0.0
        if self._open == key:
            self._open = None
        if key in self._owed:
            self._owed[key].over_at = min(now, self._voice_at) if self._voice_at > float("-inf") else now

    def _spoke(self, key: str, now: float) -> None:
        self._moved(now)
        self._forgiven()
        owed = self._owed.get(key)
        if owed is not None:
            over_at = self._over_at(key, owed, now, WAITING_PAUSE_S)
            if over_at is not None and owed.usual:
                self._spans.append(min(max(now - over_at, SHORTEST_USUAL_S), LONGEST_USUAL_S))
        self._done(key)

    def _done(self, key: str) -> None:
        self._owed.pop(key, None)
        if self._open == key:
            self._open = None
        if key == _UNNAMED:
            self._unanswered_s = 0.0

    # -- What follows --------------------------------------------------------------------------------------------------

    def tick(self, now: float, is_music: Callable[[float], bool] = lambda _last_s: False) -> Verdict | None:
        """Whether the interpreter is to be replaced, told once. `is_music`: whether the last so many seconds of what it
        was given are, asked before it is blamed for what it did not take for speech.
        """
        if self._ready_at is None:
            return None
        silent = self._unheard_s >= LEAST_VOICE_S and now - self._unheard_since >= self._silent_s
        stuck = self._stuck_keys(now)
        if not silent and not stuck:
            return None
        since = self._unheard_since if silent else min(self._owed[key].began for key in stuck)
        if self._unnamed(stuck) and is_music(now - since):
            self.no_voice()
            return None
        self._unheard_s = 0.0
        if now < self._next_verdict_at or not (silent or self._worth_a_verdict(stuck)):
            for key in stuck:
                self._done(key)
            return None
        self._next_verdict_at = now + self._again_s
        self._again_s = min(2 * self._again_s, LONGEST_AGAIN_S)
        self._given_up += 1
        return Verdict.SILENT if silent else Verdict.STUCK

    def _stuck_keys(self, now: float) -> list[str]:
        found: list[str] = []
        for key, owed in self._owed.items():
            over_at = self._over_at(key, owed, now, PAUSE_S)
            patience_s = max(self._stuck_s, SLOW * self.usual_s) * (1.0 if owed.usual else 0.5)
            if over_at is not None and now - max(over_at, self._moved_at) >= patience_s:
                found.append(key)
        return found

    def _unnamed(self, stuck: list[str]) -> bool:
        """The engine took nothing of it for speech, and nobody before it did."""
        return all(key == _UNNAMED and self._owed[key].usual for key in stuck)

    def _worth_a_verdict(self, stuck: list[str]) -> bool:
        """A cough that the engine did not take for speech is none."""
        return any(key != _UNNAMED or not self._owed[key].usual or self._unanswered_s >= LEAST_VOICE_S for key in stuck)

    def _over_at(self, key: str, owed: _Owed, now: float, pause_s: float) -> float | None:
        """When it ended: as the engine says, or because the source is quiet."""
        if owed.over_at is not None:
            return owed.over_at
        goes_on = key in (_UNNAMED, self._open)
        return self._voice_at if goes_on and now - self._voice_at >= pause_s else None

    @property
    def usual_s(self) -> float:
        """The engine's own delay: from the end of speech to the first of its translation, a running median."""
        return statistics.median(self._spans) if self._spans else USUAL_S

    def late_s(self, now: float) -> float:
        """For how long the listener has been waiting for what was said, beyond what is usual; 0 when it is not."""
        if not self._owed:
            return 0.0
        waits = [since for key, one in self._owed.items() if (since := self._since(key, one, now)) is not None]
        return max(now - min(waits) - self.usual_s, 0.0) if waits else 0.0

    def _since(self, key: str, owed: _Owed, now: float) -> float | None:
        """From when on the listener has been waiting for it."""
        along = owed.began + ALONG_S if key == _UNNAMED and now > owed.began + ALONG_S else None
        over_at = self._over_at(key, owed, now, WAITING_PAUSE_S)
        return min((one for one in (owed.since, over_at, along) if one is not None), default=None)
