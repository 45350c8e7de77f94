"""Machines at the other end, by the sounds they make; and people, who are none."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.domain.assistant_effects import EndWhy
from dragoman.relay.machine_ear import SILENT_S, TONES_S, UNBROKEN_S, MachineEar
from tests.fakes.assistant_talk import QUIET
from tests.fakes.recorded import frames, sentences, tone
from tests.fakes.speakerphone import as_mulaw, noise

pytestmark = pytest.mark.script


def quiet(seconds: float) -> bytes:
    return QUIET * round(seconds * 50)


def dual(low_hz: float, high_hz: float, seconds: float) -> bytes:
    at = np.arange(int(8000 * seconds)) / 8000
    both = 4000 * (np.sin(2 * np.pi * low_hz * at) + np.sin(2 * np.pi * high_hz * at))
    return g711.encode(np.rint(both).astype(np.int16))


def found(*sounds: bytes, words: Iterable[float] = ()) -> tuple[EndWhy, float] | None:
    """What it takes it for, and after how many seconds; `words`: when some were recognised."""
    ear = MachineEar(0.0)
    due = sorted(words)
    for number, frame in enumerate(frames(b"".join(sounds))):
        now = (number + 1) * 0.02
        while due and due[0] <= now:
            due.pop(0)
            ear.words()
        if (why := ear.heard(frame, now)) is not None:
            return why, round(now, 2)
    return None


def _about(told: tuple[EndWhy, float] | None, why: EndWhy, at_s: float) -> bool:
    return told is not None and told[0] is why and abs(told[1] - at_s) <= 0.1


def speech(seconds: float) -> bytes:
    whole = b"".join(sentences())
    return (whole * 3)[: round(seconds * 50) * 160]


# ---- Fax -------------------------------------------------------------------------------------------------------------


def test_a_fax_that_calls_is_known_by_its_second_tone() -> None:
    calling = tone(1100, 500) + quiet(3)
    assert _about(found(calling * 3), EndWhy.FAX, 4.02)


def test_a_fax_that_answers_by_its_long_one() -> None:
    assert _about(found(quiet(1), tone(2100, 3300)), EndWhy.FAX, 3.0)


def test_one_short_tone_is_no_fax() -> None:
    assert found(quiet(1), tone(1100, 500), quiet(8), tone(1100, 500), quiet(8)) is None


def test_tones_of_other_lengths_are_none() -> None:
    assert found((tone(1100, 200) + quiet(1)) * 4) is None
    assert found((tone(2100, 1000) + quiet(3)) * 3) is None


# ---- Voicemail -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hz", "ms"), [(440, 300), (1000, 500), (1400, 1000), (850, 200)])
def test_a_voicemail_is_known_by_its_beep_after_words_and_before_silence(hz: float, ms: float) -> None:
    told = found(speech(6), quiet(0.5), tone(hz, ms), quiet(4))
    assert told is not None
    assert told[0] is EndWhy.VOICEMAIL
    assert told[1] == pytest.approx(6.5 + ms / 1000 + 1.5, abs=0.15)


@pytest.mark.parametrize(
    "sounds",
    [
        (quiet(5), tone(1000, 400), quiet(5)),
        (speech(1), quiet(0.5), tone(1000, 400), quiet(5)),
        (speech(6), quiet(4), tone(1000, 400), quiet(5)),
        (speech(6), quiet(0.5), tone(1000, 400), quiet(0.5), speech(6)),
        (speech(6), quiet(0.5), dual(770, 1336, 0.2), quiet(5)),
        (speech(6), quiet(0.5), tone(300, 400), quiet(5)),
    ],
    ids=["no words", "a word", "long before", "somebody speaks", "a key", "too low"],
)
def test_other_beeps_are_none(sounds: tuple[bytes, ...]) -> None:
    assert found(*sounds) is None


# ---- Line tones, music, silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("piece", "share"),
    [(dual(350, 440, 1.0), 1.0), (dual(480, 620, 0.5) + quiet(0.5), 0.5), (dual(440, 480, 2) + quiet(4), 1 / 3)],
    ids=["dial", "busy", "ringing"],
)
def test_line_tones_that_go_on_end_the_call(piece: bytes, share: float) -> None:
    told = found(piece * 40)
    assert told is not None
    assert told[0] is EndWhy.TONE
    assert told[1] == pytest.approx(TONES_S / share, rel=0.35)


def test_keys_between_words_do_not() -> None:
    assert found((dual(770, 1336, 0.3) + speech(1)) * 40, words=[20.0, 40.0]) is None


def test_a_sound_without_a_pause_does() -> None:
    rain = as_mulaw(noise(-25.0, 8000 * 40))
    assert _about(found(rain), EndWhy.HOLD_SOUND, UNBROKEN_S)
    assert found(rain[: 8000 * 20], quiet(0.4), rain[: 8000 * 25]) is None
    assert found(rain[: 8000 * 20], quiet(0.2), rain[: 8000 * 25]) is not None
    assert found(rain, words=[20.0]) is None


def test_a_person_who_talks_for_minutes_does_not() -> None:
    assert found(*sentences(), *sentences(), *sentences()) is None


def test_silence_that_does_not_end_does() -> None:
    ear = MachineEar(10.0)
    assert ear.heard(QUIET, 10.0 + SILENT_S - 0.01) is None
    assert ear.heard(QUIET, 10.0 + SILENT_S) is EndWhy.SILENCE
    assert MachineEar(10.0, silent_s=0.0).heard(QUIET, 10_000.0) is None
    ear = MachineEar(10.0)
    ear.heard(speech(1)[160 * 20 : 160 * 21], 100.0)
    assert ear.heard(QUIET, 100.0 + SILENT_S - 0.01) is None
