"""A quick emulator and a small app, for every test here."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from dragoman.telephony.twilio.emulator import Pace, TwilioEmulator
from tests.fakes.twilio_app import TwilioApp, twilio_app

OURS = "+15550100001"
CALLER = "+34600000001"


@pytest.fixture
async def app() -> AsyncIterator[TwilioApp]:
    async with twilio_app() as running:
        yield running


@pytest.fixture
async def twilio(app: TwilioApp) -> AsyncIterator[TwilioEmulator]:
    async with TwilioEmulator(pace=Pace.quick()) as emulator:
        emulator.number(OURS, f"{app.url}/voice", status_callback=f"{app.url}/number-status")
        yield emulator
