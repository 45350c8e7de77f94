"""What became of a verb, read and told again. What Twilio tells is tried at the door (`test_assistant_doors`)."""

from __future__ import annotations

import pytest

from dragoman.domain.reception import KeysPressed, MessageLeft, PersonLeft, Reached
from dragoman.errors import RemoteWireError
from dragoman.telephony.twilio.became import AGAIN, URL_LIMIT, Became, became, retold
from dragoman.telephony.twilio.doors import Webhook

pytestmark = pytest.mark.unit

RECORDING = "https://api.example/Recordings/RE1"


def asked(**query: str) -> Webhook:
    return Webhook({"CallSid": "CA1"}, query, "AC1")


@pytest.mark.parametrize(
    "what",
    [*(PersonLeft(one) for one in Reached), MessageLeft(RECORDING, 12.5), MessageLeft(""), KeysPressed(), None],
)
def test_what_is_told_again_is_the_same(what: Became | None) -> None:
    told = retold(what)
    assert became(asked(**{name: value for name, value in told.items() if value})) == what
    assert set(told) <= set(AGAIN)


def test_what_twilio_would_not_tell_again_is_taken_for_the_least() -> None:
    assert became(asked(step="person", reached="nonsense")) == PersonLeft(Reached.FAILED)
    assert became(asked(step="message", left=RECORDING, lasted="nan")) == MessageLeft(RECORDING)
    with pytest.raises(RemoteWireError, match="too long"):
        became(asked(step="message", left="x" * (URL_LIMIT + 1)))
    with pytest.raises(RemoteWireError, match="step"):
        became(asked(step="dance"))
    with pytest.raises(RemoteWireError, match="DialCallStatus"):
        became(asked(step="person"))
