"""Twilio, emulated over loopback: calls, webhooks, TwiML, Media Streams, TaskRouter, Studio; and phones around it."""

from dragoman.telephony.twilio.emulator.exchange import Number
from dragoman.telephony.twilio.emulator.faults import Faults, Pace
from dragoman.telephony.twilio.emulator.line import CallStatus, Leg, Line, LogLine
from dragoman.telephony.twilio.emulator.phone import Phone, PhoneState
from dragoman.telephony.twilio.emulator.server import ACCOUNT_SID, TwilioEmulator

__all__ = [
    "ACCOUNT_SID",
    "CallStatus",
    "Faults",
    "Leg",
    "Line",
    "LogLine",
    "Number",
    "Pace",
    "Phone",
    "PhoneState",
    "TwilioEmulator",
]
