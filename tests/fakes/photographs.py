"""A look at a page as people will see it: photographed for them, gone over by axe-core, never wider than its window."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

OUT: Final = Path(__file__).parents[2] / "out"
SETTLED_MS: Final = 150
"""For transitions of colours: axe would measure a contrast between two."""


def look_over(page: Page, folder: str, name: str) -> None:
    """Photograph into `out/<folder>/<name>.png`, and fail for whatever axe-core finds."""
    page.wait_for_timeout(SETTLED_MS)
    (OUT / folder).mkdir(parents=True, exist_ok=True)
    page.screenshot(path=OUT / folder / f"{name}.png")
    found = Axe().run(page)
    assert found.violations_count == 0, f"{name}: {found.generate_report()}"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{name} is too wide"
