"""`/v1/realtime`: utterances become items; a response about an item is its interpretation, or an assistant's answer.

For an interpreter the target language comes with `response.create` (`metadata.target`) or the address (`?target=`);
the source from `audio.input.transcription.language`, `metadata.source` or `?source=`. An interpreter that is told two
`transcription.languages` hears which one it is, and says it with the transcript. What is not speech makes no item at
all. An assistant is a session of the model `dragoman-assistant`: what answers there is a mind (`answers`).
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Iterable
from typing import Final

import msgspec
from starlette.websockets import WebSocket

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import EndpointRules
from dragoman.interpreters.local.hearing import Begun, Hearing, Uttered
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.listening import Listener
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.recognise import Misheard, Reason
from dragoman.interpreters.local.rendered import Recognised
from dragoman.interpreters.local.rendering import UNCLEAR, Rendering
from dragoman.interpreters.local.server.answers import Answers, AssistantParts
from dragoman.interpreters.local.server.expected import Expected, primary
from dragoman.interpreters.local.server.items import Items, Kept, spoken_item
from dragoman.interpreters.local.server.manual import ManualBuffer
from dragoman.interpreters.local.server.outlet import ClientGone, Outlet, next_message
from dragoman.interpreters.local.server.responses import Order, Responder
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import Broken, Rejection
from dragoman.interpreters.realtime.wire.items import (
    DurationUsage,
    ItemReference,
    MessageItem,
    ResponseWanted,
    TranscribedLanguage,
    TranscriptionError,
)
from dragoman.interpreters.realtime.wire.session import (
    CustomVoice,
    Pcma,
    ServerVad,
    Session,
    SessionUpdate,
    audio_format,
    merged,
)
from dragoman.interpreters.realtime.wire.session_rules import clash

_LEAST_SILENCE_MS: Final = 200
_BUSY: Final = "conversation_already_has_active_response"


class ConversationSession:
    """One session. `run` returns when it is over."""

    def __init__(
        self,
        socket: WebSocket,
        outlet: Outlet,
        session: Session,
        parts: Parts,
        jobs: Jobs,
        languages: tuple[str | None, str | None] = (None, None),
        assistant: AssistantParts | None = None,
    ) -> None:
        """`languages`: source and target for those who cannot say them otherwise (primary subtags).

        With `assistant` it is an assistant's session, without an interpreter's.
        """
        self._socket, self._outlet, self._session, self._parts = socket, outlet, session, parts
        given_source, self._given_target = languages
        self._expected = Expected(given_source, both_ways=assistant is None)
        self._rendering = Rendering(parts, jobs, session.id)
        self._responder = Responder(self._rendering, outlet)
        self._items = Items()
        self._answers: Answers | None = None
        self._assistant = assistant
        if assistant is not None:
            self._answers = Answers(self._rendering, outlet, self._items, assistant.minds, self._new_id)
        self._uttered: asyncio.Queue[tuple[str, Uttered]] = asyncio.Queue()
        self._ids = itertools.count(1)
        self._speaking_id = ""
        self._running: dict[str, asyncio.Task[None]] = {}
        self._active: str | None = None

    async def run(self) -> None:
        """Serve until the client is gone."""
        try:
            async with asyncio.TaskGroup() as tasks:
                self._tasks = tasks
                self._listen_anew()
                tasks.create_task(self._outlet.pump())
                tasks.create_task(self._commit_all())
                self._outlet.send(wire.SessionCreated(session=self._session))
                while True:
                    self._take(await next_message(self._socket))
        except* ClientGone:
            pass
        finally:
            self._speaks(on=False)

    # ---- From the client ---------------------------------------------------------------------------------------------

    def _take(self, message: bytes) -> None:
        event = wire.decode_client(message)
        match event:
            case Rejection():
                self._outlet.refuse(event)
            case wire.AppendAudio(audio=audio):
                self._hear(audio)
            case wire.UpdateSession():
                self._update(event.session, event.event_id)
            case wire.CreateResponse():
                self._respond(event.response or ResponseWanted(), event.event_id)
            case wire.CancelResponse():
                self._cancel(event.response_id, event.event_id)
            case wire.CommitAudio():
                self._commit(event.event_id)
            case wire.ClearAudio():
                self._listen_anew()
                self._outlet.send(wire.AudioCleared())
            case wire.CreateItem() | wire.RetrieveItem() | wire.TruncateItem() | wire.DeleteItem():
                self._change_items(event)
            case wire.ClearOutput():
                pass

    def _update(self, update: SessionUpdate, event_id: str | None) -> None:
        session = merged(self._session, update)
        wrong = clash(self._session, update, event_id) or _unsupported(session, event_id)
        if wrong is not None:
            self._outlet.refuse(wrong)
            return
        before, self._session = self._session.audio.input, session
        wanted = session.audio.input.transcription
        self._rendering.keywords = tuple(wanted.keywords or ()) if wanted is not None else ()
        self._expected.configure(wanted)
        now = session.audio.input
        if now.format != before.format or (now.turn_detection is None) != (before.turn_detection is None):
            self._listen_anew()
        elif self._hearing is not None:
            self._hearing.listener.retune(self._rules())
        self._outlet.send(wire.SessionUpdated(session=session))
        self._rehearse()

    def _rehearse(self) -> None:
        """Whose words are known can have them spoken beforehand."""
        if self._assistant is None or self._session.prompt is None:
            return
        persona = self._assistant.minds.rehearsed(self._session.prompt.id)
        if persona is not None:
            voice = self._session.audio.output.voice
            tag = persona.language(self._expected.source or "")
            self._assistant.rehearsal.want(persona, tag, voice.id if isinstance(voice, CustomVoice) else voice)

    def _speaks(self, *, on: bool) -> None:
        if self._assistant is not None:
            self._assistant.rehearsal.speaks(self._session.id, on=on)

    def _change_items(self, event: wire.CreateItem | wire.RetrieveItem | wire.TruncateItem | wire.DeleteItem) -> None:
        match event:
            case wire.CreateItem(item=item, previous_item_id=after):
                if after is not None and after != "root" and after not in self._items:
                    self._unknown_item(after, "create", event.event_id)
                    return
                item_id = item.id or self._new_id("item")
                item = msgspec.structs.replace(item, id=item_id, object="realtime.item", status="completed")
                previous = after or self._items.last_id
                self._items.add(item_id, Kept(item), after)
                self._outlet.send(wire.ItemAdded(item=item, previous_item_id=previous))
                self._outlet.send(wire.ItemDone(item=item, previous_item_id=previous))
            case wire.RetrieveItem(item_id=item_id):
                kept = self._items.find(item_id)
                if kept is None:
                    self._unknown_item(item_id, "retrieve", event.event_id)
                else:
                    self._outlet.send(wire.ItemRetrieved(item=kept.item))
            case wire.TruncateItem():
                self._truncate(event)
            case wire.DeleteItem(item_id=item_id):
                if self._items.remove(item_id):
                    self._outlet.send(wire.ItemDeleted(item_id=item_id))
                else:
                    self._unknown_item(item_id, "delete", event.event_id)

    def _truncate(self, cut: wire.TruncateItem) -> None:
        kept = self._items.find(cut.item_id)
        if kept is None:
            self._unknown_item(cut.item_id, "truncate", cut.event_id)
            return
        if kept.spoken is not None:
            if cut.audio_end_ms > kept.spoken.length_ms:
                message = f"Audio content of {kept.spoken.length_ms}ms is already shorter than {cut.audio_end_ms}ms"
                self._outlet.error("invalid_value", message, event_id=cut.event_id)
                return
            kept.spoken.heard_ms = cut.audio_end_ms
        self._outlet.send(
            wire.ItemTruncated(item_id=cut.item_id, content_index=cut.content_index, audio_end_ms=cut.audio_end_ms)
        )

    def _unknown_item(self, item_id: str, what: str, event_id: str | None) -> None:
        self._outlet.error(f"item_{what}_invalid_item_id", f"There is no item {item_id!r}.", event_id=event_id)

    # ---- Hearing -----------------------------------------------------------------------------------------------------

    def _listen_anew(self) -> None:
        """Forget what was heard and follow the current configuration."""
        fmt = audio_format(self._session.audio.input.format) or AudioFormat.PCM16_24K
        self._manual: ManualBuffer | None = None
        self._hearing: Hearing | None = None
        if self._session.audio.input.turn_detection is None:
            self._manual = ManualBuffer(fmt)
        listener = Listener(fmt, self._parts.detector(), self._rules())
        expected = self._expected
        self._hearing = Hearing(listener, self._rendering, self._tasks, lambda: expected.source, lambda: expected.other)

    def _rules(self) -> EndpointRules:
        match self._session.audio.input.turn_detection:
            case ServerVad(threshold=threshold, prefix_padding_ms=padding_ms, silence_duration_ms=silence_ms):
                return EndpointRules(
                    threshold=max(0.2, min(0.95, threshold)),
                    padding_ms=padding_ms,
                    silence_ms=max(_LEAST_SILENCE_MS, silence_ms),
                )
            case _:
                return EndpointRules()

    def _hear(self, audio: bytes) -> None:
        if self._manual is not None:
            self._manual.hear(audio)
        elif self._hearing is not None:
            self._heard(self._hearing.hear(audio))

    def _heard(self, events: Iterable[Begun | Uttered]) -> None:
        for event in events:
            match event:
                case Begun(at_ms=at_ms):
                    self._speaks(on=True)
                    self._speaking_id = self._new_id("item")
                    self._outlet.send(wire.SpeechStarted(audio_start_ms=at_ms, item_id=self._speaking_id))
                    self._interrupt()
                case Uttered(at_ms=at_ms):
                    self._speaks(on=False)
                    self._outlet.send(wire.SpeechStopped(audio_end_ms=at_ms, item_id=self._speaking_id))
                    self._uttered.put_nowait((self._speaking_id, event))

    def _interrupt(self) -> None:
        detection = self._session.audio.input.turn_detection
        if detection is not None and detection.interrupt_response and self._active in self._running:
            self._running[self._active].cancel("turn_detected")

    def _commit(self, event_id: str | None) -> None:
        """By hand: the buffer, or (with turn detection) what is being said."""
        if self._manual is not None and self._hearing is not None:
            samples = self._manual.take()
            if samples is not None:
                recognition = self._hearing.recognise(samples)
                uttered = Uttered(recognition, self._expected.source, 0, len(samples) / 16)
                self._uttered.put_nowait((self._new_id("item"), uttered))
                return
        elif self._hearing is not None:
            running = list(self._hearing.finish())
            if running:
                self._heard(running)
                return
        message = "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio."
        self._outlet.error("input_audio_buffer_commit_empty", message, event_id=event_id)

    async def _commit_all(self) -> None:
        """Make items of utterances, in order, once their words are known: noise leaves no trace."""
        while True:
            item_id, uttered = await self._uttered.get()
            heard = await uttered.recognition
            if isinstance(heard, Misheard) and heard.reason is Reason.NOT_SPEECH:
                continue
            previous = self._items.last_id
            item = spoken_item(item_id)
            source = uttered.source
            if isinstance(heard, Recognised) and self._expected.heard(heard.language):
                source = heard.language
            self._items.add(item_id, Kept(item, uttered.recognition, source))
            self._outlet.send(wire.AudioCommitted(item_id=item_id, previous_item_id=previous))
            self._outlet.send(wire.ItemAdded(item=item, previous_item_id=previous))
            self._outlet.send(wire.ItemDone(item=item, previous_item_id=previous))
            if self._session.audio.input.transcription is not None:
                self._transcribed(item_id, heard, uttered)
            detection = self._session.audio.input.turn_detection
            if detection is not None and detection.create_response:
                self._respond(ResponseWanted(), None)

    def _transcribed(self, item_id: str, heard: Recognised | Misheard, uttered: Uttered) -> None:
        match heard:
            case Recognised(text=text, language=language):
                usage = DurationUsage(seconds=round(uttered.duration_ms / 1000, 3))
                written = wire.TranscriptionCompleted(
                    item_id=item_id, transcript=text, usage=usage, languages=[TranscribedLanguage(language)]
                )
                self._outlet.send(written)
            case Misheard(reason=reason):
                error = TranscriptionError(type="transcription_error", code=UNCLEAR, message=reason.value)
                self._outlet.send(wire.TranscriptionFailed(item_id=item_id, error=error))

    # ---- Responses ---------------------------------------------------------------------------------------------------

    def _respond(self, wanted: ResponseWanted, event_id: str | None) -> None:
        apart = wanted.conversation == "none"
        if not apart and self._active in self._running:
            message = f"Conversation already has an active response in progress: {self._active}."
            self._outlet.error(_BUSY, message, event_id=event_id)
            return
        about, wrong = self._about(wanted, event_id)
        if wrong is not None:
            self._outlet.refuse(wrong)
            return
        order = self._order(wanted, apart=apart)
        if not apart:
            self._active = order.response_id
        if self._answers is not None:
            plan = self._answers.plan(wanted, about, self._session, order.source)
            task = self._tasks.create_task(self._answers.carry_out(order, plan))
        else:
            task = self._tasks.create_task(self._carry_out(order, about))
        self._running[order.response_id] = task
        task.add_done_callback(lambda _: self._running.pop(order.response_id, None))

    def _about(self, wanted: ResponseWanted, event_id: str | None) -> tuple[Kept | None, Rejection | None]:
        """What is to be rendered: the last thing in `input`, or the last item of the conversation."""
        if wanted.input is None:
            return (self._items.find(self._items.last_id) if self._items.last_id else None), None
        about: Kept | None = None
        for number, given in enumerate(wanted.input):
            match given:
                case ItemReference(id=item_id):
                    about = self._items.find(item_id)
                    if about is None:
                        broken = Broken(f"response.input[{number}].id", f"there is no item {item_id!r}.")
                        return None, broken.rejection(event_id)
                case MessageItem(role="user"):
                    about = Kept(given)
                case _:
                    continue
        return about, None

    def _order(self, wanted: ResponseWanted, *, apart: bool) -> Order:
        output = self._session.audio.output
        asked = wanted.audio.output if wanted.audio is not None else None
        voice = (asked.voice if asked is not None else None) or output.voice
        fmt = (asked.format if asked is not None else None) or output.format
        metadata = wanted.metadata or {}
        return Order(
            response_id=self._new_id("resp"),
            item_id=self._new_id("item"),
            target=primary(metadata.get("target")) or self._given_target or "",
            source=primary(metadata.get("source")) or self._expected.source,
            spoken=(wanted.output_modalities or self._session.output_modalities) == ["audio"],
            fmt=audio_format(fmt) or AudioFormat.PCM16_24K,
            voice=voice.id if isinstance(voice, CustomVoice) else voice,
            speed=output.speed,
            metadata=wanted.metadata,
            conversation_id=None if apart else f"conv_{self._session.id}",
        )

    async def _carry_out(self, order: Order, about: Kept | None) -> None:
        item = await self._responder.carry_out(order, about)
        if item is not None and order.conversation_id is not None:
            self._items.add(order.item_id, Kept(item))

    def _cancel(self, response_id: str | None, event_id: str | None) -> None:
        task = self._running.get(response_id or self._active or "")
        if task is None:
            message = "Cancellation failed: no active response found"
            self._outlet.error("response_cancel_not_active", message, event_id=event_id)
            return
        task.cancel("client_cancelled")

    def _new_id(self, kind: str) -> str:
        return f"{kind}_{self._session.id.removeprefix('sess_')}_{next(self._ids)}"


def _unsupported(session: Session, event_id: str | None) -> Rejection | None:
    """What the protocol allows and this engine cannot do."""
    for path, fmt in (("input", session.audio.input.format), ("output", session.audio.output.format)):
        if isinstance(fmt, Pcma):
            broken = Broken(f"session.audio.{path}.format", "this engine takes audio/pcm and audio/pcmu.")
            return broken.rejection(event_id)
    return None
