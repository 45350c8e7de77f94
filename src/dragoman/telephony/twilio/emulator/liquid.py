"""The little of Liquid that flows use: `{{ widgets.Menu.Digits | replace: '+', '%2B' }}`. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote_plus

_PLACE: Final = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_WORDS: Final = re.compile(r"'([^']*)'|\"([^\"]*)\"")

_FILTERS: Final[dict[str, Callable[[str, list[str]], str]]] = {
    "replace": lambda text, words: text.replace(words[0], words[1]),
    "remove": lambda text, words: text.replace(words[0], ""),
    "url_encode": lambda text, _: quote_plus(text),
    "downcase": lambda text, _: text.lower(),
    "upcase": lambda text, _: text.upper(),
    "strip": lambda text, _: text.strip(),
    "default": lambda text, words: text or words[0],
}


def render(template: str, scope: dict[str, Any]) -> str:
    """The template with every place filled in; what is not there is empty. Raises ValueError for an unknown filter."""
    return _PLACE.sub(lambda place: _filled(place.group(1), scope), template)


def _filled(expression: str, scope: dict[str, Any]) -> str:
    name, *filters = (part.strip() for part in expression.split("|"))
    value = _found(name, scope)
    for one in filters:
        kind, _, arguments = one.partition(":")
        apply = _FILTERS.get(kind.strip())
        if apply is None:
            raise ValueError(f"unknown Liquid filter {kind.strip()}")
        words = [single or double for single, double in _WORDS.findall(arguments)]
        value = apply(value, words)
    return value


def _found(name: str, scope: dict[str, Any]) -> str:
    here: Any = scope
    for part in name.split("."):
        here = here.get(part, "") if isinstance(here, dict) else ""
    return str(here) if not isinstance(here, dict) else ""
