"""What every emulated session has, whichever protocol it speaks: names, a voice, an end, and faults on time."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable

from dragoman.interpreters.openai.emulator.faults import Ending, Pace
from dragoman.interpreters.openai.emulator.record import Record
from dragoman.interpreters.openai.emulator.script import Script
from dragoman.interpreters.openai.emulator.stage import Performance, Stage, Steps, Timer, complaint
from dragoman.interpreters.realtime.wire.conversation import AudioDelta
from dragoman.interpreters.realtime.wire.envelope import (
    ClientEvent,
    ErrorEvent,
    Rejection,
    ServerEvent,
    Stamp,
    error_for,
)
from dragoman.interpreters.realtime.wire.translation import OutputAudioDelta

CLOSE_NORMAL = 1000
CLOSE_GOING_AWAY = 1001
CLOSE_DROPPED = 1006
CLOSE_SERVER_ERROR = 1011
CLOSE_POLICY = 4000
UNKNOWN_TYPE = "session.aurora.updated"
NOT_JSON = b'{"type":"response.output_audio.delta","delta":"//8'


class Life:
    """One session's way through the world. The protocols' classes hold one each."""

    def __init__(self, stage: Stage, record: Record, script: Script, pace: Pace, seed: int) -> None:
        self.record = record
        self.script = script
        self.pace = pace
        self.faults = record.admission.faults
        self.number = record.admission.number
        self.random = random.Random(f"{seed}/{self.number}")
        self._numbers = itertools.count(1)
        self.session_id = self.name("sess")
        self.expires_at = int(stage.unix_s() + pace.expires_after_s)
        record.session_id = self.session_id
        self._stage = stage
        self._stamp = Stamp(f"{seed}x{self.number}")
        self._over = False
        self._pending = self._faults_on_time()
        self._expiry: Timer | None = None

    # ---- Names and time ----------------------------------------------------------------------------------------------

    def name(self, prefix: str) -> str:
        """A new id, unique in this emulator."""
        return f"{prefix}_{self.number:04d}_{next(self._numbers):05d}"

    def perform(self, steps: Steps) -> Performance:
        return Performance(self._stage, steps, self.pace.speed)

    def after(self, delay_s: float, act: Callable[[], None]) -> None:
        self._stage.later(delay_s / self.pace.speed, act)

    # ---- Speaking ----------------------------------------------------------------------------------------------------

    def send(self, event: ServerEvent) -> None:
        if self._over:
            return
        if isinstance(event, ErrorEvent):
            self.record.errors.append(event.error)
        if not isinstance(event, AudioDelta | OutputAudioDelta):
            self.record.sent.append(str(type(event).__struct_config__.tag))
        self._stage.send(self._stamp(event))

    def send_either_way(self, *events: ServerEvent) -> None:
        """Events whose order is not promised: shuffled by the seed."""
        order = list(events)
        self.random.shuffle(order)
        for event in order:
            self.send(event)

    def complain(
        self, code: str | None, message: str, *, param: str | None = None, cause: ClientEvent | None = None
    ) -> None:
        """An error event about a client's event. The session stays as it is."""
        self.send(complaint(code, message, param=param, event_id=cause.event_id if cause else None))

    def reject(self, rejection: Rejection) -> None:
        self.send(error_for(rejection))

    # ---- Ending ------------------------------------------------------------------------------------------------------

    def begin(self) -> None:
        """The session exists: its time runs, and faults that wait for no audio happen."""
        self._expiry = self._stage.later(self.pace.expires_after_s, self.expire)
        self._stage.later(0, lambda: self.appended(0))

    def expire(self) -> None:
        self.send(complaint("session_expired", "Your session hit the maximum duration of 60 minutes."))
        self.close(CLOSE_GOING_AWAY, "session_expired")

    def close(self, code: int, reason: str = "") -> None:
        if self._over:
            return
        self.ended(code)
        self._stage.close(code, reason)

    def ended(self, code: int) -> None:
        """The connection is over (or about to be): nothing is sent any more. The first code counts."""
        self._over = True
        if self.record.close_code is None:
            self.record.close_code = code
        if self._expiry is not None:
            self._expiry.cancel()

    @property
    def over(self) -> bool:
        return self._over

    # ---- Faults ------------------------------------------------------------------------------------------------------

    def appended(self, total_ms: int) -> None:
        """So much audio has been appended: do what was planned for then."""
        due = [act for after_ms, act in self._pending if after_ms <= total_ms]
        self._pending = [one for one in self._pending if one[0] > total_ms]
        for act in due:
            if not self._over:
                act()

    def end(self, ending: Ending) -> None:
        """Cut the session off."""
        match ending:
            case Ending.DROP:
                self.ended(CLOSE_DROPPED)
                self._stage.drop()
            case Ending.SERVER_ERROR:
                self.send(
                    complaint("server_error", "The server had an error.", family="server_error"),
                )
                self.close(CLOSE_SERVER_ERROR, "server_error")
            case Ending.EXPIRE:
                self.expire()
            case Ending.LEAVE:
                self.close(CLOSE_GOING_AWAY)
            case Ending.STALL:
                self._over = True
                self._stage.stall()
            case Ending.MUTE:
                self._over = True

    def send_unknown(self) -> None:
        """An event of a type that nobody knows."""
        self.send_raw(b'{"type":"%s","event_id":"event_unknown","glow":1}' % UNKNOWN_TYPE.encode())

    def send_broken(self) -> None:
        """A message that is not JSON."""
        self.send_raw(NOT_JSON)

    def send_raw(self, message: bytes) -> None:
        """A message as it is, whatever it is."""
        self._stage.send(message)

    def _faults_on_time(self) -> list[tuple[int, Callable[[], None]]]:
        faults = self.faults
        planned: list[tuple[int, Callable[[], None]]] = []
        if faults.unknown_after_ms is not None:
            planned.append((faults.unknown_after_ms, self.send_unknown))
        if faults.corrupt_after_ms is not None:
            planned.append((faults.corrupt_after_ms, self.send_broken))
        if (ending := faults.ending) is not None:
            planned.append((faults.ending_after_ms, lambda: self.end(ending)))
        return planned
