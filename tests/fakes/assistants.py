"""An engine for assistants on paper, tools on paper, and a call of an assistant with all that is outside it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dragoman.assistant_ports import Answering, AssistantEvent, AssistantWanted
from dragoman.domain.language import LanguageTag
from dragoman.domain.speech import (
    Captioned,
    Closed,
    Ready,
    Side,
    SpeechBegan,
    SpeechStopped,
    Spent,
    Spoke,
    SpokeAll,
    Tokens,
    Trouble,
    TroubleKind,
)
from dragoman.domain.tools import CallFacts, ToolAsked, ToolResult, ToolSpec
from tests.fakes.assistant_talk import sound


@dataclass
class FakeAssistantEngine:
    """Implements `assistant_ports.AssistantEngine`.

    `ready_s`: how long a session takes to open. `dies`: how the first, second, ... session ends of itself before it is
    ready (None = it does not). `raises` comes out of `run`, `cannot_build` out of `assistant`; `broken` names a method
    that raises. What is said lasts `ms` of sound, whatever it is. `usd` is what each response costs.
    """

    name: str = "fake"
    ready_s: float = 0.3
    dies: list[TroubleKind | None] = field(default_factory=list)
    raises: Exception | None = None
    cannot_build: bool = False
    deaf_to_close: bool = False
    broken: str = ""
    ms: int = 400
    usd: float = 0.0
    built: list[FakeAssistant] = field(default_factory=list)

    def assistant(self, wanted: AssistantWanted, listen: Callable[[AssistantEvent], None]) -> FakeAssistant:
        if self.cannot_build:
            raise RuntimeError("this engine cannot build assistants")
        death = self.dies[len(self.built)] if len(self.built) < len(self.dies) else None
        self.built.append(FakeAssistant(self, wanted, listen, death))
        return self.built[-1]

    @property
    def now(self) -> FakeAssistant:
        """The latest."""
        return self.built[-1]

    @property
    def running(self) -> int:
        return sum(one.running for one in self.built)

    def of(self, call_id: str) -> FakeAssistant:
        """The latest of this call."""
        return next(one for one in reversed(self.built) if one.wanted.call_id == call_id)


class FakeAssistant:
    """Implements `assistant_ports.Assistant`: keeps what it is given, says what it is asked to say, all at once."""

    def __init__(
        self,
        engine: FakeAssistantEngine,
        wanted: AssistantWanted,
        listen: Callable[[AssistantEvent], None],
        death: TroubleKind | None,
    ) -> None:
        self.engine, self.wanted, self.listen = engine, wanted, listen
        self.heard = bytearray()
        self.said: list[str] = []
        self.keys: list[str] = []
        self.outputs: dict[str, str] = {}
        self.interrupted: list[dict[str, int]] = []
        self.running = self.ready = self.closed = False
        self._death = death
        self._waiting: list[str] = []
        self._responses = 0
        self._over = asyncio.Event()

    # ---- The port ----------------------------------------------------------------------------------------------------

    async def run(self) -> None:
        self.running = True
        try:
            if self.engine.raises is not None:
                raise self.engine.raises
            await asyncio.sleep(self.engine.ready_s)
            if self._death is not None:
                self.listen(Trouble(self._death, "refused", fatal=True))
                return
            self.ready = True
            self.listen(Ready())
            waiting, self._waiting = self._waiting, []
            for text in waiting:
                self.speak(text, said=text)
            await self._over.wait()
        finally:
            self.running = self.ready = False
            self.listen(Closed())

    def hear(self, audio: bytes) -> None:
        self._breaks("hear")
        self.heard += audio

    def say(self, text: str) -> None:
        self._breaks("say")
        self.said.append(text)
        if self.ready:
            self.speak(text, said=text)
        else:
            self._waiting.append(text)

    def told(self, asked: ToolAsked, output: str) -> None:
        """It says what the tool would have it say."""
        self._breaks("told")
        self.outputs[asked.call_id] = output
        spoken = ToolResult.of_output(output).spoken
        if spoken and self.ready:
            self.speak(spoken)

    def digits(self, keys: str) -> None:
        self.keys.append(keys)

    def interrupt(self, heard_ms: Mapping[str, int]) -> None:
        self._breaks("interrupt")
        self.interrupted.append(dict(heard_ms))

    def close(self) -> None:
        self.closed = True
        if not self.engine.deaf_to_close:
            self._over.set()

    def _breaks(self, method: str) -> None:
        if self.engine.broken == method:
            raise RuntimeError(f"{method} is broken")

    # ---- For tests ---------------------------------------------------------------------------------------------------

    def speak(self, text: str, *, said: str = "", ms: int | None = None, mark: int = 0x20) -> str:
        """A whole response; its item."""
        self._responses += 1
        name, item = f"resp_{self._responses}", f"item_{self._responses}"
        self.listen(Answering(name, True, said))
        self.listen(Spoke(sound(ms or self.engine.ms, mark), item))
        self.listen(Captioned(Side.TARGET, text, item, whole=True, final=True))
        self.listen(SpokeAll(item))
        self.listen(Answering(name, False, said))
        if self.engine.usd:
            self.listen(Spent(self.engine.usd, False, Tokens(audio_out=100)))
        return item

    def hears(self, text: str) -> None:
        """The caller's turn is over, and was understood."""
        at_ms = len(self.heard) // 8
        name = f"turn_{at_ms}"
        self.listen(SpeechBegan(name, max(at_ms - 1000, 0)))
        self.listen(SpeechStopped(name, at_ms))
        self.listen(Captioned(Side.SOURCE, text, name, whole=True, final=True))

    def asks(self, *asked: ToolAsked) -> None:
        """A response that calls tools and says nothing."""
        self._responses += 1
        self.listen(Answering(f"resp_{self._responses}", True))
        for one in asked:
            self.listen(one)
        self.listen(Answering(f"resp_{self._responses}", False))

    def die(self, kind: TroubleKind = TroubleKind.NETWORK) -> None:
        """In mid-call."""
        self.ready = False
        self.listen(Trouble(kind, "the session died", fatal=True))
        self._over.set()


@dataclass
class FakeTools:
    """Implements `relay.tool_desks.OpenTools`: gives `results` by name, after `waits_s`; "hang" never answers, "raise"
    raises.
    """

    results: dict[str, ToolResult] = field(default_factory=dict)
    waits_s: float = 0.0
    called: list[tuple[ToolAsked, CallFacts]] = field(default_factory=list)
    closed: bool = False

    def specs(self, language: LanguageTag) -> tuple[ToolSpec, ...]:
        return tuple(ToolSpec(name, f"In {language}.", {"type": "object"}) for name in self.results)

    async def call(self, asked: ToolAsked, facts: CallFacts) -> ToolResult:
        self.called.append((asked, facts))
        if asked.name == "hang":
            await asyncio.Event().wait()
        if asked.name == "raise":
            raise RuntimeError("a tool that raises, though it must not")
        await asyncio.sleep(self.waits_s)
        return self.results[asked.name]

    async def aclose(self) -> None:
        self.closed = True
