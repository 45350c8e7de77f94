"""The URLs of our doors, as Twilio is told them. Always below the configured public address."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlencode

from dragoman.domain.call import Role
from dragoman.domain.language import Language

INCOMING: Final = "/incoming-call"
LEG: Final = "/leg"
OUTBOUND: Final = "/outbound-call"
QUEUE: Final = "/queue"
RESERVATION: Final = "/reservation-accepted"
CALL_STATUS: Final = "/call-status"
STREAM_STATUS: Final = "/stream-status"
FALLBACK: Final = "/fallback"
STREAM: Final = "/intercept"

VOICE: Final = "/twilio/voice"
VOICE_NEXT: Final = "/twilio/voice/next"
VOICE_WHISPER: Final = "/twilio/voice/whisper"
VOICE_STATUS: Final = "/twilio/voice/status"
VOICE_FALLBACK: Final = "/twilio/voice/fallback"
VOICE_STREAM: Final = "/twilio/stream"

AFTER_PERSON: Final = "after-person"
"""The `step` of LEG when a person was dialled for it."""


class Addresses:
    """URLs below `public_url` (an origin such as https://calls.example.com)."""

    def __init__(self, public_url: str) -> None:
        self._origin = public_url.rstrip("/")

    def of(self, path: str, **query: str) -> str:
        """`path` with those of `query` that are not empty."""
        filled = {name: value for name, value in query.items() if value}
        return self._origin + path + (f"?{urlencode(filled)}" if filled else "")

    def leg(self, call_id: str, role: Role) -> str:
        """Asked when a leg is answered and whenever its stream has ended."""
        return self.of(LEG, call=call_id, role=role.value)

    def fallback(self, call_id: str, role: Role, language: Language) -> str:
        """Asked when another answer of ours could not be had or read."""
        return self.of(FALLBACK, call=call_id, role=role.value, lang=language.tag)

    def after_person(self, call_id: str, role: Role, language: Language) -> str:
        """Asked when a leg that was connected with a person comes back. The call may be forgotten by then."""
        return self.of(LEG, step=AFTER_PERSON, call=call_id, role=role.value, lang=language.tag)

    def call_status(self, call_id: str, role: Role) -> str:
        return self.of(CALL_STATUS, call=call_id, role=role.value)

    def captions(self, call_id: str) -> str:
        return self.of(f"/api/calls/{call_id}/captions")

    @property
    def stream(self) -> str:
        """The media WebSocket: wss, or ws where the public address is plain http (this machine)."""
        return self._media(STREAM)

    @property
    def assistant_stream(self) -> str:
        """The media WebSocket of calls that an assistant answers."""
        return self._media(VOICE_STREAM)

    def _media(self, path: str) -> str:
        return "ws" + self._origin.removeprefix("http") + path
