"""A switchboard on paper: calls and captions are lists, what is told is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace

from dragoman.domain.call import CallEvent, CallId, CallSetup, CallView, HangUpLeg, Instruction, Notice, Role
from dragoman.domain.control import Change
from dragoman.domain.effects import Caption
from dragoman.domain.language import LanguageTag
from dragoman.errors import Refused
from dragoman.ports import Leg, Origination, Ringing


def view(call_id: str) -> CallView:
    """A living call as the outside sees it."""
    return CallView(CallId(call_id), "talking", LanguageTag("es"), LanguageTag("en"), ("echo", "echo"), 12.3456)


@dataclass
class PaperSwitchboard:
    """Implements ports.Switchboard. `full` refuses new calls; `push` and `end` drive a call's captions."""

    living: dict[str, CallView] = field(default_factory=dict)
    originated: list[Origination] = field(default_factory=list)
    told: list[tuple[str, CallEvent]] = field(default_factory=list)
    changed: list[tuple[str, Change]] = field(default_factory=list)
    refuses: str = ""
    """Why every change is refused."""
    full: bool = False
    notice: Notice | None = Notice.BUSY
    """What goes with the refusal."""
    draining: bool = False
    heirs: dict[str, CallId] = field(default_factory=dict)
    _captions: dict[str, list[Caption | None]] = field(default_factory=dict)
    _news: asyncio.Event = field(default_factory=asyncio.Event)
    readers: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a reader of captions is gone."""

    def add(self, call_id: str) -> None:
        self.living[call_id] = view(call_id)
        self._captions[call_id] = []

    def push(self, call_id: str, caption: Caption) -> None:
        self._captions[call_id].append(caption)
        self._news.set()

    def end(self, call_id: str) -> None:
        self._captions[call_id].append(None)
        self._news.set()

    # ---- The port ----------------------------------------------------------------------------------------------------

    def ring(self, ringing: Ringing) -> CallId:
        raise NotImplementedError

    def originate(self, wanted: Origination) -> CallId:
        if self.full:
            raise Refused("all lines are busy", self.notice)
        self.originated.append(wanted)
        call_id = f"call-{len(self.originated)}"
        self.add(call_id)
        return CallId(call_id)

    async def recall(self, call_id: str) -> None:
        """Every call is known."""

    def call_of(self, carrier_call: str) -> CallId | None:
        return None

    def heir_of(self, call_id: str) -> CallId | None:
        return self.heirs.get(call_id)

    def find(self, call_id: str) -> CallView | None:
        return self.living.get(call_id)

    def setup(self, call_id: str) -> CallSetup | None:
        return None

    def tell(self, call_id: str, event: CallEvent) -> bool:
        self.told.append((call_id, event))
        return call_id in self.living

    def change(self, call_id: str, change: Change) -> CallView:
        if self.refuses:
            raise Refused(self.refuses)
        self.changed.append((call_id, change))
        view = self.living[call_id]
        manner = replace(view.manner, barge_in=change.barge_in or view.manner.barge_in)
        self.living[call_id] = replace(view, manner=manner)
        return self.living[call_id]

    def instruct(self, call_id: str, role: Role, carrier_call: str = "") -> Instruction:
        return HangUpLeg()

    def join(self, call_id: str, role: Role, leg: Leg, nonce: str) -> None:
        raise Refused("no such call")

    def captions(self, call_id: str) -> AsyncIterator[Caption] | None:
        return self._read(call_id) if call_id in self._captions else None

    def calls(self) -> list[CallView]:
        return list(self.living.values())

    async def _read(self, call_id: str) -> AsyncIterator[Caption]:
        self.readers += 1
        try:
            at = 0
            while True:
                written = self._captions[call_id]
                while at < len(written):
                    caption = written[at]
                    if caption is None:
                        return
                    yield caption
                    at += 1
                self._news.clear()
                await self._news.wait()
        finally:
            self.readers -= 1
            self.left.set()
