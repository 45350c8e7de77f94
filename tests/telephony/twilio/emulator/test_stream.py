"""Media Streams as Twilio plays them: one test for each item of the fact sheet's section 1."""

from __future__ import annotations

import pytest

from dragoman.telephony.twilio.emulator import TwilioEmulator
from tests.fakes.twilio_app import TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
CALLER = "+34600000001"


def connecting(app: TwilioApp, inside: str = "", attributes: str = "", after: str = "") -> str:
    return twiml(f'<Connect><Stream url="{app.ws_url}/intercept" {attributes}>{inside}</Stream></Connect>{after}')


async def test_audio_goes_both_ways(app: TwilioApp, twilio: TwilioEmulator) -> None:
    app.pages["/voice"] = connecting(app)
    phone = await twilio.phone(CALLER).call(OURS)
    stream = await app.stream()
    phone.say(bytes(range(160)) * 5)
    await phone.said()
    await stream.play(b"\x11" * 320)
    await stream.mark("end")
    await stream.event("mark")
    phone.hang_up()
    await stream.event("stop")
    await phone.ended()
    assert bytes(range(160)) * 5 in stream.heard()
    assert b"\x11" * 320 in phone.ear
    assert bytes(range(160)) * 5 in phone.mouth
    assert len(phone.ear) == len(phone.mouth)
    assert twilio.alerts == []
