"""A media socket and its leg, given any messages in any order by the carrier, and any orders by us."""

from __future__ import annotations

import json
from typing import Any, Final

import pytest
import structlog
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from dragoman.domain.call import Role
from dragoman.domain.speech import LegClosed, LegEvent
from dragoman.ports import Leg, MediaRequest
from dragoman.telephony.twilio.signature import HEADER, sign
from dragoman.telephony.twilio.stream_door import EARLY_LIMIT
from dragoman.telephony.twilio.wire import Breach, CarrierEnd
from dragoman.tokens import Tokens
from tests.fakes.scripted_switchboard import ScriptedSwitchboard, setup_of
from tests.fakes.twilio_desk import ACCOUNT, TOKEN, Desk
from tests.fuzz.effort import effort
from tests.fuzz.mutations import mutated, torn
from tests.fuzz.parsers import FROM_TWILIO
from tests.fuzz.wire_values import Pools, examples, messages

pytestmark = pytest.mark.unit

STREAM: Final = "MZ1"
TOKENS: Final = Tokens("a secret of some length", lambda: 1_800_000_000.0)
CARRIER: Final = Desk().twilio
UPGRADE: Final = MediaRequest(
    "/intercept", "", {HEADER.lower(): sign(TOKEN, "wss://calls.example.com/intercept")}, "127.0.0.1"
)
CALLS: Final = ("c1", "c2", "nobody's")
POOLS: Final[Pools] = {
    "": st.sampled_from(["", "1", "#", "inbound", "outbound", "mark-1", "x" * 300, "Ω"]),
    "streamSid": st.sampled_from([STREAM, STREAM, "MZ2", ""]),
    "accountSid": st.sampled_from([ACCOUNT, "AC2"]),
    "sequenceNumber": st.integers(0, 9).map(str) | st.just(str(2**53)),
    "track": st.sampled_from(["inbound", "inbound", "outbound"]),
    "customParameters": st.fixed_dictionaries(
        {},
        optional={
            "call": st.sampled_from(CALLS),
            "role": st.sampled_from(["caller", "agent", "x"]),
            "token": st.sampled_from([TOKENS.stream(call, role) for call in CALLS for role in Role] + ["", "s.a.b.c"]),
        },
    ),
}


class Board(ScriptedSwitchboard):
    """Lets legs in, and remembers each with what it told."""

    def __init__(self) -> None:
        super().__init__({"c1": setup_of("c1"), "c2": setup_of("c2")})
        self.joined: list[tuple[Leg, list[LegEvent]]] = []
        self.late = False
        """Whether the leg is listened to only later."""

    def join(self, call_id: str, role: Role, leg: Leg, nonce: str) -> None:
        super().join(call_id, role, _Deaf(leg), nonce)  # type: ignore[arg-type] # only `attach` is asked of it
        told: list[LegEvent] = []
        self.joined.append((leg, told))
        if not self.late:
            leg.attach(told.append)


class _Deaf:
    def __init__(self, leg: Leg) -> None:
        self.leg = leg

    def attach(self, _listen: Any) -> None:
        """The board itself listens."""


class StreamMachine(RuleBasedStateMachine):
    """`sent` is what went out, `closed` the codes with which we closed."""

    @initialize(late=st.booleans(), opened=st.booleans())
    def connect(self, late: bool, opened: bool) -> None:
        self.board = Board()
        self.board.late = late
        self.socket = CARRIER.media_doors(self.board, TOKENS)["/intercept"](UPGRADE)
        self.carrier = CarrierEnd(STREAM, "CA1", ACCOUNT)
        self.sent: list[bytes] = []
        self.closes: list[int] = []
        self.gone = False
        if opened:
            self.socket.connected(self.send, self.close)

    def send(self, message: bytes) -> None:
        assert not self.closes, "nothing is sent behind a close"
        self.sent.append(message)

    def close(self, code: int, reason: str) -> None:
        assert len(reason) < 120
        self.closes.append(code)

    @rule(call=st.sampled_from(CALLS), role=st.sampled_from(Role))
    def start(self, call: str, role: Role) -> None:
        """As Twilio does: the one message by which a stream comes in."""
        parameters = {"call": call, "role": role.value, "token": TOKENS.stream(call, role)}
        self.message(self.carrier.start(parameters))

    @rule(message=messages(FROM_TWILIO, POOLS))
    def message(self, message: bytes) -> None:
        self.socket.received(message)

    @rule(message=mutated(examples(FROM_TWILIO)) | torn(examples(FROM_TWILIO)[2]) | st.binary(max_size=60))
    def broken(self, message: bytes) -> None:
        self.socket.received(message)

    @rule(times=st.sampled_from([1, EARLY_LIMIT + 1]), message=st.sampled_from([b"{}", b"", b'{"event":"mark"}']))
    def flood(self, times: int, message: bytes) -> None:
        for _ in range(times):
            self.socket.received(message)

    @rule()
    def binary(self) -> None:
        self.socket.received_binary()

    @rule()
    def drop(self) -> None:
        """The socket is gone; it says so once."""
        if not self.gone:
            self.gone = True
            self.socket.closed()

    @rule(order=st.sampled_from(["play", "mark", "clear", "close", "attach"]))
    def we_say(self, order: str) -> None:
        for leg, told in self.board.joined:
            match order:
                case "play":
                    leg.play(b"\xff" * 160)
                case "mark":
                    leg.mark("m")
                case "clear":
                    leg.clear()
                case "close":
                    leg.close()
                case _:
                    if self.board.late:
                        leg.attach(told.append)

    @invariant()
    def what_we_sent_is_what_twilio_takes(self) -> None:
        for message in getattr(self, "sent", []):
            assert not isinstance(self.carrier.read(message), Breach), message
            assert json.loads(message)["streamSid"] == STREAM
        if hasattr(self, "sent"):
            self.sent.clear()

    @invariant()
    def the_end_comes_once_and_last(self) -> None:
        for _, told in self.board.joined if hasattr(self, "board") else ():
            ends = [at for at, event in enumerate(told) if isinstance(event, LegClosed)]
            assert ends in ([], [len(told) - 1])
            assert not ends or self.gone

    @invariant()
    def it_closes_once_and_joins_once(self) -> None:
        if hasattr(self, "board"):
            assert len(self.closes) <= 1
            assert len(self.board.joined) <= 1

    def teardown(self) -> None:
        if not hasattr(self, "board"):
            return
        self.drop()
        for leg, told in self.board.joined:
            leg.attach(told.append)
            assert isinstance(told[-1], LegClosed)


def test_any_messages_in_any_order() -> None:
    with structlog.testing.capture_logs():
        run_state_machine_as_test(StreamMachine, settings=effort(0.6))
