"""`dragoman models`: the embedded engine's weights on this machine."""

from __future__ import annotations

from typing import Annotated

from cyclopts import App, Parameter
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn, TransferSpeedColumn
from rich.table import Table

from dragoman.errors import DragomanError
from dragoman.interpreters.local.fetch import Fetcher
from dragoman.interpreters.local.manifest import ModelFile, load_manifest
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.local.verify import State, check
from dragoman.settings import load

models_app = App(name="models", help="The embedded engine's model files: list, fetch, verify, path.")


class _Bars:
    """One progress bar per file, named by where the bytes come from."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._bars: dict[str, TaskID] = {}

    def begins(self, file: ModelFile, source: str) -> None:
        if file.name not in self._bars:
            self._bars[file.name] = self._progress.add_task(file.name, total=file.size_bytes, source="")
        self._progress.update(self._bars[file.name], completed=0, source=source)

    def grows(self, file: ModelFile, have_bytes: int) -> None:
        self._progress.update(self._bars[file.name], completed=have_bytes)

    def ends(self, file: ModelFile) -> None:
        bar = self._bars.pop(file.name, None)
        if bar is not None:
            self._progress.remove_task(bar)


@models_app.command(name="list")
def list_models(*, everything: Annotated[bool, Parameter(name="--all")] = False) -> int:
    """Show the files, their size, licence and whether they are here. --all: also those fetched by name only."""
    folder = load(LocalSettings).models_folder
    manifest = load_manifest()
    table = Table("file", "MB", "licence", "here", box=None)
    for file in manifest.files if everything else manifest.select():
        table.add_row(file.name, f"{file.size_bytes / 1e6:.1f}", file.licence, check(file, folder).value)
    Console().print(table)
    return 0


@models_app.command
def fetch(*names: str) -> int:
    """Fetch the files with these names (file, folder, or voice); without names, all that the engine wants."""
    console = Console(stderr=True)
    settings = load(LocalSettings)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    try:
        files = load_manifest().select(names)
        with (
            Progress(*columns, TextColumn("{task.fields[source]}"), console=console, transient=True) as progress,
            Fetcher(settings.models_folder, settings.models_from) as fetcher,
        ):
            fetched = fetcher.fetch(files, _Bars(progress))
    except DragomanError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return 1
    size = sum(one.size_bytes for one in fetched) / 1e6
    console.print(f"{len(fetched)} files fetched ({size:.0f} MB), {len(files)} ready in {settings.models_folder}")
    return 0


@models_app.command
def verify(*names: str) -> int:
    """Check size and SHA-256 of the files; the exit code is 1 when one is missing or wrong."""
    console = Console()
    folder = load(LocalSettings).models_folder
    try:
        files = load_manifest().select(names)
    except DragomanError as error:
        console.print(str(error), style="red", markup=False, highlight=False)
        return 1
    states = {file.name: check(file, folder) for file in files}
    wrong = {name: state for name, state in states.items() if state is not State.OK}
    for name, state in wrong.items():
        console.print(f"{name}: {state.value}", style="red", markup=False, highlight=False)
    console.print(f"{len(states) - len(wrong)} of {len(states)} files are right in {folder}")
    return 1 if wrong else 0


@models_app.command
def path() -> int:
    """Print the folder that holds the files."""
    Console(soft_wrap=True).print(str(load(LocalSettings).models_folder), markup=False, highlight=False)
    return 0
