"""Notices as audio, rendered once and kept. Where nothing can speak the language, a chime stands for the words."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import structlog

from dragoman.audio.hold import chime
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Notice
from dragoman.domain.language import Language
from dragoman.notices import Notices
from dragoman.ports import Announcer

RENDER_DEADLINE_S = 8.0
KEPT = 256


class Announcements:
    """Renders notices ahead of their use, and gives what is there at once."""

    def __init__(self, notices: Notices, announcer: Announcer | None) -> None:
        self.notices = notices
        self._announcer = announcer
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._log = structlog.get_logger()

    def text(self, notice: Notice, hearer: Language, caller: Language) -> str:
        if notice is Notice.WHISPER:
            return self.notices.whisper(caller, hearer)
        return self.notices.text(notice, hearer)

    async def prepare(self, text: str, language: Language) -> None:
        """Render `text` unless it is there; a failure is logged and leaves the chime."""
        key = (language.tag, text)
        if self._announcer is None or key in self._kept:
            return
        try:
            async with asyncio.timeout(RENDER_DEADLINE_S):
                audio = await self._announcer.render(text, language, AudioFormat.PCMU_8K)
        except TimeoutError:
            audio = None
        if audio is None:
            self._log.warning("notice not spoken", language=language.tag)
            return
        self._kept[key] = audio
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    def audio(self, text: str, language: Language) -> bytes:
        """8 kHz mu-law of `text` if it was prepared, else the chime."""
        return self._kept.get((language.tag, text)) or chime()
