"""Calls and faults follow from the seed; one call lives through the emulated network."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from bench.soak.ears import Ear
from bench.soak.people import SAME_NUMBER, SHARES, EngineTrouble, Fate, Town
from dragoman.interpreters.openai.emulator.markers import BREATH, answer_hz, marker_tone
from dragoman.telephony.twilio.emulator import TwilioEmulator
from dragoman.telephony.twilio.emulator.line import Direction, Leg
from dragoman.telephony.twilio.emulator.phone import Phone
from dragoman.telephony.twilio.emulator.playback import SILENCE
from dragoman.telephony.twilio.emulator.ticker import Ticker

pytestmark = pytest.mark.unit


def no_dial(_phone: Phone, _number: str) -> Leg:
    raise AssertionError("nobody dials here")


async def test_the_same_seed_makes_the_same_calls_and_all_kinds_come() -> None:
    async with TwilioEmulator(record=False) as twilio:
        loop = asyncio.get_running_loop()
        one, same, other = (Town(twilio, seed, loop) for seed in (1, 1, 2))
        fates = [one.visit(number).fate for number in range(1000)]
        assert [same.visit(number).fate for number in range(1000)] == fates
        assert [other.visit(number).fate for number in range(1000)] != fates
        counted = Counter(fates)
        assert set(counted) == set(SHARES)
        assert abs(counted[Fate.TALK] / 1000 - SHARES[Fate.TALK]) < 0.05
        visits = [one.visit(number) for number in range(60)]
        markers = [hz for visit in visits for hz in visit.markers]
        assert len(set(markers)) == len(markers), "as many calls at once have markers of their own"
        assert {visit.address == SAME_NUMBER for visit in visits if visit.fate is Fate.REFUSED} == {True}


def test_engine_trouble_hits_the_share_of_sessions_that_it_is_to_hit() -> None:
    trouble = EngineTrouble(3, 0.2)
    hit = [number for number in range(500) if trouble.get(number) is not None]
    assert 60 < len(hit) < 140
    assert hit == [number for number in range(500) if EngineTrouble(3, 0.2).get(number) is not None]
    assert {trouble[number].ending for number in hit} > {None}
    assert EngineTrouble(3, 0.0).get(hit[0]) is None


async def test_an_ear_knows_what_was_said_and_when_it_was_over() -> None:
    phone = Phone("+34600000001", Ticker(), no_dial, record=False)
    leg = Leg("AC1", "+34600000001", "+15555550101", Direction.INBOUND, lambda: 0.0)
    with pytest.raises(ConnectionError):
        Ear(leg)
    leg.far = phone
    ear = Ear(leg)
    assert isinstance(leg.far, Ear)
    for frame in frames(b"\xff" * 1600):
        ear.hear(frame)
    assert not ear.paused(20)
    for frame in frames(marker_tone(answer_hz(500), 320, breath=BREATH)):
        ear.hear(frame)
    assert not ear.paused(20)
    for frame in frames(b"\xff" * 1600):
        ear.hear(frame)
    assert ear.paused(200)
    assert ear.answers() == {500}
    ear.forget()
    for frame in frames(marker_tone(1_600, 320, breath=BREATH)):
        ear.hear(frame)
    assert ear.answers() == set(), "a marker itself is somebody's own voice"
    assert ear.voice() == SILENCE


def frames(audio: bytes) -> list[bytes]:
    return [audio[at : at + 160] for at in range(0, len(audio), 160)]
