"""`<Record>`: what the caller says after the beep, kept where the app can fetch it.

Source: Twilio's page on <Record>. Silence (`timeout`), a key of `finishOnKey`, `maxLength` or a hang-up ends it; the
action is asked with the recording, at a hang-up too (its answer is of no use then), but not for an empty one: then the
next verb runs. Any verb behind it is out of reach otherwise.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urljoin

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from dragoman.audio import wav
from dragoman.audio.level import voiced
from dragoman.domain.audio import FRAME_MS, PCMU_FRAME_BYTES
from dragoman.telephony.twilio.emulator import ids, tones
from dragoman.telephony.twilio.emulator.line import Clip, Leg, Line
from dragoman.telephony.twilio.emulator.plant import call_form
from dragoman.telephony.twilio.emulator.rest import missing
from dragoman.telephony.twilio.emulator.run import Run, Step
from dragoman.telephony.twilio.emulator.twiml import Verb

_PATH: Final = "/2010-04-01/Accounts/{account}/Recordings/{sid}"
_ANY_KEY: Final = "1234567890*#"
_BEEP: Final = tones.tone(1000.0, 300, 0.1)
_HUNG_UP: Final = "hangup"


@dataclass(slots=True)
class Recordings:
    """What was recorded, mu-law at 8 kHz, by sid. `base_url` is where the REST API is."""

    base_url: Callable[[], str]
    kept: dict[str, bytes] = field(default_factory=dict)

    def keep(self, account: str, audio: bytes) -> str:
        """Keep a recording; its address."""
        sid = ids.sid("RE")
        self.kept[sid] = audio
        return self.base_url() + _PATH.format(account=account, sid=sid)

    def routes(self) -> list[Route]:
        """The recordings themselves. As Twilio has it unless an account wants otherwise, who knows one's sid may hear
        it.
        """
        return [Route(_PATH + ".wav", self._media), Route(_PATH, self._media)]

    async def _media(self, request: Request) -> Response:
        audio = self.kept.get(request.path_params["sid"])
        if audio is None:
            return missing(request).answer()
        return Response(wav.write_mulaw(audio), media_type="audio/x-wav")


class _Tape:
    """The ear and the tap of a leg that is being recorded."""

    def __init__(self, silence_ms: float, most_ms: float, finish_keys: str) -> None:
        self._silence_ms = silence_ms
        self._most_ms = most_ms
        self._finish_keys = finish_keys
        self._frames: list[bytes] = []
        self._quiet = 0
        self._first = -1
        self._last = -1
        self.pressed = ""
        self.ended = asyncio.Event()

    def frame(self, frame: bytes) -> None:
        """The caller's next 20 ms."""
        if self.ended.is_set():
            return
        if voiced(frame):
            self._quiet, self._last = 0, len(self._frames)
            self._first = self._last if self._first < 0 else self._first
        else:
            self._quiet += 1
        self._frames.append(frame)
        if self._quiet * FRAME_MS >= self._silence_ms or len(self._frames) * FRAME_MS >= self._most_ms:
            self.ended.set()

    def key(self, digit: str) -> None:
        if digit in self._finish_keys and not self.ended.is_set():
            self.pressed = digit
            self.ended.set()

    def speaking(self) -> None:
        """Nobody recognises anything here."""

    def speech(self, text: str) -> None:
        """Nobody recognises anything here."""

    def audio(self, *, trimmed: bool) -> bytes:
        """What was recorded; "" when nobody spoke."""
        if self._first < 0:
            return b""
        return b"".join(self._frames[self._first : self._last + 1] if trimmed else self._frames)


class Record:
    """The verb."""

    def __init__(self, recordings: Recordings) -> None:
        self._recordings = recordings

    async def __call__(self, run: Run, verb: Verb) -> Step:
        if verb.flag("playBeep", default=True):
            await run.play(Clip(_BEEP))
        tape, leg = _tape(run, verb), run.leg
        leg.tap, leg.ear = tape.frame, tape
        try:
            await tape.ended.wait()
        except asyncio.CancelledError:
            if leg.over.is_set():
                self._hung_up(run, verb, tape)
            raise
        finally:
            leg.tap = leg.ear = None
        form = self._form(leg, verb, tape)
        leg.note(Line.VERB, f"Record kept {form.get('RecordingDuration', '0')} s")
        if not form:
            return None
        return run.goto(verb.get("action") or run.url, verb.get("method"), form)

    def _hung_up(self, run: Run, verb: Verb, tape: _Tape) -> None:
        """The caller's way to end a message. There is nobody left for what the app would answer."""
        tape.pressed = _HUNG_UP
        form = self._form(run.leg, verb, tape)
        if form:
            action = urljoin(run.url, verb.get("action") or run.url)
            method = verb.get("method") or "POST"
            run.plant.courier.callback(action, call_form(run.leg) | form, method=method, lane=run.leg.sid)

    def _form(self, leg: Leg, verb: Verb, tape: _Tape) -> dict[str, str]:
        """What the action is told; nothing for an empty recording."""
        audio = tape.audio(trimmed=verb.get("trim", "trim-silence") == "trim-silence")
        if not audio:
            return {}
        form = {
            "RecordingUrl": self._recordings.keep(leg.account_sid, audio),
            "RecordingDuration": str(max(1, round(len(audio) / PCMU_FRAME_BYTES * FRAME_MS / 1000))),
        }
        return form | ({"Digits": tape.pressed} if tape.pressed else {})


def _tape(run: Run, verb: Verb) -> _Tape:
    silence_s, cap_s = float(verb.number("timeout", 5)), run.plant.pace.gather_timeout_s
    if cap_s is not None:
        silence_s = min(silence_s, cap_s)
    keys = verb.get("finishOnKey", _ANY_KEY)
    return _Tape(silence_s * 1000, verb.number("maxLength", 3600) * 1000, keys)
