"""The queue of utterances and their responses: one at a time, in order, judged before they are heard. Pure.

Each committed utterance is rendered by an out-of-band response that sees nothing but that utterance. Its audio is held
until the guard has seen enough text; a lapse is cancelled and asked for once more; what fails twice is dropped and the
speaker is asked to repeat. An utterance is deleted from the conversation after use, so the history never grows.
"""

from __future__ import annotations

from collections import deque
from typing import Final

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import (
    Captioned,
    Guarded,
    Side,
    Spent,
    Spoke,
    SpokeAll,
    Trouble,
    TroubleKind,
    Unclear,
    Verdict,
)
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.guard import Guard
from dragoman.interpreters.openai.machine import Outlet
from dragoman.interpreters.openai.prices import Prices
from dragoman.interpreters.openai.prompts import firmer_order
from dragoman.interpreters.openai.turn import Answer, Turn
from dragoman.interpreters.openai.ways import Ways
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import encode
from dragoman.interpreters.realtime.wire.items import (
    Item,
    ItemReference,
    MessageItem,
    Response,
    ResponseWanted,
    StatusError,
    text_of,
)
from dragoman.ports import Wanted

STALLED_S: Final = 20.0
"""A response that says nothing for so long is given up."""
CANCELLED_S: Final = 3.0
"""How long the server may take to confirm a cancel before we go on."""
TRANSCRIPT_S: Final = 10.0
"""How long a used utterance is kept for its transcript to come."""
COMMENTARY: Final = "commentary"

_FAULTS: Final = {
    Verdict.ANSWERED: "answered instead of rendering",
    Verdict.COMMENTED: "added remarks of your own",
    Verdict.REPEATED_SOURCE: "repeated the original words",
    Verdict.WRONG_LANGUAGE: "was in the wrong language",
}


