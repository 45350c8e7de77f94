"""Speaks every text as a made-up sound that tells which text it was."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import dataclass, field

from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language


def sound_of(text: str, language: Language) -> bytes:
    """Five frames that stand for `text` in `language`."""
    digest = hashlib.sha256(f"{language.tag}/{text}".encode()).digest()
    return digest * 25


@dataclass
class FakeAnnouncer:
    """Implements ports.Announcer. `speaks` False = fails; `voice` "" = has none; `takes_s` is how long it thinks."""

    speaks: bool = True
    voice: str = "fake"
    takes_s: float = 0.0
    raises: Exception | None = None
    asked: list[tuple[str, str]] = field(default_factory=list)
    closed: bool = False

    def voice_for(self, language: Language) -> str | None:
        return f"{self.voice}/{language.tag}" if self.voice else None

    async def aclose(self) -> None:
        self.closed = True

    async def render(self, text: str, language: Language, fmt: AudioFormat) -> bytes | None:
        assert fmt is AudioFormat.PCMU_8K
        self.asked.append((language.tag, text))
        await asyncio.sleep(self.takes_s)
        if self.raises is not None:
            raise self.raises
        return sound_of(text, language) if self.speaks else None
