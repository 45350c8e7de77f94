"""The engines' sessions, given any events of the server's in any order: they never raise, and fail once at most."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable
from typing import Any, ClassVar, Final, cast

import pytest
import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import InterpreterEvent, Spent, Spoke, Trouble
from dragoman.interpreters.openai import faults
from dragoman.interpreters.openai.announce import Reading
from dragoman.interpreters.openai.conversation import Conversation, ConversationPlan
from dragoman.interpreters.openai.guard import Guard, shipped_phrases
from dragoman.interpreters.openai.machine import Machine, Outlet
from dragoman.interpreters.openai.prices import shipped_prices
from dragoman.interpreters.openai.session import RealtimeInterpreter
from dragoman.interpreters.openai.socket import Ending, RealtimeSocket
from dragoman.interpreters.openai.translation import Translation, TranslationPlan
from dragoman.interpreters.realtime.wire import conversation, translation
from dragoman.interpreters.realtime.wire.envelope import Rejection, encode
from dragoman.interpreters.realtime.wire.session import Audio, AudioInput, AudioOutput, Pcmu, Session
from dragoman.ports import Wanted
from tests.fakes.interpreting_desk import SPANISH, wanted
from tests.fuzz.effort import effort
from tests.fuzz.mutations import mutated, torn
from tests.fuzz.wire_values import Pools, examples, messages

pytestmark = pytest.mark.unit

IDS: Final = st.sampled_from(["item_1", "item_2", "item_3", "resp_1", "resp_2", "ask-1", "ask-2"])
CODES: Final = st.sampled_from(
    [*sorted(faults.HARMLESS), *sorted(faults._KINDS), faults.UNCLEAR, "", "new_code", "invalid_value"]
)
WORDS: Final = st.sampled_from(
    ["", " ", "Hola.", "Hello, how are you?", "As an AI I cannot help with that.", "¿Dónde está?", "Ω", "ha " * 2000]
)
POOLS: Final[Pools] = {
    "": WORDS,
    **dict.fromkeys(("item_id", "previous_item_id", "response_id", "id", "call_id", "conversation_id"), IDS),
    "event_id": IDS | st.sampled_from(["setup-1", "setup-2", "setup-3"]),
    "code": CODES,
    "status": st.sampled_from(["completed", "failed", "cancelled", "incomplete", "in_progress"]),
    "phase": st.sampled_from(["commentary", "final_answer", None]),
    "message": st.sampled_from(["no transcription", "try again in 0.2s", "try again in 99999999999999999999s", ""]),
    "param": st.sampled_from(["session.audio.input.transcription.model", "x", None]),
    "metadata": st.sampled_from([None, {"ask": "ask-1"}, {"ask": "ask-2"}, {"ask": "ask-9"}, {}]),
    "usage": st.none()
    | st.fixed_dictionaries({}, optional={"total_tokens": st.integers(0, 2**53), "input_tokens": st.integers(-5, 500)}),
}
MULAW: Final = Session(id="s", model="m", audio=Audio(AudioInput(format=Pcmu()), AudioOutput(format=Pcmu())))
PHRASES: Final = shipped_phrases()
PRICES: Final = shipped_prices()
RANK: Final = (("en", -3.0), ("es", -9.0), ("fr", -12.0))


def a_guard(of: Wanted) -> Guard:
    return Guard(of.source.primary, of.target.primary, PHRASES, lambda _text: list(RANK))


def broken(union: Any) -> SearchStrategy[bytes]:
    return mutated(examples(union)) | st.sampled_from(examples(union)).flatmap(torn) | st.binary(max_size=60)


class EngineMachine(RuleBasedStateMachine):
    """What is the same for both engines."""

    decode: ClassVar[Callable[[bytes], Any]]
    good: ClassVar[SearchStrategy[bytes]]
    bad: ClassVar[SearchStrategy[bytes]]

    def built(self, of: Wanted, out: Outlet, guarded: bool) -> Machine:
        raise NotImplementedError

    def accepted(self) -> bytes:
        """The server's word that it took our configuration."""
        raise NotImplementedError

    @initialize(fmt=st.sampled_from(AudioFormat), guarded=st.booleans(), opened=st.booleans(), ready=st.booleans())
    def begin(self, fmt: AudioFormat, guarded: bool, opened: bool, ready: bool) -> None:
        self.now = 50.0
        self.told: list[InterpreterEvent] = []
        self.failed = self.over = False
        direction = wanted(source_format=fmt, sink_format=fmt)
        self.session = RealtimeInterpreter(
            cast("RealtimeSocket", self), lambda out: self.built(direction, out, guarded), self.tell, lambda: self.now
        )
        if opened:
            self.session._opened()
        if opened and ready:
            self.session._received(self.accepted())

    # The socket, as the session sees it.

    connected = True

    def close(self) -> None:
        pass

    def abort(self) -> None:
        pass

    def cancel(self) -> None:
        pass

    def send(self, message: bytes) -> None:
        assert not isinstance(type(self).decode(message), Rejection), message[:300]

    def tell(self, event: InterpreterEvent) -> None:
        assert not self.failed or isinstance(event, Spent), f"nothing follows a fatal trouble, but {event}"
        self.failed = self.failed or (isinstance(event, Trouble) and event.fatal)
        if isinstance(event, Spent):
            assert math.isfinite(event.usd)
            assert event.usd >= 0
        if isinstance(event, Spoke):
            assert event.audio

    @rule(data=st.data())
    def message(self, data: st.DataObject) -> None:
        self.session._received(data.draw(type(self).good))

    @rule(data=st.data())
    def broken(self, data: st.DataObject) -> None:
        self.session._received(data.draw(type(self).bad))

    @rule()
    def ready(self) -> None:
        self.session._received(self.accepted())

    @rule(size=st.sampled_from([0, 1, 160, 161, 4800, 960_001]))
    def hear(self, size: int) -> None:
        self.session.hear(b"\x21" * size)

    @rule(heard_ms=st.sampled_from([0, 400, -1]))
    def interrupt(self, heard_ms: int) -> None:
        self.session.interrupt(heard_ms)

    @rule(passed_s=st.sampled_from([0.0, 0.02, 0.3, 1.0, 12.0, 40.0]))
    def time_passes(self, passed_s: float) -> None:
        self.now += passed_s
        self.session._tick(cast("asyncio.Task[Ending]", self))

    @rule()
    def open_again(self) -> None:
        self.session._opened()

    @rule()
    def hang_up(self) -> None:
        self.session.close()

    @invariant()
    def over_stays_over(self) -> None:
        if hasattr(self, "session"):
            over = self.session._machine.over
            assert over or not self.over
            assert over or not self.failed, "a fatal trouble is the end"
            self.over = over

    def teardown(self) -> None:
        if hasattr(self, "session"):
            self.session._machine.ended(self.now)


