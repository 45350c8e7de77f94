"""The personas of a node: which assistant answers which number, read from a folder and read again when it changes."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from importlib import resources
from pathlib import Path

from dragoman.dialling import e164
from dragoman.domain.persona import Persona
from dragoman.errors import SettingsError
from dragoman.persona_file import FAQ_SUFFIX, Check, Open, read_persona
from dragoman.ports import Clock
from dragoman.toml_file import TomlFile

SHIPPED = "reception.toml"
LOOK_EVERY_S = 1.0
"""How often the folder is looked at, at most."""

Stamps = frozenset[tuple[str, int, int, int]]
"""The TOML files of a folder: name, time of the last change in ns, size in bytes, inode."""

Look = Callable[[Path], Stamps]
"""What a folder holds now; raises OSError."""


def stamps(folder: Path) -> Stamps:
    """What tells that a file in `folder` is another than before. Hidden ones are an editor's own."""
    found: set[tuple[str, int, int, int]] = set()
    for path in folder.iterdir():
        if path.name.endswith(".toml") and not path.name.startswith("."):
            state = path.stat()
            found.add((path.name, state.st_mtime_ns, state.st_size, state.st_ino))
    return frozenset(found)


def unchecked(_plan: object) -> None:
    """The check of those who only want to know whether a file's form is right."""


class Personas:
    """The assistants that answer. `problems`: why what stands in the folder now is not in force, with file and line;
    `notes`: what a person should know beside. What a call took stays its own, whatever is read afterwards.
    """

    def __init__(self, folder: Path | None, transfer: str, check: Check, clock: Clock, look: Look) -> None:
        self._folder = folder
        self._transfer = transfer
        self._check = check
        self._clock = clock
        self._look = look
        self._stamps: Stamps | None = None
        self._next_look = clock() + LOOK_EVERY_S
        self._by_source: Mapping[str, Persona] = {}
        self._notes: Mapping[str, tuple[str, ...]] = {}
        self.problems: tuple[str, ...] = ()

    @classmethod
    def load(
        cls,
        folder: Path | None,
        *,
        transfer: str = "",
        check: Check = unchecked,
        clock: Clock = time.monotonic,
        look: Look = stamps,
    ) -> Personas:
        """The personas in `folder` (None: the shipped one); raise SettingsError with all that is wrong.

        `transfer` is whom those connect with who name nobody; `check` looks at each tool (`tools.checks`).
        """
        personas = cls(folder, transfer, check, clock, look)
        personas._first()
        return personas

    @property
    def everyone(self) -> tuple[Persona, ...]:
        return tuple(self._by_source.values())

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(note for source in self._by_source for note in self._notes.get(source, ()))

    def of_number(self, number: str) -> Persona | None:
        """Who answers `number`: who has it, else who has none of its own; None = nobody here."""
        try:
            wanted = e164(number)
        except ValueError:
            wanted = number
        owner = next((one for one in self.everyone if wanted in one.numbers), None)
        return owner or next((one for one in self.everyone if not one.numbers), None)

    def named(self, name: str) -> Persona | None:
        return next((one for one in self.everyone if one.name == name), None)

    def fresh(self) -> bool:
        """Read again what changed; whether anything was read. At most one look at the folder in LOOK_EVERY_S.

        A file that is broken now keeps the persona that it had; where two want one number, all stays as it was.
        """
        now = self._clock()
        if self._folder is None or now < self._next_look:
            return False
        self._next_look = now + LOOK_EVERY_S
        try:
            seen = self._look(self._folder)
        except OSError as broken:
            self.problems = (_unread(self._folder, broken),)
            self._stamps = None
            return False
        if seen == self._stamps:
            return False
        self._stamps = seen
        self._again(self._folder, seen)
        return True

    def _first(self) -> None:
        if self._folder is None:
            file, beside = _shipped()
            persona, notes = read_persona(file, beside, self._check, self._transfer)
            self._by_source, self._notes = {SHIPPED: persona}, {SHIPPED: notes}
            return
        try:
            self._stamps = self._look(self._folder)
        except OSError as broken:
            raise SettingsError([_unread(self._folder, broken)]) from None
        self._again(self._folder, self._stamps)
        if self.problems:
            raise SettingsError(list(self.problems))

    def _again(self, folder: Path, seen: Stamps) -> None:
        """Take over what can be taken over, and say in `problems` what cannot."""
        by_source: dict[str, Persona] = {}
        notes: dict[str, tuple[str, ...]] = {}
        problems: list[str] = []
        sources = sorted(name for name, *_ in seen if not name.endswith(FAQ_SUFFIX))
        for source in sources:
            try:
                file = TomlFile.read(folder / source)
                by_source[source], notes[source] = read_persona(file, _in(folder), self._check, self._transfer)
            except SettingsError as broken:
                problems += broken.problems
                if source in self._by_source:
                    by_source[source], notes[source] = self._by_source[source], self._notes[source]
        if not sources:
            problems.append(f"{folder}: holds no persona (a file whose name ends in .toml, but not in {FAQ_SUFFIX})")
        clashes = _clashes(by_source)
        self.problems = (*problems, *clashes)
        if by_source and not clashes:
            self._by_source, self._notes = by_source, notes


def _unread(folder: Path, broken: OSError) -> str:
    return f"DRAGOMAN_PERSONAS: {folder}: cannot be read: {broken.strerror}. Name a folder."


def _in(folder: Path) -> Open:
    return lambda name: TomlFile.read(folder / name)


def _shipped() -> tuple[TomlFile, Open]:
    place = resources.files("dragoman").joinpath("shipped_personas")

    def read(name: str) -> TomlFile:
        return TomlFile(name, place.joinpath(name).read_text(encoding="utf-8"))

    return read(SHIPPED), read


def _clashes(by_source: Mapping[str, Persona]) -> list[str]:
    """What two personas cannot both have: a name, a number, or no number."""
    owners: dict[tuple[str, str], str] = {}
    found: list[str] = []
    for source, persona in by_source.items():
        claims = [("the name", persona.name), *(("the number", number) for number in set(persona.numbers))]
        if not persona.numbers:
            claims.append(("all numbers that no other has", ""))
        for what, which in claims:
            if (first := owners.setdefault((what, which), source)) != source:
                said = f"{what} {which}".strip()
                found.append(f"{source}: wants {said}, and so does {first}: one of them only")
    return found
