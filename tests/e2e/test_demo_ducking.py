"""The demo with the original voice ducked, whole: how loud the caller's own voice is in the agent's ear.

Measured in two of the WAVs that the demo leaves, with nothing of ours but the transcript's times: the original is known
(`caller-said.wav`), so that least squares find its gain in `agent-heard.wav`. Takes a little more than a minute.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from dragoman.audio import wav
from dragoman.audio.level import dbfs
from dragoman.cli.demo.turns import shipped
from dragoman.domain.audio import PCMU_FRAME_BYTES, AudioFormat
from tests.fakes.surroundings import start
from tests.fakes.weights import settings

pytestmark = [pytest.mark.models, pytest.mark.timeout(280)]

CALL_S = 240.0
RATE_HZ = 8000
BREATH_DBFS = -45.0
BREATH_FRAMES = 2
"""Longer pauses than these frames are cut out of what the caller goes on to say: its gain can be seen throughout."""
LATEST_S = 1.0
MARGIN_S = 0.15
"""Marks tell by about this much when the interpreter was heard."""
HOLD_S = 0.3
"""So long after the interpreter fell silent the original stays down: a pause within an utterance is no end."""
SHORT_S = 0.02
FADE_S = 0.06
AUDIBLE_RMS = 100.0
CLEAN = 0.05
"""Where all but the original is less than this share (-26 dB) of what is heard, nothing else is."""
DUCKED_DB = -18.0
SCATTER = 0.08
"""Gains that lie further from their line than this are no fade: the interpreter's last breath is heard in them."""

Sound = npt.NDArray[np.float64]
Spectra = npt.NDArray[np.complex128]


def monologue() -> bytes:
    """A sentence, a pause, and then so many words in one breath that its translation begins and ends under them."""
    turns = shipped()
    pause = AudioFormat.PCMU_8K.silence(1000)
    return turns[7].audio + pause + b"".join(breathless(turns[number].audio) for number in (5, 3, 1))


def breathless(audio: bytes) -> bytes:
    """Without pauses."""
    kept, quiet = bytearray(), 0
    for at in range(0, len(audio) - PCMU_FRAME_BYTES + 1, PCMU_FRAME_BYTES):
        frame = audio[at : at + PCMU_FRAME_BYTES]
        quiet = quiet + 1 if dbfs(frame) < BREATH_DBFS else 0
        if quiet <= BREATH_FRAMES:
            kept += frame
    return bytes(kept)


@dataclass(frozen=True, slots=True)
class Ducked:
    """`said` is the caller's voice, moved to where it lies in `heard`, the agent's ear; samples from -1 to 1.

    `interpreted`: from when to when the agent heard each utterance of the interpreter, by the transcript; all seconds.
    """

    said: Sound
    heard: Sound
    interpreted: tuple[tuple[float, float], ...]

    def part(self, from_s: float, to_s: float) -> tuple[Sound, Sound]:
        """What was said and heard there."""
        where = slice(round(from_s * RATE_HZ), round(to_s * RATE_HZ))
        return self.said[where], self.heard[where]

    def short_gains(self, from_s: float = 0.0, to_s: float | None = None) -> dict[float, float]:
        """By time: the original's gain in each 20 ms in which it, and nothing else, is to be heard."""
        last = len(self.heard) / RATE_HZ if to_s is None else to_s
        gains: dict[float, float] = {}
        for at_s in np.arange(from_s, last - SHORT_S, SHORT_S).tolist():
            said, heard = self.part(at_s, at_s + SHORT_S)
            if not audible(said):
                continue
            gain = float(said @ heard) / float(said @ said)
            rest = heard - gain * said
            if rest @ rest < CLEAN**2 * (heard @ heard):
                gains[at_s] = gain
        return gains

    def talked_over(self) -> list[tuple[float, float]]:
        """Where the interpreter and the caller are heard at once, for 0.4 s or more, past the fade.

        An engine that is short of time falls silent within an utterance, and the original comes up: such silences, of
        more than the hold, are left out.
        """
        parts: list[tuple[float, float]] = []
        for began_s, stopped_s in self.interpreted:
            heard_s = [at_s for at_s in np.arange(began_s, stopped_s, SHORT_S).tolist() if self.another(at_s)]
            breaks = [number for number in range(1, len(heard_s)) if heard_s[number] - heard_s[number - 1] > HOLD_S]
            for first, last in pairwise([0, *breaks, len(heard_s)] if heard_s else []):
                parts.append((heard_s[first] + FADE_S + SHORT_S, heard_s[last - 1]))
        return [(from_s, to_s) for from_s, to_s in parts if to_s - from_s >= 0.4 and self.caller_talks(from_s, to_s)]

    def another(self, at_s: float) -> bool:
        """Whether another voice than the original is heard in these 20 ms."""
        said, heard = self.part(at_s, at_s + SHORT_S)
        return audible(heard - said * (float(said @ heard) / max(float(said @ said), 1e-9)))

    def caller_talks(self, from_s: float, to_s: float) -> bool:
        """Whether the caller's voice is there for more than half of it."""
        said, _ = self.part(from_s, to_s)
        size = round(SHORT_S * RATE_HZ)
        voice = [audible(said[at : at + size]) for at in range(0, len(said), size)]
        return sum(voice) > len(voice) / 2


