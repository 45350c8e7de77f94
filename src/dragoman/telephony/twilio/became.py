"""What became of a verb that the leg of an assistant's call was told to perform: as Twilio tells it, and told again.

A process that cannot take the word in (the call was handed back just now, or its store does not answer) writes it into
the URL at which the leg asks next: whoever answers there is told, and nobody is rung or recorded twice.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Mapping
from typing import Final

from dragoman.domain.reception import KeysPressed, MessageLeft, PersonLeft, Reached
from dragoman.errors import RemoteWireError
from dragoman.telephony.twilio.doors import Webhook

URL_LIMIT: Final = 500
"""Characters of a recording's address; Twilio's have about 130."""

AGAIN: Final = ("step", "reached", "left", "lasted")
"""What `retold` writes."""

Became = PersonLeft | MessageLeft | KeysPressed
"""What the result of a verb tells."""

_REACHED: Final = {
    "completed": Reached.TALKED,
    "answered": Reached.TALKED,
    "busy": Reached.BUSY,
    "no-answer": Reached.NO_ANSWER,
}


class Step(enum.Enum):
    """What a leg that asks for its next instruction comes from, where that tells something."""

    PERSON = "person"
    MESSAGE = "message"
    KEYS = "keys"


def became(webhook: Webhook) -> Became | None:
    """What the request tells beside asking; raise RemoteWireError."""
    query, fields = webhook.query, webhook.fields
    match query.get("step", ""):
        case "":
            return None
        case Step.PERSON.value:
            if again := query.get("reached"):
                return PersonLeft(next((one for one in Reached if one.value == again), Reached.FAILED))
            # Asked once more after a fault of ours, it may come without: then it is better to go on with the caller.
            if "fell" not in query:
                webhook.needed("DialCallStatus")
            return PersonLeft(_reached(fields))
        case Step.KEYS.value:
            return KeysPressed()
        case Step.MESSAGE.value:
            url = query.get("left") or fields.get("RecordingUrl", "")
            if len(url) > URL_LIMIT:
                raise RemoteWireError("RecordingUrl is too long")
            lasted = query.get("lasted") or fields.get("RecordingDuration", "")
            return MessageLeft(url, _seconds(lasted) if url else 0.0)
        case _:
            raise RemoteWireError("step is none of person, message, keys")


def retold(what: Became | None) -> Mapping[str, str]:
    """The query of a URL from which `became` learns the same again."""
    match what:
        case PersonLeft(reached):
            return {"step": Step.PERSON.value, "reached": reached.value}
        case MessageLeft(url, duration_s):
            return {"step": Step.MESSAGE.value, "left": url, "lasted": f"{duration_s:g}" if url else ""}
        case KeysPressed():
            return {"step": Step.KEYS.value}
        case None:
            return {}


def _reached(fields: Mapping[str, str]) -> Reached:
    """Who picks up and hangs up before the two are joined has been reached by Twilio's word, and has not talked."""
    reached = _REACHED.get(fields.get("DialCallStatus", ""), Reached.FAILED)
    if reached is Reached.TALKED and fields.get("DialBridged", "").lower() == "false":
        return Reached.NO_ANSWER
    return reached


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        return 0.0
    return seconds if math.isfinite(seconds) and seconds >= 0 else 0.0
