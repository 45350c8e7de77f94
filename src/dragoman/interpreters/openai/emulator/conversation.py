"""An emulated `/v1/realtime` session: what a client sends, and what the server does about it."""

from __future__ import annotations

import msgspec

from dragoman.interpreters.openai.emulator.history import Entry, History
from dragoman.interpreters.openai.emulator.life import Life
from dragoman.interpreters.openai.emulator.listening import Listening
from dragoman.interpreters.openai.emulator.responses import TURN_DETECTED, Responses
from dragoman.interpreters.openai.emulator.sound import NOTHING, bytes_of, length_ms, samples_of
from dragoman.interpreters.openai.emulator.stage import Steps
from dragoman.interpreters.openai.emulator.vad import Detector
from dragoman.interpreters.realtime.wire.conversation import (
    AnyClientEvent,
    AppendAudio,
    CancelResponse,
    ClearAudio,
    ClearOutput,
    CommitAudio,
    ConversationCreated,
    CreateItem,
    CreateResponse,
    DeleteItem,
    ItemAdded,
    ItemDeleted,
    ItemDone,
    ItemRetrieved,
    ItemTruncated,
    RetrieveItem,
    SessionCreated,
    SessionUpdated,
    TruncateItem,
    UpdateSession,
    decode_client,
)
from dragoman.interpreters.realtime.wire.envelope import Broken, Rejection
from dragoman.interpreters.realtime.wire.items import (
    ConversationRef,
    FunctionCallOutputItem,
    MessageItem,
    ResponseWanted,
    without_audio,
)
from dragoman.interpreters.realtime.wire.session import (
    Audio,
    AudioInput,
    ServerVad,
    Session,
    SessionUpdate,
    merged,
)
from dragoman.interpreters.realtime.wire.session_rules import clash

CREATED_SILENCE_MS = 200
"""What live sessions begin with, whatever the reference says (500): clients must send every field."""
NO_TURN_DETECTION_MODELS = ("gpt-realtime-whisper",)
STOCK_PERSONA = "Your knowledge cutoff is 2024-09. You are a helpful, witty, and friendly AI."


