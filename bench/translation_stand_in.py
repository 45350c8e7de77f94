"""The translation model's stand-in: a lean `/v1/realtime/translations` server that says back each piece as it comes.

Pieces go back as they came, without being decoded; which frames they held is worked out after the call. Words are told
once a second, in both languages, as the endpoint does.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from typing import Final

import msgspec

from bench.stand_in import Record, Wiring
from dragoman.interpreters.realtime.wire import translation as wire
from dragoman.interpreters.realtime.wire.envelope import Rejection, ServerEvent, encode

APPEND: Final = b'{"type":"session.input_audio_buffer.append","audio":"'
DELTA: Final = b'{"type":"session.output_audio.delta","event_id":"event_%d","sample_rate":24000,"channels":1,'
PIECE_CHARS: Final = 12_800
"""200 ms at 24 kHz, 16 bit, in base64."""
WORDS_EVERY: Final = 5
"""Pieces of 200 ms."""


class TranslationEcho:
    """One session; a `ports.MediaSocket`, as `stand_in.EchoSession` is."""

    def __init__(self, wiring: Wiring) -> None:
        self._wiring = wiring
        self._record = Record()
        self._numbers = itertools.count(1)
        self._elapsed_ms = 0
        self._send: Callable[[bytes], None] = lambda _message: None

    def connected(self, send: Callable[[bytes], None], close: Callable[[int, str], None]) -> None:
        self._send = send
        self._wiring.sessions += 1
        self._wiring.records.append(self._record)
        self._tell(wire.SessionCreated(session=self._session))

    def closed(self) -> None:
        self._wiring.sessions -= 1

    def received_binary(self) -> None:
        self._wiring.refused.append("a binary message")

    def received(self, message: bytes) -> None:
        """An append goes straight back; everything else is read strictly."""
        now = time.perf_counter()
        if message.startswith(APPEND) and message.endswith(b'"}'):
            self._say_back(message[len(APPEND) : -2], now)
            return
        match wire.decode_client(message):
            case wire.UpdateSession():
                self._wiring.ready += 1
                self._tell(wire.SessionUpdated(session=self._session))
            case wire.CloseSession():
                self._tell(wire.SessionClosed())
            case Rejection() as refused:
                self._wiring.refused.append(str(refused)[:200])
            case wire.AppendAudio():
                self._wiring.refused.append("an append that is not as lean as ours")

    @property
    def _session(self) -> wire.Session:
        return wire.Session(id="sess_bench", model="bench", expires_at=4_000_000_000)

    def _say_back(self, audio: bytes, now: float) -> None:
        if len(audio) != PIECE_CHARS:
            self._wiring.refused.append("an append that is no piece of 200 ms")
            return
        self._elapsed_ms += wire.FRAME_MS
        head = DELTA % next(self._numbers)
        self._send(head + b'"format":"pcm16","elapsed_ms":%d,"delta":"' % self._elapsed_ms + audio + b'"}')
        silent = not audio.strip(b"A")
        record = self._record
        record.came.append(now)
        record.went.append(time.perf_counter())
        record.pieces.append(b"" if silent else audio)
        if not silent and len(record.pieces) % WORDS_EVERY == 0:
            self._tell(wire.InputTranscriptDelta(delta=" lo que dice", elapsed_ms=self._elapsed_ms))
            self._tell(wire.OutputTranscriptDelta(delta=" what they say", elapsed_ms=self._elapsed_ms))

    def _tell(self, event: ServerEvent) -> None:
        self._send(encode(msgspec.structs.replace(event, event_id=f"event_{next(self._numbers)}")))
