"""A leg of the load: one Media Stream, with its mouth, its ear and the carrier's marks. Lean: picows and our `wire`."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Final

from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect

from bench.lane_log import EarCount, LaneLog
from dragoman.domain.audio import FRAME_MS
from dragoman.telephony.twilio.wire import AppClear, AppMark, AppMedia, Breach, CarrierEnd

CONNECT_S: Final = 10.0
BYTES_PER_S: Final = 8000


class Phone(WSListener):
    """`says` is the lane of its mouth, `hears` the lane that ends in its ear."""

    def __init__(self, says: LaneLog, hears: LaneLog, count: EarCount) -> None:
        self._says, self._hears, self._count = says, hears, count
        self._carrier: CarrierEnd | None = None
        self._transport: WSTransport | None = None
        self._ends = 0.0
        self._marks: dict[str, asyncio.TimerHandle] = {}
        self._over = False

    async def connect(self, url: str, headers: Mapping[str, str], carrier: CarrierEnd, told: Mapping[str, str]) -> None:
        """Open the stream; `told` are its parameters. Raises OSError, WSError or TimeoutError."""
        async with asyncio.timeout(CONNECT_S):
            transport, _ = await ws_connect(lambda: self, url, extra_headers=dict(headers), max_redirects=0)
        transport.send(WSMsgType.TEXT, carrier.connected())
        transport.send(WSMsgType.TEXT, carrier.start(told))
        self._carrier, self._transport = carrier, transport

    def speak(self) -> None:
        """The next 20 ms; nothing before the stream is open and after it is over."""
        says = self._says
        if self._transport is None or self._carrier is None or says.count >= says.capacity:
            return
        number = says.count
        message = self._carrier.media(says.frame(number), number * FRAME_MS)
        says.count = number + 1
        says.sent[number] = time.perf_counter()
        self._transport.send(WSMsgType.TEXT, message)

    def let_go(self) -> None:
        """From now on the app may end the stream."""
        self._over = True

    def hang_up(self) -> None:
        self._over = True
        if self._transport is not None and self._carrier is not None:
            self._transport.send(WSMsgType.TEXT, self._carrier.stop())
            self._transport.send_close(WSCloseCode.OK)
            self._gone()

    # -- From the app --------------------------------------------------------------------------------------------------

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.TEXT and self._carrier is not None:
            self._read(self._carrier, frame.get_payload_as_bytes())
        elif frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(frame.get_close_code())
            transport.disconnect()

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        if not self._over:
            self._count.dropped += 1
        self._gone()

    def _gone(self) -> None:
        self._transport = None
        for timer in self._marks.values():
            timer.cancel()
        self._marks.clear()

    def _read(self, carrier: CarrierEnd, message: bytes) -> None:
        read = carrier.read(message)
        if type(read) is AppMedia:
            self._heard(read.media.payload)
            return
        match read:
            case AppMark(mark=mark):
                wait_s = max(0.0, self._ends - time.perf_counter())
                self._marks[mark.name] = asyncio.get_running_loop().call_later(wait_s, self._reached, mark.name)
            case AppClear():
                self._ends = 0.0
                for name in list(self._marks):
                    self._reached(name)
            case Breach(reason=reason):
                self._count.breaches.append(reason)
            case AppMedia():
                pass  # dealt with above

    def _heard(self, audio: bytes) -> None:
        now = time.perf_counter()
        self._hears.hear(audio, now, self._count)
        self._ends = max(self._ends, now) + len(audio) / BYTES_PER_S

    def _reached(self, name: str) -> None:
        timer = self._marks.pop(name, None)
        if timer is not None:
            timer.cancel()
        if self._transport is not None and self._carrier is not None:
            self._count.marks += 1
            self._transport.send(WSMsgType.TEXT, self._carrier.mark(name))
