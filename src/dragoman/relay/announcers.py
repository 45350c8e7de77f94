"""Several announcers as one: the first that can speak a language does, the next where it fails."""

from __future__ import annotations

from collections.abc import Sequence

import structlog

from dragoman.domain.audio import AudioFormat
from dragoman.domain.language import Language
from dragoman.ports import Announcer

_log = structlog.get_logger()


class AnnouncerChain:
    """Implements `ports.Announcer`. Closes its members."""

    def __init__(self, members: Sequence[Announcer]) -> None:
        self.members = tuple(members)

    def voice_for(self, language: Language) -> str | None:
        """The voice that is tried first."""
        return next((voice for one in self.members if (voice := one.voice_for(language)) is not None), None)

    async def render(self, text: str, language: Language, fmt: AudioFormat) -> bytes | None:
        """Speech by the first member that speaks the language and does not fail; None when there is none."""
        for one in self.members:
            voice = one.voice_for(language)
            if voice is None:
                continue
            try:
                audio = await one.render(text, language, fmt)
            except Exception:  # noqa: BLE001 - one that is broken is one that failed
                _log.exception("announcer raised", voice=voice)
                audio = None
            if audio is not None:
                return audio
            _log.info("announcer failed, the next is tried", voice=voice, language=language.tag)
        return None

    async def aclose(self) -> None:
        """Close all members."""
        for one in self.members:
            await one.aclose()
