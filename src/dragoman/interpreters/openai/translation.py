"""The translation engine's session over `/v1/realtime/translations`: a continuous clock in, speech out. Pure.

Audio goes in as 24 kHz PCM16 in pieces of 200 ms, aligned to the session's first sample; when the lane gives none,
silence keeps the clock. There are no turns: spurts of speech are told apart by the silence between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Captioned, Ready, Side, Spent, Spoke, TroubleKind, Unclear
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.held import Held
from dragoman.interpreters.openai.machine import READY_S, Outlet, expires_in_s, unix_s
from dragoman.interpreters.openai.pulse import GONE_S, Pulse
from dragoman.interpreters.openai.standing import Asked, Standing, answers_setup
from dragoman.interpreters.realtime.wire import translation as wire
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent, encode
from dragoman.ports import Clock, Wanted

LATE_S: Final = 0.3
"""Audio that is later than this is not coming: silence takes its place."""
SPURT_GAP_S: Final = 0.6
"""Deltas come at least twice a second while the model speaks: a longer gap ends a spurt."""
CHARGE_S: Final = 10.0
WIRE_FORMAT: Final = AudioFormat.PCM16_24K


@dataclass(frozen=True, slots=True)
class TranslationPlan:
    """How a session is set up. `transcription` "" = the source's words are not written down."""

    model: str
    transcription: str
    usd_per_minute: float = 0.0
    ready_s: float = READY_S


