"""Checks of this machine: settings, files, which engines interpret, and the embedded engine's parts."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeVar

from dragoman import providers
from dragoman.app_settings import AppSettings
from dragoman.assistant_settings import AssistantSettings
from dragoman.browser_alone import SECRET_FILE, alone, completed
from dragoman.browser_settings import BrowserSettings
from dragoman.cli import open_files
from dragoman.cli.doctor.assistants import personas
from dragoman.cli.doctor.findings import Finding, apart, note, ok, wrong
from dragoman.domain.language import Language
from dragoman.errors import DragomanError, SettingsError, StoreError
from dragoman.glossary import load_glossary
from dragoman.interpreters.local.process import INSTALL, Running, missing_packages
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.openai import OpenAISettings
from dragoman.ladder_settings import LadderSettings
from dragoman.languages import book, languages
from dragoman.limit_settings import LimitSettings
from dragoman.node_settings import NodeSettings
from dragoman.notices import Notices
from dragoman.ports import Engine
from dragoman.providers import Choice
from dragoman.sections import strange_variables
from dragoman.settings import Section, load
from dragoman.store.sql import SqlCallStore
from dragoman.telephony.twilio import TwilioSettings

_TELEPHONE_FIX: Final = "for phone calls set TWILIO_ACCOUNT_SID and what docs/howto/twilio.md names"

T = TypeVar("T")
SectionT = TypeVar("SectionT", bound=Section)

NOWHERE: Final = Running(base_url="http://127.0.0.1:9/v1", token="", pid=0, pairs=frozenset())
"""The embedded engine is only asked which languages it carries; nothing is opened."""


@dataclass(slots=True)
class Found:
    """What the settings say, as far as they are right; the checks of the outside go on from here."""

    app: AppSettings | None = None
    carrier: TwilioSettings | None = None
    openai: OpenAISettings | None = None
    assistant: AssistantSettings | None = None
    languages: tuple[Language, ...] = ()
    engines: tuple[Engine, ...] = ()
    choice: Choice | None = None
    browsers_alone: bool = False


def look_inside(env: Mapping[str, str]) -> tuple[Found, list[Finding]]:
    """All checks that need no network."""
    found = Found(browsers_alone=alone(env))
    findings: list[Finding] = []
    env = _completed(env, findings)
    found.app = _section(AppSettings, "server settings", env, findings)
    limits = _section(LimitSettings, "limits", env, findings)
    if limits is not None:
        findings.append(_open_files(limits.max_calls))
    found.assistant = _section(AssistantSettings, "assistant settings", env, findings)
    _section(LadderSettings, "settings of the fallbacks", env, findings)
    if found.browsers_alone:
        findings.append(note("telephone", "not set: browsers only", _TELEPHONE_FIX))
    else:
        found.carrier = _section(TwilioSettings, "Twilio settings", env, findings)
    browser = _section(BrowserSettings, "browser settings", env, findings)
    if browser is not None and found.app is not None:
        findings += _logins(browser, found.app)
    found.openai = _section(OpenAISettings, "OpenAI settings", env, findings)
    embedded = _section(LocalSettings, "settings of the embedded engine", env, findings)
    node = _section(NodeSettings, "settings of the process", env, findings)
    strange = strange_variables(env)
    if strange:
        findings.append(
            note("settings", f"these variables mean nothing to Dragoman: {', '.join(strange)}", "misspelt?")
        )
    if found.app is not None and found.openai is not None:
        findings += _engines(found, found.app, env, openai=found.openai.configured)
    if embedded is not None and found.choice is not None and providers.LOCAL in found.choice.names:
        findings += _embedded(embedded)
    if found.assistant is not None and found.app is not None and not found.browsers_alone:
        findings += personas(found.assistant, found.app.person, env)
    if node is not None and found.app is not None and not found.browsers_alone:
        findings.append(_store(node))
    return found, findings


def _completed(env: Mapping[str, str], findings: list[Finding]) -> dict[str, str]:
    """With what follows by itself where browsers are alone; no secret is kept for that."""

    def to_be_kept(folder: Path) -> str:
        there = (folder / SECRET_FILE).exists()
        findings.append(ok("DRAGOMAN_SECRET", f"{'kept' if there else 'will be made and kept'} in {folder}"))
        return secrets.token_urlsafe()

    try:
        return completed(env, secret=to_be_kept)
    except SettingsError as error:
        findings += [wrong("setting", *apart(problem)) for problem in error.problems]
        return dict(env)


def _logins(browser: BrowserSettings, app: AppSettings) -> list[Finding]:
    """Whether somebody could open a room."""
    what = "browser mode"
    if not browser.on:
        return [ok(what, "off (DRAGOMAN_BROWSER)")]
    if browser.token is None and app.api_token is None:
        return [wrong(what, "nobody could log in", "set DRAGOMAN_BROWSER_TOKEN")]
    return [ok(what, f"on, at {app.public_url}/")]


def _open_files(calls: int) -> Finding:
    """Whether there can be as many sockets as there may be calls."""
    needed, allowed = open_files.needed(calls), open_files.allowed()
    if needed > allowed:
        found = f"{calls} calls (DRAGOMAN_MAX_CALLS) need about {needed}, and this system allows {allowed}"
        return wrong("open files", found, "raise the hard limit (systemd: LimitNOFILE), or allow fewer calls")
    return ok("open files", f"{allowed} are allowed, about {needed} needed for {calls} calls")


def _store(node: NodeSettings) -> Finding:
    """Whether living calls can be kept."""
    what = "store of living calls"
    if node.database_url is None:
        return ok(what, "off: a restart loses the calls that run (DRAGOMAN_DATABASE)")
    try:
        left = asyncio.run(_asked(node.database_url))
    except SettingsError as error:
        return wrong(what, *apart(error.problems[0]))
    except StoreError as error:
        return wrong(what, str(error), "look at DRAGOMAN_DATABASE: its folder, its rights, the room on its disk")
    return ok(what, f"works; {left} calls in it")


async def _asked(url: str) -> int:
    """How many calls are kept there. Raises StoreError."""
    async with contextlib.aclosing(SqlCallStore(url)) as store:
        return len(await store.claimable("", float("inf")))


def _section(section: type[SectionT], what: str, env: Mapping[str, str], findings: list[Finding]) -> SectionT | None:
    try:
        loaded = load(section, env)
    except SettingsError as error:
        findings += [wrong("setting", *apart(problem)) for problem in error.problems]
        return None
    findings.append(ok(what, "all right"))
    return loaded


def _engines(found: Found, app: AppSettings, env: Mapping[str, str], *, openai: bool) -> list[Finding]:
    """Files of languages, terms and notices; which engines follow, and which languages they carry."""
    findings: list[Finding] = []
    configured = _tried(lambda: languages(app.languages), findings)
    glossary = _tried(lambda: load_glossary(app.glossary), findings)
    _tried(lambda: Notices.load(app.notices), findings)
    if configured is None or glossary is None:
        return findings
    found.languages = configured
    found.choice = choice = providers.choose_names(app.engine, configured, glossary, openai=openai)
    findings.append(ok("engine", f"{', '.join(choice.names)} ({choice.why})"))
    engines = _tried(
        lambda: tuple(providers.build(name, env, time.monotonic, NOWHERE) for name in choice.names), findings
    )
    offered = _tried(lambda: book(configured, app.agent_language, engines), findings) if engines else None
    if engines is None or offered is None:
        return findings
    found.engines = engines
    findings.append(ok("languages offered", ", ".join(one.english for one in offered.offered)))
    if offered.left_out:
        findings.append(note("languages not offered", ", ".join(offered.left_out) + " (the engines do not carry them)"))
    if not found.browsers_alone and not any(one.key for one in offered.offered):
        findings.append(wrong("menu", "no language that is offered has a key", "give one a key in DRAGOMAN_LANGUAGES"))
    return findings


def _tried(read: Callable[[], T], findings: list[Finding]) -> T | None:
    try:
        return read()
    except SettingsError as error:
        findings += [wrong("setting", *apart(problem)) for problem in error.problems]
        return None


def _embedded(settings: LocalSettings) -> list[Finding]:
    """Packages, weights and programs of the embedded engine."""
    what = "embedded engine"
    if missing := missing_packages():
        return [wrong(what, f"these packages are missing: {', '.join(missing)}", INSTALL)]
    from dragoman.interpreters.local import apertium  # needs the packages of the extra
    from dragoman.interpreters.local.loading import needed
    from dragoman.interpreters.local.verify import require

    findings: list[Finding] = []
    try:
        files = needed(settings)
        require(files, settings.models_folder)
        size_mb = sum(one.size_bytes for one in files) / 1e6
        findings.append(ok(what, f"{len(files)} model files ({size_mb:.0f} MB) are right in {settings.models_folder}"))
    except DragomanError as error:
        findings.append(wrong(what, " ".join(str(error).split()), "dragoman models fetch"))
    if not all(apertium.installed(*pair) for pair in (("eng", "spa"), ("spa", "eng"))):
        fix = "apt-get install apertium apertium-eng-spa"
        findings.append(wrong(what, "Apertium's pair of English and Spanish is not installed", fix))
    return findings
