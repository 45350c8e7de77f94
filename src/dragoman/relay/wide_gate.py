"""The echo gate at a browser's microphone: judged at 8 kHz, done at the page's own rate.

Browsers cancel echo themselves, mostly well: this is for where they do not.
"""

from __future__ import annotations

from dragoman.audio.convert import Converter
from dragoman.domain.audio import AudioFormat
from dragoman.relay.echo_gate import EchoGate


class WideGate:
    """As `EchoGate`, for audio of `fmt`; `pass_through` takes whole frames."""

    def __init__(self, fmt: AudioFormat) -> None:
        self._format = fmt
        self._gate = EchoGate()
        self._played = Converter(fmt, AudioFormat.PCMU_8K)
        self._heard = Converter(fmt, AudioFormat.PCMU_8K)

    def played(self, audio: bytes, heard_at: float) -> None:
        """`audio` reaches the ear from `heard_at` on."""
        self._gate.played(self._played.convert(audio), heard_at)

    def cleared(self, now: float) -> None:
        """What the ear has not heard by `now` it never will."""
        self._gate.cleared(now)

    def pass_through(self, frame: bytes, now: float) -> bytes:
        """The same bytes, or as much silence."""
        narrow = self._heard.convert(frame)
        return frame if self._gate.pass_through(narrow, now) == narrow else self._format.blank(len(frame))
