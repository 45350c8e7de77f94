"""What the applications are called in the tables."""

from __future__ import annotations

from typing import Final

OURS: Final = "dragoman"
NODE: Final = "node relay"
PYTHON: Final = "bare python"
