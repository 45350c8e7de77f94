"""An assistant's session over `/v1/realtime`: set up once, then the caller's audio in, speech and tool calls out. Pure.

Mu-law goes through untouched both ways. The server cuts the caller's turns and answers them; what is asked for beside
that, and what becomes of responses, is `answers`.
"""

from __future__ import annotations

from collections.abc import Mapping

from dragoman.assistant_ports import AssistantWanted
from dragoman.domain.persona import TurnKind
from dragoman.domain.speech import Ready, SpeechBegan, SpeechStopped, TroubleKind
from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.answers import Answers
from dragoman.interpreters.openai.assistant_setup import AssistantPlan, lines_before, session_update
from dragoman.interpreters.openai.intake import Intake
from dragoman.interpreters.openai.machine import AssistantOutlet, expires_in_s, unix_s
from dragoman.interpreters.openai.standing import Standing, answers_setup
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ErrorDetail, ErrorEvent, Unrecognised, encode
from dragoman.interpreters.realtime.wire.items import FunctionCallOutputItem, StatusError
from dragoman.interpreters.realtime.wire.older import decode_any
from dragoman.interpreters.realtime.wire.session import audio_format
from dragoman.ports import Clock


class AssistantMachine:
    """Implements `machine.Machine`, and what `assistant_ports.Assistant` asks. After its end it does nothing."""

    tick_s = 0.25

    def __init__(
        self, plan: AssistantPlan, wanted: AssistantWanted, out: AssistantOutlet, unix: Clock = unix_s
    ) -> None:
        self._plan, self._wanted, self._out, self._unix_s = plan, wanted, out, unix
        self._intake = Intake(wanted.format, plan.transcription, plan.prices, out.send, out.tell)
        self._wire = self._intake.wire_format
        self._answers = Answers(wanted, plan.model_of(wanted.persona), self._wire, plan.prices, out)
        self._asked = self._intake.asked
        self._began_ms: dict[str, int] = {}
        self._lengths_ms: dict[str, int] = {}
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
        if not self._standing.over:
            self._intake.hear(audio)

    def say(self, text: str, now: float) -> None:
        if not self._standing.over:
            self._answers.say(text, now)

    def told(self, asked: ToolAsked, output: str, now: float) -> None:
        if not self._standing.over:
            self._answers.told(asked, output, now)

    def digits(self, keys: str, now: float) -> None:
        if not self._standing.over:
            self._answers.digits(keys, now)

    def barged_in(self, heard_ms: Mapping[str, int], now: float) -> None:
        """`Assistant.interrupt`."""
        if not self._standing.over:
            self._answers.interrupt(heard_ms, now)

    def interrupt(self, heard_ms: int, now: float) -> None:
        """An interpreter is stopped by this; an assistant by `barged_in`, which knows what of which item was heard."""

    def tick(self, now: float) -> None:
        """Deadlines."""
        if self._standing.over:
            return
        if self._intake.ready:
            self._answers.tick(now)
        else:
            self._standing.wait(now)

    def close(self, now: float) -> None:
        """Nothing is to be said: a session ends with its socket."""
        self._standing.over = True

    def ended(self, now: float) -> None:
        """Responses are charged as they end; the one that ran is over."""
        self._standing.over = True
        self._answers.end()

    # -- Setting up ----------------------------------------------------------------------------------------------------

    def _set_up(self) -> None:
        update = session_update(self._plan, self._wanted, self._asked.transcription, self._wire)
        self._out.send(encode(wire.UpdateSession(update, event_id=self._asked.event_id)))

    def _updated(self, event: wire.SessionUpdated, now: float) -> None:
        """The server agrees: tell it what was said before, greet, and let it hear what the caller said meanwhile."""
        if self._intake.ready:
            return
        audio = event.session.audio
        if {audio_format(audio.input.format), audio_format(audio.output.format)} != {self._wire}:
            self._standing.fail(TroubleKind.BAD_REQUEST, "the server did not take the audio formats that we asked for")
            return
        self._intake.ready = True
        self._out.tell(Ready(expires_in_s(event.session.expires_at, self._unix_s())))
        for line in lines_before(self._wanted):
            self._out.send(encode(line))
        self._answers.begin(now)
        self._intake.flush()

    def _refused(self, error: ErrorDetail, now: float) -> None:
        """An error event: to our configuration, to a request for a response, or of no consequence."""
        if answers_setup(error) and not self._intake.ready:
            if self._standing.asks_again(self._asked, error):
                self._set_up()
            return
        if self._answers.refused(error.event_id, StatusError(error.type, error.code, error.message), now):
            self._standing.over |= self._answers.fatal
            return
        if error.code in faults.HARMLESS or error.code == faults.BUSY:
            return
        self._standing.refused(error)

    # -- Theirs --------------------------------------------------------------------------------------------------------

    def received(self, message: bytes, now: float) -> None:
        """One message from the server."""
        event = self._standing.read(decode_any, message, now)
        match event:
            case None | Unrecognised():
                pass
            case wire.AudioDelta():
                if self._answers.alive(event.response_id, now) or self._answers.voice.stopped(event.response_id):
                    self._answers.voice.sound(event)
            case wire.SessionUpdated():
                self._updated(event, now)
            case ErrorEvent(error):
                self._refused(error, now)
            case wire.ResponseCreated(response):
                self._answers.created(response, now)
            case wire.ResponseDone(response):
                self._answers.done(response, now)
                self._standing.over |= self._answers.fatal
            case _ if isinstance(event, wire.SpokenEvent | wire.CallEvent | wire.ResponseEvent):
                self._responded(event, now)
            case _:
                self._listened(event, now)

    def _responded(self, event: wire.SpokenEvent | wire.CallEvent | wire.ResponseEvent, now: float) -> None:
        """A response goes on."""
        answers = self._answers
        match event:
            case wire.TranscriptDelta(response_id=of, item_id=item, delta=text) if answers.alive(of, now):
                answers.voice.words(of, item, text, whole=False)
            case wire.TranscriptDone(response_id=of, item_id=item, transcript=text) if answers.alive(of, now):
                answers.voice.words(of, item, text, whole=True)
            case wire.AudioDone(item_id=item):
                answers.voice.item_over(item)
            case wire.OutputItemAdded(item=item):
                answers.tools.named(item)
            case wire.OutputItemDone(response_id=of, item=item) if answers.alive(of, now):
                answers.voice.item_over(item.id or "")
                answers.tools.finished(of, item)
            case wire.ArgumentsDelta(response_id=of):
                answers.alive(of, now)
            case wire.ArgumentsDone() if answers.alive(event.response_id, now):
                answers.tools.argued(event.response_id, event.item_id, event.call_id, event.name, event.arguments)
            case _:
                pass

    def _listened(self, event: wire.AnyServerEvent, now: float) -> None:
        """What the server heard: speech, turns, their text; and what it put into the conversation."""
        match event:
            case wire.ItemAdded(item=FunctionCallOutputItem(call_id=call_id)):
                self._answers.acknowledged(call_id)
            case wire.ItemCreated(item=FunctionCallOutputItem(call_id=call_id)):
                self._answers.acknowledged(call_id)
            case wire.SpeechStarted(audio_start_ms=at_ms, item_id=turn):
                began_ms = at_ms + self._padding_ms if at_ms else 0
                self._began_ms[turn] = began_ms
                self._answers.speech_began(now)
                self._out.tell(SpeechBegan(turn, began_ms + self._intake.lost_ms))
            case wire.SpeechStopped(audio_end_ms=at_ms, item_id=turn):
                stopped_ms = max(at_ms - self._silence_ms, 0)
                if turn in self._began_ms:
                    self._lengths_ms[turn] = max(stopped_ms - self._began_ms.pop(turn), 0)
                self._out.tell(SpeechStopped(turn, stopped_ms + self._intake.lost_ms))
            case wire.AudioCommitted(item_id=turn):
                self._answers.committed(self._lengths_ms.pop(turn, None), now)
            case wire.TranscriptionDelta():
                self._intake.written(event)
            case wire.TranscriptionCompleted():
                self._intake.written(event)
                self._intake.charge(event)
            case _:
                pass

    @property
    def _padding_ms(self) -> int:
        """Server VAD names a start that lies before the mouth's by the padding."""
        return self._plan.prefix_ms if self._wanted.persona.turn.kind is TurnKind.SERVER_VAD else 0

    @property
    def _silence_ms(self) -> int:
        """And an end that lies after the mouth's by the silence that it waited for."""
        turn = self._wanted.persona.turn
        return turn.silence_ms if turn.kind is TurnKind.SERVER_VAD else 0
