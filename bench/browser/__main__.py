"""`python -m bench.browser`: gaps and overlaps in what a page plays, while a line between it and the server jitters.

Everything is real but the model, which says one long steady tone: Chromium, the page, `dragoman serve`, their socket.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from cyclopts import App as Command
from playwright.sync_api import Browser, Page, WebSocket
from rich.console import Console

from bench.browser.figures import Heard, Played, listened, table
from tests.fakes.chromium import ALLOWED, chromium, start, visit
from tests.fakes.page_sound import RATE_HZ, heard, say, with_mouth
from tests.rig.browser_house import BrowserHouse, Tongues, choose, emulated_house, sign_in
from tests.rig.pages import spoken

MARKER_HZ: Final = 500
SPARE_S: Final = 7.0
"""After the tone: for its last mark, and the page's next report."""

command = Command(name="bench.browser", help="Playback in the page under jitter (docs/benchmarks.md).")


@command.default
def main(*, jitter: Sequence[int] = (0, 30, 100), seconds: int = 60, json_file: Path | None = None) -> None:
    """Play `seconds` of speech at each jitter (ms, each message late by 0 to so many)."""
    rows: list[Played] = []
    with (
        tempfile.TemporaryDirectory() as folder,
        emulated_house(Path(folder), Tongues(spoken_ms=seconds * 1000)) as house,
        chromium(ALLOWED) as browser,
    ):
        rows = [run(house, browser, one, seconds) for one in jitter]
    Console(width=160).print(table(rows))
    if json_file is not None:
        json_file.write_text(json.dumps([asdict(one) for one in rows], indent=2), encoding="utf-8")


def run(house: BrowserHouse, browser: Browser, jitter_ms: int, seconds: int) -> Played:
    """One page, one long answer."""
    said: list[dict[str, Any]] = []

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", lambda frame: said.append(json.loads(frame)) if isinstance(frame, str) else None)

    def prepare(page: Page) -> None:
        with_mouth(page)
        page.on("websocket", opened)

    house.line.jitter_ms = 0.0
    with visit(browser, house.line.url, prepare=prepare) as page:
        page.set_default_timeout(30_000.0)
        sign_in(page, "One device")
        choose(page, "Your language", "Español")
        choose(page, "The other person's language", "English")
        page.get_by_role("button", name="Continue").click()
        start(page)
        page.get_by_text("Listening").first.wait_for()
        house.line.jitter_ms = float(jitter_ms)
        say(page, spoken(MARKER_HZ))
        page.wait_for_timeout((seconds + SPARE_S) * 1000)
        sound = heard(page)
        page.get_by_role("button", name="Leave").click()
        page.get_by_role("button", name="Leave").last.click()
    return played(jitter_ms, [one for one in said if one["type"] == "playback"], listened(sound, RATE_HZ))


def played(jitter_ms: int, reports: Sequence[dict[str, Any]], ear: Heard) -> Played:
    """All of a page's reports, put together."""
    late, underruns, overlaps = (sum(one[name] for one in reports) for name in ("late", "underruns", "overlaps"))
    gap_ms = sum(one["gap_ms"] for one in reports)
    return Played(
        jitter_ms, late, underruns, gap_ms, overlaps, max((one["jitter_ms"] for one in reports), default=0.0), ear
    )


if __name__ == "__main__":
    command()
