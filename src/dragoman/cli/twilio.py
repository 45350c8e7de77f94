"""`dragoman twilio`: what is set up at Twilio."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App, Parameter
from rich.console import Console

from dragoman import providers, start_notes
from dragoman.app_settings import AppSettings
from dragoman.errors import SettingsError
from dragoman.glossary import load_glossary
from dragoman.interpreters.local.process import Running
from dragoman.languages import book, languages
from dragoman.notices import Notices
from dragoman.ports import Engine, LanguageBook
from dragoman.settings import load
from dragoman.telephony.twilio import studio

twilio_app = App(name="twilio", help="What is set up at Twilio: the Studio flow that asks for the caller's language.")

_NOWHERE: Final = Running(base_url="http://127.0.0.1:9/v1", token="", pid=0, pairs=frozenset())
"""The embedded engine is only asked which languages it carries; nothing is opened."""


@twilio_app.command
def flow(*, output: Annotated[Path | None, Parameter(name=["--output", "-o"])] = None) -> int:
    """Write the Studio flow as JSON, for "Import from JSON" in Twilio's Studio console.

    It greets the caller and offers every language that the configured engines carry, by key or by name, and hands the
    call to PUBLIC_URL/incoming-call?lang=…

    Parameters
    ----------
    output: a file to write to; without it, the JSON is printed.
    """
    settings = load(AppSettings)
    told = Console(stderr=True, highlight=False)
    offered = _offered(settings)
    for line in start_notes.not_offered(offered):
        told.print(line, style="dim", soft_wrap=True, markup=False)
    written = json.dumps(
        studio.flow(offered, settings.public_url, Notices.load(settings.notices)), ensure_ascii=False, indent=2
    )
    if output is None:
        Console(highlight=False).out(written)
        return 0
    try:
        output.write_text(written + "\n", encoding="utf-8")
    except OSError as failed:
        raise SettingsError([f"--output: {output} cannot be written: {failed.strerror}."]) from failed
    told.print(f"Wrote {output}. In Studio: create a flow, choose “Import from JSON”, publish it.", markup=False)
    return 0


def _offered(settings: AppSettings) -> LanguageBook:
    configured = languages(settings.languages)
    choice = providers.choose_names(
        settings.engine, configured, load_glossary(settings.glossary), openai=providers.openai_is_set(None)
    )
    return book(configured, settings.agent_language, _engines(choice.names))


def _engines(names: Sequence[str]) -> list[Engine]:
    return [providers.build(name, None, time.monotonic, _NOWHERE) for name in names]
