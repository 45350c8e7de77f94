"""The hot path of DESIGN section 4, byte for byte: one 20 ms frame from the caller's phone to the agent's.

The living map. Real leg, wire, bridge, lane, playout and conversation engine; only the two sockets are stand-ins, and
each row asserts the bytes there.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from typing import Any

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Accepted, EndAsked, Role
from dragoman.domain.effects import Hear, Play
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Heard, InterpreterEvent, Spoke
from dragoman.interpreters.openai.conversation import Conversation, ConversationPlan
from dragoman.interpreters.openai.engines import CONVERSATION_ABILITIES
from dragoman.interpreters.openai.session import RealtimeInterpreter
from dragoman.interpreters.openai.socket import Ending
from dragoman.ports import Capabilities, Interpreter, Wanted
from dragoman.relay.bridge import Bridge
from dragoman.relay.lane import Lane
from dragoman.relay.playout import Playout
from dragoman.telephony.twilio import wire
from dragoman.telephony.twilio.leg import TwilioLeg
from tests.fakes.relay_parts import frame, loop_clock, parts, setup

pytestmark = pytest.mark.script

CALLERS_FRAME = frame(0x21)
INTERPRETED = frame(0x15) + frame(0x16)


class PaperSocket:
    """The engine's socket on paper: `sent` is what went out, `receive` what comes in."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self._closed = asyncio.Event()
        self.receive: Callable[[bytes], None] = self.sent.append

    async def run(self, opened: Callable[[], None], received: Callable[[bytes], None]) -> Ending:
        self.receive = received
        opened()
        await self._closed.wait()
        return Ending(None, "closed by us")

    def send(self, message: bytes) -> None:
        self.sent.append(message)

    def close(self) -> None:
        self._closed.set()

    abort = close


class PaperEngine:
    """The conversation engine with its sockets on paper, one per lane."""

    name = "conversation"

    def __init__(self) -> None:
        self.sockets: dict[Role, PaperSocket] = {}

    @property
    def capabilities(self) -> Capabilities:
        return CONVERSATION_ABILITIES

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> Interpreter:
        socket = self.sockets[wanted.speaker] = PaperSocket()
        plan = ConversationPlan("gpt-realtime-2.1-mini", transcription="", voice="marin")
        return RealtimeInterpreter(socket, lambda out: Conversation(plan, wanted, out), listen)  # type: ignore[arg-type]


def leg(sid: str, sent: list[bytes]) -> TwilioLeg:
    """A leg whose socket writes into `sent`."""
    body = {
        "streamSid": sid,
        "accountSid": "AC1",
        "callSid": f"CA-{sid}",
        "tracks": ["inbound"],
        "customParameters": {},
    }
    body["mediaFormat"] = {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1}
    started = wire.decode(
        json.dumps({"event": "start", "sequenceNumber": "1", "streamSid": sid, "start": body}).encode()
    )
    assert isinstance(started, wire.Started)
    return TwilioLeg(started, AudioFormat.PCMU_8K, sent.append, lambda code, reason: None)


def media(sid: str, sequence: int, audio: bytes) -> bytes:
    """A frame as Twilio sends it."""
    body = {"track": "inbound", "chunk": str(sequence - 1), "timestamp": str(20 * sequence)}
    body["payload"] = base64.b64encode(audio).decode()
    return json.dumps({"event": "media", "sequenceNumber": str(sequence), "streamSid": sid, "media": body}).encode()


def event(kind: str, **fields: Any) -> bytes:
    return json.dumps({"type": kind, "event_id": "e", **fields}).encode()


def granted(socket: PaperSocket) -> bytes:
    """The server takes the configuration as it was asked for."""
    asked = json.loads(socket.sent[0])["session"]
    asked |= {"id": "sess_1", "object": "realtime.session", "model": "m", "expires_at": 4_000_000_000}
    return event("session.updated", session=asked)


async def settled(done: Callable[[], bool]) -> None:
    """Let the loop turn until `done`."""
    for _ in range(1000):
        if done():
            return
        await asyncio.sleep(0.005)
    raise TimeoutError


