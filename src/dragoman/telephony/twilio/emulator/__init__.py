"""Twilio, emulated over loopback: calls, webhooks, TwiML, Media Streams, TaskRouter, Studio; and phones around it."""

from dragoman.telephony.twilio.emulator.alerts import Alert
from dragoman.telephony.twilio.emulator.exchange import Number
from dragoman.telephony.twilio.emulator.faults import Faults, Pace
from dragoman.telephony.twilio.emulator.line import CallStatus, Leg, Line, LogLine
from dragoman.telephony.twilio.emulator.phone import Phone, PhoneState
from dragoman.telephony.twilio.emulator.server import ACCOUNT_SID, AUTH_TOKEN, TwilioEmulator
from dragoman.telephony.twilio.emulator.standalone import Account, serve
from dragoman.telephony.twilio.emulator.studio import Flow
from dragoman.telephony.twilio.emulator.tasks import Reservation, Task, Worker, Workflow, Workspace

__all__ = [
    "ACCOUNT_SID",
    "AUTH_TOKEN",
    "Account",
    "Alert",
    "CallStatus",
    "Faults",
    "Flow",
    "Leg",
    "Line",
    "LogLine",
    "Number",
    "Pace",
    "Phone",
    "PhoneState",
    "Reservation",
    "Task",
    "TwilioEmulator",
    "Worker",
    "Workflow",
    "Workspace",
    "serve",
]
