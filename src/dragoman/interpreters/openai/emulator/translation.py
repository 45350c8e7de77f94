"""An emulated `/v1/realtime/translations` session: a continuous interpreter without turns.

Its clock is the audio it was given: frames of 200 ms, and nothing else, move it on. A gap between appends does not
exist for it, and ten seconds in one message are ten seconds.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

import numpy as np

from dragoman.interpreters.openai.emulator.life import CLOSE_NORMAL, Life
from dragoman.interpreters.openai.emulator.script import Failure, Message, Utterance
from dragoman.interpreters.openai.emulator.sound import (
    NOTHING,
    SAMPLES_PER_MS,
    Samples,
    bytes_of,
    length_ms,
    samples_of,
    silence,
)
from dragoman.interpreters.openai.emulator.speaking import fragments, pieces_of
from dragoman.interpreters.openai.emulator.stage import Steps
from dragoman.interpreters.openai.emulator.vad import Began, Detector, Stopped
from dragoman.interpreters.realtime.wire.envelope import Rejection
from dragoman.interpreters.realtime.wire.session import Pcm, ServerVad
from dragoman.interpreters.realtime.wire.translation import (
    FRAME_MS,
    AppendAudio,
    CloseSession,
    InputTranscriptDelta,
    OutputAudioDelta,
    OutputTranscriptDelta,
    Session,
    SessionClosed,
    SessionCreated,
    SessionUpdate,
    SessionUpdated,
    UpdateSession,
    decode_client,
    merged,
)

FRAME_SAMPLES = FRAME_MS * SAMPLES_PER_MS
CONTENT_MS = (200, 400, 400, 600)
"""Lengths that content deltas have; 400 was seen most often."""
GOODBYE_S = 0.05
_HEARTBEAT = bytes_of(silence(FRAME_MS), Pcm())


@dataclass(slots=True)
class Speech:
    """One utterance's translation on its way out. `due_ms` is the elapsed time at which it may begin."""

    due_ms: int
    pieces: deque[Samples]
    words: deque[str]


