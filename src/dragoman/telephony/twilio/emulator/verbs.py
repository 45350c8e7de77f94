"""The simple verbs: speaking, waiting, leaving, and the stream."""

from __future__ import annotations

import asyncio
from urllib.parse import urljoin

import numpy as np

from dragoman.audio import g711, wav
from dragoman.telephony.twilio.emulator import tones
from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.courier import Reply
from dragoman.telephony.twilio.emulator.exchange import send_keys
from dragoman.telephony.twilio.emulator.line import CallStatus, Clip, Line
from dragoman.telephony.twilio.emulator.run import Finish, Run, Step
from dragoman.telephony.twilio.emulator.stream import MediaStream
from dragoman.telephony.twilio.emulator.twiml import Verb


async def say(run: Run, verb: Verb) -> Step:
    run.leg.note(Line.SAY, verb.text)
    audio = await run.plant.voice.speak(verb.text, verb.get("language", "en-US"))
    await run.play(Clip(audio, verb.number("loop", 1)))
    return None


async def play(run: Run, verb: Verb) -> Step:
    await send_keys(run.leg, verb.get("digits"))
    if verb.text:
        audio = await sound(run, urljoin(run.url, verb.text))
        await run.play(Clip(audio, verb.number("loop", 1)))
    return None


async def sound(run: Run, url: str) -> bytes:
    """The recording at `url` as mu-law; formats other than WAV are stood for by a tone."""
    answer = await run.plant.courier.fetch(url, {}, "GET")
    if not isinstance(answer, Reply) or answer.status >= 400:
        run.leg.note(Line.ERROR, f"{AlertCode.RETRIEVAL.value} cannot play what is not there")
        run.plant.alerts.note(AlertCode.RETRIEVAL, run.leg.sid, "the recording was not found")
        return b""
    try:
        recording = wav.read(answer.body)
    except wav.WavError:
        return tones.murmur(url, run.plant.pace.say_ms_per_character)
    return _mulaw(recording)


def _mulaw(recording: wav.Recording) -> bytes:
    """At 8 kHz, by straight lines between samples: good enough for a prompt."""
    count = recording.samples.size * 8000 // recording.rate_hz
    at = np.arange(count) * (recording.rate_hz / 8000)
    samples = np.interp(at, np.arange(recording.samples.size), recording.samples)
    return g711.encode(np.rint(samples).astype(np.int16))


async def pause(run: Run, verb: Verb) -> Step:
    await asyncio.sleep(verb.number("length", 1))
    return None


async def hang_up(run: Run, verb: Verb) -> Step:
    return Finish()


async def reject(run: Run, verb: Verb) -> Step:
    """Refuse an incoming call; one that was taken already is ended."""
    if run.leg.live:
        return Finish()
    return Finish(CallStatus.BUSY if verb.get("reason") == "busy" else CallStatus.NO_ANSWER)


async def redirect(run: Run, verb: Verb) -> Step:
    return run.goto(verb.text, verb.get("method"))


async def leave(run: Run, verb: Verb) -> Step:
    """Outside a queue it does nothing."""
    return None


async def connect(run: Run, verb: Verb) -> Step:
    """`<Connect>`: until the app closes the stream; then the action, else the next verb (else the call ends)."""
    streams = [noun for noun in verb.children if noun.name == "Stream"]
    if len(streams) != 1:
        _complain(
            run, "a call has one bidirectional stream: the others were refused" if streams else "nothing in <Connect>"
        )
    if streams:
        await MediaStream(run.plant, run.leg, streams[0], run.url).run()
    if verb.get("action"):
        return run.goto(verb.get("action"), verb.get("method"))
    return None


def _complain(run: Run, reason: str) -> None:
    run.leg.note(Line.ERROR, f"{AlertCode.SCHEMA.value} {reason}")
    run.plant.alerts.note(AlertCode.SCHEMA, run.leg.sid, reason)


SIMPLE = {
    "Say": say,
    "Play": play,
    "Pause": pause,
    "Hangup": hang_up,
    "Reject": reject,
    "Redirect": redirect,
    "Leave": leave,
    "Connect": connect,
}
"""The verbs of this file, by name."""
