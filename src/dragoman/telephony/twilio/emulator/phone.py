"""A phone and the person who holds it: speaks, listens, presses keys, hangs up; everything is recorded on one clock."""

from __future__ import annotations

import asyncio
import enum
from collections import deque
from collections.abc import Callable

from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.telephony.twilio.emulator.line import CallStatus, Leg, LogLine
from dragoman.telephony.twilio.emulator.playback import SILENCE
from dragoman.telephony.twilio.emulator.ticker import Ticker


class PhoneState(enum.Enum):
    IDLE = "idle"
    RINGING = "ringing"
    IN_CALL = "in-call"
    ENDED = "ended"


class Track:
    """A recording that starts with the emulator: frame n of it sounded in the clock's 20 ms number n."""

    def __init__(self, ticker: Ticker, keep: bool) -> None:
        self._ticker = ticker
        self._keep = keep
        self._audio = bytearray()

    def add(self, frame: bytes) -> None:
        """Record this beat's frame."""
        if self._keep:
            self._pad()
            self._audio += frame

    def _pad(self) -> None:
        short = self._ticker.frames * PCMU_FRAME_BYTES - len(self._audio)
        if short > 0:
            self._audio += SILENCE[:1] * short

    def audio(self) -> bytes:
        """All of it up to now."""
        if self._keep:
            self._pad()
        return bytes(self._audio)


class Phone:
    """One phone at a number, `client:` or `sip:` address. Many phones may show the same number (a PBX)."""

    def __init__(self, address: str, ticker: Ticker, dial: Callable[[Phone, str], Leg], *, record: bool = True) -> None:
        self.address = address
        self.state = PhoneState.IDLE
        self.leg: Leg | None = None
        self.keys_heard = ""
        """Key tones that were played to it."""
        self._dial = dial
        self._ear = Track(ticker, record)
        self._mouth = Track(ticker, record)
        self._speech: deque[tuple[bytes, str]] = deque()
        self._at = 0
        self._ticker = ticker
        self._spoken = asyncio.Event()
        self._spoken.set()
        self._connected = asyncio.Event()
        self._ended = asyncio.Event()

    # ---- What the person does ----------------------------------------------------------------------------------------

    async def call(self, number: str) -> Phone:
        """Dial one of the account's numbers, or a SIP domain's address. Comes back while it rings."""
        self._pick_up_line()
        self.leg = self._dial(self, number)
        return self

    def say(self, mulaw: bytes, text: str = "") -> None:
        """Speak (after what is still being said). `text` is what a listening <Gather input="speech"> recognises."""
        if mulaw:
            self._speech.append((mulaw + SILENCE[: -len(mulaw) % PCMU_FRAME_BYTES], text))
            self._spoken.clear()

    def press(self, digits: str) -> None:
        """Press keys: each of `0-9*#`."""
        if self.leg is not None:
            for digit in digits:
                self.leg.far_keyed(digit)

    def hang_up(self) -> None:
        """End the call, or stop trying. Idempotent."""
        if self.leg is not None:
            self.leg.far_gone(CallStatus.COMPLETED if self.state is PhoneState.IN_CALL else CallStatus.NO_ANSWER)

    # ---- What one may wait for and look at ---------------------------------------------------------------------------

    async def said(self, timeout_s: float = 120) -> None:
        """Until everything that was to be said is said (or the call is over). Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._spoken.wait()

    async def connected(self, timeout_s: float = 30) -> None:
        """Until the call is answered. Raises TimeoutError; ConnectionError when it ends before that."""
        async with asyncio.timeout(timeout_s):
            await self._connected.wait()
        if self._ended.is_set() and self.leg is not None and self.leg.started is None:
            raise ConnectionError(f"the call was not answered: {self.leg.status.value}")

    async def ended(self, timeout_s: float = 120) -> None:
        """Until the call is over. Raises TimeoutError."""
        async with asyncio.timeout(timeout_s):
            await self._ended.wait()

    @property
    def speaking(self) -> bool:
        return not self._spoken.is_set()

    @property
    def mouth(self) -> bytes:
        """What the person said: mu-law since the emulator's start, silence where there was no call."""
        return self._mouth.audio()

    @property
    def ear(self) -> bytes:
        """What the person heard, on the same clock."""
        return self._ear.audio()

    @property
    def log(self) -> list[LogLine]:
        """What Twilio did on this phone's leg: verbs, texts of <Say>, errors."""
        return [] if self.leg is None else self.leg.log

    @property
    def call_sid(self) -> str:
        return "" if self.leg is None else self.leg.sid

    # ---- What the network does to it ---------------------------------------------------------------------------------

    def ring(self, leg: Leg) -> None:
        """A call comes in."""
        self._pick_up_line()
        self.leg = leg

    def answered(self) -> None:
        self.state = PhoneState.IN_CALL
        self._connected.set()

    def voice(self) -> bytes:
        frame = self._next_frame() if self._speech else SILENCE
        self._mouth.add(frame)
        return frame

    def hear(self, frame: bytes) -> None:
        self._ear.add(frame)

    def keyed(self, digit: str) -> None:
        self.keys_heard += digit

    def gone(self, status: CallStatus) -> None:
        self.state = PhoneState.ENDED
        self._speech.clear()
        self._at = 0
        self._spoken.set()
        self._connected.set()
        self._ended.set()

    def _pick_up_line(self) -> None:
        if self.state in (PhoneState.RINGING, PhoneState.IN_CALL):
            raise RuntimeError("this phone is in a call already")
        self.state = PhoneState.RINGING
        self._connected.clear()
        self._ended.clear()

    def _next_frame(self) -> bytes:
        audio, text = self._speech[0]
        if self._at == 0 and self.leg is not None:
            self.leg.far_speaking()
        frame = audio[self._at : self._at + PCMU_FRAME_BYTES]
        self._at += PCMU_FRAME_BYTES
        if self._at >= len(audio):
            self._at = 0
            self._speech.popleft()
            if self.leg is not None:
                self.leg.far_spoke(text)
            if not self._speech:
                self._spoken.set()
        return frame