class Translation:
    """Implements `machine.Machine`."""

    tick_s = 0.1  # half a piece of its clock; finer ticks cost processor time and win nothing

    def __init__(self, plan: TranslationPlan, wanted: Wanted, out: Outlet, unix: Clock = unix_s) -> None:
        self._plan, self._wanted, self._out, self._unix_s = plan, wanted, out, unix
        self._to_wire = Converter(wanted.source_format, WIRE_FORMAT)
        self._to_sink = Converter(WIRE_FORMAT, wanted.sink_format)
        self._held = Held(wanted.source_format)
        self._piece_bytes = wanted.source_format.bytes_for(wire.FRAME_MS)
        self._pending = bytearray()
        self._asked = Asked((plan.transcription, ""))
        self._clock_began: float | None = None
        self._last_heard = 0.0
        self._given_s = 0.0
        self._charged_s = 0.0
        self._last_spoke: float | None = None
        self._closing = False
        self._standing = Standing(plan.ready_s, out.tell)
        self._pulse = Pulse()

    @property
    def over(self) -> bool:
        return self._standing.over

    # -- Ours ----------------------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """The socket is open: say how we want the session, without waiting to be greeted."""
        self._standing.opened(now)
        self._set_up()

    def hear(self, audio: bytes, now: float) -> None:
        """Collect 200 ms, then convert and send them at once."""
        if self._clock_began is None:
            self._held.push(audio)
            return
        self._last_heard = now
        self._give(audio)

    def interrupt(self, heard_ms: int, now: float) -> None:
        """The endpoint has no cancel: what is queued there will come. The lane drops what it holds."""

    def tick(self, now: float) -> None:
        """Keep the clock, end spurts, keep deadlines."""
        if self._clock_began is None:
            self._standing.wait(now)
            return
        if not self._closing and self._pulse.gone(now):
            self._standing.fail(TroubleKind.NETWORK, f"nothing came for {GONE_S:g} s, not even the heartbeat")
            return
        if not self._closing and now - self._last_heard > LATE_S:
            missing_s = now - self._clock_began - self._given_s - self._pending_s
            if missing_s > 0:
                self._give(self._wanted.source_format.silence(missing_s * 1000))
        if self._last_spoke is not None and now - self._last_spoke > SPURT_GAP_S:
            self._end_spurt()

    def close(self, now: float) -> None:
        """Ask the server to finish; it answers with what it still has, then with `session.closed`."""
        if self._clock_began is None:
            self._standing.over = True
        elif not self._closing:
            self._closing = True
            self._out.send(encode(wire.CloseSession()))

    def ended(self, now: float) -> None:
        """Account for what was heard since the last charge."""
        self._end_spurt()
        self._charge(0.0)

    # -- Audio to the server -------------------------------------------------------------------------------------------

    @property
    def _pending_s(self) -> float:
        return self._wanted.source_format.ms(len(self._pending)) / 1000

    def _give(self, audio: bytes) -> None:
        if self._closing:
            return
        self._pending += audio
        while len(self._pending) >= self._piece_bytes:
            piece = bytes(self._pending[: self._piece_bytes])
            del self._pending[: self._piece_bytes]
            self._out.send(wire.append(self._to_wire.convert(piece)))
            self._given_s += wire.FRAME_MS / 1000
        self._charge(CHARGE_S)

    def _charge(self, at_least_s: float) -> None:
        """An estimate by the minute of appended audio: the endpoint reports no usage."""
        due_s = self._given_s - self._charged_s
        if self._plan.usd_per_minute and due_s > 0 and due_s >= at_least_s:
            self._charged_s = self._given_s
            self._out.tell(Spent(due_s / 60 * self._plan.usd_per_minute, estimate=True))

    # -- Setting up ----------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        transcription = wire.Transcription(self._asked.transcription) if self._asked.transcription else None
        update = wire.SessionUpdate(
            audio=wire.AudioUpdate(
                input=wire.AudioInputUpdate(
                    transcription=transcription, noise_reduction=wire.NoiseReduction("near_field")
                ),
                output=wire.AudioOutputUpdate(language=self._wanted.target.primary),
            )
        )
        self._out.send(encode(wire.UpdateSession(update, event_id=self._asked.event_id)))

    def _updated(self, session: wire.Session, now: float) -> None:
        """Configured: the clock begins with the first sample that was held."""
        if self._clock_began is not None:
            return
        self._clock_began = now - self._held.held_ms / 1000
        self._last_heard = now
        self._out.tell(Ready(expires_in_s(session.expires_at, self._unix_s())))
        self._give(self._held.take())

    def _refused(self, error: ErrorDetail) -> None:
        if self._clock_began is None and answers_setup(error):
            if self._standing.asks_again(self._asked, error):
                self._set_up()
            return
        if error.code == faults.UNCLEAR:
            self._out.tell(Unclear("", error.message))
            return
        self._standing.refused(error)

    # -- Theirs --------------------------------------------------------------------------------------------------------

    def received(self, message: bytes, now: float) -> None:
        """One message from the server."""
        event = self._standing.read(wire.decode_server, message, now)
        if event is None:
            return
        self._pulse.heard(now)
        match event:
            case wire.OutputAudioDelta(delta=audio, elapsed_ms=elapsed_ms):
                self._spoke(audio, elapsed_ms, now)
            case wire.OutputTranscriptDelta(delta=text, elapsed_ms=elapsed_ms):
                self._out.tell(Captioned(Side.TARGET, text, elapsed_ms=elapsed_ms))
            case wire.InputTranscriptDelta(delta=text, elapsed_ms=elapsed_ms):
                self._out.tell(Captioned(Side.SOURCE, text, elapsed_ms=elapsed_ms))
            case wire.SessionUpdated():
                self._updated(event.session, now)
            case wire.SessionClosed():
                self._end_spurt()
                self._standing.over = True
            case ErrorEvent():
                self._refused(event.error)
            case _:
                pass

    def _spoke(self, audio: bytes, elapsed_ms: int | None, now: float) -> None:
        """Speech goes on at once; a heartbeat of nothing but zeros is no speech and ends a spurt."""
        if not audio.lstrip(b"\0"):
            self._pulse.beat()
            self._end_spurt()
            return
        self._last_spoke = now
        audio = self._to_sink.convert(audio)
        if audio:
            self._out.tell(Spoke(audio, elapsed_ms=elapsed_ms))

    def _end_spurt(self) -> None:
        """Bring out the last two milliseconds, so that the next spurt begins clean."""
        if self._last_spoke is None:
            return
        self._last_spoke = None
        rest = self._to_sink.flush()
        if rest:
            self._out.tell(Spoke(rest))
