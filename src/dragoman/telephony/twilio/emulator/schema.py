"""TwiML's verbs with their attributes and children. Source: Twilio's TwiML pages, as its SDK 9.13 has them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Shape:
    """One element: `must` are attributes that it cannot be without, `text` whether it may hold text."""

    attributes: frozenset[str] = frozenset()
    children: frozenset[str] = frozenset()
    must: frozenset[str] = frozenset()
    text: bool = False


def _shape(attributes: str = "", children: str = "", must: str = "", *, text: bool = False) -> Shape:
    return Shape(frozenset(attributes.split()), frozenset(children.split()), frozenset(must.split()), text)


_STATUS: Final = "statusCallback statusCallbackMethod"
_DIALLED: Final = f"url method statusCallbackEvent {_STATUS}"
_AMD: Final = (
    "machineDetection amdStatusCallback amdStatusCallbackMethod machineDetectionTimeout "
    "machineDetectionSpeechThreshold machineDetectionSpeechEndThreshold machineDetectionSilenceTimeout"
)
_RECORDED: Final = "recordingStatusCallback recordingStatusCallbackMethod recordingStatusCallbackEvent"
_SSML: Final = "break emphasis lang p phoneme prosody s say-as sub w"

SHAPES: Final[dict[str, Shape]] = {
    "Response": _shape(children="Say Play Pause Gather Redirect Hangup Reject Enqueue Dial Connect Leave Record"),
    "Say": _shape("voice language loop", _SSML, text=True),
    "Play": _shape("loop digits", text=True),
    "Pause": _shape("length"),
    "Hangup": _shape(),
    "Leave": _shape(),
    "Reject": _shape("reason"),
    "Redirect": _shape("method", text=True),
    "Gather": _shape(
        "input action method timeout speechTimeout maxSpeechTime profanityFilter finishOnKey numDigits "
        "partialResultCallback partialResultCallbackMethod language hints bargeIn debug actionOnEmptyResult "
        "speechModel enhanced",
        "Say Play Pause",
    ),
    "Enqueue": _shape("action method maxQueueSize waitUrl waitUrlMethod workflowSid", "Task", text=True),
    "Task": _shape("priority timeout", text=True),
    "Dial": _shape(
        f"action method timeout hangupOnStar timeLimit callerId record trim {_RECORDED} recordingConfigurationId "
        "answerOnBridge ringTone recordingTrack sequential referUrl referMethod events passports",
        "Number Client Sip",
        text=True,
    ),
    "Number": _shape(f"sendDigits byoc {_DIALLED} {_AMD}", text=True),
    "Client": _shape(_DIALLED, "Identity Parameter", text=True),
    "Identity": _shape(text=True),
    "Sip": _shape(f"username password {_DIALLED} {_AMD}", text=True),
    "Record": _shape(
        f"action method timeout finishOnKey maxLength playBeep trim {_RECORDED} transcribe transcribeCallback"
    ),
    "Connect": _shape("action method", "Stream"),
    "Stream": _shape(f"name connectorName url track {_STATUS} audioFormat sampleRate", "Parameter", must="url"),
    "Parameter": _shape("name value", must="name value"),
}

ELSEWHERE: Final = frozenset(
    {"Start", "Stop", "Pay", "Queue", "Sms", "Siprec", "Refer", "Prompt", "Echo", "Conference"}
)
"""Verbs that Twilio has and this emulator does not play: the warning says so."""

INTEGERS: Final[dict[str, tuple[int, int]]] = {
    "loop": (0, 1000),
    "length": (0, 3600),
    "numDigits": (1, 1000),
    "timeLimit": (1, 86400),
    "maxLength": (2, 86400),
    "maxQueueSize": (0, 5000),
}
"""Attributes that are whole numbers, with their range; `timeout` differs by verb and is read there."""

CHOICES: Final[dict[tuple[str, str], frozenset[str]]] = {
    ("Reject", "reason"): frozenset({"rejected", "busy"}),
    ("Gather", "input"): frozenset({"dtmf", "speech", "dtmf speech", "speech dtmf"}),
    ("Record", "playBeep"): frozenset({"true", "false"}),
    ("Record", "transcribe"): frozenset({"true", "false"}),
    ("Record", "trim"): frozenset({"trim-silence", "do-not-trim"}),
    ("Stream", "track"): frozenset({"inbound_track", "outbound_track", "both_tracks"}),
}
"""Attributes with a closed list of values. `method` is GET or POST everywhere."""

KEYS: Final[dict[tuple[str, str], str]] = {
    ("Play", "digits"): "0123456789*#wW",
    ("Number", "sendDigits"): "0123456789*#wW",
    ("Gather", "finishOnKey"): "0123456789*#",
    ("Record", "finishOnKey"): "0123456789*#",
}
"""Attributes that are keys of a phone, with those that there are; `w` waits half a second, `W` one."""

SAY_LIMIT: Final = 4096
"""Characters of one <Say>."""

DOCUMENT_LIMIT_BYTES: Final = 64 * 1024
INLINE_LIMIT: Final = 4000
"""Characters of TwiML given with a REST request."""
