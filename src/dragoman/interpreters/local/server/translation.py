"""`/v1/realtime/translations`: everything heard becomes speech in one language. No turns, no items."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass

from starlette.websockets import WebSocket

from dragoman.domain.audio import AudioFormat
from dragoman.interpreters.local.endpointing import EndpointRules
from dragoman.interpreters.local.hearing import Begun, Hearing, Uttered
from dragoman.interpreters.local.jobs import Jobs
from dragoman.interpreters.local.listening import Listener
from dragoman.interpreters.local.parts import Parts
from dragoman.interpreters.local.rendered import Recognised, Rendered
from dragoman.interpreters.local.rendering import UNCLEAR, Nothing, Rendering, Unclear
from dragoman.interpreters.local.server.outlet import ClientGone, Outlet, next_message
from dragoman.interpreters.realtime.wire import translation as wire
from dragoman.interpreters.realtime.wire.envelope import Rejection

DELTA_BYTES = 19_200
"""400 ms, as the real service sends."""


@dataclass(frozen=True, slots=True)
class _Turn:
    uttered: Uttered
    target: str
    transcribed: bool


class TranslationSession:
    """One session. `run` returns when it is over."""

    def __init__(
        self, socket: WebSocket, outlet: Outlet, session: wire.Session, parts: Parts, jobs: Jobs, source: str | None
    ) -> None:
        self._socket, self._outlet, self._session = socket, outlet, session
        self._parts, self._source = parts, source
        self._rendering = Rendering(parts, jobs, session.id)
        self._turns: asyncio.Queue[_Turn | None] = asyncio.Queue()
        self._hearing: Hearing | None = None

    async def run(self, rules: EndpointRules) -> None:
        """Serve until the client closes, or is gone."""
        try:
            async with asyncio.TaskGroup() as tasks:
                await self._serve(tasks, rules)
        except* ClientGone:
            pass

    async def _serve(self, tasks: asyncio.TaskGroup, rules: EndpointRules) -> None:
        listener = Listener(AudioFormat.PCM16_24K, self._parts.detector(), rules)
        self._hearing = hearing = Hearing(listener, self._rendering, tasks, lambda: self._source)
        pump = tasks.create_task(self._outlet.pump())
        speaking = tasks.create_task(self._speak_all())
        self._outlet.send(wire.SessionCreated(session=self._session))
        await self._read(hearing)
        self._queue(hearing.finish())
        self._turns.put_nowait(None)
        late = tasks.create_task(self._refuse_late())
        await speaking
        self._outlet.send(wire.SessionClosed())
        self._outlet.close(1000, "")
        await pump
        late.cancel()

    async def _read(self, hearing: Hearing) -> None:
        """Until `session.close`."""
        while True:
            message = await next_message(self._socket)
            match wire.decode_client(message):
                case Rejection() as rejection:
                    self._outlet.refuse(rejection)
                case wire.AppendAudio(audio=audio):
                    self._queue(hearing.hear(audio))
                case wire.UpdateSession(session=update):
                    self._session = wire.merged(self._session, update)
                    self._outlet.send(wire.SessionUpdated(session=self._session))
                case wire.CloseSession():
                    return

    async def _refuse_late(self) -> None:
        """After `session.close` the client is to be quiet."""
        while await next_message(self._socket):
            self._outlet.error("invalid_event", "The session is closing: nothing may be sent after session.close.")

    def _queue(self, events: Iterable[Begun | Uttered]) -> None:
        """Utterances wait for the one before them; the target is what it was when they ended."""
        audio = self._session.audio
        for event in events:
            if isinstance(event, Uttered):
                self._turns.put_nowait(_Turn(event, audio.output.language, audio.input.transcription is not None))

    async def _speak_all(self) -> None:
        while (turn := await self._turns.get()) is not None:
            await self._speak(turn)

    async def _speak(self, turn: _Turn) -> None:
        heard = await turn.uttered.recognition
        elapsed_ms = self._elapsed_ms()
        if turn.transcribed and isinstance(heard, Recognised):
            self._outlet.send(wire.InputTranscriptDelta(delta=f"{heard.text} ", elapsed_ms=elapsed_ms))
        said = await self._rendering.translate(heard, turn.uttered.source, turn.target)
        match said:
            case Nothing():
                pass
            case Unclear(reason=reason):
                self._outlet.error(UNCLEAR, reason)
            case Rendered():
                await self._say(said, turn.target, elapsed_ms)

    async def _say(self, said: Rendered, target: str, elapsed_ms: int) -> None:
        self._outlet.send(wire.OutputTranscriptDelta(delta=f"{said.text} ", elapsed_ms=elapsed_ms))
        async for sound in self._rendering.speak(said.spoken, target):
            for start in range(0, len(sound), DELTA_BYTES):
                delta = sound[start : start + DELTA_BYTES]
                self._outlet.send(wire.OutputAudioDelta(delta=delta, elapsed_ms=self._elapsed_ms()))

    def _elapsed_ms(self) -> int:
        """Appended audio, in the steps of the protocol."""
        heard_ms = 0.0 if self._hearing is None else self._hearing.listener.heard_ms
        return int(heard_ms // wire.FRAME_MS) * wire.FRAME_MS
