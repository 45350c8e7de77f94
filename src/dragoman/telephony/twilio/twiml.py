"""The TwiML documents that we answer with. Built as trees: what a caller's name or number holds cannot become markup.

Source: Twilio's pages on <Gather>, <Say>, <Connect>, <Stream>, <Enqueue>, <Dial>, <Redirect>.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element, SubElement, tostring

from dragoman.domain.language import Language
from dragoman.errors import LocalWireError
from dragoman.telephony.twilio.wire import PARAMETER_LIMIT

MEDIA_TYPE: Final = "text/xml"

SAY_LIMIT: Final = 4096
"""Characters in one <Say>."""

# What XML 1.0 cannot carry at all, not even escaped.
_NOT_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Line:
    """A text and the language that it is spoken in."""

    text: str
    language: Language


def menu(lines: Sequence[Line], *, action: str, hints: Iterable[str], timeout_s: int, otherwise: str) -> bytes:
    """Ask for one key or word; `action` gets the answer, `otherwise` the call when there is none.

    An answer cuts `lines` short. The recogniser can listen in one language only: the first line's.
    """
    root = Element("Response")
    gather = SubElement(
        root,
        "Gather",
        {
            "input": "dtmf speech",
            "numDigits": "1",
            "finishOnKey": "",
            "timeout": str(timeout_s),
            "speechTimeout": "auto",
            "language": lines[0].language.locale,
            "hints": _clean(",".join(hints)),
            "action": action,
            "method": "POST",
        },
    )
    _say_all(gather, lines)
    _redirect(root, otherwise)
    return _document(root)


def gather_digits(count: int, *, action: str, timeout_s: int, otherwise: str) -> bytes:
    """Take `count` keys in silence; `otherwise` gets the call when none come."""
    root = Element("Response")
    SubElement(
        root,
        "Gather",
        {
            "input": "dtmf",
            "numDigits": str(count),
            "finishOnKey": "",
            "timeout": str(timeout_s),
            "action": action,
            "method": "POST",
        },
    )
    _redirect(root, otherwise)
    return _document(root)


def connect(
    stream_url: str,
    parameters: Mapping[str, str],
    *,
    status_callback: str,
    afterwards: str,
    before: Sequence[Line] = (),
) -> bytes:
    """Say `before`, connect the leg's audio to `stream_url` both ways, and when the stream ends ask `afterwards`.

    The redirect is always there: a call whose <Connect> has nothing behind it is hung up when the stream ends.
    """
    root = Element("Response")
    _say_all(root, before)
    stream = SubElement(
        SubElement(root, "Connect"),
        "Stream",
        {"url": stream_url, "statusCallback": status_callback, "statusCallbackMethod": "POST"},
    )
    for name, value in parameters.items():
        if len(name) + len(value) >= PARAMETER_LIMIT:
            raise LocalWireError(f"stream parameter {name} is too long for Twilio")
        SubElement(stream, "Parameter", {"name": name, "value": _clean(value)})
    _redirect(root, afterwards)
    return _document(root)


def enqueue(workflow_sid: str, attributes: str, *, action: str, wait_url: str = "") -> bytes:
    """Give the leg to TaskRouter with the task's `attributes` (JSON); `action` is told when it leaves the queue,
    `wait_url` is asked again and again what it shall hear until then ("" = silence).

    No hold music: the leg is one end of an interpreted call, and music would be interpreted.
    """
    root = Element("Response")
    queue = SubElement(
        root, "Enqueue", {"workflowSid": workflow_sid, "waitUrl": wait_url, "action": action, "method": "POST"}
    )
    SubElement(queue, "Task").text = _clean(attributes)
    return _document(root)


def dial(
    target: str,
    *,
    caller_number: str,
    timeout_s: int,
    time_limit_s: int,
    afterwards: str,
    before: Sequence[Line] = (),
    whisper: str = "",
) -> bytes:
    """Say `before`, then connect the leg with `target`: a number, `sip:` or `client:` address.

    `afterwards` is told how it went, when `target` has hung up or could not be reached. `whisper` is asked what
    `target` hears before the two are joined; "" = nothing.
    """
    root = Element("Response")
    _say_all(root, before)
    attributes = {
        "answerOnBridge": "true",
        "callerId": caller_number,
        "timeout": str(timeout_s),
        "timeLimit": str(time_limit_s),
        "action": afterwards,
        "method": "POST",
    }
    name = "Client" if target.startswith("client:") else "Sip" if target.startswith(("sip:", "sips:")) else "Number"
    asked = {"url": whisper, "method": "POST"} if whisper else {}
    SubElement(SubElement(root, "Dial", attributes), name, asked).text = _clean(target.removeprefix("client:"))
    return _document(root)


def press_keys(keys: str, *, afterwards: str) -> bytes:
    """Send `keys` as tones (`w` waits half a second), then ask `afterwards`."""
    root = Element("Response")
    if keys:
        SubElement(root, "Play", {"digits": keys})
    _redirect(root, afterwards)
    return _document(root)


def record(line: Line | None, *, afterwards: str, most_s: int, silence_s: int, finish_key: str) -> bytes:
    """Say `line`, beep, and record until the caller is silent, presses the key or hangs up.

    `afterwards` is told where the recording is; asked without that when nothing was said.
    """
    root = Element("Response")
    _say_all(root, () if line is None else (line,))
    attributes = {
        "action": afterwards,
        "method": "POST",
        "maxLength": str(most_s),
        "timeout": str(silence_s),
        "finishOnKey": finish_key,
        "playBeep": "true",
    }
    SubElement(root, "Record", attributes)
    _redirect(root, afterwards)
    return _document(root)


def say(lines: Sequence[Line]) -> bytes:
    """Speak, and no more: what a dialled party hears before the call is put through."""
    root = Element("Response")
    _say_all(root, lines)
    return _document(root)


def say_and_hang_up(lines: Sequence[Line]) -> bytes:
    root = Element("Response")
    _say_all(root, lines)
    SubElement(root, "Hangup")
    return _document(root)


def ask_again(url: str, *, pause_s: int) -> bytes:
    """Wait in silence, then ask `url`."""
    root = Element("Response")
    SubElement(root, "Pause", {"length": str(pause_s)})
    _redirect(root, url)
    return _document(root)


def pause(seconds: int) -> bytes:
    """Silence."""
    root = Element("Response")
    SubElement(root, "Pause", {"length": str(seconds)})
    return _document(root)


def hang_up() -> bytes:
    root = Element("Response")
    SubElement(root, "Hangup")
    return _document(root)


def _say_all(parent: Element, lines: Iterable[Line]) -> None:
    for line in lines:
        attributes = {"language": line.language.locale}
        if line.language.say_voice:
            attributes["voice"] = line.language.say_voice
        SubElement(parent, "Say", attributes).text = _clean(line.text)[:SAY_LIMIT]


def _redirect(parent: Element, url: str) -> None:
    SubElement(parent, "Redirect", {"method": "POST"}).text = url


def _clean(text: str) -> str:
    return _NOT_XML.sub("", text)


def _document(root: Element) -> bytes:
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written
