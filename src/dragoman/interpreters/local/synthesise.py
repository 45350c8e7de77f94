"""Kokoro's voice: text in, 24 kHz speech out, clause by clause. Runs in the decode thread."""

from __future__ import annotations

import tempfile
from collections import OrderedDict
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np
import onnxruntime as ort
from kokoro_onnx import Kokoro
from numpy.typing import NDArray

from dragoman.errors import ModelError
from dragoman.interpreters.local.clauses import Clause, clauses
from dragoman.interpreters.local.voices import TONGUES, Phonemes, reader, voice_for

RATE_HZ: Final = 24_000
_STYLE_SHAPE = (-1, 1, 256)
_CACHE_BYTES = 24_000_000
_PEAK = 0.8
_MOST_GAIN = 3.0
_READY_PHRASES = {"en": "Okay, one moment.", "es": "Vale, un momento."}


class Kept:
    """Spoken clauses, the most recently used ones, up to a number of bytes."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._size_bytes = 0
        self._kept: OrderedDict[tuple[str, str, float], bytes] = OrderedDict()

    def find(self, key: tuple[str, str, float]) -> bytes | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def keep(self, key: tuple[str, str, float], speech: bytes) -> None:
        self._size_bytes += len(speech) - len(self._kept.pop(key, b""))
        self._kept[key] = speech
        while self._size_bytes > self._limit_bytes:
            self._size_bytes -= len(self._kept.popitem(last=False)[1])


class Speaker:
    """All voices of one process. Not for two threads at once."""

    def __init__(self, model: Path, voices: list[Path], threads: int) -> None:
        """Load; raise ModelError when a voice file is broken or there is none."""
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._styles = {path.stem: _style(path) for path in voices}
        if not self._styles:
            raise ModelError("no voices are here. Run `dragoman models fetch`.")
        self._kokoro = _kokoro(session, self._styles)
        self._readers: dict[str, Phonemes | None] = {}
        self._kept = Kept(_CACHE_BYTES)

    @property
    def voices(self) -> frozenset[str]:
        return frozenset(self._styles)

    def speaks(self, language: str) -> bool:
        """Whether there is a voice for it, and a front end where it needs one."""
        tongue = TONGUES.get(language)
        if tongue is None or voice_for(language, "", self.voices) is None:
            return False
        return bool(tongue.espeak) or self._reader(language) is not None

    def say(self, text: str, language: str, voice: str = "", speed: float = 1.0) -> Iterator[bytes]:
        """The whole text, a piece of PCM16 at 24 kHz per clause."""
        for clause in clauses(text, language):
            yield self.clause(clause, language, voice, speed)

    def clause(self, clause: Clause, language: str, voice: str = "", speed: float = 1.0) -> bytes:
        """One clause and its pause as PCM16 at 24 kHz; b"" when it cannot be spoken."""
        chosen = voice_for(language, voice, self.voices)
        if chosen is None:
            return b""
        key = (clause.text, chosen, speed)
        speech = self._kept.find(key)
        if speech is None:
            speech = self._speak(clause.text, language, chosen, min(2.0, max(0.5, speed)))
            self._kept.keep(key, speech)
        return speech + bytes(clause.pause_ms * RATE_HZ // 1000 * 2) if speech else b""

    def warm_up(self, languages: tuple[str, ...]) -> None:
        """Make the first sentence as fast as the later ones."""
        for language in languages:
            if language in _READY_PHRASES:
                list(self.say(_READY_PHRASES[language], language))

    def _speak(self, text: str, language: str, voice: str, speed: float) -> bytes:
        phonemes = self._phonemes(text, language)
        if not phonemes.strip(" .,!?;:"):
            return b""
        sound, _ = self._kokoro.create(phonemes, voice=self._styles[voice], speed=speed, is_phonemes=True)
        return _pcm(sound)

    def _phonemes(self, text: str, language: str) -> str:
        espeak = TONGUES[language].espeak
        if espeak:
            return str(self._kokoro.tokenizer.phonemize(text, espeak))
        read = self._reader(language)
        return "" if read is None else read(text)

    def _reader(self, language: str) -> Phonemes | None:
        if language not in self._readers:
            self._readers[language] = reader(language)
        return self._readers[language]


def _style(path: Path) -> NDArray[np.float32]:
    values = np.fromfile(path, np.float32)
    if values.size == 0 or values.size % _STYLE_SHAPE[2]:
        raise ModelError(f"{path.name} is not a voice. Run `dragoman models verify`.")
    return values.reshape(_STYLE_SHAPE)


def _kokoro(session: ort.InferenceSession, styles: dict[str, NDArray[np.float32]]) -> Kokoro:
    """The library wants its voices from a file; it gets one, and every call brings its own style anyway."""
    with tempfile.TemporaryDirectory() as room:
        path = Path(room) / "voices.npz"
        np.savez(path, any=next(iter(styles.values())))
        kokoro: Kokoro = Kokoro.from_session(session, str(path))
        return kokoro


def _pcm(sound: NDArray[np.float32]) -> bytes:
    """Every clause at the same peak: some voices come too loud for 16 bits, others faint."""
    peak = float(np.abs(sound).max(initial=1e-6))
    gain = min(_MOST_GAIN, _PEAK / peak)
    return (sound * (gain * 32767.0)).astype("<i2").tobytes()
