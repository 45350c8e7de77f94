"""`dragoman serve` with browser mode on, as a process of its own, for a real browser; a line to it that can fail."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Page

from dragoman.interpreters.openai.emulator import MarkerScript, OpenAIEmulator
from dragoman.interpreters.openai.emulator.script import SILENCE, Message, Says, Script, Understood, Utterance
from dragoman.interpreters.openai.emulator.sound import tone
from tests.fakes.line import Line
from tests.fakes.surroundings import settings
from tests.rig.server_process import ServerProcess

TOKEN: Final = "a-browser-token-for-the-rig"


@dataclass(frozen=True, slots=True)
class BrowserHouse:
    """A server that a browser may be sent to: at `url`, or over `line`."""

    server: ServerProcess
    line: Line
    portal: BlockingPortal

    @property
    def url(self) -> str:
        return self.server.url

    def cut(self) -> None:
        """Whoever came over the line loses the connection."""
        self.portal.call(self.line.cut)

    def mistakes(self) -> list[dict[str, Any]]:
        """What the server logged as its own failures."""
        return [one for one in self.server.log if one.get("level") in ("error", "critical")]


@contextmanager
def browser_house(folder: Path, **given: str) -> Iterator[BrowserHouse]:
    """With these settings, until the block is left; then no mistake of the server's may be in its log."""
    with start_blocking_portal() as portal, contextlib.closing(ServerProcess(folder)) as server:
        least = {
            "PUBLIC_URL": server.url,
            "DRAGOMAN_BROWSER": "true",
            "DRAGOMAN_BROWSER_TOKEN": TOKEN,
            "DRAGOMAN_ROOMS_PER_ADDRESS": "1000",
            "DRAGOMAN_BROWSER_LOGINS_PER_MINUTE": "1000",
            "DRAGOMAN_BROWSER_REQUESTS_PER_MINUTE": "10000",
        }
        server.start(settings(**(least | given)))
        portal.call(server.answers, "/ready", 200)
        with portal.wrap_async_context_manager(Line(server.port)) as line:
            house = BrowserHouse(server, line, portal)
            yield house
        assert house.mistakes() == []


@contextmanager
def emulated_house(folder: Path, script: Script | None = None, **given: str) -> Iterator[BrowserHouse]:
    """The same over the emulated speech models, which interpret as `script` says."""
    emulator = OpenAIEmulator(script=script or Tongues())
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(emulator) as models:
        engine = {
            "DRAGOMAN_ENGINE": "conversation",
            "OPENAI_API_KEY": "sk-test",
            "OPENAI_BASE_URL": models.base_url,
            "DRAGOMAN_ANNOUNCE": "off",
        }
        with browser_house(folder, **(engine | given)) as house:
            yield house


SENTENCES: Final = {
    500: {
        "es": "Buenos días a todos. ¿Empezamos con el presupuesto de este año?",
        "en": "Good morning everybody. Shall we begin with this year's budget?",
        "fr": "Bonjour à tous. Commençons-nous par le budget de cette année ?",
    },
    700: {
        "en": "Yes, please. After that I would like to talk about the new office.",
        "es": "Sí, por favor. Después me gustaría hablar de la nueva oficina.",
        "fr": "Oui, s'il vous plaît. Ensuite, j'aimerais parler du nouveau bureau.",
    },
    900: {
        "fr": "J'ai une question sur les chiffres du mois de mars.",
        "es": "Tengo una pregunta sobre las cifras del mes de marzo.",
        "en": "I have a question about the figures for the month of March.",
    },
}
"""What markers mean, the language in which they are said first."""
SPOKEN_MS: Final = 600


@dataclass(frozen=True, slots=True)
class Tongues:
    """Each marker is a sentence. The model says it in the language that it is asked for: as a tone of both."""

    spoken_ms: int = SPOKEN_MS

    def hears(self, utterance: Utterance) -> Understood:
        sentence = self._sentence(utterance)
        if not sentence:
            return Understood("")
        language, text = next(iter(SENTENCES[sentence].items()))
        return Understood(text, language)

    def says(self, utterance: Utterance) -> Says:
        sentence, target = self._sentence(utterance), utterance.target.split("-")[0]
        if not sentence:
            return SILENCE
        return (Message(SENTENCES[sentence][target], tone(spoken_hz(sentence, target), self.spoken_ms)),)

    @staticmethod
    def _sentence(utterance: Utterance) -> int:
        number = MarkerScript().hears(utterance).text.removeprefix("marker ")
        return int(number) if number and int(number) in SENTENCES else 0


def spoken_hz(sentence: int, language: str) -> int:
    """The tone as which a sentence is heard in a language."""
    return sentence + 1500 + 40 * ("es", "en", "fr").index(language)


# ---- What a person does ----------------------------------------------------------------------------------------------


def sign_in(page: Page, what: str, before: Callable[[], None] = lambda: None) -> None:
    """Choose on the first screen, and say who one is. `before` sees the form."""
    page.get_by_role("button", name=what).click()
    page.get_by_label("Access code").fill(TOKEN)
    before()
    page.get_by_role("button", name="Sign in").click()


def choose(page: Page, label: str, language: str) -> None:
    """Choose a language by its own name."""
    option = page.get_by_label(label, exact=True).locator("option", has_text=language)
    page.get_by_label(label, exact=True).select_option(option.get_attribute("value"))
