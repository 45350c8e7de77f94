"""The shipped demo, whole: its call on the embedded engine, and what a stranger hears in its recordings.

The one test that carries a real call of real length; it takes two to three minutes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from dragoman.audio import wav
from tests.fakes.surroundings import start
from tests.fakes.weights import settings

pytestmark = [pytest.mark.models, pytest.mark.timeout(540)]

ROOT = Path(__file__).parents[2]
CALL_S = 420.0
HEARING_S = 100.0
FILES = {
    "agent-heard.wav",
    "agent-said.wav",
    "caller-heard.wav",
    "caller-said.wav",
    "timeline.png",
    "transcript.json",
}

HEARD = {
    "caller-heard.wav": [
        ("thanks for calling Meridian", r"gracias por llamar"),
        ("how can I help you", r"ayudar"),
        ("your account number", r"numero de cuenta"),
        ("the bill from March 14th", r"factura"),
        ("March 14th", r"(catorce|14)\W+de marzo"),
        ("86 dollars", r"(ochenta y seis|86)\W+dolares"),
        ("is that correct", r"correcto"),
        ("42 dollars", r"(cuarenta y dos|42)\W+dolares"),
        ("to your card", r"tarjeta"),
        ("before April 3rd", r"(tres|3)\W+de abril"),
    ],
    "agent-heard.wav": [
        ("my name is Carlos", r"name is carlos"),
        ("a problem with my bill", r"problem\b.*\b(bill|invoice)"),
        ("the account number", r"472916"),
        ("the question, as a question", r"(think|believe)\b.*\bmoney"),
        ("thanks", r"thank you very much for your help"),
        ("good-bye", r"good day"),
    ],
}
"""What each party must have heard, in plain letters: words that carry the meaning, and every number."""


def plain(text: str) -> str:
    """Lower case without accents; digits that belong together are together."""
    for accented, bare in zip("áéíóúüñ", "aeiouun", strict=True):
        text = text.lower().replace(accented, bare)
    return re.sub(r"(?<=\d)[ ,.-]+(?=\d)", "", text)


@dataclass(frozen=True, slots=True)
class Shown:
    """A demo that was run."""

    folder: Path
    printed: str
    transcript: dict[str, Any]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """`dragoman demo`, as a user runs it."""
    folder = tmp_path_factory.mktemp("demo")
    env = {"DRAGOMAN_MODELS": str(settings().models_folder)}
    with start(folder, "demo", "--output", "out", env=env) as process:
        try:
            printed, errors = process.communicate(timeout=CALL_S)
        finally:
            process.kill()
    assert process.returncode == 0, printed + errors
    content = json.loads((folder / "out" / "transcript.json").read_text(encoding="utf-8"))
    return Shown(folder / "out", printed, content)


def test_eight_turns_are_interpreted_and_shown(demo: Shown) -> None:
    assert "interpreted turns: 8 of 8" in demo.printed
    assert "Engine: local (no OPENAI_API_KEY is set" in demo.printed
    assert demo.printed.count(" says (") >= 8, "the captions"
    assert demo.printed.count("-> (") >= 8
    assert {path.name for path in demo.folder.iterdir()} == FILES


def test_a_stranger_hears_the_translations_in_the_recordings(demo: Shown) -> None:
    """A process of its own, which reads nothing but the two WAVs."""
    wavs = [f"es={demo.folder / 'caller-heard.wav'}", f"en={demo.folder / 'agent-heard.wav'}"]
    command = [sys.executable, "-m", "tests.e2e.hear_wavs", *wavs]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=HEARING_S)
    assert done.returncode == 0, done.stderr
    heard = json.loads(done.stdout)
    for name, language in (("caller-heard.wav", "es"), ("agent-heard.wav", "en")):
        text = plain(" ".join(words for _, words in heard[language]))
        missing = [what for what, pattern in HEARD[name] if not re.search(pattern, text)]
        assert missing == [], f"{name}: {text}"


def test_the_recordings_are_of_one_length(demo: Shown) -> None:
    recordings = [wav.read((demo.folder / name).read_bytes()) for name in sorted(FILES) if name.endswith(".wav")]
    assert {one.rate_hz for one in recordings} == {8000}
    lengths_s = [one.duration_s for one in recordings]
    assert max(lengths_s) - min(lengths_s) <= 0.02


def test_the_transcript_has_its_documented_form(demo: Shown) -> None:
    """docs/records.md: who, languages, both texts, times at mouth and ear, engine, flags."""
    content = demo.transcript
    assert (content["caller_language"], content["agent_language"]) == ("es", "en")
    assert content["engines"] == ["local", "local"]
    assert content["outcome"] == {"result": "caller", "reason": "hung up"}
    assert content["clock"] == "seconds from the start of the WAV files"
    utterances = content["utterances"]
    assert len(utterances) >= 8
    began = [one["mouth"]["began_s"] for one in utterances]
    assert began == sorted(began)
    for one in utterances:
        languages = ("es", "en") if one["leg"] == "caller" else ("en", "es")
        assert (one["source_language"], one["target_language"]) == languages
        assert one["source_text"]
        assert one["target_text"]
        assert one["engine"] == "local"
        assert not [flag for flag in one["flags"] if flag.startswith("unclear")]
        mouth, ear = one["mouth"], one["ear"]
        assert mouth["began_s"] < mouth["stopped_s"]
        assert mouth["began_s"] < ear["began_s"] < ear["stopped_s"]
    said = plain(" ".join(one["target_text"] for one in utterances))
    for wanted in ("472916", "86", "42", "14 de marzo", "3 de abril", "carlos"):
        assert wanted in said
