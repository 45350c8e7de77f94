"""Owners of media sockets that keep what they are told."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from dragoman.errors import Refused
from dragoman.ports import MediaRequest


@dataclass
class PaperOwner:
    """Implements ports.MediaSocket: answers each message with `echo:` before it."""

    got: list[bytes] = field(default_factory=list)
    binary: int = 0
    ends: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)
    fault: str = ""
    """The name of the method that raises."""
    send: Callable[[bytes], None] = field(default=lambda _message: None)
    close: Callable[[int, str], None] = field(default=lambda _code, _reason: None)

    def connected(self, send: Callable[[bytes], None], close: Callable[[int, str], None]) -> None:
        self.send, self.close = send, close
        self._maybe_fail("connected")

    def received(self, message: bytes) -> None:
        self.got.append(message)
        self._maybe_fail("received")
        self.send(b"echo:" + message)

    def received_binary(self) -> None:
        self.binary += 1
        self._maybe_fail("received_binary")

    def closed(self) -> None:
        self.ends += 1
        self.over.set()
        self._maybe_fail("closed")

    def _maybe_fail(self, step: str) -> None:
        if self.fault == step:
            raise RuntimeError("a fault of the owner's")


@dataclass
class PaperDoor:
    """A ports.MediaDoor: refuses when `refusal` is set, raises when `fault` is, else lets in."""

    refusal: str = ""
    fault: bool = False
    owner_fault: str = ""
    requests: list[MediaRequest] = field(default_factory=list)
    owners: list[PaperOwner] = field(default_factory=list)

    def __call__(self, request: MediaRequest) -> PaperOwner:
        self.requests.append(request)
        if self.refusal:
            raise Refused(self.refusal)
        if self.fault:
            raise RuntimeError("a secret of the door's")
        self.owners.append(PaperOwner(fault=self.owner_fault))
        return self.owners[-1]
