"""One page's connection: its sound (`ports.Leg`) and its screen (`room_ports.Page`), over a socket's send and close."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final

from dragoman.audio.framer import Framer
from dragoman.browser.shown import Shown
from dragoman.browser.wire import ClearAudio, FromServer, MarkHere, encode, whole_samples
from dragoman.domain.audio import FRAME_MS, AudioFormat
from dragoman.domain.room import PageEvent
from dragoman.domain.speech import Digit, Heard, LegClosed, LegEvent, Reached

NORMAL_CLOSE: Final = 1000

COME_BACK_CLOSE: Final = 1012
"""WebSocket's "service restart": a page tries again."""

KEPT_EVENTS: Final = 1500
"""Events before anybody listens: thirty seconds of frames; then the oldest go."""

FORMAT: Final = AudioFormat.PCM16_24K


class BrowserLeg:
    """Made when a page asks to join. `heard`, `reached`, `pressed`, `left` and `closed` are its socket's."""

    def __init__(
        self,
        leg_id: str,
        send: Callable[[bytes], None],
        send_binary: Callable[[bytes], None],
        close: Callable[[int, str], None],
        shown: Shown,
    ) -> None:
        self._leg_id = leg_id
        self._send, self._send_binary, self._close = send, send_binary, close
        self._shown = shown
        self._framer = Framer(FORMAT)
        self._heard_frames = 0
        self._kept: deque[LegEvent] = deque(maxlen=KEPT_EVENTS)
        self._listen: Callable[[LegEvent], None] = self._kept.append
        self._left = False
        self._asked = False
        self._over = False

    # ---- The ports ---------------------------------------------------------------------------------------------------

    @property
    def leg_id(self) -> str:
        return self._leg_id

    @property
    def carrier_call(self) -> str:
        """There is no carrier."""
        return ""

    @property
    def format(self) -> AudioFormat:
        return FORMAT

    def attach(self, listen: Callable[[LegEvent], None]) -> None:
        while self._kept:
            listen(self._kept.popleft())
        self._listen = listen

    def play(self, audio: bytes) -> None:
        if audio and not self._asked:
            self._send_binary(audio)

    def mark(self, name: str) -> None:
        self._say(MarkHere(name))

    def clear(self) -> None:
        self._say(ClearAudio())

    def show(self, event: PageEvent) -> None:
        self._say(self._shown.message(event))

    def close(self) -> None:
        if not self._asked:
            self._asked = True
            self._close(NORMAL_CLOSE, "")

    def call_back(self) -> None:
        if not self._asked:
            self._asked = True
            self._close(COME_BACK_CLOSE, "come back")

    # ---- The socket's ------------------------------------------------------------------------------------------------

    def heard(self, audio: bytes) -> None:
        """Audio of the microphone, of any length. Half a sample at its end is dropped: the next message begins anew."""
        self._hear(self._framer.push(whole_samples(audio)))

    def cut(self) -> None:
        """What came so far is to be heard before what comes next: the rest of a frame too, filled with silence."""
        self._hear(self._framer.flush())

    def reached(self, name: str) -> None:
        self._tell(Reached(name))

    def pressed(self, digit: str) -> None:
        self._tell(Digit(digit))

    def left(self) -> None:
        """The party said good-bye."""
        self._left = True

    def closed(self) -> None:
        """The socket is gone, whoever closed it."""
        if not self._over:
            self._tell(LegClosed(clean=self._left, reason=self._why()))
            self._over = self._asked = True

    # ---- Inside ------------------------------------------------------------------------------------------------------

    def _hear(self, frames: bytes) -> None:
        for begin in range(0, len(frames), FORMAT.frame_bytes):
            frame = frames[begin : begin + FORMAT.frame_bytes]
            self._tell(Heard(frame, self._heard_frames * FRAME_MS))
            self._heard_frames += 1

    def _tell(self, event: LegEvent) -> None:
        if not self._over:
            self._listen(event)

    def _say(self, message: FromServer) -> None:
        if not self._asked:
            self._send(encode(message))

    def _why(self) -> str:
        if self._left:
            return "left"
        return "closed by us" if self._asked else "connection lost"
