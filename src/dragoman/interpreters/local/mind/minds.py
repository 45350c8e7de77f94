"""Which mind thinks in an assistant's session: the text endpoint of the settings, else the small one of a persona."""

from __future__ import annotations

import structlog

from dragoman.assistant_settings import AssistantSettings
from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import Persona
from dragoman.errors import SettingsError
from dragoman.interpreters.local.mind.small import SmallThinker
from dragoman.interpreters.local.mind.text import TextEndpoint
from dragoman.interpreters.local.mind.thoughts import Mind, MindError
from dragoman.personas import Personas
from dragoman.tools.faq import FaqIndex
from dragoman.tools.shipped import indexes

SMALL = "small mind (FAQ and patterns, no language model)"

_log = structlog.get_logger()


class Minds:
    """All minds of a process. Nothing is read or asked before an assistant is wanted. Close it with `aclose`."""

    def __init__(self, settings: AssistantSettings) -> None:
        self._settings = settings
        self._personas: Personas | None = None
        self._indexes: dict[str, tuple[Persona, dict[LanguageTag, FaqIndex]]] = {}
        self._text: TextEndpoint | None = None
        if settings.mind_url:
            key = settings.mind_api_key.get_secret_value() if settings.mind_api_key is not None else ""
            self._text = TextEndpoint(settings.mind_url, settings.mind_model, key)

    @property
    def name(self) -> str:
        """Which one runs, for logs and people."""
        return self._text.name if self._text is not None else SMALL

    def mind(self, persona: str, session: str) -> Mind:
        """That of a new session; raises MindError. `persona` "" = the only one there is.

        The text endpoint has instructions and needs no persona.
        """
        if self._text is not None:
            _log.debug("local.mind", mind=self.name, session=session)
            return self._text
        found = self._persona(persona)
        _log.debug("local.mind", mind=SMALL, persona=found.name, session=session)
        return SmallThinker(found, self._indexed(found), session)

    def rehearsed(self, name: str) -> Persona | None:
        """Whose words are known beforehand; None = a text model writes them, or there is no such persona."""
        if self._text is not None:
            return None
        try:
            return self._persona(name)
        except MindError:
            return None

    async def aclose(self) -> None:
        if self._text is not None:
            await self._text.aclose()

    def _persona(self, name: str) -> Persona:
        try:
            if self._personas is None:
                self._personas = Personas.load(self._settings.personas)
        except SettingsError as broken:
            _log.error("local.personas_broken", problems=broken.problems)
            raise MindError("mind_no_persona", "the personas cannot be read") from None
        self._personas.fresh()
        everyone = self._personas.everyone
        found = self._personas.named(name) if name else everyone[0] if len(everyone) == 1 else None
        if found is None:
            raise MindError(
                "mind_no_persona",
                "there is no such persona" if name else "several personas: name one by session.prompt",
                settled=True,
            )
        return found

    def _indexed(self, persona: Persona) -> dict[LanguageTag, FaqIndex]:
        """Its FAQ, made ready once for each version of its file."""
        kept = self._indexes.get(persona.name)
        if kept is None or kept[0] is not persona:
            kept = self._indexes[persona.name] = (persona, dict(indexes(persona)))
        return kept[1]
