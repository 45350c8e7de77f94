"""How many files and sockets this process may hold open: what the system usually gives is less than what we bound."""

from __future__ import annotations

import contextlib
import resource
from typing import Final

from dragoman.web.http import HttpBounds

MOST: Final = 65_536
"""More than we ever need."""

PER_CALL: Final = 6
"""Two streams, two sessions, and another one for each while one is replaced."""

AT_REST: Final = 128


def needed(calls: int) -> int:
    """For so many calls, and as many waiting HTTP connections as are let in: strangers may hold those."""
    return HttpBounds().connections + PER_CALL * calls + AT_REST


def allowed() -> int:
    """As many as may be open after `take_all`."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if hard == resource.RLIM_INFINITY else min(hard, MOST)


def take_all() -> None:
    """Raise the soft limit (1024 by custom, for programs that use `select`) to what the hard one allows."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < allowed():
        with contextlib.suppress(ValueError, OSError):  # macOS has a third limit
            resource.setrlimit(resource.RLIMIT_NOFILE, (allowed(), hard))
