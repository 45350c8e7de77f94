"""What the caller of the assistant's demo says, and in whose voice."""

from __future__ import annotations

import tomllib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from importlib import resources
from typing import Any

from dragoman.errors import SettingsError

Voice = Callable[[str, str], Awaitable[bytes]]
"""(text, the caller's voice) to 8 kHz mu-law."""


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that the caller says: `audio` is 8 kHz mu-law; with `cuts_in` it is said while the assistant speaks."""

    text: str
    audio: bytes
    cuts_in: bool = False


@dataclass(frozen=True, slots=True)
class Script:
    """All that the caller says; `goodbye` last."""

    questions: tuple[Question, ...]
    goodbye: Question


def spoken_languages() -> tuple[str, ...]:
    """Those that there are questions in."""
    return tuple(_shipped())


async def script(language: str, most: int, own: Sequence[str], voice: Voice) -> Script:
    """The first `most` shipped questions, then the user's `own`, in `language`, spoken.

    Raises SettingsError for a language without questions, and for an empty sentence.
    """
    shipped = _shipped()
    if language not in shipped:
        raise SettingsError([f"--lang {language}: there are no questions in it. Take one of {', '.join(shipped)}."])
    for text in own:
        if not text.strip():
            raise SettingsError([f"--say {text!r}: there is nothing to say in it. Give a sentence."])
    content = shipped[language]
    name = str(content["voice"])
    asked = [(str(one["text"]), bool(one.get("cuts-in", False))) for one in content["ask"][:most]]
    asked += [(text.strip(), False) for text in own]
    questions = [Question(text, await voice(text, name), cuts_in) for text, cuts_in in asked]
    goodbye = str(content["goodbye"])
    return Script(tuple(questions), Question(goodbye, await voice(goodbye, name)))


def _shipped() -> dict[str, Any]:
    folder = resources.files("dragoman.cli.demo.assistant")
    return tomllib.loads(folder.joinpath("questions.toml").read_text(encoding="utf-8"))
