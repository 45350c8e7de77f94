"""An agent's page as the leg of a phone call: its media with what a telephone does besides."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.domain.room import PageEvent
from dragoman.domain.speech import Heard, LegClosed, LegEvent
from dragoman.ports import Clock, Leg
from dragoman.room_ports import Page

STALE_S: Final = 2.0
"""A page sends sound without a pause: one that brought nothing for so long may be replaced..."""

MUTED_STALE_S: Final = 7.0
"""...and a muted one, which says how its playback goes every 5 s, after so long."""

MOST_SILENT_FRAMES: Final = 50
"""Whoever was not asked for longer has stood still: what was not said meanwhile need not be made up."""


class PageLeg:
    """A `ports.Leg` over the one of a page. `name`: the leg's own, as long as it lives, whatever page has it.

    A muted telephone sends silence; a muted page sends nothing, so silence is made here (`keep_time`). How one parts
    with a page is not the call's business: `closing` is told that the call wants its stream no more.
    """

    def __init__(self, name: str, leg: Leg, page: Page, clock: Clock, closing: Callable[[PageLeg], None]) -> None:
        self._name = name
        self._leg, self._page = leg, page
        self._now = clock
        self._closing = closing
        self._listen: Callable[[LegEvent], None] = lambda _event: None
        self._frames = 0
        self._muted_at: float | None = None
        self.heard_at = clock()
        self.over = False
        """For the call."""
        self.gone = False
        """For the page too: its connection is closed."""

    # ---- The port ----------------------------------------------------------------------------------------------------

    @property
    def leg_id(self) -> str:
        return self._leg.leg_id

    @property
    def carrier_call(self) -> str:
        return self._name

    @property
    def format(self) -> AudioFormat:
        return self._leg.format

    def attach(self, listen: Callable[[LegEvent], None]) -> None:
        self._listen = listen
        self._leg.attach(self._from_page)

    def play(self, audio: bytes) -> None:
        if not self.over:
            self._leg.play(audio)

    def mark(self, name: str) -> None:
        if not self.over:
            self._leg.mark(name)

    def clear(self) -> None:
        if not self.over:
            self._leg.clear()

    def close(self) -> None:
        if not self.over:
            self._closing(self)

    # ---- The desk's --------------------------------------------------------------------------------------------------

    @property
    def muted(self) -> bool:
        return self._muted_at is not None

    def lives(self) -> bool:
        """A page is here, for all we know."""
        patience_s = MUTED_STALE_S if self.muted else STALE_S
        return not self.over and self._now() - self.heard_at < patience_s

    def mute(self, on: bool) -> None:
        """From now on silence is heard, or the microphone again."""
        if on is not self.muted:
            self._muted_at = self._now() if on else None

    def keep_time(self) -> None:
        """Asked a few times a second: the silence of the time that has passed."""
        if self._muted_at is None or self.over:
            return
        now = self._now()
        due = int((now - self._muted_at) * 1000 / FRAME_MS)
        self._muted_at += due * FRAME_MS / 1000
        for _ in range(min(due, MOST_SILENT_FRAMES)):
            self._hear(self.format.silence(FRAME_MS))

    def end(self, *, clean: bool, reason: str) -> None:
        """The call learns that the stream is over; nothing comes of this page any more."""
        self._tell(LegClosed(clean, reason))
        self.over = True

    def leave(self) -> None:
        """Close the page's connection."""
        if not self.gone:
            self._leg.close()

    def show(self, event: PageEvent) -> None:
        if not self.gone:
            self._page.show(event)

    def call_back(self) -> None:
        """Let the page come back, to whoever answers then."""
        if not self.gone:
            self._page.call_back()

    # ---- Inside ------------------------------------------------------------------------------------------------------

    def _from_page(self, event: LegEvent) -> None:
        match event:
            case Heard(audio):  # the hot path
                self.heard_at = self._now()
                if self._muted_at is None:
                    self._hear(audio)
            case LegClosed(clean, reason):
                self.gone = True
                self.end(clean=clean, reason=reason)
            case _:
                self._tell(event)

    def _hear(self, audio: bytes) -> None:
        self._tell(Heard(audio, self._frames * FRAME_MS))
        self._frames += 1

    def _tell(self, event: LegEvent) -> None:
        if not self.over:
            self._listen(event)
