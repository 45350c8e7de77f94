"""What an ear hears beside the interpreter."""

from __future__ import annotations

import enum


class OriginalMode(enum.Enum):
    """How the source's own voice comes across, per direction."""

    OFF = "off"
    """Only the interpreter is heard."""
    DUCK = "duck"
    """Quietly under the interpreter, at full level while it is silent."""
    FULL = "full"
    """At full level always, the interpreter on top of it."""
