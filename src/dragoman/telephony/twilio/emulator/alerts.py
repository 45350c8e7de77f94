"""Errors and warnings as Twilio's Debugger lists them; on the wire nobody sees them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Final

import structlog


class Level(enum.Enum):
    ERROR = "error"
    WARNING = "warning"


class AlertCode(enum.IntEnum):
    """Codes of the TwiML and webhook side; those of streams are `wire.StreamCode`."""

    RETRIEVAL = 11200
    TIMEOUT = 11205
    STATUS = 11217
    TOO_LARGE = 11750
    DOCUMENT = 12100
    SCHEMA = 12200
    CONTENT_TYPE = 12300
    CALLER_ID = 13214
    WORKFLOW = 14220
    TASK_ATTRIBUTES = 14221
    CALLBACK = 15003
    FLOW = 81000
    """Something in a Studio flow (Twilio has a code for each kind)."""


_WARNINGS: Final = frozenset({AlertCode.SCHEMA, AlertCode.CALLER_ID, AlertCode.CALLBACK, 31931, 31950, 31951})


@dataclass(frozen=True, slots=True)
class Alert:
    """One entry of the Debugger. `call_sid` is "" for what belongs to no call."""

    code: int
    level: Level
    call_sid: str
    text: str


class Alerts(list[Alert]):
    """The Debugger's list, oldest first."""

    def note(self, code: int, call_sid: str, text: str) -> None:
        level = Level.WARNING if code in _WARNINGS else Level.ERROR
        self.append(Alert(int(code), level, call_sid, text))
        structlog.get_logger().debug("twilio_alert", code=int(code), call_sid=call_sid, reason=text)

    def codes(self, call_sid: str | None = None) -> list[int]:
        """The codes alone, of one call or of all."""
        return [alert.code for alert in self if call_sid is None or alert.call_sid == call_sid]
