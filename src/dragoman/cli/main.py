"""The `dragoman` command: gathers the commands that are there, and turns our errors into plain text.

A command is a module `dragoman.cli.<name>` with a cyclopts App called `<name>_app`, or, when it takes several files, a
package with a function `<name>` in `dragoman.cli.<name>.command`. It is imported only when it is run.
"""

from __future__ import annotations

import importlib.util
import os
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Final

from cyclopts import App, CycloptsError
from rich.console import Console

from dragoman.errors import DragomanError, SettingsError

COMMANDS: Final[Mapping[str, str]] = {
    "serve": "Serve calls and browsers. Settings come from the environment and .env (docs/configuration.md).",
    "demo": "Carry a whole call on this machine: real speech, an emulated telephone network, no account needed.",
    "browser": "Interpret in browsers, at this machine or in rooms; no account needed.",
    "models": "The embedded engine's model files: list, fetch, verify, path.",
    "doctor": "Check that everything is in place for the first call, and say what to do where it is not.",
    "twilio": "What is set up at Twilio: the Studio flow that asks for the caller's language.",
    "emulate": "Run the emulated Twilio or OpenAI, to try the server out without an account.",
}
"""In the order of the help, each with its line there: a command is imported when it runs, not to be listed."""

OK = 0
FAILED = 2
"""Exit code for whatever the user can mend: settings, missing models, a vendor that refuses."""
INTERRUPTED = 130

ONE_THREAD: Final = ("OPENBLAS_NUM_THREADS", "1")
"""What numpy is told before it is first imported, unless the user has said it: the products of matrices that the relay
asks for are small. In two threads the largest of the echo gate's held up all calls for 17 ms on a busy machine, while
it waited for a second core; in one it takes 0.07 ms.
"""


def build() -> App:
    """The command with every sub-command whose module exists."""
    app = App(
        name="dragoman",
        help="A live interpreter for phone calls: two people who share no language talk, each hearing their own.",
        version=lambda: version("dragoman"),
        result_action="return_int_as_exit_code_else_zero",
    )
    for order, (name, where) in enumerate(commands().items()):
        app.command(where, name=name, sort_key=order, help=COMMANDS[name])
    return app


def commands() -> dict[str, str]:
    """The commands that this installation has, and where each is to be imported from."""
    found: dict[str, str] = {}
    for name in COMMANDS:
        module = f"dragoman.cli.{name}"
        spec = importlib.util.find_spec(module)  # of a module, not of one in a package of ours: that would import it
        if spec is None or spec.origin is None:  # a folder without __init__ has no origin
            continue
        found[name] = f"{module}.command:{name}" if spec.submodule_search_locations else f"{module}:{name}_app"
    return found


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; return the exit code."""
    os.environ.setdefault(*ONE_THREAD)
    console = Console(stderr=True)
    try:
        return int(build()(arguments, exit_on_error=False, print_error=True, error_console=console))
    except CycloptsError:
        return FAILED  # cyclopts has said what is wrong
    except DragomanError as error:
        _explain(console, error)
        return FAILED
    except BaseExceptionGroup as group:
        ours, others = group.split(DragomanError)
        if ours is None or others is not None:
            raise
        for leaf in _leaves(ours):
            _explain(console, leaf)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _leaves(group: BaseExceptionGroup[BaseException]) -> list[BaseException]:
    found: list[BaseException] = []
    for error in group.exceptions:
        found += _leaves(error) if isinstance(error, BaseExceptionGroup) else [error]
    return found


def _explain(console: Console, error: BaseException) -> None:
    """One line per problem, unwrapped and unstyled: it may be pasted into a shell or a ticket."""
    lines = error.problems if isinstance(error, SettingsError) else [str(error) or type(error).__name__]
    title = "Settings are missing or wrong:" if isinstance(error, SettingsError) else "dragoman:"
    console.print(title, style="bold red", highlight=False)
    for line in lines:
        console.print(f"  {line}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    sys.exit(main())
