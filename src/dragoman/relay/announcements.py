"""Notices as audio, rendered once and kept, as files too. Where nothing can speak, a chime stands for the words."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Sequence

import structlog

from dragoman.audio.hold import chime
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import AgentRoute, AgentVia, CallId, CallSetup, Notice, Opening, Party, Role
from dragoman.domain.language import Language
from dragoman.notices import Notices
from dragoman.ports import Announcer
from dragoman.relay.disclosure import owed
from dragoman.relay.notice_files import NoticeFiles

RENDER_DEADLINE_S = 60.0
"""A full announcement is some 20 s of speech, and a small machine has one throat for all calls."""

KEPT = 256

_Key = tuple[str, str, str]
"""Text, language tag, voice."""


class Announcements:
    """Renders notices ahead of their use, and gives what is there at once."""

    def __init__(self, notices: Notices, announcer: Announcer | None, files: NoticeFiles | None = None) -> None:
        self.notices = notices
        self._announcer = announcer
        self._files = files
        self._kept: OrderedDict[_Key, bytes] = OrderedDict()
        self._rendering: dict[_Key, asyncio.Lock] = {}
        self._failed: dict[_Key, int] = {}
        self._log = structlog.get_logger()

    def words(self, setup: CallSetup, role: Role, notice: Notice, number: int = 0) -> tuple[str, Language]:
        """What `role` hears, and in which language; `number` fills the notice's slot where it has one."""
        hearer = setup.party(role).language
        return self.notices.words(notice, role, hearer, setup.caller.language, number), hearer

    async def prepare(self, setup: CallSetup, role: Role, notice: Notice, number: int = 0) -> bool:
        """Render a notice for a party unless it is there; whether it is there now. A failure is logged.

        Who asks for what is being rendered already waits for that, and takes its failure for an answer: a dead voice
        keeps nobody waiting longer than its deadline.
        """
        text, language = self.words(setup, role, notice, number)
        key = self._key(text, language)
        if self._announcer is None or key is None:
            return False
        rendering = self._rendering.setdefault(key, asyncio.Lock())
        failed_before = self._failed.get(key, 0)
        async with rendering:
            if self._found(key) is None and self._failed.get(key, 0) == failed_before:
                self._keep(key, await self._rendered(self._announcer, text, language), notice)
        if not rendering.locked():
            self._rendering.pop(key, None)
        return key in self._kept

    async def warm(self, opening: Opening, callers: Sequence[Language], agent: Language) -> None:
        """Render, one after the other, what each call will need: then nobody waits for it, nor hears it late."""
        for caller in callers:
            setup = CallSetup(
                CallId(""),
                Party(Role.CALLER, caller),
                Party(Role.AGENT, agent),
                AgentRoute(AgentVia.DIRECT, ""),
                opening=opening,
            )
            for role in Role:
                for notice in owed(setup, role):
                    await self.prepare(setup, role, notice)

    def sound(self, setup: CallSetup, role: Role, notice: Notice, number: int = 0) -> bytes:
        """The notice for a party as 8 kHz mu-law, if it was prepared; else the chime."""
        key = self._key(*self.words(setup, role, notice, number))
        return (self._kept.get(key) if key is not None else None) or chime()

    def _key(self, text: str, language: Language) -> _Key | None:
        """None: nothing speaks this language."""
        voice = self._announcer.voice_for(language) if self._announcer is not None else None
        return None if voice is None else (text, language.tag, voice)

    def _found(self, key: _Key) -> bytes | None:
        audio = self._kept.get(key)
        if audio is None and self._files is not None:
            audio = self._files.find(*key)
            if audio is not None:
                self._remember(key, audio)
        return audio

    def _keep(self, key: _Key, audio: bytes | None, notice: Notice) -> None:
        if not audio:
            self._failed[key] = self._failed.get(key, 0) + 1
            self._log.warning("notice not spoken", language=key[1], notice=notice.value)
            return
        self._remember(key, audio)
        if self._files is not None:
            self._files.keep(*key, audio)

    def _remember(self, key: _Key, audio: bytes) -> None:
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
