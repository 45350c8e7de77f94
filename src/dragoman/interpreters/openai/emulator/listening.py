"""The input side of an emulated conversation: the audio buffer, turns, and the transcripts of what was said."""

from __future__ import annotations

from collections.abc import Callable

from dragoman.interpreters.openai.emulator.history import Entry, History
from dragoman.interpreters.openai.emulator.life import Life
from dragoman.interpreters.openai.emulator.script import Understood, Utterance
from dragoman.interpreters.openai.emulator.sound import Samples, length_ms, samples_of
from dragoman.interpreters.openai.emulator.speaking import fragments
from dragoman.interpreters.openai.emulator.stage import Steps
from dragoman.interpreters.openai.emulator.usage import transcription_usage
from dragoman.interpreters.openai.emulator.vad import Began, Detector, Idle, Stopped
from dragoman.interpreters.realtime.wire.conversation import (
    AppendAudio,
    AudioCleared,
    AudioCommitted,
    ClearAudio,
    CommitAudio,
    IdleTimeout,
    ItemAdded,
    ItemDone,
    SpeechStarted,
    SpeechStopped,
    TranscriptionCompleted,
    TranscriptionDelta,
    TranscriptionFailed,
)
from dragoman.interpreters.realtime.wire.items import (
    Content,
    MessageItem,
    TranscribedLanguage,
    TranscriptionError,
)
from dragoman.interpreters.realtime.wire.session import Session

SHORTEST_COMMIT_MS = 100
DEFAULT_TRANSCRIBER = "gpt-4o-transcribe"


def source_of(session: Session) -> str:
    """The language that the session expects to hear, as its transcription is told; "" when nothing says it."""
    wanted = session.audio.input.transcription
    if wanted is None:
        return ""
    return wanted.language or (wanted.languages[0] if wanted.languages else "")


class Listening:
    """Hears for one session.

    `speech_began` is called when turn detection finds speech, `turn_over` when it has committed a turn (True: because
    nobody spoke for so long that the model shall).
    """

    def __init__(
        self,
        life: Life,
        history: History,
        detector: Detector,
        speech_began: Callable[[], None],
        turn_over: Callable[[bool], None],
    ) -> None:
        self._life = life
        self._history = history
        self._detector = detector
        self._speech_began = speech_began
        self._turn_over = turn_over
        self._coming = ""
        """The id that the item of the speech that runs will have."""
        self._utterances = 0

    def append(self, session: Session, event: AppendAudio) -> None:
        record = self._life.record
        record.appends += 1
        record.audio += event.audio
        activities = self._detector.hear(samples_of(event.audio, session.audio.input.format))
        record.audio_ms = self._detector.now_ms
        for activity in activities:
            match activity:
                case Began(audio_start_ms=start_ms):
                    self._coming = self._life.name("item")
                    self._life.send(SpeechStarted(audio_start_ms=start_ms, item_id=self._coming))
                    self._speech_began()
                case Stopped(audio_end_ms=end_ms, audio=audio):
                    self._life.send(SpeechStopped(audio_end_ms=end_ms, item_id=self._coming))
                    self._commit(session, audio)
                    self._turn_over(False)
                case Idle(audio_start_ms=start_ms, audio_end_ms=end_ms, audio=audio):
                    self._coming = self._life.name("item")
                    timeout = IdleTimeout(audio_start_ms=start_ms, audio_end_ms=end_ms, item_id=self._coming)
                    self._life.send(timeout)
                    self._commit(session, audio)
                    self._turn_over(True)

    def commit(self, session: Session, event: CommitAudio) -> None:
        """A manual commit: an item, but no response. Too little audio is an error that comes late."""
        buffered_ms = self._detector.buffered_ms
        if buffered_ms < SHORTEST_COMMIT_MS:
            self._life.perform(self._too_short(buffered_ms, event))
            return
        self._commit(session, self._detector.take())

    def clear(self, _: ClearAudio) -> None:
        self._detector.take()
        self._coming = ""
        self._life.send(AudioCleared())

    def _too_short(self, buffered_ms: int, event: CommitAudio) -> Steps:
        yield self._life.pace.commit_error_s
        self._life.complain(
            "input_audio_buffer_commit_empty",
            "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio, "
            f"but buffer only has {buffered_ms:.2f}ms of audio.",
            cause=event,
        )

    def _commit(self, session: Session, audio: Samples) -> None:
        """The buffer becomes a user's item."""
        item_id, self._coming = self._coming or self._life.name("item"), ""
        entry = self.spoken_item(item_id, audio)
        previous = self._history.add(entry)
        self._life.send(AudioCommitted(item_id=item_id, previous_item_id=previous))
        self._life.send_either_way(
            ItemAdded(item=entry.item, previous_item_id=previous), ItemDone(item=entry.item, previous_item_id=previous)
        )
        self.transcribe(session, entry)

    def spoken_item(self, item_id: str, audio: Samples) -> Entry:
        """A user's item of speech; its utterance is counted and understood."""
        item = MessageItem(
            role="user",
            content=[Content(type="input_audio")],
            id=item_id,
            object="realtime.item",
            status="completed",
        )
        entry = Entry(item, audio, utterance=self._utterances)
        self._utterances += 1
        return entry

    # ---- Transcripts -------------------------------------------------------------------------------------------------

    def transcribe(self, session: Session, entry: Entry) -> None:
        """Write down what was said, in its own time: no order towards anything else is kept."""
        understood = self._understood(session, entry)
        self._life.record.heard.append(understood.text)
        if (wanted := session.audio.input.transcription) is not None:
            self._life.perform(self._transcript(wanted.model or DEFAULT_TRANSCRIBER, entry, understood))

    def _understood(self, session: Session, entry: Entry) -> Understood:
        index = -1 if entry.utterance is None else entry.utterance
        utterance = Utterance(self._life.number, index, entry.sound, source=source_of(session))
        return self._life.script.hears(utterance)

    def _transcript(self, model: str, entry: Entry, understood: Understood) -> Steps:
        life, item_id = self._life, entry.item_id
        yield life.pace.transcription_s * life.random.uniform(0.3, 3.0)
        if life.faults.no_transcription:
            error = TranscriptionError(
                type="server_error", code="audio_unintelligible", message="Could not transcribe."
            )
            life.send(TranscriptionFailed(item_id=item_id, error=error))
            return
        for word in fragments(understood.text):
            life.send(TranscriptionDelta(item_id=item_id, delta=word))
            yield life.pace.transcription_s / 10
        languages = None
        if model == "gpt-transcribe":
            languages = [TranscribedLanguage(code=understood.language)] if understood.language else []
        life.send(
            TranscriptionCompleted(
                item_id=item_id,
                transcript=understood.text,
                usage=transcription_usage(model, length_ms(entry.sound), understood.text),
                languages=languages,
            )
        )
