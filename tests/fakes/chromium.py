"""Chromium for tests of the page: started with a microphone of our own, told to ask nobody, its mistakes kept."""

from __future__ import annotations

import shutil
import wave
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from playwright.sync_api import Browser, BrowserType, Page, expect, sync_playwright

FLAGS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-fake-device-for-media-stream",
    "--host-resolver-rules=MAP dragoman.test 127.0.0.1",
)
ALLOWED: Final = "--use-fake-ui-for-media-stream"
"""Microphones are allowed without asking; without this flag they are refused."""

MUTE: Final = "--mute-audio"
"""Playwright's own flag for a browser without a window; a tab's sound cannot be captured with it."""

PHONE: Final = (360, 740)
DESKTOP: Final = (1280, 800)
PATIENCE_MS: Final = 15_000.0


def tab_chosen(title: str) -> tuple[str, ...]:
    """Flags that answer the dialog of getDisplayMedia with the tab of this title, and let tabs play untouched."""
    return f"--auto-select-tab-capture-source-by-title={title}", "--autoplay-policy=no-user-gesture-required"


@contextmanager
def chromium(*flags: str, audible: bool = False) -> Iterator[Browser]:
    """One browser, with a profile of its own. Only one at a time in a process; more are had from it by `another`.

    `audible`: what its tabs play can be captured.
    """
    expect.set_options(timeout=PATIENCE_MS)
    with sync_playwright() as playwright, _launched(playwright.chromium, flags, audible=audible) as browser:
        yield browser


@contextmanager
def another(browser: Browser, *flags: str) -> Iterator[Browser]:
    """A browser with other flags, while the first lives."""
    with _launched(browser.browser_type, flags) as launched:
        yield launched


@contextmanager
def _launched(kind: BrowserType, flags: Iterable[str], *, audible: bool = False) -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "chromium is not installed: see requirements/apt-dev.txt"
    browser = kind.launch(
        executable_path=program, headless=True, args=[*FLAGS, *flags], ignore_default_args=[MUTE] * audible
    )
    try:
        yield browser
    finally:
        browser.close()


@contextmanager
def visit(
    browser: Browser,
    url: str,
    size: tuple[int, int] = DESKTOP,
    *,
    dark: bool = False,
    language: str = "en-US",
    prepare: Callable[[Page], None] = lambda _page: None,
) -> Iterator[Page]:
    """A page of a fresh visitor, who has opened `url`. Whatever the page says went wrong fails the test.

    `prepare` is asked before the page is opened.
    """
    context = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        locale=language,
        has_touch=size == PHONE,
        is_mobile=size == PHONE,
    )
    context.set_default_timeout(PATIENCE_MS)
    page = context.new_page()
    wrong: list[str] = []
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
    try:
        prepare(page)
        page.goto(url)
        yield page
        assert wrong == [], wrong
    finally:
        context.close()


def silence(path: Path, seconds: float = 1.0) -> Path:
    """A WAV of zeros, for a microphone that is switched off."""
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(48_000)
        file.writeframes(b"\0\0" * round(48_000 * seconds))
    return path


def start(page: Page) -> None:
    """Through the microphone's check, whatever it says."""
    page.get_by_role("button", name="Allow the microphone").click()
    page.get_by_role("button", name="Start").click()