def audible(sound: Sound) -> bool:
    return float(np.sqrt(np.mean(sound**2))) > AUDIBLE_RMS / 32768


def gain_under(said: Sound, heard: Sound) -> float:
    """The gain of `said` in `heard` beside something else that is louder.

    Least squares over a spectrogram, each bin weighted by how little remains in it: the original shows where and when
    the other voice has no sound. Good to a fraction of a dB over a second (measured).
    """
    one, other = spectra(said), spectra(heard)
    gain = 0.5
    for _ in range(20):
        weights = 1 / (np.abs(other - gain * one) ** 2 + 1e-5)
        gain = float(np.sum(np.real(np.conj(one) * other) * weights) / np.sum(np.abs(one) ** 2 * weights))
    return gain


def spectra(sound: Sound, size: int = 256) -> Spectra:
    window = np.hanning(size)
    return np.array([np.fft.rfft(sound[at : at + size] * window) for at in range(0, len(sound) - size, size // 2)])


def db(gain: float) -> float:
    return float(20 * np.log10(max(gain, 1e-6)))


def sound(path: Path) -> Sound:
    recording = wav.read(path.read_bytes())
    assert recording.rate_hz == RATE_HZ
    return recording.samples.astype(np.float64) / 32768


def load(folder: Path) -> Ducked:
    """Find by how much the caller's voice comes later to the agent's ear, in the first sentence, and allow for it."""
    said, heard = sound(folder / "caller-said.wav"), sound(folder / "agent-heard.wav")
    content = json.loads((folder / "transcript.json").read_text(encoding="utf-8"))
    utterances = [one for one in content["utterances"] if one["leg"] == "caller"]
    mouth = utterances[0]["mouth"]
    first, last = (round(mouth[name] * RATE_HZ) for name in ("began_s", "stopped_s"))
    voice = said[first:last]
    scores = [float(voice @ heard[first + late : last + late]) for late in range(round(LATEST_S * RATE_HZ))]
    late = int(np.argmax(scores))
    ears = [one["ear"] for one in utterances if one["ear"]["began_s"] is not None]
    over_s = len(heard) / RATE_HZ
    interpreted = tuple((one["began_s"], one["stopped_s"] or over_s) for one in ears)
    return Ducked(np.concatenate((np.zeros(late), said))[: len(heard)], heard, interpreted)


@pytest.fixture(scope="module")
def ducked(tmp_path_factory: pytest.TempPathFactory) -> Ducked:
    """`dragoman demo --original duck`, as a user runs it, with a recording of their own."""
    folder = tmp_path_factory.mktemp("ducking")
    (folder / "own.wav").write_bytes(wav.write_mulaw(monologue()))
    env = {"DRAGOMAN_MODELS": str(settings().models_folder), "DRAGOMAN_ANNOUNCE": "off"}
    words = ("--turns", "0", "--wav", "own.wav", "--original", "duck", "--output", "out")
    with start(folder, "demo", *words, env=env) as process:
        try:
            printed, errors = process.communicate(timeout=CALL_S)
        finally:
            process.kill()
    assert process.returncode == 0, printed + errors
    assert "interpreted turns: 1 of 1" in printed
    found = load(folder / "out")
    assert found.talked_over(), f"the translation came too late to meet the caller's words: {found.interpreted}"
    return found


def test_the_original_is_at_full_level_while_the_interpreter_is_silent(ducked: Ducked) -> None:
    """From the caller's first word to the interpreter's, and between its utterances."""
    silent, at_s = [], 0.0
    for began_s, stopped_s in ducked.interpreted:
        silent.append((at_s, began_s - MARGIN_S))
        at_s = stopped_s + HOLD_S + FADE_S + MARGIN_S
    gains = [db(gain) for from_s, to_s in silent for gain in ducked.short_gains(from_s, to_s).values()]
    assert len(gains) * SHORT_S > 3.0, "seconds of voice"
    assert min(gains) > -1.0
    assert max(gains) < 1.0


def test_the_original_is_18_db_down_under_the_interpreter(ducked: Ducked) -> None:
    for began_s, stopped_s in ducked.talked_over():
        under = gain_under(*ducked.part(began_s, stopped_s))
        assert db(under) == pytest.approx(DUCKED_DB, abs=1.5), f"{began_s:.1f} to {stopped_s:.1f} s"


def test_the_original_alone_is_at_one_of_two_levels_or_on_its_way(ducked: Ducked) -> None:
    """Where nothing else is heard it can be measured exactly: also in the interpreter's short pauses, and after it."""
    levels = np.array([db(gain) for gain in ducked.short_gains().values()])
    full, down = np.abs(levels) < 0.2, np.abs(levels - DUCKED_DB) < 0.5
    assert np.count_nonzero(full) * SHORT_S > 3.0, "seconds of voice"
    assert np.count_nonzero(down) * SHORT_S > 0.1
    assert np.mean(full | down) > 0.97


def test_the_original_comes_back_in_60_ms(ducked: Ducked) -> None:
    """Where a ducked moment is followed by a full one, and nothing else is heard in between."""
    fades = [found for at_s in rises(ducked) if (found := fade_s(ducked, at_s)) is not None]
    assert fades, "the interpreter fell silent while the caller went on"
    assert fades == pytest.approx([FADE_S] * len(fades), abs=0.015)


def rises(ducked: Ducked) -> list[float]:
    """The last moment at the lower level before each one at the full level that follows within 0.2 s."""
    levels = [(at_s, db(gain)) for at_s, gain in ducked.short_gains().items()]
    lows = [at_s for at_s, level in levels if abs(level - DUCKED_DB) < 0.5]
    fulls = [at_s for at_s, level in levels if abs(level) < 0.2]
    after = [(at_s, min((full_s for full_s in fulls if full_s > at_s), default=float("inf"))) for at_s in lows]
    last = {full_s: low_s for low_s, full_s in after if full_s - low_s < 0.2}
    return list(last.values())


def fade_s(ducked: Ducked, at_s: float) -> float | None:
    """How long the gain takes from the one level to the other, by a straight line through what is seen every 2.5 ms
    between a quarter and three quarters of the way; None where too little of it, or something else, is to be heard.
    """
    step_s, low = 0.0025, 10 ** (DUCKED_DB / 20)
    seen: list[tuple[float, float]] = []
    for moment_s in np.arange(at_s, at_s + 0.2, step_s).tolist():
        said, heard = ducked.part(moment_s, moment_s + step_s)
        if audible(said):
            way = (float(said @ heard) / float(said @ said) - low) / (1 - low)
            seen.append((moment_s, way))
    inner = [(moment_s, way) for moment_s, way in seen if 0.25 < way < 0.75]
    if len(inner) < 6:
        return None
    moments, ways = np.array(inner).T
    line = np.polyfit(moments, ways, 1)
    scatter = float(np.std(ways - np.polyval(line, moments)))
    return float(1 / line[0]) if scatter < SCATTER else None
