"""The interpreter's voice is found in an ear that hears the other party's own voice as well."""

from __future__ import annotations

import numpy as np
import pytest

from dragoman.audio import g711
from dragoman.audio.level import dbfs, rms
from dragoman.audio.mixer import gain_of, mix, mix_at
from dragoman.cli.demo.ears import Stretch, stretches
from dragoman.cli.demo.turns import shipped
from dragoman.cli.demo.unmixed import Unmixed, without
from dragoman.domain.audio import PCMU_FRAME_BYTES, AudioFormat
from dragoman.domain.ear import OriginalMode
from dragoman.relay.original import Original

pytestmark = pytest.mark.unit

silence = AudioFormat.PCMU_8K.silence
LATE_MS = 160


def loud(audio: bytes) -> bytes:
    """The loudest frame."""
    frames = [audio[at : at + PCMU_FRAME_BYTES] for at in range(0, len(audio) - PCMU_FRAME_BYTES, PCMU_FRAME_BYTES)]
    return max(frames, key=rms)


def recordings(mode: OriginalMode) -> tuple[bytes, bytes, bytes]:
    """A mouth, the ear that hears it 160 ms later beside an interpreter, and that interpreter alone."""
    agent, caller = shipped()[:2]
    own, words = caller.audio[: 4 * 8000], agent.audio[: 2 * 8000]
    mouth = silence(1000) + own + silence(2000)
    alone = (silence(2400) + words).ljust(len(mouth), silence(20)[:1])
    original = Original(mode)
    late = silence(LATE_MS) + mouth
    ear = b"".join(
        original.frame(late[at : at + PCMU_FRAME_BYTES], alone[at : at + PCMU_FRAME_BYTES])
        for at in range(0, len(mouth), PCMU_FRAME_BYTES)
    )
    return mouth, ear, alone


@pytest.mark.parametrize("mode", [OriginalMode.DUCK, OriginalMode.FULL])
def test_the_interpreter_is_heard_where_it_spoke_and_nowhere_else(mode: OriginalMode) -> None:
    mouth, ear, alone = recordings(mode)
    assert stretches(ear)[0].began_s == pytest.approx(1.2, abs=0.2), "the own voice comes first"
    found, wanted = stretches(Unmixed().grow(ear, mouth)), stretches(alone)
    assert len(found) == len(wanted)
    for one, other in zip(found, wanted, strict=True):
        assert one.began_s == pytest.approx(other.began_s, abs=0.061)
        assert one.ended_s == pytest.approx(other.ended_s, abs=0.061)


def test_it_grows_as_the_recordings_do() -> None:
    mouth, ear, _ = recordings(OriginalMode.DUCK)
    growing = Unmixed()
    for size in range(0, len(ear), 1000):
        growing.grow(ear[:size], mouth[:size])
    assert growing.grow(ear, mouth) == Unmixed().grow(ear, mouth)
    assert growing.grow(ear, mouth) == bytes(growing.sound), "nothing new"


def test_what_was_before_is_silent_and_the_clock_is_that_of_the_recordings() -> None:
    mouth, ear, alone = recordings(OriginalMode.DUCK)
    late = Unmixed(2.0).grow(ear, mouth)
    assert late[: 2 * 8000] == silence(2000)
    assert len(late) == len(ear)
    assert stretches(late)[0].began_s == pytest.approx(stretches(alone)[0].began_s, abs=0.061)


def test_an_ear_without_the_own_voice_is_left_as_it_is() -> None:
    """An engine that says back what it heard says the very bytes of the mouth."""
    echoed = silence(500) + shipped()[0].audio
    echoed = echoed[: len(echoed) - len(echoed) % PCMU_FRAME_BYTES]
    assert Unmixed(mixed=False).grow(echoed, shipped()[0].audio) == echoed


def test_a_voice_that_nobody_in_the_call_said_is_left_as_it_is() -> None:
    notice = silence(500) + shipped()[0].audio[:16_000]
    assert Unmixed().grow(notice, silence(2500)) == notice


def test_both_zeros_of_mu_law_are_the_same() -> None:
    said = bytearray(loud(shipped()[1].audio))
    said[5] = 0x7F
    heard = mix(bytes(said), silence(20))
    assert heard != bytes(said)
    assert Unmixed().grow(heard, bytes(said)) == silence(20)


@pytest.mark.parametrize(("first_db", "last_db"), [(-18, -18), (0, -18), (-18, 0), (0, 0)])
def test_a_voice_is_taken_away_at_any_gain(first_db: float, last_db: float) -> None:
    own = loud(shipped()[1].audio)
    ducked = mix_at(own, b"", gain_of(first_db), gain_of(last_db))
    assert rms(without(ducked, own)) < rms(own) / 25
    hum = g711.encode((3000 * np.sin(np.arange(PCMU_FRAME_BYTES))).astype(np.int16))
    rest = without(mix_at(own, hum, gain_of(first_db), gain_of(last_db)), own)
    assert dbfs(rest) == pytest.approx(dbfs(hum), abs=2.0)


def test_where_nothing_was_said_nothing_is_taken_away() -> None:
    words = loud(shipped()[0].audio)
    assert without(words, silence(20)) == words
    assert without(words, b"") == words


def test_half_a_frame_waits() -> None:
    voice = loud(shipped()[0].audio) * 3
    unmixed = Unmixed(mixed=False)
    assert unmixed.grow(voice[:240], b"") == voice[:PCMU_FRAME_BYTES]
    assert stretches(unmixed.grow(voice, b"")) == [Stretch(0.0, 0.06)]
