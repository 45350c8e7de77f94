"""The responses of an assistant's session: one at a time, whoever asks for it. Pure.

The server answers each turn of the caller by itself. Beside that we ask for responses: to say a text word for word, and
to go on when tools have answered, when keys were pressed, or when a turn ended while another response ran (the server
does not answer that one). What cannot be asked for now waits in a queue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from dragoman.assistant_ports import Answering, AssistantWanted
from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import NO_TOKENS, Spent, Trouble, TroubleKind
from dragoman.domain.tools import ToolAsked
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.assistant_prompts import exactly, keys_pressed
from dragoman.interpreters.openai.assistant_voice import Voice
from dragoman.interpreters.openai.machine import AssistantOutlet
from dragoman.interpreters.openai.prices import Cost, Prices, tokens_of
from dragoman.interpreters.openai.tool_calls import ToolCalls
from dragoman.interpreters.realtime.exactly import METADATA
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ClientEvent, encode
from dragoman.interpreters.realtime.wire.items import (
    Content,
    FunctionCallOutputItem,
    MessageItem,
    Response,
    ResponseWanted,
    StatusError,
)

STALLED_S: Final = 20.0
"""A response of which nothing comes for so long is given up."""
CANCELLED_S: Final = 3.0
"""How long the server may take to confirm a cancel before we go on."""
UNANSWERED_S: Final = 2.5
"""So long after a turn the server has begun to answer it by itself, or we ask."""
BUSY_S: Final = 0.3
"""How long to wait when the server says that a response runs of which we know nothing."""
MOST_BUSY: Final = 20
SPEAKING_S: Final = 15.0
"""For so long an answer waits for a caller who goes on speaking: their turn's answer will do for both."""
TAG: Final = "ask"
"""The key of a response's metadata by which we know it for ours."""
NOT_DONE: Final = '{"error": "not done: the caller interrupted"}'


@dataclass(slots=True)
class Wish:
    """A response that is wanted: `text` word for word, or ("") an answer to what the conversation holds.

    `covered`: a turn of the caller ended since, so its answer is an answer to this, too. `busy` counts refusals.
    """

    text: str = ""
    covered: bool = False
    retries: int = 0
    busy: int = 0


@dataclass(slots=True)
class Asked:
    """A response that we asked for and that has not begun. `stopped`: the caller interrupted before it did."""

    event_id: str
    wish: Wish
    since: float
    stopped: bool = False


@dataclass(slots=True)
class Running:
    """The response that runs; `ours` when we asked for it. `since` is when the last of it came."""

    response_id: str
    wish: Wish
    since: float
    ours: bool
    stopped_at: float | None = None


@dataclass(slots=True)
class Caller:
    """What the server said of the caller: speaking since, and a turn ended at `turn_at` that is not answered yet."""

    speaking_since: float | None = None
    turn_at: float | None = None
    heard_s: float = 0.0


@dataclass(slots=True)
class Unsent:
    """What waits for the session: `ready` when nothing does any more. `outputs` the server has not acknowledged."""

    ready: bool = False
    items: list[ClientEvent] = field(default_factory=list)
    outputs: set[str] = field(default_factory=set)


