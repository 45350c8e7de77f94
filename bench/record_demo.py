"""Speaks the demo's conversation into `cli/demo/recordings`, as a telephone would carry it: 8 kHz mu-law WAV files.

Run it when `turns.toml` changes: `python bench/record_demo.py`. The embedded engine's weights must be here
(`dragoman models fetch`).
"""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np

import dragoman.cli.demo
from dragoman.audio import wav
from dragoman.cli.demo.turns import on_the_line
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.local.synthesise import Speaker
from dragoman.settings import load

RATE_HZ = 24000
PEAK = 12000


def record() -> None:
    folder = Path(dragoman.cli.demo.__file__).parent
    models = load(LocalSettings).models_folder / "kokoro"
    turns = tomllib.loads((folder / "turns.toml").read_text(encoding="utf-8"))["turn"]
    speaker = Speaker(models / "kokoro-v1.0.int8.onnx", sorted(models.glob("voices/*.bin")), threads=2)
    for turn in turns:
        language = "es" if turn["role"] == "caller" else "en"
        speech = b"".join(speaker.say(turn["text"], language, turn["voice"]))
        samples = np.frombuffer(speech, np.int16).astype(np.float64)
        samples *= PEAK / np.abs(samples).max()
        content = wav.write_mulaw(on_the_line(samples.astype(np.int16), RATE_HZ))
        (folder / "recordings" / turn["recording"]).write_bytes(content)


if __name__ == "__main__":
    record()
