"""A tool that is a function of the operator's: `module:function`, sync or async."""

from __future__ import annotations

import asyncio
import functools
import importlib
import inspect
from collections.abc import Callable
from typing import Any

from dragoman.domain.persona import PythonCall
from dragoman.domain.tools import CallFacts, ToolResult
from dragoman.tools.results import ToolError, result_of
from dragoman.tools.schema import Signature, signature_of
from dragoman.tools.threads import Busy, Threads


def function_of(target: str) -> Callable[..., Any]:
    """The function that `target` (`module:function`) names; raise ValueError with what is wrong."""
    module, _, path = target.partition(":")
    try:
        found: object = importlib.import_module(module)
    except (Exception, SystemExit) as broken:  # noqa: BLE001 - an operator's module may raise anything, even exit
        fix = ". Install it, or name its folder in PYTHONPATH" if isinstance(broken, ModuleNotFoundError) else ""
        raise ValueError(f"{module} cannot be imported: {type(broken).__name__}: {broken}{fix}") from None
    for name in path.split("."):
        found = getattr(found, name, None)
    if not callable(found) or inspect.isclass(found):
        raise ValueError(f"there is no function {path} in {module}")
    return found


class PythonTool:
    """One function. A sync one runs in a thread: it may block, and is not waited for beyond its time."""

    def __init__(self, call: PythonCall, threads: Threads) -> None:
        """Import it; raise ValueError with what is wrong."""
        self._function = function_of(call.target)
        self._threads = threads
        self.signature: Signature = signature_of(self._function)

    async def call(self, arguments_json: str, facts: CallFacts) -> ToolResult:
        """Run it; raise ToolError for whatever goes wrong (TimeoutError and cancellation are the caller's)."""
        try:
            arguments = self.signature.arguments(arguments_json)
        except ValueError as broken:
            raise ToolError(f"the arguments do not fit: {broken}") from None
        if self.signature.facts:
            arguments[self.signature.facts] = facts
        bound = functools.partial(self._function, **arguments)
        try:
            value = await (bound() if inspect.iscoroutinefunction(self._function) else self._threads.run(bound))
        except Busy:
            raise ToolError("too many calls of tools are still running") from None
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) is not None and task.cancelling():
                raise
            raise ToolError("the tool gave up") from None  # cancelled from within itself: not our end
        except TimeoutError:
            raise ToolError("the tool failed: TimeoutError") from None  # its own: ours arrives as a cancellation
        except (Exception, SystemExit) as broken:  # noqa: BLE001 - an operator's bug must not end anybody's call
            raise ToolError(f"the tool failed: {type(broken).__name__}") from None
        return result_of(value)
