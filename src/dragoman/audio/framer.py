"""Any pieces of audio in, whole 20 ms frames out."""

from __future__ import annotations

from dragoman.domain.audio import AudioFormat


class Framer:
    """Cuts a stream of one format into whole frames and keeps what is left over."""

    def __init__(self, fmt: AudioFormat) -> None:
        self._format = fmt
        self._frame_bytes = fmt.frame_bytes
        self._rest = b""

    @property
    def held_bytes(self) -> int:
        """How much waits for the rest of its frame."""
        return len(self._rest)

    def push(self, audio: bytes) -> bytes:
        """Add audio; get all whole frames there are, as one piece (b"" when there is none)."""
        if self._rest:
            audio = self._rest + audio
        over = len(audio) % self._frame_bytes
        if not over:
            self._rest = b""
            return audio
        self._rest = audio[-over:]
        return audio[:-over]

    def flush(self) -> bytes:
        """The rest, filled up with silence to a whole frame; b"" when nothing is held."""
        if not self._rest:
            return b""
        sample = self._format.sample_bytes
        whole = self._rest[: len(self._rest) // sample * sample]
        self._rest = b""
        if not whole:
            return b""
        silence = self._format.silence(20)
        return whole + silence[len(whole) :]

    def drop(self) -> None:
        """Forget what is held."""
        self._rest = b""
