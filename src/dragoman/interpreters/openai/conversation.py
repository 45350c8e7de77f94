"""The conversation engine's session over `/v1/realtime`: set up once, then audio in and utterances out. Pure.

Mu-law goes through untouched in both directions. The server's voice activity detection cuts utterances; what is said
about them is asked for by `turns`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from msgspec import UNSET

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Ready, SpeechBegan, SpeechStopped, SpokenIn, TroubleKind
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.guard import Guard
from dragoman.interpreters.openai.intake import Intake, wire_side
from dragoman.interpreters.openai.machine import READY_S, Outlet, expires_in_s, unix_s
from dragoman.interpreters.openai.prices import Prices
from dragoman.interpreters.openai.prompts import glossary_words, instructions
from dragoman.interpreters.openai.standing import Standing, answers_setup
from dragoman.interpreters.openai.turns import Turns
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent, Unrecognised, encode
from dragoman.interpreters.realtime.wire.items import StatusError
from dragoman.interpreters.realtime.wire.session import (
    AudioInputUpdate,
    AudioOutputUpdate,
    AudioUpdate,
    NoiseReduction,
    Pcm,
    Pcmu,
    Reasoning,
    ServerVadUpdate,
    SessionUpdate,
    Transcription,
    audio_format,
)
from dragoman.interpreters.realtime.wire.session_rules import VOICES
from dragoman.ports import Clock, Wanted

TAKES_LANGUAGES: Final = ("gpt-transcribe", "gpt-live-transcribe")
"""Models that take `languages` and `keywords`; older ones take `language`."""
REASONS: Final = "gpt-realtime-2"


@dataclass(frozen=True, slots=True)
class ConversationPlan:
    """How a session is set up. `transcription` "" = none. `silence_ms` is how long a pause ends an utterance."""

    model: str
    transcription: str
    voice: str
    threshold: float = 0.5
    prefix_ms: int = 300
    silence_ms: int = 500
    prices: Prices | None = None
    ready_s: float = READY_S


class Conversation:
    """Implements `machine.Machine`."""

    tick_s = 0.25

    def __init__(
        self, plan: ConversationPlan, wanted: Wanted, out: Outlet, guard: Guard | None = None, unix: Clock = unix_s
    ) -> None:
        self._plan, self._wanted, self._out, self._unix_s = plan, wanted, out, unix
        self._intake = Intake(wanted.source_format, plan.transcription, plan.prices, out.send, out.tell)
        self._wire_in, self._wire_out = self._intake.wire_format, wire_side(wanted.sink_format)
        self._turns = Turns(wanted, plan.model, self._wire_out, guard, plan.prices, out)
        self._asked = self._intake.asked
        self._began_ms: dict[str, int] = {}
        self._lengths_s: dict[str, float] = {}
        self._standing = Standing(plan.ready_s, out.tell)

    @property
    def over(self) -> bool:
        return self._standing.over

    # -- Ours ----------------------------------------------------------------------------------------------------------

    def opened(self, now: float) -> None:
        """The socket is open: say how we want the session, without waiting to be greeted."""
        self._standing.opened(now)
        self._set_up()

    def hear(self, audio: bytes, now: float) -> None:
        self._intake.hear(audio)

    def interrupt(self, heard_ms: int, now: float) -> None:
        """Stop the response that is running."""
        self._turns.interrupt(now)

    def tick(self, now: float) -> None:
        """Deadlines."""
        if not self._intake.ready:
            self._standing.wait(now)
            return
        self._turns.tick(now)

    def close(self, now: float) -> None:
        """Nothing is to be said: a conversation ends with its socket."""
        self._standing.over = True

    def ended(self, now: float) -> None:
        """Nothing is owed: responses are charged as they end."""

    # -- Setting up ----------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        model = self._asked.transcription
        self._turns.expect_transcripts(on=bool(model))
        update = session_update(self._plan, self._wanted, model, self._wire_in, self._wire_out)
        self._out.send(encode(wire.UpdateSession(update, event_id=self._asked.event_id)))

    def _updated(self, event: wire.SessionUpdated) -> None:
        if self._intake.ready:
            return
        audio = event.session.audio
        granted = (audio_format(audio.input.format), audio_format(audio.output.format))
        if granted != (self._wire_in, self._wire_out):
            self._standing.fail(TroubleKind.BAD_REQUEST, "the server did not take the audio formats that we asked for")
            return
        self._intake.ready = True
        self._out.tell(Ready(expires_in_s(event.session.expires_at, self._unix_s())))
        self._intake.flush()

    def _refused(self, error: ErrorDetail, now: float) -> None:
        """An error event: to our configuration, to a request for a response, or of no consequence."""
        if answers_setup(error) and not self._intake.ready:
            if self._standing.asks_again(self._asked, error):
                self._set_up()
            return
        if self._turns.refused(error.event_id, StatusError(error.type, error.code, error.message), now):
            self._standing.over |= self._turns.fatal
            return
        if error.code in faults.HARMLESS:
            return
        self._standing.refused(error)

    # -- Theirs --------------------------------------------------------------------------------------------------------

    def received(self, message: bytes, now: float) -> None:
        """One message from the server."""
        event = self._standing.read(wire.decode_server, message, now)
        match event:
            case wire.AudioDelta():
                self._turns.audio(event, now)
            case wire.TranscriptDelta():
                self._turns.words(event.response_id, event.item_id, event.delta, now, whole=False)
            case wire.TranscriptDone():
                self._turns.words(event.response_id, event.item_id, event.transcript, now, whole=True)
            case wire.ResponseCreated() | wire.ResponseDone() | wire.OutputItemAdded() | wire.OutputItemDone():
                self._responded(event, now)
            case wire.SessionUpdated():
                self._updated(event)
            case ErrorEvent():
                self._refused(event.error, now)
            case None | Unrecognised():
                pass
            case _:
                self._listened(event, now)

    def _responded(
        self,
        event: wire.ResponseCreated | wire.ResponseDone | wire.OutputItemAdded | wire.OutputItemDone,
        now: float,
    ) -> None:
        match event:
            case wire.ResponseCreated(response):
                self._turns.created(response, now)
            case wire.ResponseDone(response):
                self._turns.done(response, now)
                self._standing.over |= self._turns.fatal
            case wire.OutputItemAdded() | wire.OutputItemDone():
                self._turns.item(event.response_id, event.item)

    def _listened(self, event: wire.AnyServerEvent, now: float) -> None:
        """What the server heard: speech, utterances, their text.

        Its start lies before the mouth's by the padding, its end after it by the silence that it waited for.
        """
        match event:
            case wire.SpeechStarted(audio_start_ms=at_ms, item_id=utterance):
                self._began_ms[utterance] = at_ms
                began_ms = at_ms + self._plan.prefix_ms if at_ms else 0
                self._out.tell(SpeechBegan(utterance, began_ms + self._intake.lost_ms))
            case wire.SpeechStopped(audio_end_ms=at_ms, item_id=utterance):
                length_ms = at_ms - self._began_ms.pop(utterance, at_ms)
                self._lengths_s[utterance] = max(0, length_ms) / 1000
                stopped_ms = max(at_ms - self._plan.silence_ms, 0)
                self._out.tell(SpeechStopped(utterance, stopped_ms + self._intake.lost_ms))
            case wire.AudioCommitted(item_id=utterance):
                self._turns.committed(utterance, self._lengths_s.pop(utterance, 0.0), now)
            case wire.TranscriptionDelta():
                self._intake.written(event)
            case wire.TranscriptionCompleted(item_id=utterance, transcript=text):
                language = self._turns.ways.language(event)
                if language is not None:
                    self._out.tell(SpokenIn(utterance, language))
                self._intake.written(event)
                self._turns.transcribed(utterance, text, now, language)
                self._intake.charge(event)
            case wire.TranscriptionFailed(item_id=utterance):
                self._turns.transcribed(utterance, None, now)
            case _:
                pass


# ---- The configuration -----------------------------------------------------------------------------------------------


def session_update(
    plan: ConversationPlan, wanted: Wanted, transcription: str, heard: AudioFormat, spoken: AudioFormat
) -> SessionUpdate:
    """The whole configuration, every detection field explicit: we ask for each response ourselves."""
    voice = wanted.target.voice if wanted.target.voice in VOICES else plan.voice
    return SessionUpdate(
        type="realtime",
        output_modalities=["audio"],
        instructions=instructions(wanted),
        tools=[],
        tool_choice="none",
        reasoning=Reasoning("low") if plan.model.startswith(REASONS) else UNSET,
        audio=AudioUpdate(
            input=AudioInputUpdate(
                format=Pcmu() if heard is AudioFormat.PCMU_8K else Pcm(),
                transcription=transcription_of(transcription, wanted) if transcription else None,
                noise_reduction=NoiseReduction("near_field"),
                turn_detection=ServerVadUpdate(
                    threshold=plan.threshold,
                    prefix_padding_ms=plan.prefix_ms,
                    silence_duration_ms=plan.silence_ms,
                    idle_timeout_ms=None,
                    create_response=False,
                    interrupt_response=False,
                ),
            ),
            output=AudioOutputUpdate(format=Pcmu() if spoken is AudioFormat.PCMU_8K else Pcm(), voice=voice, speed=1.0),
        ),
    )


def transcription_of(model: str, wanted: Wanted) -> Transcription:
    """How the party's words are to be written down: in the language that they chose, or whichever of two it is."""
    language = wanted.source.primary
    if wanted.both_ways:
        return Transcription(model, languages=[language, wanted.target.primary])
    if model not in TAKES_LANGUAGES:
        return Transcription(model, language=language)
    return Transcription(model, languages=[language], keywords=glossary_words(wanted.glossary, language) or None)
