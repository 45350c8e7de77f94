"""Apertium's stream format: `blank ^lemma<tag><tag># queue/translation<tag>$ blank`, taken apart and put together.

Pure. Source: the Apertium wiki, "Apertium stream format". Lemmas are kept unescaped here; `render` escapes them again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_SPECIAL = re.compile(r"([\[\]{}^$/\\@<>])")
_ESCAPED = re.compile(r"\\(.)", re.S)
_WORD = re.compile(r"((?:\\.|[^<\\])*?)((?:<[^<>]*>)*)((?:#(?:\\.|[^<\\])*)?)((?:<[^<>]*>)*)", re.S)
_TAG = re.compile(r"<([^<>]*)>")


def escape(text: str) -> str:
    """Text with the characters escaped that mean something to Apertium's tools."""
    return _SPECIAL.sub(r"\\\1", text)


def unescape(text: str) -> str:
    return _ESCAPED.sub(r"\1", text)


@dataclass(frozen=True, slots=True)
class Word:
    """One reading: lemma, grammar tags, and the invariable rest of a multi-word (`queue`, " que" of `tener# que`).

    `joined` are further words that are written together with this one (Spanish enclitics).
    """

    lemma: str
    tags: tuple[str, ...] = ()
    queue: str = ""
    joined: tuple[Word, ...] = ()
    queue_last: bool = False
    """The queue stands after the tags (as transfer leaves it), not before them (as the dictionaries have it)."""

    @property
    def known(self) -> bool:
        """Whether the analyser or the dictionary knew it (`*` unknown word, `@` no translation, `#` no form)."""
        return not self.lemma.startswith(("*", "@", "#"))

    def has(self, *tags: str) -> bool:
        return all(tag in self.tags for tag in tags)

    def any(self, *tags: str) -> bool:
        return any(tag in self.tags for tag in tags)

    def retag(self, **changes: str) -> Word:
        """The word with each tag named by a key replaced by its value ("" drops it)."""
        tags = tuple(changes.get(tag, tag) for tag in self.tags)
        return replace(self, tags=tuple(tag for tag in tags if tag))


@dataclass(frozen=True, slots=True)
class Unit:
    """A lexical unit: the blank before it, the word, and after the dictionary its translations, best first.

    With `verbatim` it is plain text that the tools must pass on untouched.
    """

    word: Word
    targets: tuple[Word, ...] = ()
    blank: str = " "

    def is_a(self, *lemmas: str) -> bool:
        return self.word.lemma.lower() in lemmas


def word(text: str) -> Word:
    """A word from its written form, `lemma<tag># queue<tag>+lemma<tag>`."""
    pieces = _split(text, "+")
    return replace(_single(pieces[0]), joined=tuple(_single(piece) for piece in pieces[1:]))


def parse(stream: str) -> list[Unit]:
    """The units of a stream. Text after the last unit is dropped: the tools put only white space there."""
    units: list[Unit] = []
    blank: list[str] = []
    position = 0
    while position < len(stream):
        char = stream[position]
        if char == "\\":
            blank.append(stream[position : position + 2])
            position += 2
        elif char == "^":
            end = _end_of_unit(stream, position + 1)
            units.append(_unit(stream[position + 1 : end], "".join(blank)))
            blank.clear()
            position = end + 1
        else:
            blank.append(char)
            position += 1
    return units


def render(units: list[Unit]) -> str:
    """The stream of these units, one line."""
    return "".join(
        f"{unit.blank}^{'/'.join(render_word(one) for one in (unit.word, *unit.targets))}$" for unit in units
    )


def render_word(one: Word) -> str:
    tags = "".join(f"<{tag}>" for tag in one.tags)
    marker = one.lemma[0] if one.lemma[:1] in ("*", "@", "#") else ""
    queue = f"#{escape(one.queue)}" if one.queue else ""
    joined = "".join(f"+{render_word(other)}" for other in one.joined)
    inflected = f"{tags}{queue}" if one.queue_last else f"{queue}{tags}"
    return f"{marker}{escape(one.lemma[len(marker) :])}{inflected}{joined}"


def _unit(inside: str, blank: str) -> Unit:
    first, *others = _split(inside, "/")
    return Unit(word(first), tuple(word(other) for other in others), blank)


def _single(text: str) -> Word:
    found = _WORD.fullmatch(text)
    if found is None:
        return Word(unescape(text))
    lemma, tags, queue, more = found.groups()
    if not lemma and queue:  # a word that has no form: `#lemma<tags>`
        lemma, queue = queue, ""
    last = bool(queue and tags and not more)
    return Word(unescape(lemma), tuple(_TAG.findall(tags + more)), unescape(queue[1:]), queue_last=last)


def _end_of_unit(stream: str, start: int) -> int:
    position = start
    while position < len(stream) and stream[position] != "$":
        position += 2 if stream[position] == "\\" else 1
    return position


def _split(text: str, separator: str) -> list[str]:
    """Split at unescaped separators; a separator at the start or in the tags' brackets stays where it is."""
    pieces: list[str] = []
    begin = position = depth = 0
    while position < len(text):
        char = text[position]
        if char == "\\":
            position += 1
        elif char == "<":
            depth += 1
        elif char == ">":
            depth -= 1
        elif char == separator and depth <= 0 and position > begin:
            pieces.append(text[begin:position])
            begin = position + 1
        position += 1
    return [*pieces, text[begin:]]
