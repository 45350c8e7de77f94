"""`make mutate`: do the tests notice when `relay` and `audio` are changed? See docs/howto/mutation-testing.md.

Works in `out/mutate`, on a copy, so that nobody's edits get in between. mutmut makes the mutants and tries each against
the tests that run its function (`[tool.mutmut]` in pyproject.toml); this starts it afresh, bounds its time and memory,
and says what came of it.
"""

from __future__ import annotations

import contextlib
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from cyclopts import App as Command
from cyclopts import Parameter
from mutmut.mutation.diff_apply import get_diff_for_mutant
from rich.console import Console

from bench.mutate.report import ENOUGH, NOTICED, Fate, read, rows, table, total

ROOT: Final = Path(__file__).parents[2]
PLACE: Final = ROOT / "out" / "mutate"
COPIED: Final = ("src", "tests", "docs", "bench", "pyproject.toml")
NOT_COPIED: Final = ("__pycache__", "node_modules", ".hypothesis")
PACKAGE: Final = Path("src") / "dragoman"
SURVIVORS: Final = PLACE / "survivors.txt"
MEMORY_BYTES: Final = 8 << 30
"""Address space of one process: a mutant that collects for ever ends here, and not with the machine."""
ENVIRONMENT: Final = {
    "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "",
}
"""Each mutant starts pytest anew: only the plugins that `pytest_add_cli_args` names. Sums are too small to share. What
is imported anew was compiled before."""
STOP_S: Final = 30.0
WIDTH: Final = 120

command = Command(name="bench.mutate", help="Whether the tests notice changes to relay and audio.")


@command.default
def main(
    *only: str,
    minutes: Annotated[
        float, Parameter(help="No longer than this; what was not tried by then counts against us.")
    ] = 30,
    workers: Annotated[int | None, Parameter(help="Mutants at a time; as many as there are cores.")] = None,
    survivors: Annotated[bool, Parameter(help="Only list what survived the last run.")] = False,
) -> int:
    """Try all mutants, or those with names such as 'dragoman.relay.lane.*'. 1 when too many went unnoticed."""
    console = Console(width=None if sys.stdout.isatty() else WIDTH)
    if survivors:
        return _list_survivors(console)
    began = time.monotonic()
    _copy()
    ended = _try_all(only, workers or os.cpu_count() or 1, minutes * 60)
    found = read(PLACE / "mutants", PACKAGE)
    if not found:
        console.print("mutmut tried nothing; its words are above", style="red")
        return 1
    of = rows(found)
    console.print(table(of, time.monotonic() - began))
    SURVIVORS.write_text(_diffs(found), encoding="utf-8")
    console.print(f"What went unnoticed: {SURVIVORS.relative_to(ROOT)}")
    return _verdict(console, ended, total(of).share, sum(row.fates.get(Fate.UNTRIED, 0) for row in of), bool(only))


def _verdict(console: Console, ended: bool, share: float, untried: int, partial: bool) -> int:
    if not ended:
        console.print("Out of time.", style="red")
    if untried and not partial:
        console.print(f"{untried} mutants were not tried.", style="red")
        return 1
    if share < ENOUGH:
        console.print(f"{share:.1%} noticed: fewer than {ENOUGH:.0%}.", style="red")
        return 1
    return 0 if ended else 1


def _copy() -> None:
    """The tree as it is now, without what an earlier run left."""
    shutil.rmtree(PLACE, ignore_errors=True)
    PLACE.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, PLACE / name, ignore=shutil.ignore_patterns(*NOT_COPIED))
        else:
            shutil.copy2(source, PLACE / name)


def _try_all(only: tuple[str, ...], workers: int, most_s: float) -> bool:
    """Let mutmut run; whether it came to its end. Its progress goes to the terminal, else to a file."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, resource.getrlimit(resource.RLIMIT_AS)[1]))
    mutmut = Path(sys.executable).with_name("mutmut")
    with contextlib.ExitStack() as stack:
        output = None if sys.stdout.isatty() else stack.enter_context((PLACE / "log.txt").open("w", encoding="utf-8"))
        run = subprocess.Popen(
            [mutmut, "run", "--max-children", str(workers), *only],
            cwd=PLACE,
            env=os.environ | ENVIRONMENT,
            stdout=output,
            stderr=output,
        )
        try:
            if run.wait(most_s):
                _show_log()
            return run.returncode == 0
        except subprocess.TimeoutExpired:
            run.send_signal(signal.SIGINT)
            with contextlib.suppress(subprocess.TimeoutExpired):
                run.wait(STOP_S)
            return False
        finally:
            run.kill()


def _show_log() -> None:
    log = PLACE / "log.txt"
    if log.exists():
        sys.stdout.write(log.read_text(encoding="utf-8").replace("\r", "\n")[-8000:])


def _diffs(found: Mapping[str, Mapping[str, Fate]]) -> str:
    """Every mutant that went unnoticed, as a diff; by file."""
    pieces = []
    with contextlib.chdir(PLACE):
        for fates in found.values():
            for name, fate in fates.items():
                if fate not in NOTICED and fate is not Fate.UNTRIED:
                    pieces.append(f"# {name}: {fate.value}\n{get_diff_for_mutant(name)}\n")
    return "\n".join(pieces)


def _list_survivors(console: Console) -> int:
    if not SURVIVORS.exists():
        console.print("nothing was tried yet: make mutate", style="red")
        return 1
    console.print(SURVIVORS.read_text(encoding="utf-8"), markup=False, highlight=False)
    return 0


if __name__ == "__main__":
    sys.exit(command())