class ConversationMachine(EngineMachine):
    decode = conversation.decode_client
    good = messages(conversation.AnyServerEvent, POOLS)
    bad = broken(conversation.AnyServerEvent)

    def built(self, of: Wanted, out: Outlet, guarded: bool) -> Machine:
        plan = ConversationPlan("gpt-realtime-2.1-mini", "gpt-transcribe", "marin", prices=PRICES)
        return Conversation(plan, of, out, a_guard(of) if guarded else None)

    def accepted(self) -> bytes:
        return encode(conversation.SessionUpdated(MULAW))


class TranslationMachine(EngineMachine):
    decode = translation.decode_client
    good = messages(translation.AnyServerEvent, POOLS)
    bad = broken(translation.AnyServerEvent)

    def built(self, of: Wanted, out: Outlet, guarded: bool) -> Machine:
        plan = TranslationPlan("gpt-realtime-translate", "gpt-live-transcribe" if guarded else "", 0.034)
        return Translation(plan, of, out)

    def accepted(self) -> bytes:
        return encode(translation.SessionUpdated(translation.Session("s", "m", 0)))


class ReadingMachine(RuleBasedStateMachine):
    """The session that reads a fixed text aloud."""

    def __init__(self) -> None:
        super().__init__()
        self.closed = 0
        self.reading = Reading("Hello.", SPANISH, "marin", AudioFormat.PCMU_8K, self.send, self.close)
        self.reading.opened()

    def send(self, message: bytes) -> None:
        assert not isinstance(conversation.decode_client(message), Rejection)

    def close(self) -> None:
        self.closed += 1

    @rule(message=messages(conversation.AnyServerEvent, POOLS) | mutated(examples(conversation.AnyServerEvent)))
    def message(self, message: bytes) -> None:
        self.reading.received(message)

    @invariant()
    def an_end_closes(self) -> None:
        assert self.closed or not (self.reading.done or self.reading.failed)


@pytest.mark.parametrize("machine", [ConversationMachine, TranslationMachine, ReadingMachine])
def test_any_events_in_any_order(machine: type[RuleBasedStateMachine]) -> None:
    with structlog.testing.capture_logs():
        run_state_machine_as_test(machine, settings=effort(0.6))
