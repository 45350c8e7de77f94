"""Notices as audio, rendered once and kept. Where nothing can speak the language, a chime stands for the words."""

from __future__ import annotations

import asyncio
from collections import OrderedDict

import structlog

from dragoman.audio.hold import chime
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallSetup, Notice, Role
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
        self._rendering: dict[tuple[str, str], asyncio.Lock] = {}
        self._log = structlog.get_logger()

    def _words(self, setup: CallSetup, role: Role, notice: Notice) -> tuple[str, Language]:
        """What `role` hears, and in which language."""
        hearer = setup.party(role).language
        return self.notices.words(notice, role, hearer, setup.caller.language), hearer

    async def prepare(self, setup: CallSetup, role: Role, notice: Notice) -> None:
        """Render a notice for a party unless it is there; a failure is logged and leaves the chime.

        Who asks for what is being rendered already waits for that.
        """
        text, language = self._words(setup, role, notice)
        key = (language.tag, text)
        if self._announcer is None or key in self._kept:
            return
        rendering = self._rendering.setdefault(key, asyncio.Lock())
        async with rendering:
            if key not in self._kept:
                self._keep(key, await self._rendered(self._announcer, text, language), notice)
        if not rendering.locked():
            self._rendering.pop(key, None)

    def _keep(self, key: tuple[str, str], audio: bytes | None, notice: Notice) -> None:
        if audio is None:
            self._log.warning("notice not spoken", language=key[0], notice=notice.value)
            return
        self._kept[key] = audio
        while len(self._kept) > KEPT:
            self._kept.popitem(last=False)

    async def _rendered(self, announcer: Announcer, text: str, language: Language) -> bytes | None:
        try:
            async with asyncio.timeout(RENDER_DEADLINE_S):
                return await announcer.render(text, language, AudioFormat.PCMU_8K)
        except TimeoutError:
            return None
        except Exception:  # noqa: BLE001 - an installed announcer's bug must not end anybody's call
            self._log.exception("the announcer raised")
            return None

    def sound(self, setup: CallSetup, role: Role, notice: Notice) -> bytes:
        """The notice for a party as 8 kHz mu-law, if it was prepared; else the chime."""
        text, language = self._words(setup, role, notice)
        return self._kept.get((language.tag, text)) or chime()
