"""The floor: the least that a relay in Python does, on the product's sockets and `wire`. No product, only a measure.

Takes PORT and MODEL_URL from the environment. No checks, no pacing, no captions: as little as the Node relay.
"""

from __future__ import annotations

import asyncio
import gc
import os

import uvloop
from picows import WSCloseCode, WSFrame, WSListener, WSMsgType, WSTransport, ws_connect, ws_create_server

from dragoman.interpreters.realtime.wire import conversation as model
from dragoman.interpreters.realtime.wire.envelope import encode
from dragoman.interpreters.realtime.wire.session import (
    AudioInputUpdate,
    AudioOutputUpdate,
    AudioUpdate,
    Pcmu,
    ServerVadUpdate,
    SessionUpdate,
)
from dragoman.telephony.twilio import wire as carrier

Legs = dict[tuple[str, bool], "Leg"]

SET_UP = encode(
    model.UpdateSession(
        SessionUpdate(
            type="realtime",
            audio=AudioUpdate(
                input=AudioInputUpdate(format=Pcmu(), turn_detection=ServerVadUpdate(create_response=True)),
                output=AudioOutputUpdate(format=Pcmu()),
            ),
        )
    )
)


class Leg(WSListener):
    """A stream; it opens its own session. `key`: the call, and whether it is the caller's."""

    def __init__(self, legs: Legs, model_url: str, tasks: asyncio.TaskGroup) -> None:
        self._legs, self._model_url, self._tasks = legs, model_url, tasks
        self.transport: WSTransport | None = None
        self.end: carrier.AppEnd | None = None
        self.session: WSTransport | None = None
        self.key = ("", False)
        self.alone = False

    @property
    def other(self) -> Leg | None:
        return self._legs.get((self.key[0], not self.key[1]))

    @property
    def sink(self) -> Leg | None:
        """Who hears what is said: an assistant speaks to whom it hears."""
        return self if self.alone else self.other

    def on_ws_connected(self, transport: WSTransport) -> None:
        self.transport = transport

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type == WSMsgType.CLOSE:
            transport.send_close(WSCloseCode.OK)
            transport.disconnect()
        elif frame.msg_type == WSMsgType.TEXT:
            self._read(carrier.decode(frame.get_payload_as_bytes()))

    def on_ws_disconnected(self, transport: WSTransport) -> None:
        self._legs.pop(self.key, None)
        other = self.other
        if self.session is not None:
            self.session.disconnect()
        if other is not None and other.transport is not None:
            other.transport.disconnect()

    def _read(self, read: carrier.FromTwilio) -> None:
        if type(read) is carrier.Media:
            if self.session is not None:
                self.session.send(WSMsgType.TEXT, model.append(read.media.payload))
        elif isinstance(read, carrier.Started):
            told = read.start.custom_parameters
            self.key = (told["call"], told["role"] == "caller")
            self.alone = told["role"] == "alone"
            self.end = carrier.AppEnd(read.stream_sid)
            self._legs[self.key] = self
            self._tasks.create_task(self._open())

    async def _open(self) -> None:
        transport, _ = await ws_connect(lambda: Session(self), self._model_url)
        transport.send(WSMsgType.TEXT, SET_UP)


class Session(WSListener):
    """The model's end of a leg."""

    def __init__(self, leg: Leg) -> None:
        self._leg = leg

    def on_ws_frame(self, transport: WSTransport, frame: WSFrame) -> None:
        if frame.msg_type != WSMsgType.TEXT:
            transport.disconnect()
            return
        event = model.decode_server(frame.get_payload_as_bytes())
        if isinstance(event, model.SessionUpdated):
            self._leg.session = transport
            if self._leg.alone:
                transport.send(WSMsgType.TEXT, encode(model.CreateResponse()))
            return
        ear = self._leg.sink
        if ear is None or ear.transport is None or ear.end is None:
            return
        if type(event) is model.AudioDelta:
            ear.transport.send(WSMsgType.TEXT, ear.end.media(event.delta))
        elif isinstance(event, model.AudioDone):
            ear.transport.send(WSMsgType.TEXT, ear.end.mark(event.item_id))


async def serve(port: int, model_url: str) -> None:
    legs: Legs = {}
    async with asyncio.TaskGroup() as tasks:
        server = await ws_create_server(lambda _request: Leg(legs, model_url, tasks), "127.0.0.1", port)
        gc.collect()
        gc.freeze()
        await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(os.environ["PORT"]), os.environ["MODEL_URL"]))
