"""What a person is told when a server has started: which engine, which languages, and what looks wrong.

Part of the composition root.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from dragoman import browser_alone, providers
from dragoman.notices import Notices
from dragoman.ports import LanguageBook
from dragoman.providers import Choice, Environment
from dragoman.sections import strange_variables

NO_TELEPHONE: Final = (f"{browser_alone.NO_TELEPHONE.capitalize()} (docs/howto/browser.md).",)


def engine(choice: Choice) -> tuple[str, ...]:
    """Which engines interpret, and within what limits."""
    lines = [f"Engine: {', '.join(choice.names)} ({choice.why})."]
    if choice.spare:
        lines.append(f"When that fails: {', '.join(choice.spare)}.")
    if providers.LOCAL in choice.names:
        lines.append(
            "The embedded engine interprets English and Spanish both ways, and French, Italian and Portuguese into "
            "English; one call at a time on two cores. It asks speakers to repeat what it cannot vouch for."
        )
    return tuple(lines)


def telephone(offered: LanguageBook, notices: Notices, assistants: Sequence[str]) -> tuple[str, ...]:
    """Which languages callers are offered, which not and why, and which lack texts; who answers (`assistants`)."""
    lines = ["Languages offered: " + ", ".join(one.english for one in offered.offered) + "."]
    lines += not_offered(offered)
    lines += [
        f"{language.english} has no texts of its own for: {', '.join(missing)}. They are said in English."
        for language in {one.tag: one for one in (*offered.offered, offered.agent)}.values()
        if (missing := notices.missing(language))
    ]
    return (*lines, *assistants)


def not_offered(book: LanguageBook) -> list[str]:
    """Which languages callers are not offered, a line for each reason."""
    reasons: dict[str, list[str]] = {}
    for tag, why in book.left_out.items():
        reasons.setdefault(why, []).append(tag)
    return [f"Not offered: {', '.join(tags)} ({why})." for why, tags in reasons.items()]


def strange(env: Environment) -> tuple[str, ...]:
    """Variables that are most likely misspelt."""
    found = strange_variables(env)
    return (f"These variables mean nothing to Dragoman (misspelt?): {', '.join(found)}.",) if found else ()
