"""What may come to a media socket that is not a well-behaved carrier's: raw streams over a real connection."""

from __future__ import annotations

import asyncio
import contextlib
import json
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.telephony.twilio.emulator import ACCOUNT_SID
from dragoman.telephony.twilio.emulator.server import AUTH_TOKEN
from dragoman.telephony.twilio.signature import HEADER, sign
from tests.rig.town import Town

SILENCE = b"\xff" * PCMU_FRAME_BYTES


@dataclass(slots=True)
class RawStream:
    """A media connection on which anything may be said."""

    socket: ClientConnection
    stream_sid: str = "MZ" + "0" * 32

    async def say(self, *messages: str | bytes | dict[str, Any]) -> None:
        """Send each as it is; a dict as JSON. Stops when the server has closed."""
        with contextlib.suppress(ConnectionClosed):
            for message in messages:
                await self.socket.send(json.dumps(message) if isinstance(message, dict) else message)

    async def start(self, parameters: dict[str, str], **change: Any) -> None:
        """The two opening messages, as Twilio sends them."""
        body: dict[str, Any] = {
            "streamSid": self.stream_sid,
            "accountSid": ACCOUNT_SID,
            "callSid": "CA" + "0" * 32,
            "tracks": ["inbound"],
            "mediaFormat": {"encoding": "audio/x-mulaw", "sampleRate": 8000, "channels": 1},
            "customParameters": parameters,
        }
        connected = {"event": "connected", "protocol": "Call", "version": "1.0.0"}
        start = {"event": "start", "sequenceNumber": "1", "streamSid": self.stream_sid, "start": body | change}
        await self.say(connected, start)

    def media(self, audio: bytes = SILENCE, number: int = 1) -> dict[str, Any]:
        """One inbound frame."""
        body = {"track": "inbound", "chunk": str(number), "timestamp": str(number * 20)}
        payload = {"payload": b64encode(audio).decode()}
        return {
            "event": "media",
            "sequenceNumber": str(number + 1),
            "streamSid": self.stream_sid,
            "media": body | payload,
        }

    async def closed(self) -> tuple[int, str]:
        """Wait until the server closes; its code and reason. Raises TimeoutError."""
        async with asyncio.timeout(15):
            await self.socket.wait_closed()
        return self.socket.close_code or 0, self.socket.close_reason or ""

    @property
    def open(self) -> bool:
        return self.socket.close_code is None


@contextlib.asynccontextmanager
async def raw_stream(
    here: Town, *, query: str = "", signature: str | None = None, door: str = "/intercept"
) -> AsyncIterator[RawStream]:
    """A connection to a media door; signed as Twilio does unless a `signature` ("" = none) is given."""
    url = here.address(door).replace("http", "ws", 1)
    given = sign(AUTH_TOKEN, url) if signature is None else signature
    headers = {HEADER: given} if given else {}
    async with connect(url + query, additional_headers=headers, proxy=None, compression=None) as socket:
        yield RawStream(socket)


async def ringing(here: Town, call_sid: str, target: str = "/incoming-call?lang=es") -> dict[str, str]:
    """A call whose caller has not connected yet: the parameters of the stream that it is told to open."""
    form = {"CallSid": call_sid, "AccountSid": ACCOUNT_SID, "From": "+34600000077", "To": "+15555550101"}
    answer = await here.post(target, form)
    assert answer.status_code == 200
    document = ElementTree.fromstring(answer.content)  # noqa: S314 - our own server's
    return {one.attrib["name"]: one.attrib["value"] for one in document.iter("Parameter")}
