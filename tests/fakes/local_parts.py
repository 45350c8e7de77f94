"""The embedded engine without weights: ears that know what they will hear, text side, voice, detector of loudness."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import threading
from collections.abc import AsyncIterator, Callable, Generator, Sequence
from dataclasses import dataclass, field

import numpy as np
import uvicorn

from dragoman.interpreters.local.clauses import Clause
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.listening import Samples
from dragoman.interpreters.local.mind.minds import Minds
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.recognise import Misheard
from dragoman.interpreters.local.rendered import How, Recognised, Refusal, RefusalReason, Rendered, Translation
from dragoman.interpreters.local.server.app import Doors

TOKEN = "let-me-in"


def loudness(frame: Samples) -> float:
    """A speech probability: loud is speech."""
    return 0.95 if float(np.sqrt(np.mean(np.square(frame)))) > 0.02 else 0.02


def tone(ms: int, rate_hz: int = 16_000) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
    """Something loud."""
    at = np.arange(rate_hz * ms // 1000)
    return (8000 * np.sin(2 * np.pi * 300 * at / rate_hz)).astype(np.int16)


@dataclass
class FakeEars:
    """Gives the next of `script` for each utterance, whatever it sounds like; the last one stays."""

    script: list[Recognised | Misheard] = field(default_factory=lambda: [Recognised("Hola.", "es", -0.1)])
    asked: list[tuple[int, str | None]] = field(default_factory=list)
    heard: threading.Event = field(default_factory=threading.Event)
    keywords: tuple[str, ...] = ()
    others: list[str | None] = field(default_factory=list)

    def recognise(
        self, samples: Samples, source: str | None, keywords: Sequence[str] = (), other: str | None = None
    ) -> Recognised | Misheard:
        self.asked.append((len(samples), source))
        self.others.append(other)
        self.keywords = tuple(keywords)
        self.heard.set()
        return self.script.pop(0) if len(self.script) > 1 else self.script[0]


@dataclass
class FakeText:
    """Marks the text with the target; refuses what is in `refused`."""

    refused: dict[str, RefusalReason] = field(default_factory=dict)

    def translate(self, heard: Recognised, target: str) -> Translation:
        if heard.text in self.refused:
            return Refusal(self.refused[heard.text])
        return Rendered(f"[{target}] {heard.text}", f"{target}: {heard.text}", How.PHRASES)

    def pairs(self) -> frozenset[tuple[str, str]]:
        return frozenset({("es", "en"), ("en", "es")})

    def close(self) -> None:
        pass


@dataclass
class FakeVoice:
    """10 ms of tone per letter; `said` is what was asked of it. `hold` keeps a clause from being ready."""

    said: list[tuple[str, str, str, float]] = field(default_factory=list)
    tongues: frozenset[str] = frozenset({"en", "es", "ja"})
    hold: Callable[[], None] = lambda: None

    def speaks(self, language: str) -> bool:
        return language in self.tongues

    def clause(self, clause: Clause, language: str, voice: str = "", speed: float = 1.0) -> bytes:
        self.hold()
        self.said.append((clause.text, language, voice, speed))
        return tone(10 * len(clause.text), 24_000).astype("<i2").tobytes()


@dataclass
class FakeEngine:
    """The parts, where the server listens, and its queue."""

    ears: FakeEars
    text: FakeText
    voice: FakeVoice
    jobs: Jobs
    base_url: str = ""
    doors: Doors = field(init=False)


class _Server(uvicorn.Server):
    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


@contextlib.asynccontextmanager
async def serving(
    ears: FakeEars | None = None,
    text: FakeText | None = None,
    voice: FakeVoice | None = None,
    minds: Minds | None = None,
) -> AsyncIterator[FakeEngine]:
    """The real server around fake parts, on loopback; with `minds` it has assistants too."""
    engine = FakeEngine(ears or FakeEars(), text or FakeText(), voice or FakeVoice(), Jobs())
    parts = Parts(engine.ears, engine.text, engine.voice, lambda: loudness)
    listening = socket.create_server(("127.0.0.1", 0))
    engine.base_url = f"http://127.0.0.1:{listening.getsockname()[1]}/v1"
    engine.doors = Doors(parts, engine.jobs, TOKEN, 500, minds)
    config = uvicorn.Config(
        engine.doors.app(), log_config=None, access_log=False, lifespan="off", ws="websockets-sansio"
    )
    server = _Server(config)
    async with asyncio.TaskGroup() as tasks:
        jobs = tasks.create_task(engine.jobs.serve())
        serve = tasks.create_task(server.serve(sockets=[listening]))
        try:
            yield engine
        finally:
            server.should_exit = True
            server.force_exit = True
            await serve
            jobs.cancel()