class Turns:
    """The state machine. Every method takes `now` in seconds."""

    def __init__(
        self,
        wanted: Wanted,
        model: str,
        wire_format: AudioFormat,
        guard: Guard | None,
        prices: Prices | None,
        out: Outlet,
    ) -> None:
        self._model, self._guard, self._prices, self._out = model, guard, prices, out
        self.ways = Ways(wanted)
        self._wire_format = wire_format
        self._convert = Converter(wire_format, wanted.sink_format)
        self._waiting: deque[Turn] = deque()
        self._turns: dict[str, Turn] = {}
        self._current: Turn | None = None
        self._answer: Answer | None = None
        self._again_at: float | None = None
        self._used: dict[str, float] = {}
        self._transcripts = False
        self._asked = 0
        self.fatal = False

    def expect_transcripts(self, *, on: bool) -> None:
        """Whether the session writes down what it hears."""
        self._transcripts = on

    # -- Utterances ----------------------------------------------------------------------------------------------------

    def committed(self, utterance: str, heard_s: float, now: float) -> None:
        """The party finished an utterance of about `heard_s`."""
        turn = self._turn(utterance)
        turn.heard_s = heard_s
        if turn is not self._current and turn not in self._waiting and utterance not in self._used:
            self._waiting.append(turn)
            self._next(now)

    def transcribed(self, utterance: str, text: str | None, now: float, language: str | None = None) -> None:
        """The transcript of an utterance is complete (None: it failed). `language`: which of two it is in."""
        turn = self._turn(utterance)
        if language is not None:
            self.ways.spoken_in(turn, language)
        turn.heard, turn.transcribed = text, True
        if turn is self._current and self._answer is not None:
            self._answer.judged_characters = 0
            self._review(self._answer, now, done=False)
        elif utterance in self._used:
            self._second_look(turn, now)
        else:
            self._next(now)

    def _second_look(self, turn: Turn, now: float) -> None:
        """The transcript came after the rendering was heard: a lapse that only it shows is made good now."""
        if self._guard is None or turn.lapses or not turn.said:
            return
        verdict = self._guard.judge(turn.said, turn.heard, done=True)
        if verdict is not None:
            self._used.pop(turn.utterance)
            turn.lapses += 1
            turn.order = firmer_order(self.ways.of(turn), _FAULTS[verdict])
            self._out.tell(Guarded(turn.utterance, verdict, asked_again=True, played=True))
            self._waiting.appendleft(turn)
            self._next(now)

    def _turn(self, utterance: str) -> Turn:
        return self._turns.setdefault(utterance, Turn(utterance))

    def _next(self, now: float) -> None:
        may_ask = self._current is None and self._waiting and not self.fatal
        if may_ask and self.ways.known(self._waiting[0], transcripts=self._transcripts):
            self._current = self._waiting.popleft()
            self._ask(self._current, now)

    def _ask(self, turn: Turn, now: float) -> None:
        """Have the utterance rendered, out of band, with nothing else in sight."""
        self._asked += 1
        self._again_at = None
        turn.asks += 1
        ways = self.ways.of(turn)
        answer = Answer(event_id=f"ask-{self._asked}", began=now, released=self._guard is None)
        self._answer = answer
        wanted = ResponseWanted(
            instructions=turn.order or self.ways.order(turn),
            conversation="none",
            input=[ItemReference(id=turn.utterance)],
            metadata={
                "source": ways.source.tag,
                "target": ways.target.tag,
                "utterance": turn.utterance,
                "ask": answer.event_id,
            },
            output_modalities=["audio"],
        )
        self._out.send(encode(wire.CreateResponse(wanted, event_id=answer.event_id)))

    # -- The response as it comes --------------------------------------------------------------------------------------

    def created(self, response: Response, now: float) -> None:
        """A response began; ours is known by its metadata, or by being the only one asked for."""
        answer = self._answer
        if answer is None or answer.response_id:
            return
        if response.metadata and response.metadata.get("ask", answer.event_id) != answer.event_id:
            return
        answer.response_id, answer.began = response.id, now
        if answer.muted:
            self._cancel(answer, now)

    def item(self, response_id: str, item: Item) -> None:
        """An item of the response began or ended: only the answer proper is spoken, no preamble."""
        answer = self._mine(response_id)
        if answer is None or not isinstance(item, MessageItem) or item.id is None:
            return
        if item.phase == COMMENTARY:
            answer.apart.add(item.id)
            if item.id == answer.item_id:
                self._forget_sound(answer)
                answer.item_id = ""
        elif item.id not in answer.apart and item.id != answer.item_id:
            if answer.item_id and not answer.released:
                self._forget_sound(answer)
            answer.item_id = item.id

    def audio(self, event: wire.AudioDelta, now: float) -> None:
        """A piece of the interpreter's speech."""
        answer = self._answer
        if answer is None or answer.response_id != event.response_id or answer.muted or event.item_id in answer.apart:
            return
        answer.began = now
        if answer.released:
            self._speak(answer, event.delta)
        else:
            answer.held.append(event.delta)

    def words(self, response_id: str, item_id: str, text: str, now: float, *, whole: bool) -> None:
        """A piece (or with `whole` all) of the text of the interpreter's speech."""
        answer = self._mine(response_id)
        if answer is None or answer.muted or item_id in answer.apart:
            return
        answer.began = now
        if whole and len(text) < len(answer.text):
            return
        answer.text = text if whole else answer.text + text
        self._review(answer, now, done=False)

    def done(self, response: Response, now: float) -> None:
        """The response is over, whatever its end."""
        answer, turn = self._mine(response.id), self._current
        if answer is None or turn is None:
            return
        self._charge(turn, answer, response)
        if answer.verdict is not None:
            self._lapsed(turn, now)
        elif answer.stopped:
            self._settle(turn, now)
        elif response.status == "failed":
            details = response.status_details
            self.failed((details and details.error) or StatusError(), now)
        else:
            self._finish(turn, answer, response, now)

    def _finish(self, turn: Turn, answer: Answer, response: Response, now: float) -> None:
        if not answer.text:
            spoken = [item for item in response.output if item.id not in answer.apart]
            answer.text = " ".join(text for item in spoken if (text := text_of(item)))
        self._review(answer, now, done=True)
        if answer.verdict is not None:
            self._lapsed(turn, now)
            return
        turn.said = answer.text
        if answer.text:
            self._out.tell(Captioned(Side.TARGET, answer.text, turn.utterance, whole=True, final=True))
        if response.status == "incomplete":
            reason = response.status_details.reason if response.status_details else None
            self._out.tell(Trouble(TroubleKind.UPSTREAM, f"a response was cut short: {reason}", fatal=False))
        self._settle(turn, now)

    def _mine(self, response_id: str) -> Answer | None:
        answer = self._answer
        return answer if answer is not None and answer.response_id == response_id else None

    # -- Judging -------------------------------------------------------------------------------------------------------

    def _review(self, answer: Answer, now: float, *, done: bool) -> None:
        """Let the guard judge the text so far; give out held sound when it is content."""
        turn = self._current
        if turn is None or answer.muted:
            return
        if self._guard is not None and (done or answer.outgrew_its_judgement):
            answer.judged_characters = len(answer.text)
            answer.verdict = self._guard.judge(answer.text, turn.heard, done=done, again=turn.lapses > 0)
            if answer.verdict is not None:
                self._caught(turn, answer, answer.verdict, now, done=done)
                return
            if not self._guard.may_speak(answer.text, turn.heard, done=done):
                return
        answer.released = True
        for piece in answer.held:
            self._speak(answer, piece)
        answer.held.clear()
        if answer.text and not done:
            self._out.tell(Captioned(Side.TARGET, answer.text, turn.utterance, whole=True))

    def _caught(self, turn: Turn, answer: Answer, verdict: Verdict, now: float, *, done: bool) -> None:
        again = turn.lapses == 0
        self._out.tell(Guarded(turn.utterance, verdict, asked_again=again, played=answer.spoken_bytes > 0))
        answer.held.clear()
        self._convert.reset()
        turn.order = firmer_order(self.ways.of(turn), _FAULTS[verdict])
        if not done:
            self._cancel(answer, now)

    def _lapsed(self, turn: Turn, now: float) -> None:
        """A caught response is over: once more, then never."""
        turn.lapses += 1
        if turn.lapses == 1:
            self._ask(turn, now)
        else:
            self._out.tell(Unclear(turn.utterance, "guard"))
            self._settle(turn, now)

    def _speak(self, answer: Answer, audio: bytes) -> None:
        turn = self._current
        answer.spoken_bytes += len(audio)
        if not self._convert.passes:
            audio = self._convert.convert(audio)
        if audio and turn is not None:
            self._out.tell(Spoke(audio, turn.utterance))

    def _forget_sound(self, answer: Answer) -> None:
        answer.held.clear()
        answer.text = ""

    # -- Failures ------------------------------------------------------------------------------------------------------

    def refused(self, event_id: str | None, error: StatusError, now: float) -> bool:
        """An error event came; whether it answers our request for a response."""
        answer = self._answer
        if answer is None or event_id != answer.event_id:
            return False
        self.failed(error, now)
        return True

    def failed(self, error: StatusError, now: float) -> None:
        """The current response failed."""
        turn, answer = self._current, self._answer
        if turn is None or answer is None:
            return
        if error.code == faults.UNCLEAR:
            self._out.tell(Unclear(turn.utterance, error.message or error.code))
            self._settle(turn, now)
            return
        kind = faults.kind_of(error.code, error.type)
        if kind in faults.FATAL:
            self.fatal = True
        elif turn.retries == 0 and not answer.spoken_bytes and kind is not TroubleKind.BAD_REQUEST:
            turn.retries += 1
            self._answer = None
            self._again_at = now + faults.wait_s(error.message)
            return
        self._give_up(turn, answer, kind, f"a response failed: {error.code or error.type or 'no reason given'}", now)

    def _give_up(self, turn: Turn, answer: Answer, kind: TroubleKind, reason: str, now: float) -> None:
        self._out.tell(Trouble(kind, reason, fatal=self.fatal))
        if not answer.spoken_bytes and not self.fatal:
            self._out.tell(Unclear(turn.utterance, "the engine failed"))
        self._settle(turn, now)

    # -- Stopping ------------------------------------------------------------------------------------------------------

    def interrupt(self, now: float) -> None:
        """Stop the response that is running; one that is over already is nobody's business."""
        answer = self._answer
        if answer is None or answer.muted:
            return
        answer.stopped = True
        answer.held.clear()
        self._convert.reset()
        self._cancel(answer, now)

    def _cancel(self, answer: Answer, now: float) -> None:
        answer.cancelled_at = now
        if answer.response_id:
            self._out.send(encode(wire.CancelResponse(answer.response_id)))

    def tick(self, now: float) -> None:
        """Backoffs, stalls, cancels that nobody confirmed, used utterances."""
        turn, answer = self._current, self._answer
        if turn is not None and answer is None and self._again_at is not None and now >= self._again_at:
            self._ask(turn, now)
        elif turn is not None and answer is not None:
            self._watch(turn, answer, now)
        for utterance, since in list(self._used.items()):
            if not self._transcripts or self._turn(utterance).transcribed or now - since > TRANSCRIPT_S:
                self._delete(utterance)

    def _watch(self, turn: Turn, answer: Answer, now: float) -> None:
        if answer.cancelled_at is not None:
            if now - answer.cancelled_at > CANCELLED_S:
                if answer.verdict is not None:
                    self._lapsed(turn, now)
                else:
                    self._settle(turn, now)
        elif now - answer.began > STALLED_S:
            self._cancel(answer, now)
            self._give_up(turn, answer, TroubleKind.UPSTREAM, f"no answer for {STALLED_S:g} s", now)

    # -- The end of a turn ---------------------------------------------------------------------------------------------

    def _settle(self, turn: Turn, now: float) -> None:
        """All that will be said of this utterance was said."""
        answer = self._answer
        if answer is not None and answer.released and not answer.muted and (rest := self._convert.flush()):
            self._out.tell(Spoke(rest, turn.utterance))
        self._convert.reset()
        self._out.tell(SpokeAll(turn.utterance))
        self._current = self._answer = self._again_at = None
        self._used[turn.utterance] = now
        self._next(now)

    def _delete(self, utterance: str) -> None:
        self._used.pop(utterance)
        self._turns.pop(utterance, None)
        self._out.send(encode(wire.DeleteItem(utterance)))

    def _charge(self, turn: Turn, answer: Answer, response: Response) -> None:
        if self._prices is None:
            return
        cost = self._prices.of_response(self._model, response.usage)
        if cost is None:
            spoken_s = self._wire_format.ms(answer.spoken_bytes) / 1000
            cost = self._prices.guess(self._model, turn.heard_s, spoken_s)
        if cost is not None and cost.usd:
            self._out.tell(Spent(cost.usd, cost.estimate))
