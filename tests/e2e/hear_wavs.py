"""Writes down what is said in WAV files: `python -m tests.e2e.hear_wavs en=agent-heard.wav es=caller-heard.wav`.

A program of its own: it knows nothing of the call but these files. One JSON object goes to standard output: for each
language, a list of `[began_s, text]`, a stretch of voice each.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from dragoman.audio import g711, wav
from dragoman.cli.demo.ears import Stretch, stretches
from dragoman.domain.audio import PCMU_FRAME_BYTES
from dragoman.interpreters.local.rendered import Recognised
from tests.fakes.weights import ears, heard_by_us

TOGETHER_S = 1.2
"""Stretches that follow each other sooner are heard together, so that a sentence has its context."""
LONGEST_S = 12.0
AROUND_S = 0.2


def together(found: Sequence[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for one in found:
        near = bool(joined) and one.began_s - joined[-1].ended_s < TOGETHER_S
        if near and one.ended_s - joined[-1].began_s < LONGEST_S:
            joined[-1] = Stretch(joined[-1].began_s, one.ended_s)
        else:
            joined.append(one)
    return joined


def heard(path: Path, language: str) -> list[tuple[float, str]]:
    """Every stretch of voice in the file, and its words ("" where there are none)."""
    recording = wav.read(path.read_bytes())
    assert recording.rate_hz == 8000
    audio = g711.encode(recording.samples)
    texts: list[tuple[float, str]] = []
    for one in together(stretches(audio)):
        first = int(max(0.0, one.began_s - AROUND_S) * 50) * PCMU_FRAME_BYTES
        last = int((one.ended_s + AROUND_S) * 50) * PCMU_FRAME_BYTES
        words = ears().recognise(heard_by_us(audio[first:last]), language)
        texts.append((one.began_s, words.text if isinstance(words, Recognised) else ""))
    return texts


def main(arguments: Sequence[str]) -> None:
    pairs = [argument.partition("=") for argument in arguments]
    sys.stdout.write(json.dumps({language: heard(Path(path), language) for language, _, path in pairs}) + "\n")


if __name__ == "__main__":
    main(sys.argv[1:])