class ConversationSession:
    """One session. `receive` takes the client's messages, `begin` opens, `gone` says that the client is away."""

    def __init__(self, life: Life) -> None:
        self.life = life
        preset = life.record.admission.preset
        self.config = Session(
            id=life.session_id,
            model=life.record.admission.model,
            expires_at=life.expires_at,
            instructions=STOCK_PERSONA,
            audio=Audio(input=AudioInput(turn_detection=ServerVad(silence_duration_ms=CREATED_SILENCE_MS))),
        )
        if isinstance(preset, SessionUpdate):
            self.config = merged(self.config, preset)
        life.record.config = self.config
        self._wanted = self.config
        """What the configuration will be once all accepted updates are in force."""
        self.history = History()
        self.detector = Detector(self.config.audio.input.turn_detection)
        self.conversation_id = life.name("conv")
        self.responses = Responses(life, self.history, self.detector, self.conversation_id)
        self.listening = Listening(life, self.history, self.detector, self._speech_began, self._turn_over)

    def begin(self) -> None:
        self.life.send(SessionCreated(session=self.config))
        if self.life.random.random() < 0.5:
            self.life.send(ConversationCreated(conversation=ConversationRef(id=self.conversation_id)))
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
        elif isinstance(event, AppendAudio):
            self.listening.append(self.config, event)
            self.life.appended(self.detector.now_ms)
        else:
            self.life.record.events.append(event)
            self._act(event)

    def _act(self, event: AnyClientEvent) -> None:
        match event:
            case UpdateSession():
                self._update(event)
            case CommitAudio():
                self.listening.commit(self.config, event)
            case ClearAudio():
                self.listening.clear(event)
            case CreateResponse(response=wanted):
                self.responses.create(self.config, wanted or ResponseWanted(), event)
            case CancelResponse():
                self.responses.cancel(event)
            case CreateItem() | RetrieveItem() | TruncateItem() | DeleteItem():
                self._about_item(event)
            case ClearOutput() | AppendAudio():
                """The first is refused when read, the second never comes here."""

    def _about_item(self, event: CreateItem | RetrieveItem | TruncateItem | DeleteItem) -> None:
        match event:
            case CreateItem():
                self._create_item(event)
            case RetrieveItem():
                self._retrieve(event)
            case TruncateItem():
                self._truncate(event)
            case DeleteItem():
                self._delete(event)

    # ---- Turns -------------------------------------------------------------------------------------------------------

    def _speech_began(self) -> None:
        vad = self.config.audio.input.turn_detection
        if vad is not None and vad.interrupt_response and (run := self.responses.main) is not None:
            self.responses.stop(run, TURN_DETECTED)

    def _turn_over(self, idle: bool) -> None:
        vad = self.config.audio.input.turn_detection
        if idle or (vad is not None and vad.create_response):
            self.responses.create(self.config, ResponseWanted())

    # ---- Configuration -----------------------------------------------------------------------------------------------

    def _update(self, event: UpdateSession) -> None:
        """Check at once, change a moment later: audio that comes before `session.updated` is heard the old way."""
        refused = clash(self._wanted, event.session, event.event_id)
        changed = merged(self._wanted, event.session)
        refused = refused or _needs_no_turns(changed, event.event_id)
        if refused is not None:
            self.life.reject(refused)
            return
        if self.responses.has_spoken and changed.audio.output.voice != self._wanted.audio.output.voice:
            self.life.complain(
                "cannot_update_voice",
                "Cannot update a conversation's voice if assistant audio is present.",
                param="session.audio.output.voice",
                cause=event,
            )
            return
        self._wanted = changed
        self.life.perform(self._updated(changed))

    def _updated(self, config: Session) -> Steps:
        yield self.life.pace.updated_s + self.life.faults.updated_delay_s
        self.config = self.life.record.config = config
        self.detector.configure(config.audio.input.turn_detection)
        self.life.send(SessionUpdated(session=config))

    # ---- Items -------------------------------------------------------------------------------------------------------

    def _create_item(self, event: CreateItem) -> None:
        item_id = event.item.id or self.life.name("item")
        if self.history.find(item_id) is not None:
            self.life.complain("invalid_value", f"Item '{item_id}' exists.", param="item.id", cause=event)
            return
        if isinstance(event.item, FunctionCallOutputItem) and not self.history.calls(event.item.call_id):
            self.life.complain(
                "invalid_tool_call_id",
                f"Tool call ID '{event.item.call_id}' not found in conversation, or answered.",
                param="item.call_id",
                cause=event,
            )
            return
        entry = self._entry(event, item_id)
        try:
            previous = self.history.add(entry, event.previous_item_id)
        except KeyError:
            self.life.complain(
                "invalid_value",
                f"Previous item with item_id '{event.previous_item_id}' not found.",
                param="previous_item_id",
                cause=event,
            )
            return
        shown = without_audio(entry.item)
        self.life.send_either_way(
            ItemAdded(item=shown, previous_item_id=previous), ItemDone(item=shown, previous_item_id=previous)
        )
        if entry.sound.size:
            self.listening.transcribe(self.config, entry)

    def _entry(self, event: CreateItem, item_id: str) -> Entry:
        item = msgspec.structs.replace(event.item, id=item_id, object="realtime.item", status="completed")
        sound = NOTHING
        if isinstance(item, MessageItem):
            audio = b"".join(part.audio or b"" for part in item.content if part.type == "input_audio")
            sound = samples_of(audio, self.config.audio.input.format)
        if not sound.size:
            return Entry(item)
        return self.listening.spoken_item(item_id, sound)

    def _retrieve(self, event: RetrieveItem) -> None:
        """The item with its sound, in the format that it was heard or said in."""
        entry = self.history.find(event.item_id)
        if entry is None:
            self._no_item("retrieve", event)
            return
        item = entry.item
        if isinstance(item, MessageItem) and entry.sound.size:
            audio = self.config.audio
            sound = bytes_of(entry.sound, audio.input.format if entry.from_user else audio.output.format)
            content = [
                msgspec.structs.replace(part, audio=sound) if part.type.endswith("_audio") else part
                for part in item.content
            ]
            item = msgspec.structs.replace(item, content=content)
        self.life.send(ItemRetrieved(item=item))

    def _delete(self, event: DeleteItem) -> None:
        if self.history.delete(event.item_id):
            self.life.send(ItemDeleted(item_id=event.item_id))
        else:
            self._no_item("delete", event)

    def _truncate(self, event: TruncateItem) -> None:
        entry = self.history.find(event.item_id)
        if entry is None:
            self._no_item("truncate", event)
        elif not entry.spoken:
            self.life.complain(None, "Only model output audio messages can be truncated", cause=event)
        elif event.content_index != 0:
            self.life.complain("invalid_value", "There is no such content.", param="content_index", cause=event)
        elif event.audio_end_ms > (whole_ms := length_ms(entry.sound)):
            self.life.complain(
                "invalid_value",
                f"Audio content of {whole_ms}ms is already shorter than {event.audio_end_ms}ms",
                param="audio_end_ms",
                cause=event,
            )
        else:
            entry.cut(event.audio_end_ms)
            self.life.send(ItemTruncated(item_id=event.item_id, content_index=0, audio_end_ms=event.audio_end_ms))

    def _no_item(self, verb: str, event: RetrieveItem | TruncateItem | DeleteItem) -> None:
        self.life.complain(
            f"item_{verb}_invalid_item_id",
            f"Error {verb[:-1]}ing item: the item with id '{event.item_id}' does not exist.",
            param="item_id",
            cause=event,
        )


def _needs_no_turns(config: Session, event_id: str | None) -> Rejection | None:
    """Some transcription models want turn detection off."""
    heard = config.audio.input
    if heard.transcription is None or heard.turn_detection is None:
        return None
    if heard.transcription.model not in NO_TURN_DETECTION_MODELS:
        return None
    param = "session.audio.input.turn_detection"
    return Broken(param, f"must be null for {heard.transcription.model}.").rejection(event_id)
