"""One lane's engine session against the emulator in virtual time: machine and server joined, no socket, no waiting."""

from __future__ import annotations

from dragoman.domain.speech import InterpreterEvent, Spoke
from dragoman.interpreters.openai.conversation import Conversation, ConversationPlan
from dragoman.interpreters.openai.emulator import MarkerScript
from dragoman.interpreters.openai.emulator.conversation import ConversationSession
from dragoman.interpreters.openai.emulator.faults import Pace
from dragoman.interpreters.openai.emulator.life import Life
from dragoman.interpreters.openai.emulator.record import Admission, Kind, Record
from dragoman.interpreters.openai.emulator.translation import TranslationSession
from dragoman.interpreters.openai.machine import Outlet
from dragoman.interpreters.openai.translation import Translation, TranslationPlan
from tests.fakes.interpreting_desk import wanted
from tests.fakes.openai_rehearsal import VirtualStage

STEP_S = 0.02


class EngineLine:
    """A session that began `connect_s` after it was built. `told`: every event with its time; `spoken`: all speech."""

    def __init__(self, kind: Kind, number: int, began: float, *, connect_s: float = 0.0, seed: int = 1) -> None:
        self.told: list[tuple[float, InterpreterEvent]] = []
        self.spoken = bytearray()
        self._began, self._connect_s = began, connect_s
        self._read = 0
        self._fresh: list[InterpreterEvent] = []
        self._stage = VirtualStage()
        model = "gpt-realtime-2.1" if kind is Kind.CONVERSATION else "gpt-realtime-translate"
        life = Life(self._stage, Record(Admission(kind, number, model, {})), MarkerScript(), Pace(), seed)
        self.record = life.record
        self._session = ConversationSession(life) if kind is Kind.CONVERSATION else TranslationSession(life)
        out = Outlet(self._session.receive, self._fresh.append)
        self.machine: Conversation | Translation
        if kind is Kind.CONVERSATION:
            self.machine = Conversation(ConversationPlan(model, "", "marin"), wanted(), out)
        else:
            self.machine = Translation(TranslationPlan(model, "gpt-live-transcribe"), wanted(), out)
        self._open = False

    def hear(self, audio: bytes, now: float) -> None:
        self.machine.hear(audio, now)

    def run_until(self, now: float) -> list[InterpreterEvent]:
        """Let time pass; what the interpreter tells meanwhile."""
        if not self._open and now >= self._began + self._connect_s:
            self._open = True
            self._session.begin()
            self.machine.opened(now)
        if self._open:
            self._stage.run(max(now - self._began - self._connect_s - self._stage.now_s, 0.0))
            while self._read < len(self._stage.sent):
                self._read += 1
                self.machine.received(self._stage.sent[self._read - 1], now)
        self.machine.tick(now)
        events = list(self._fresh)
        self._fresh.clear()
        for event in events:
            self.told.append((now, event))
            if isinstance(event, Spoke):
                self.spoken += event.audio
        return events
