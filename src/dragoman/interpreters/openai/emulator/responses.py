"""How an emulated model answers: one response on the default conversation, any number beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

from dragoman.interpreters.openai.emulator.history import Entry, History, written_of
from dragoman.interpreters.openai.emulator.life import Life
from dragoman.interpreters.openai.emulator.listening import source_of
from dragoman.interpreters.openai.emulator.script import Failure, Says, Utterance
from dragoman.interpreters.openai.emulator.sound import NOTHING
from dragoman.interpreters.openai.emulator.speaking import Speaking
from dragoman.interpreters.openai.emulator.stage import Performance, Steps
from dragoman.interpreters.openai.emulator.usage import Context, Meter, Segment, text_tokens, usage_of
from dragoman.interpreters.openai.emulator.vad import Detector
from dragoman.interpreters.realtime.wire.conversation import (
    CancelResponse,
    CreateResponse,
    RateLimits,
    ResponseCreated,
    ResponseDone,
)
from dragoman.interpreters.realtime.wire.envelope import ClientEvent
from dragoman.interpreters.realtime.wire.items import (
    FunctionCallOutputItem,
    ItemReference,
    RateLimit,
    Response,
    ResponseAudio,
    ResponseAudioOutput,
    ResponseWanted,
    StatusDetails,
    StatusError,
    text_of,
)
from dragoman.interpreters.realtime.wire.session import Session

CLIENT_CANCELLED = "client_cancelled"
TURN_DETECTED = "turn_detected"
LATE_S = 0.01


@dataclass(slots=True)
class Running:
    """A response that has begun. `apart`: it writes to no conversation."""

    response_id: str
    wanted: ResponseWanted
    session: Session
    apart: bool
    context: Context
    cached: Context
    speaking: Speaking
    performance: Performance | None = field(default=None)


class Responses:
    """The responses of one session."""

    def __init__(self, life: Life, history: History, detector: Detector, conversation_id: str) -> None:
        self._life = life
        self._history = history
        self._detector = detector
        self._conversation_id = conversation_id
        self._meter = Meter()
        self._running: dict[str, Running] = {}

    @property
    def has_spoken(self) -> bool:
        """Whether the conversation holds speech of the model: its voice is fixed then."""
        return any(entry.spoken for entry in self._history.entries)

    @property
    def main(self) -> Running | None:
        """The response that writes to the default conversation."""
        return next((one for one in self._running.values() if not one.apart), None)

    def create(self, session: Session, wanted: ResponseWanted, cause: CreateResponse | None = None) -> None:
        """Begin a response, or say why not. `cause` is None when turn detection asks."""
        apart = wanted.conversation == "none"
        if not apart and (main := self.main) is not None:
            self._life.complain(
                "conversation_already_has_active_response",
                f"Conversation already has an active response in progress: {main.response_id}. "
                "Wait until the response is finished before creating a new one.",
                cause=cause,
            )
            return
        entries = self._entries(wanted, cause)
        if entries is None:
            return
        utterance = self._utterance(wanted, session, entries)
        context = self._context(session, wanted, entries)
        response_id = self._life.name("resp")
        run = Running(
            response_id=response_id,
            wanted=wanted,
            session=session,
            apart=apart,
            context=context,
            cached=self._meter.cached(context),
            speaking=Speaking(self._life, response_id, session, wanted, None if apart else self._history),
        )
        self._running[response_id] = run
        self._detector.forget_silence()
        run.performance = self._life.perform(self._steps(run, self._life.script.says(utterance)))

    def cancel(self, event: CancelResponse) -> None:
        """Answer `response.cancel`: without an id only the default conversation's response is meant."""
        wanted = event.response_id
        run = self._running.get(wanted) if wanted else self.main
        if run is None:
            self._life.complain(
                "response_cancel_not_active", "Cancellation failed: no active response found", cause=event
            )
            return
        self.stop(run, CLIENT_CANCELLED)

    def stop(self, run: Running, reason: str) -> None:
        """Cut a response off. Some of its audio is in flight already, the last of it behind `response.done`."""
        if run.performance is not None:
            run.performance.cancel()
        late = run.speaking.in_flight(self._life.pace.late_deltas)
        for event in late[:-1]:
            self._life.send(event)
        run.speaking.break_off()
        self._done(run, "cancelled", StatusDetails(type="cancelled", reason=reason))
        for event in late[-1:]:
            self._life.after(LATE_S, partial(self._life.send, event))

    # ---- One response ------------------------------------------------------------------------------------------------

    def _steps(self, run: Running, says: Says) -> Steps:
        life = self._life
        limits_at = life.random.choice(("start", "end", "never"))
        life.send(ResponseCreated(response=self._shown(run, "in_progress")))
        if limits_at == "start":
            self._rate_limits()
        yield life.pace.first_audio_s
        if isinstance(says, Failure):
            error = StatusError(type=says.type, code=says.code, message=says.message)
            self._done(run, "failed", StatusDetails(type="failed", error=error))
            return
        yield from run.speaking.steps(says)
        if run.speaking.cut_short:
            self._done(run, "incomplete", StatusDetails(type="incomplete", reason="max_output_tokens"))
        else:
            self._done(run, "completed", None)
        if limits_at == "end":
            self._rate_limits()

    def _done(self, run: Running, status: str, details: StatusDetails | None) -> None:
        del self._running[run.response_id]
        if not run.apart:
            self._detector.expect_silence(run.speaking.spoken_ms)
        self._life.send(ResponseDone(response=self._shown(run, status, details)))

    def _shown(self, run: Running, status: str, details: StatusDetails | None = None) -> Response:
        wanted, session, speaking = run.wanted, run.session, run.speaking
        usage = None
        if status != "in_progress":
            text = "".join(written_of(item) for item in speaking.output)
            usage = usage_of(run.context, run.cached, text, speaking.spoken_ms)
        output = ResponseAudioOutput(format=speaking.format, voice=speaking.voice)
        return Response(
            id=run.response_id,
            status=status,
            status_details=details,
            output=list(speaking.output),
            conversation_id=None if run.apart else self._conversation_id,
            output_modalities=speaking.modalities,
            max_output_tokens=wanted.max_output_tokens or session.max_output_tokens,
            audio=ResponseAudio(output=output) if speaking.modalities == ["audio"] else None,
            metadata=wanted.metadata,
            usage=usage,
        )

    def _rate_limits(self) -> None:
        used = sum(one.text_tokens + one.audio_tokens for run in self._running.values() for one in run.context)
        limit = RateLimit(name="tokens", limit=250_000, remaining=max(0, 250_000 - used), reset_seconds=0.5)
        self._life.send(RateLimits(rate_limits=[limit]))

    # ---- What it reads -----------------------------------------------------------------------------------------------

    def _entries(self, wanted: ResponseWanted, cause: ClientEvent | None) -> list[Entry] | None:
        """The items a response reads; None (and an error event) when one of them is not there."""
        if wanted.input is None:
            return list(self._history.entries)
        found: list[Entry] = []
        for place, item in enumerate(wanted.input):
            if not isinstance(item, ItemReference):
                found.append(Entry(item))
                continue
            entry = self._history.find(item.id)
            if entry is None:
                self._life.complain(
                    "item_not_found",
                    f"Item with item_id '{item.id}' does not exist.",
                    param=f"response.input[{place}].id",
                    cause=cause,
                )
                return None
            found.append(entry)
        return found

    def _utterance(self, wanted: ResponseWanted, session: Session, entries: list[Entry]) -> Utterance:
        """What is to be answered: the last thing that a user said or wrote among `entries`."""
        metadata = wanted.metadata or {}
        instructions = session.instructions if wanted.instructions is None else wanted.instructions
        place = next((at for at in reversed(range(len(entries))) if entries[at].from_user), None)
        target = metadata.get("target", "")
        if place is None:
            return Utterance(self._life.number, -1, NOTHING, 0, target, source_of(session), instructions, metadata)
        asked = entries[place]
        asked.attempts += 1
        return Utterance(
            session=self._life.number,
            index=-1 if asked.utterance is None else asked.utterance,
            audio=asked.sound,
            attempt=asked.attempts - 1,
            target=target,
            source=source_of(session),
            instructions=instructions,
            metadata=metadata,
            text=text_of(asked.item) if not asked.sound.size else "",
            results=tuple(one.item.output for one in entries[place:] if isinstance(one.item, FunctionCallOutputItem)),
        )

    @staticmethod
    def _context(session: Session, wanted: ResponseWanted, entries: list[Entry]) -> Context:
        instructions = session.instructions if wanted.instructions is None else wanted.instructions
        tools = session.tools if wanted.tools is None else wanted.tools
        start = f"{instructions}{tools}" if tools else instructions
        return (Segment(start, text_tokens(start)), *(entry.segment() for entry in entries))
