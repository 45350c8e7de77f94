"""<Record>: what ends it, what the action is told, and the recording itself."""

from __future__ import annotations

import asyncio

import httpx2
import pytest

from dragoman.audio import g711, wav
from dragoman.telephony.twilio.emulator import Phone, TwilioEmulator
from dragoman.telephony.twilio.emulator.tones import tone
from tests.fakes.twilio_app import TwilioApp, twiml

pytestmark = pytest.mark.pair

OURS = "+15550100001"
CALLER = "+34600000001"
SPEECH = tone(500.0, 400, 0.3)


@pytest.fixture
def after(app: TwilioApp) -> TwilioApp:
    app.pages["/after"] = twiml("<Hangup/>")
    return app


async def recording(app: TwilioApp, twilio: TwilioEmulator, attributes: str = "", behind: str = "") -> Phone:
    """A caller whose call is being recorded, the beep over."""
    app.pages["/voice"] = twiml(f'<Record action="/after" {attributes}/>{behind}')
    phone = await twilio.phone(CALLER).call(OURS)
    async with asyncio.timeout(5):
        while phone.leg is None or phone.leg.tap is None:
            await twilio.ticker.beats(1)
    return phone


async def test_silence_ends_it_and_the_recording_can_be_fetched(after: TwilioApp, twilio: TwilioEmulator) -> None:
    phone = await recording(after, twilio, 'timeout="5" maxLength="60"')
    assert phone.ear.strip(b"\xff"), "the beep was heard"
    phone.say(SPEECH)
    form = (await after.hit("/after")).form
    assert (form["RecordingDuration"], form["CallStatus"], "Digits" in form) == ("1", "in-progress", False)
    assert form["RecordingUrl"].startswith(f"{twilio.base_url}/2010-04-01/Accounts/{twilio.account_sid}/Recordings/RE")
    async with httpx2.AsyncClient(trust_env=False) as http:
        for suffix in ("", ".wav"):
            got = await http.get(form["RecordingUrl"] + suffix)
            kept = g711.encode(wav.read(got.content).samples)
            assert kept.strip(b"\xff") == SPEECH.strip(b"\xff")
        assert (await http.get(form["RecordingUrl"] + "0")).status_code == 404
    assert twilio.alerts.codes() == []


@pytest.mark.parametrize(("attributes", "key"), [("", "7"), ('finishOnKey="#"', "#")])
async def test_a_key_ends_it(after: TwilioApp, twilio: TwilioEmulator, attributes: str, key: str) -> None:
    phone = await recording(after, twilio, attributes)
    phone.say(SPEECH)
    await phone.said()
    if "#" in attributes:
        phone.press("7")  # is no finishing key
    phone.press(key)
    assert (await after.hit("/after")).form["Digits"] == key


async def test_its_length_ends_it(after: TwilioApp, twilio: TwilioEmulator) -> None:
    phone = await recording(after, twilio, 'maxLength="2" playBeep="false"')
    phone.say(SPEECH * 6)
    form = (await after.hit("/after")).form
    assert form["RecordingDuration"] == "2"
    (audio,) = twilio.recordings.kept.values()
    assert len(audio) <= 16000


async def test_a_hang_up_ends_it_and_is_told_though_nobody_is_left(after: TwilioApp, twilio: TwilioEmulator) -> None:
    phone = await recording(after, twilio)
    phone.say(SPEECH)
    await phone.said()
    phone.hang_up()
    form = (await after.hit("/after")).form
    assert (form["Digits"], form["CallStatus"]) == ("hangup", "completed")
    assert form["RecordingUrl"]


async def test_an_empty_recording_goes_to_the_next_verb(after: TwilioApp, twilio: TwilioEmulator) -> None:
    after.pages["/next"] = twiml("<Hangup/>")
    await recording(after, twilio, behind="<Redirect>/next</Redirect>")
    assert "RecordingUrl" not in (await after.hit("/next")).form
    assert after.at("/after") == []


async def test_who_hangs_up_without_a_word_left_nothing(after: TwilioApp, twilio: TwilioEmulator) -> None:
    phone = await recording(after, twilio)
    phone.hang_up()
    await after.hit("/number-status")
    assert (after.at("/after"), twilio.recordings.kept) == ([], {})


async def test_silence_before_and_after_is_cut_unless_one_wants_it(after: TwilioApp, twilio: TwilioEmulator) -> None:
    lengths = []
    for trim in ("trim-silence", "do-not-trim"):
        phone = await recording(after, twilio, f'trim="{trim}"')
        await twilio.ticker.beats(5)
        phone.say(SPEECH)
        await phone.ended()
        lengths.append(len(list(twilio.recordings.kept.values())[-1]))
    assert lengths[1] >= lengths[0] + 5 * 160


async def test_keys_are_sent_as_tones_and_nothing_else_may_be_played_so(
    after: TwilioApp, twilio: TwilioEmulator
) -> None:
    after.pages["/voice"] = twiml('<Play digits="1w2#"/><Hangup/>')
    phone = await twilio.phone(CALLER).call(OURS)
    await phone.ended()
    assert (phone.keys_heard, twilio.alerts.codes()) == ("12#", [])
    after.pages["/voice"] = twiml('<Play digits="1,2"/><Play/><Hangup/>')
    await (await twilio.phone(CALLER).call(OURS)).ended()
    assert twilio.alerts.codes() == [12200, 12200]