def watch(monkeypatch: pytest.MonkeyPatch, owner: type, method: str) -> list[tuple[Any, Any]]:
    """What `owner.method` was given and what it gave back, while it goes on working."""
    seen: list[tuple[Any, Any]] = []
    real = getattr(owner, method)

    def watched(self: Any, given: Any, *more: Any, **named: Any) -> Any:
        answer = real(self, given, *more, **named)
        seen.append((given, answer))
        return answer

    monkeypatch.setattr(owner, method, watched)
    return seen


async def test_a_frame_walks_from_the_caller_to_the_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    heard, spoken = watch(monkeypatch, Lane, "hear"), watch(monkeypatch, Lane, "speak")
    given = watch(monkeypatch, Playout, "give")
    engine = PaperEngine()
    skipped_s = 0.0
    bridge = Bridge(setup(), parts(engines=[engine], clock=lambda: loop_clock() + skipped_s))
    to_caller: list[bytes] = []
    to_agent: list[bytes] = []
    caller, agent = leg("MZcaller", to_caller), leg("MZagent", to_agent)
    async with asyncio.TaskGroup() as tasks:
        carried = tasks.create_task(bridge.run())
        await asyncio.sleep(0)
        bridge.join(Role.CALLER, caller)
        bridge.join(Role.AGENT, agent)
        bridge.tell(Accepted(Role.AGENT, "WR1"))
        await settled(lambda: len(engine.sockets) == 2 and all(one.sent for one in engine.sockets.values()))
        socket = engine.sockets[Role.CALLER]
        socket.receive(granted(socket))
        await settled(lambda: any(b'"mark"' in one for one in to_agent))  # the whisper has been given to the agent
        skipped_s = 30.0  # and was heard
        played = len(to_agent)

        # 1. the leg's socket receives a text message; 2. the wire makes Heard of it
        message = media("MZcaller", 2, CALLERS_FRAME)
        decoded = wire.decode(message)
        assert isinstance(decoded, wire.Media)
        assert decoded.media.payload == CALLERS_FRAME
        before = len(socket.sent)
        caller.received(message)

        # 3. the bridge hands it to 4. the lane, which wants it heard by the interpreter
        assert heard[-1] == (Heard(CALLERS_FRAME, 40), (Hear(CALLERS_FRAME),))

        # 5. the engine encodes it and offers it to its socket: within the same call, no queue between
        assert socket.sent[before:] == [
            b'{"type":"input_audio_buffer.append","audio":"' + base64.b64encode(CALLERS_FRAME) + b'"}'
        ]

        # the engine asks for a rendering of what was committed, apart from the conversation
        socket.receive(event("input_audio_buffer.committed", item_id="item_u1", previous_item_id=None))
        asked = json.loads(socket.sent[-1])
        assert asked["type"] == "response.create"
        assert asked["response"]["conversation"] == "none"
        assert asked["response"]["input"] == [{"type": "item_reference", "id": "item_u1"}]
        response = {"id": "resp_1", "object": "realtime.response", "status": "in_progress", "output": []}
        socket.receive(event("response.created", response=response | {"metadata": asked["response"]["metadata"]}))
        item = {"id": "item_a1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        socket.receive(event("response.output_item.added", response_id="resp_1", output_index=0, item=item))

        # 6. the engine decodes a delta to Spoke; 7. the lane's playout cuts whole frames; 8. the leg encodes them
        at = {"response_id": "resp_1", "item_id": "item_a1", "output_index": 0, "content_index": 0}
        delta = base64.b64encode(INTERPRETED).decode()
        socket.receive(event("response.output_audio.delta", **at, delta=delta))
        assert spoken[-1][0] == Spoke(INTERPRETED, "item_u1")
        assert list(spoken[-1][1]) == [Play(INTERPRETED)]
        assert given[-1][0] == INTERPRETED
        assert to_agent[played:] == [
            b'{"event":"media","streamSid":"MZagent","media":{"payload":"' + base64.b64encode(INTERPRETED) + b'"}}'
        ]
        twilio = wire.CarrierEnd("MZagent", "CA-MZagent", "AC1")
        assert twilio.read(to_agent[played]) == wire.AppMedia("MZagent", wire.AppMediaBody(INTERPRETED))

        bridge.tell(EndAsked(Outcome(Result.US, "the test is over")))
        await carried