class Answers:
    """The state machine. Every method takes `now` in seconds."""

    def __init__(
        self, wanted: AssistantWanted, model: str, wire_format: AudioFormat, prices: Prices | None, out: AssistantOutlet
    ) -> None:
        self._wanted, self._model, self._prices, self._out = wanted, model, prices, out
        self.voice = Voice(wire_format, wanted.format, out)
        self.tools = ToolCalls()
        self._queue: deque[Wish] = deque()
        self._asked: Asked | None = None
        self._running: Running | None = None
        self._caller = Caller()
        self._unsent = Unsent()
        self._again_at: float | None = None
        self._asks = 0
        self.fatal = False

    # -- Ours ----------------------------------------------------------------------------------------------------------

    def begin(self, now: float) -> None:
        """The session is ready: what waited for it goes out."""
        self._unsent.ready = True
        for item in self._unsent.items:
            self._out.send(encode(item))
        self._unsent.items.clear()
        self._next(now)

    def say(self, text: str, now: float) -> None:
        if text.strip():
            self._queue.append(Wish(text))
            self._next(now)

    def told(self, asked: ToolAsked, output: str, now: float) -> None:
        """A tool answered; one that was not asked for, or answers twice, is nobody's business."""
        was_asked, last = self.tools.told(asked.call_id)
        if not was_asked:
            return
        self._answer_call(asked, output)
        if last:
            self._queue.append(Wish())
            self._next(now)

    def _answer_call(self, asked: ToolAsked, output: str) -> None:
        self._unsent.outputs.add(asked.call_id)
        self._out.send(encode(wire.CreateItem(FunctionCallOutputItem(call_id=asked.call_id, output=output))))

    def acknowledged(self, call_id: str) -> None:
        """The server has put a tool's answer into the conversation."""
        self._unsent.outputs.discard(call_id)

    def digits(self, keys: str, now: float) -> None:
        pressed = MessageItem(role="user", content=[Content(type="input_text", text=keys_pressed(keys))])
        if self._unsent.ready:
            self._out.send(encode(wire.CreateItem(pressed)))
        else:
            self._unsent.items.append(wire.CreateItem(pressed))
        self._queue.append(Wish())
        self._next(now)

    def interrupt(self, heard_ms: Mapping[str, int], now: float) -> None:
        """Stop what runs (nothing else is ever cancelled), and what waited; then say what was heard."""
        self._queue = deque(wish for wish in self._queue if not wish.text)
        if self._asked is not None:
            self._asked.stopped = True
        if self._running is not None:
            self._stop(self._running, now)
        self.voice.cut(heard_ms)

    def _stop(self, running: Running, now: float) -> None:
        if running.stopped_at is None:
            running.stopped_at = now
            self.voice.stop(running.response_id)
            self._out.send(encode(wire.CancelResponse(running.response_id)))

    # -- The queue -----------------------------------------------------------------------------------------------------

    def _next(self, now: float) -> None:
        """Ask for what waits, as soon as nothing runs and nothing is about to."""
        free = self._unsent.ready and not self.fatal and self._running is None and self._asked is None
        if not free or self._caller.turn_at is not None or (self._again_at is not None and now < self._again_at):
            return
        since = self._caller.speaking_since
        speaking = since is not None and now - since < SPEAKING_S
        wish = next((one for one in self._queue if one.text or not speaking), None)
        if wish is None:
            return
        self._queue.remove(wish)
        if not wish.text:
            self._queue = deque(one for one in self._queue if one.text)
        self._ask(wish, now)

    def _ask(self, wish: Wish, now: float) -> None:
        self._asks += 1
        self._again_at = None
        event_id = f"ask-{self._asks}"
        order = ResponseWanted(metadata={TAG: event_id})
        if wish.text:
            spoken = exactly(wish.text, self._wanted)
            metadata = {TAG: event_id, **METADATA}
            order = ResponseWanted(metadata=metadata, instructions=spoken, tool_choice="none")
        self._asked = Asked(event_id, wish, now)
        self._out.send(encode(wire.CreateResponse(order, event_id=event_id)))

    # -- The caller ----------------------------------------------------------------------------------------------------

    def speech_began(self, now: float) -> None:
        self._caller.speaking_since = now

    def committed(self, length_ms: float | None, now: float) -> None:
        """The caller's turn is over, after about `length_ms` of speech (None: not known).

        The server answers it, unless a response runs already: then we ask later, if it was more than a sign of
        attention or if it stopped what ran.
        """
        self._caller.speaking_since = None
        self._caller.heard_s += (length_ms or 0.0) / 1000
        running = self._running
        if running is None:
            self._caller.turn_at = now
            if not self._unsent.outputs:
                for wish in self._queue:
                    wish.covered = not wish.text
        sign = length_ms is not None and length_ms < self._wanted.persona.interrupt.min_ms
        stopped = running is not None and running.stopped_at is not None
        stopped = stopped or (self._asked is not None and self._asked.stopped)
        if (running is not None or self._asked is not None) and (stopped or not sign):
            self._queue.append(Wish(covered=running is None))
            self._next(now)

    # -- What becomes of responses -------------------------------------------------------------------------------------

    def created(self, response: Response, now: float) -> None:
        """A response began: ours, or the server's own answer to a turn."""
        if self._running is not None:
            self._settle(self._running)
        asked, tag = self._asked, (response.metadata or {}).get(TAG)
        unnamed = tag is None and self._caller.turn_at is None
        ours = asked if asked is not None and (tag == asked.event_id or unnamed) else None
        if ours is not None:
            self._asked = None
        else:
            self._queue = deque(wish for wish in self._queue if not wish.covered)
        self._caller.turn_at = None
        self._running = Running(response.id, ours.wish if ours else Wish(), now, ours=ours is not None)
        self._out.tell(Answering(response.id, True, self._running.wish.text))
        if ours is not None and ours.stopped:
            self._stop(self._running, now)

    def alive(self, response_id: str, now: float) -> bool:
        """Something of a response came; whether it is the one that runs."""
        running = self._running
        if running is None or running.response_id != response_id:
            return False
        running.since = now
        return True

    def done(self, response: Response, now: float) -> None:
        """A response is over, whatever its end."""
        self._charge(response)
        for item in response.output:
            self.tools.finished(response.id, item)
        running = self._running
        if running is None or running.response_id != response.id:
            self._call_off(response)
            return
        self._again_at = None
        if running.stopped_at is not None or response.status == "cancelled":
            self._call_off(response)
            self._settle(running, response)
        elif response.status == "failed":
            details = response.status_details
            self._call_off(response)
            self._settle(running)
            spoke = self.voice.spoken_s(response.id) > 0
            self._failed(running.wish, (details and details.error) or StatusError(), now, spoke=spoke)
        else:
            self._finish(running, response)
        self._next(now)

    def _finish(self, running: Running, response: Response) -> None:
        """It said all. Tools are told of before it counts as over: nobody is to think that nothing goes on."""
        if response.status == "completed":
            for asked in self.tools.ask(response.id):
                self._out.tell(asked)
        else:
            self._call_off(response)
            reason = response.status_details.reason if response.status_details else None
            self._out.tell(Trouble(TroubleKind.UPSTREAM, f"a response was cut short: {reason}", fatal=False))
        self._settle(running, response)

    def _call_off(self, response: Response) -> None:
        """Its tools are not called. Those calls that are whole are in the conversation, and get an answer there."""
        for asked in self.tools.drop(response.id):
            if response.status != "failed":
                self._answer_call(asked, NOT_DONE)

    def _settle(self, running: Running, response: Response | None = None) -> None:
        self.voice.over(running.response_id, response)
        self._running = None
        self._out.tell(Answering(running.response_id, False, running.wish.text))

    # -- Failures ------------------------------------------------------------------------------------------------------

    def refused(self, event_id: str | None, error: StatusError, now: float) -> bool:
        """An error event came; whether it answers our request for a response."""
        asked = self._asked
        if asked is None or event_id != asked.event_id:
            return False
        self._asked = None
        wish, running = asked.wish, self._running
        if asked.stopped:
            pass
        elif error.code != faults.BUSY or wish.busy >= MOST_BUSY:
            self._failed(wish, error, now, spoke=False)
        elif wish.text or running is None or running.ours or self._unsent.outputs:
            wish.busy += 1
            self._queue.appendleft(wish)
            self._again_at = now + BUSY_S
        self._next(now)
        return True

    def _failed(self, wish: Wish, error: StatusError, now: float, *, spoke: bool) -> None:
        """Once more after a wait, where that may help and the caller has heard nothing of it."""
        kind = faults.kind_of(error.code, error.type)
        self.fatal = self.fatal or kind in faults.FATAL
        if not self.fatal and not spoke and wish.retries == 0 and kind is not TroubleKind.BAD_REQUEST:
            wish.retries += 1
            self._queue.appendleft(wish)
            self._again_at = now + faults.wait_s(error.message)
            return
        reason = f"a response failed: {error.code or error.type or 'no reason given'}"
        self._out.tell(Trouble(kind, reason, fatal=self.fatal))

    def tick(self, now: float) -> None:
        """Deadlines."""
        running, asked, turn_at = self._running, self._asked, self._caller.turn_at
        if running is not None and running.stopped_at is not None:
            if now - running.stopped_at > CANCELLED_S:
                self._settle(running)
        elif running is not None and now - running.since > STALLED_S:
            self._stop(running, now)
            self._settle(running)
            self._stalled()
        elif asked is not None and now - asked.since > STALLED_S:
            self._asked = None
            self._stalled()
        elif turn_at is not None and now - turn_at > UNANSWERED_S:
            self._caller.turn_at = None
            if not any(not wish.text for wish in self._queue):
                self._queue.append(Wish())
        self._next(now)

    def _stalled(self) -> None:
        self._out.tell(Trouble(TroubleKind.UPSTREAM, f"no answer for {STALLED_S:g} s", fatal=False))

    def end(self) -> None:
        """The session is gone."""
        self.fatal = True
        if self._running is not None:
            self._settle(self._running)

    def _charge(self, response: Response) -> None:
        heard_s, self._caller.heard_s = self._caller.heard_s, 0.0
        if self._prices is None:
            return
        cost = self._prices.of_response(self._model, response.usage)
        if cost is None:
            cost = self._prices.guess(self._model, heard_s, self.voice.spoken_s(response.id))
        tokens = tokens_of(response.usage)
        if cost is None:  # the model has no price: what it cost is not known, and not nothing
            cost = Cost(0.0, estimate=True)
        if cost.usd or tokens != NO_TOKENS:
            self._out.tell(Spent(cost.usd, cost.estimate, tokens))
