"""All sections of the settings, read at once: what is wrong in any of them is told in one go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from dragoman.app_settings import AppSettings
from dragoman.assistant_settings import AssistantSettings
from dragoman.browser_alone import alone, telephone_set
from dragoman.browser_settings import BrowserSettings
from dragoman.errors import SettingsError
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.openai import OpenAISettings
from dragoman.ladder_settings import LadderSettings
from dragoman.limit_settings import LimitSettings
from dragoman.node_settings import NodeSettings
from dragoman.providers import Environment
from dragoman.settings import Section, SectionT, environment, load, unknown
from dragoman.telephony.twilio import TwilioSettings

SECTIONS: Final[tuple[type[Section], ...]] = (
    AppSettings,
    AssistantSettings,
    BrowserSettings,
    LadderSettings,
    LimitSettings,
    NodeSettings,
    TwilioSettings,
    OpenAISettings,
    LocalSettings,
)


_WITHOUT_TELEPHONE: Final = (
    "DRAGOMAN_BROWSER: no telephone is set. With DRAGOMAN_BROWSER=true browsers are served without one "
    "(docs/howto/browser.md)."
)


@dataclass(frozen=True, slots=True)
class Settings:
    """What every server needs; the engines read their own when they are chosen. Without `carrier` there is no
    telephone: browsers alone are served.
    """

    app: AppSettings
    assistant: AssistantSettings
    browser: BrowserSettings
    ladder: LadderSettings
    limits: LimitSettings
    node: NodeSettings
    carrier: TwilioSettings | None


def read_settings(env: Environment = None) -> Settings:
    """`env` replaces the process environment and `.env`. Raises one SettingsError with the problems of all sections."""
    problems: list[str] = []
    values = environment(env)
    browsers_alone = alone(values)
    app = _section(AppSettings, env, problems)
    assistant = _section(AssistantSettings, env, problems)
    browser = _section(BrowserSettings, env, problems)
    ladder = _section(LadderSettings, env, problems)
    limits = _section(LimitSettings, env, problems)
    node = _section(NodeSettings, env, problems)
    carrier = None if browsers_alone else _section(TwilioSettings, env, problems)
    if not (app and assistant and browser and ladder and limits and node and (carrier or browsers_alone)):
        problems += [] if telephone_set(values) else [_WITHOUT_TELEPHONE]
        problems += [f"{name}: means nothing to Dragoman. Is it misspelt?" for name in strange_variables(env)]
        raise SettingsError(problems)
    return Settings(app, assistant, browser, ladder, limits, node, carrier)


def _section(section: type[SectionT], env: Environment, problems: list[str]) -> SectionT | None:
    try:
        return load(section, env)
    except SettingsError as error:
        problems += error.problems
        return None


def strange_variables(env: Environment = None) -> list[str]:
    """Variables with our prefix that mean nothing to us: most likely misspelt."""
    return unknown(environment(env), SECTIONS)
