"""An assistant's machine for tests: with the server's words put into its ear, or on the emulated OpenAI.

Neither has a socket, and time passes only when it is told to.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import msgspec

from dragoman.assistant_ports import Answering, AssistantEvent, AssistantWanted
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId
from dragoman.domain.language import Language, LanguageTag
from dragoman.domain.speech import Captioned, Side, Spoke
from dragoman.domain.tools import ToolAsked, ToolSpec
from dragoman.interpreters.openai.assistant import AssistantMachine
from dragoman.interpreters.openai.assistant_setup import AssistantPlan
from dragoman.interpreters.openai.emulator import Pace, Script
from dragoman.interpreters.openai.emulator.sound import bytes_of, silence, tone
from dragoman.interpreters.openai.machine import AssistantOutlet
from dragoman.interpreters.openai.prices import shipped_prices
from dragoman.interpreters.realtime.wire import conversation as wire
from dragoman.interpreters.realtime.wire.envelope import ServerEvent
from dragoman.interpreters.realtime.wire.items import Response, ResponseWanted
from dragoman.interpreters.realtime.wire.session import Audio, AudioInput, AudioOutput, Pcmu, Session, wire_format
from tests.fakes.interpreting_desk import Desk
from tests.fakes.openai_rehearsal import Rehearsal
from tests.fakes.personas import persona

JAPANESE = Language(LanguageTag("ja"), "日本語", "Japanese", "ja-JP")
ORDER = ToolSpec("order", "Where an order is.", {"type": "object", "properties": {"number": {"type": "string"}}})
PLAN = AssistantPlan("gpt-realtime-2.1", "gpt-transcribe", "marin", prices=shipped_prices())
MULAW = Session(id="s", model=PLAN.model, audio=Audio(AudioInput(format=Pcmu()), AudioOutput(format=Pcmu())))


def assistant_wanted(**fields: Any) -> AssistantWanted:
    whole = {"call_id": CallId("call_1"), "language": JAPANESE, "persona": persona(), "tools": (ORDER,), "caller": "h"}
    return AssistantWanted(**{**whole, **fields})


class AssistantDesk:
    """What the machine sends, checked as in `Desk`, and all that it tells."""

    def __init__(self) -> None:
        self.told: list[AssistantEvent] = []
        self._desk = Desk()
        self.outlet = AssistantOutlet(self._desk.outlet.send, self.told.append)

    def stamped(self, event: ServerEvent) -> bytes:
        return self._desk.stamped(event)

    def take_sent(self) -> list[Any]:
        return self._desk.take_sent()

    def take_told(self) -> list[AssistantEvent]:
        told = list(self.told)
        self.told.clear()
        return told


class AssistantLine:
    """A machine and the server's words."""

    def __init__(
        self, wanted: AssistantWanted | None = None, plan: AssistantPlan = PLAN, *, ready: bool = True
    ) -> None:
        self.desk = AssistantDesk()
        self.machine = AssistantMachine(plan, wanted or assistant_wanted(), self.desk.outlet, unix=lambda: 1000.0)
        self.now = 50.0
        self._turns = 0
        if ready:
            self.machine.opened(self.now)
            self.server(wire.SessionUpdated(session=MULAW))
            self.clear()

    def clear(self) -> None:
        self.desk.take_sent()
        self.desk.take_told()

    def server(self, *events: ServerEvent) -> None:
        for event in events:
            self.machine.received(self.desk.stamped(event), self.now)

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.machine.tick(self.now)

    def sent(self, kind: type) -> list[Any]:
        return [one for one in self.desk.take_sent() if isinstance(one, kind)]

    def turn(self, ms: int = 1000) -> str:
        """The caller says something of that length; its item."""
        self._turns += 1
        item, at = f"turn-{self._turns}", 10_000 * self._turns
        self.server(
            wire.SpeechStarted(audio_start_ms=at, item_id=item),
            wire.SpeechStopped(audio_end_ms=at + 300 + ms + 500, item_id=item),
            wire.AudioCommitted(item_id=item),
        )
        return item

    def asked(self) -> wire.CreateResponse:
        """The one response that we asked for since the last look."""
        (order,) = self.sent(wire.CreateResponse)
        assert isinstance(order, wire.CreateResponse)
        return order

    def creates(self, response_id: str, order: wire.CreateResponse | None = None) -> None:
        """The server begins a response: to our order, or of its own."""
        wanted = order.response if order is not None else None
        metadata = wanted.metadata if isinstance(wanted, ResponseWanted) else None
        self.server(wire.ResponseCreated(response=Response(id=response_id, status="in_progress", metadata=metadata)))

    def speaks(self, response_id: str, item_id: str, ms: int = 200) -> None:
        audio = b"\x55" * AudioFormat.PCMU_8K.bytes_for(ms)
        self.server(
            wire.AudioDelta(response_id=response_id, item_id=item_id, output_index=0, content_index=0, delta=audio)
        )

    def ends(self, response_id: str, status: str = "completed", **more: Any) -> None:
        self.server(wire.ResponseDone(response=Response(id=response_id, status=status, **more)))


