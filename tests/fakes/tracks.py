"""Made-up recordings, and a demo call around them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from dragoman.audio import g711
from dragoman.cli.demo.report import Performance, Played, Tracks
from dragoman.cli.demo.turns import Turn
from dragoman.domain.call import Role
from dragoman.domain.outcome import Outcome, Result
from dragoman.relay.record import CallRecord
from dragoman.relay.transcript import Utterance

LENGTH_S = 30
SHIFT_S = 2.0
"""The record's clock began so much later than the recordings'."""


def track(length_s: float, *sounds: tuple[float, float]) -> bytes:
    """8 kHz mu-law: a tone in each stretch (seconds), silence elsewhere."""
    samples = np.zeros(round(length_s * 8000))
    for began_s, ended_s in sounds:
        first, last = round(began_s * 8000), round(ended_s * 8000)
        samples[first:last] = 8000 * np.sin(2 * np.pi * 440 / 8000 * np.arange(last - first))
    return g711.encode(samples.astype(np.int16))


def utterance(role: Role, began_s: float, source: str, target: str, *flags: str) -> Utterance:
    """Times are on the record's clock."""
    languages = ("es", "en") if role is Role.CALLER else ("en", "es")
    return Utterance(
        1,
        f"{role.value}-{began_s}",
        role,
        *languages,
        "local",
        source_text=source,
        target_text=target,
        began_s=began_s,
        stopped_s=began_s + 2.0,
        first_audio_s=began_s + 3.0,
        sent_s=began_s + 3.0,
        heard_s=began_s + 3.1,
        heard_end_s=began_s + 5.0,
        flags=list(flags),
    )


AGENT_TURN = Played(Turn(Role.AGENT, "Good morning.", track(2, (0, 2))), 5.0, 7.0, 8.1, 10.0, 0.4)
CALLER_TURN = Played(Turn(Role.CALLER, "", track(2, (0, 2))), 15.0, 17.0, 18.1, 20.0)


def performance(*, played: tuple[Played, ...] = (AGENT_TURN, CALLER_TURN), usd: float = 0.0) -> Performance:
    """Two turns, both interpreted, on recordings of 30 s."""
    record = CallRecord(
        call_id="made-up",
        began_at=1000.0,
        duration_s=24.0,
        outcome=Outcome(Result.CALLER, "hung up"),
        caller_language="es",
        agent_language="en",
        engines=("local", "local"),
        usd=usd,
        usd_is_estimate=True,
        troubles=(),
        utterances=(
            utterance(Role.AGENT, 3.0, "Good morning.", "Buenos días."),
            utterance(Role.CALLER, 13.0, "Hola.", "Hello."),
        ),
    )
    tracks = Tracks(
        said={Role.AGENT: track(LENGTH_S, (5.0, 7.0)), Role.CALLER: track(LENGTH_S, (15.0, 17.0))},
        heard={Role.AGENT: track(LENGTH_S, (18.1, 20.0)), Role.CALLER: track(LENGTH_S, (8.1, 10.0))},
        answered_s=4.0,
        over_s=24.0,
    )
    return Performance(played, record, tracks, SHIFT_S)


def refused(whole: Performance) -> Performance:
    """The same call, but the caller was asked to repeat, and nothing else came of it."""
    agents, _ = whole.record.utterances
    asked = utterance(Role.CALLER, 13.0, "Hola.", "", "unclear: low confidence")
    return replace(whole, record=replace(whole.record, utterances=(agents, asked)))