class TranslationSession:
    """One session. `receive` takes the client's messages, `begin` opens, `gone` says that the client is away."""

    def __init__(self, life: Life) -> None:
        self.life = life
        admission = life.record.admission
        self.config = Session(id=life.session_id, model=admission.model, expires_at=life.expires_at)
        if isinstance(admission.preset, SessionUpdate):
            self.config = merged(self.config, admission.preset)
        life.record.config = self.config
        self._wanted = self.config
        self.elapsed_ms = 0
        self._waiting = NOTHING
        self._detector = Detector(ServerVad(silence_duration_ms=life.pace.pause_ms, prefix_padding_ms=100))
        self._began_ms: int | None = None
        self._utterances = 0
        self._speeches: deque[Speech] = deque()
        self._held: list[OutputAudioDelta | OutputTranscriptDelta] = []
        self._held_ms = 0
        self._closing = False

    def begin(self) -> None:
        self.life.send(SessionCreated(session=self.config))
        self.life.begin()

    def gone(self, code: int) -> None:
        self.life.ended(code)

    def receive(self, message: bytes) -> None:
        """One text message. Whatever is wrong with it is answered; the session stays up."""
        if self.life.over:
            return
        event = decode_client(message)
        if isinstance(event, Rejection):
            self.life.reject(event)
            return
        if not isinstance(event, AppendAudio):
            self.life.record.events.append(event)
        if self._closing:
            self.life.complain("session_closing", "The session is closing: nothing can be sent any more.", cause=event)
            return
        match event:
            case AppendAudio(audio=audio):
                self._append(audio)
            case UpdateSession(session=update):
                self._wanted = merged(self._wanted, update)
                self.life.perform(self._updated(self._wanted))
            case CloseSession():
                self._closing = True
                self.life.perform(self._drain())

    def _updated(self, config: Session) -> Steps:
        """Changes take effect a moment after they were asked for, in a session that is running."""
        yield self.life.pace.updated_s + self.life.faults.updated_delay_s
        self.config = self.life.record.config = config
        self.life.send(SessionUpdated(session=config))

    # ---- Hearing -----------------------------------------------------------------------------------------------------

    def _append(self, audio: bytes) -> None:
        record = self.life.record
        record.appends += 1
        record.audio += audio
        samples = samples_of(audio, Pcm())
        self._waiting = np.concatenate([self._waiting, samples])
        while self._waiting.size >= FRAME_SAMPLES:
            frame, self._waiting = self._waiting[:FRAME_SAMPLES], self._waiting[FRAME_SAMPLES:]
            self._frame(frame)
        record.audio_ms = self.elapsed_ms + length_ms(self._waiting)
        self.life.appended(record.audio_ms)

    def _frame(self, frame: Samples) -> None:
        """200 ms heard, and what is due by then said."""
        self.elapsed_ms += FRAME_MS
        self._hear(frame)
        self._speak()

    def _hear(self, frame: Samples) -> None:
        for activity in self._detector.hear(frame):
            match activity:
                case Began(audio_start_ms=start_ms):
                    self._began_ms = start_ms
                case Stopped(audio=audio):
                    self._began_ms = None
                    self._interpret(audio)
                case _:
                    """There is no idle timeout here."""
        if self._began_ms is not None and self.elapsed_ms - self._began_ms >= self.life.pace.cut_ms:
            self._began_ms = None
            self._interpret(self._detector.take())

    def _interpret(self, audio: Samples) -> None:
        """An utterance is over: write down what it was, and line up its translation."""
        script, target = self.life.script, self.config.audio.output.language
        utterance = Utterance(self.life.number, self._utterances, audio, target=target)
        self._utterances += 1
        understood = script.hears(utterance)
        self.life.record.heard.append(understood.text)
        if self.config.audio.input.transcription is not None:
            for word in fragments(understood.text):
                self.life.send(InputTranscriptDelta(delta=word, elapsed_ms=self.elapsed_ms))
        says = script.says(utterance)
        if isinstance(says, Failure) or understood.language == target:
            return
        for message in (one for one in says if isinstance(one, Message)):
            sizes = [self.life.random.choice(CONTENT_MS) for _ in range(64)]
            words = fragments(message.text)
            self.life.record.said.append(message.text)
            due_ms = self.elapsed_ms + self.life.pace.behind_ms
            self._speeches.append(Speech(due_ms, deque(pieces_of(message.sound, sizes)), deque(words)))

    # ---- Speaking ----------------------------------------------------------------------------------------------------

    def _speak(self) -> None:
        """One step of output: a piece of what is due, or a heartbeat of silence."""
        if not self._speeches or self._speeches[0].due_ms > self.elapsed_ms:
            self._out(OutputAudioDelta(delta=_HEARTBEAT, elapsed_ms=self.elapsed_ms), 0)
            return
        speech = self._speeches[0]
        share = -(-len(speech.words) // max(1, len(speech.pieces)))
        for _ in range(share):
            self._out(OutputTranscriptDelta(delta=speech.words.popleft(), elapsed_ms=self.elapsed_ms), 0)
        if speech.pieces:
            piece = speech.pieces.popleft()
            self.life.record.spoken_ms += length_ms(piece)
            delta = OutputAudioDelta(delta=bytes_of(piece, Pcm()), elapsed_ms=self.elapsed_ms)
            self._out(delta, length_ms(piece))
        if not speech.pieces and not speech.words:
            self._speeches.popleft()

    def _out(self, event: OutputAudioDelta | OutputTranscriptDelta, ms: int) -> None:
        """Send, or hold back until a whole burst is there or nothing more comes."""
        self._held.append(event)
        self._held_ms += ms
        nothing_more = not self._speeches and not ms
        if self._held_ms >= self.life.faults.burst_ms or nothing_more:
            self._release()

    def _release(self) -> None:
        held, self._held, self._held_ms = self._held, [], 0
        for event in held:
            self.life.send(event)

    # ---- Closing -----------------------------------------------------------------------------------------------------

    def _drain(self) -> Steps:
        """Say what is left, faster than real time; then goodbye, and close."""
        self._hear(self._waiting)
        self._waiting = NOTHING
        if self._detector.speaking:
            self._interpret(self._detector.take())
        while self._speeches:
            self.elapsed_ms += FRAME_MS
            self._speeches[0].due_ms = self.elapsed_ms
            self._speak()
            yield FRAME_MS / 1000 / self.life.pace.drain_lead
        self._release()
        self.life.send(SessionClosed())
        yield GOODBYE_S
        self.life.close(CLOSE_NORMAL)