class EmulatedLine:
    """A machine on the strict emulator. All that passes is validated by the vendor's SDK, both ways."""

    def __init__(
        self, script: Script, wanted: AssistantWanted | None = None, *, pace: Pace | None = None, seed: int = 1
    ) -> None:
        self.wanted = wanted or assistant_wanted()
        self.room = Rehearsal(script=script, pace=pace, seed=seed, model=PLAN.model_of(self.wanted.persona))
        self.desk = AssistantDesk()
        checked = self.desk.outlet.send
        self._out: list[bytes] = []

        def send(message: bytes) -> None:
            checked(message)
            self._out.append(message)

        outlet = AssistantOutlet(send, self.desk.told.append)
        self.machine = AssistantMachine(PLAN, self.wanted, outlet, unix=self.room.stage.unix_s)
        self._read = 0
        self.machine.opened(self.now)
        self.pump()

    @property
    def now(self) -> float:
        return self.room.stage.now_s

    @property
    def told(self) -> list[AssistantEvent]:
        return self.desk.told

    @property
    def errors(self) -> list[str]:
        return [error.message for error in self.room.record.errors]

    def pump(self) -> None:
        """Carry messages both ways until none is left."""
        sent = self.room.stage.sent
        while self._out or self._read < len(sent):
            while self._out:
                self.room.tell(self._out.pop(0))
            if self._read < len(sent):
                self._read += 1
                self.machine.received(sent[self._read - 1], self.now)

    def run(self, seconds: float, step_s: float = 0.02) -> None:
        """Let time pass, with a tick now and then."""
        for _ in range(round(seconds / step_s)):
            self.room.run(step_s)
            self.pump()
            self.machine.tick(self.now)
            self.pump()

    def speak(self, ms: int, *, pause_ms: int = 700) -> None:
        """The caller speaks and is silent, in real time, 20 ms at a time."""
        fmt = wire_format(self.wanted.format)
        assert fmt is not None
        sound = bytes_of(tone(440, ms), fmt) + bytes_of(silence(pause_ms), fmt)
        step = self.wanted.format.frame_bytes
        for at in range(0, len(sound), step):
            self.machine.hear(sound[at : at + step], self.now)
            self.pump()
            self.run(0.02)

    def say(self, text: str) -> None:
        self.machine.say(text, self.now)
        self.pump()

    def interrupt(self, heard_ms: Mapping[str, int]) -> None:
        self.machine.barged_in(heard_ms, self.now)
        self.pump()

    def tell(self, asked: ToolAsked, output: str) -> None:
        self.machine.told(asked, output, self.now)
        self.pump()

    # -- Looking at it -------------------------------------------------------------------------------------------------

    def of(self, kind: type) -> list[Any]:
        return [one for one in self.told if isinstance(one, kind)]

    def finals(self, side: Side) -> list[str]:
        return [one.text for one in self.of(Captioned) if one.side is side and one.final]

    def spoken_ms(self) -> dict[str, float]:
        """By item."""
        found: dict[str, float] = {}
        for one in self.of(Spoke):
            found[one.utterance] = found.get(one.utterance, 0.0) + self.wanted.format.ms(len(one.audio))
        return found

    def history(self) -> list[dict[str, Any]]:
        """The conversation as the model has it."""
        return [json.loads(msgspec.json.encode(one.item)) for one in self.room.conversation.history.entries]


def brackets(told: list[AssistantEvent]) -> bool:
    """Whether responses begin and end in pairs, one at a time, and sound comes only within."""
    running = ""
    for one in told:
        match one:
            case Answering(item, True):
                if running:
                    return False
                running = item
            case Answering(item, False):
                if running != item:
                    return False
                running = ""
            case Spoke() if not running:
                return False
            case _:
                pass
    return True
