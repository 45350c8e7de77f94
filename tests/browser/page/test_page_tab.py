"""The sound of another tab as what is interpreted, in Chromium: a tab that gives out a tone is captured for real.
A flag answers the browser's dialog.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from dragoman.browser import wire
from tests.fakes.chromium import ALLOWED, another, chromium, tab_chosen, visit
from tests.fakes.page_server import PageServer, page_server

pytestmark = [pytest.mark.pair, pytest.mark.timeout(60)]

RATE_HZ: Final = 24_000
TONE_HZ: Final = 1_000
PEAK: Final = 0.3
TITLE: Final = "A tone"
TONE: Final = f"""() => {{
  const context = new AudioContext(), tone = new OscillatorNode(context, {{ frequency: {TONE_HZ} }});
  tone.connect(new GainNode(context, {{ gain: {PEAK} }})).connect(context.destination);
  tone.start();
  return context.resume();
}}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(*tab_chosen(TITLE), audible=True) as started:
        yield started


def playing_tab(page: Page) -> Page:
    """A second tab, which gives out the tone."""
    tab = page.context.new_page()
    tab.set_content(f"<title>{TITLE}</title>")
    tab.evaluate(TONE)
    page.bring_to_front()
    return tab


def choose(page: Page) -> None:
    """From the first screen to the browser's own dialog."""
    page.get_by_role("button", name="One device").click()
    page.get_by_label("What is interpreted").select_option("tab")
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_text("Your browser will ask which tab.")).to_be_visible()
    page.get_by_role("button", name="Choose a tab").click()


def hear_the_tone(server: PageServer) -> None:
    """Half a second from now on is the tone of the tab, at its own pitch and loudness."""
    start = len(server.audio)
    server.until(lambda: len(server.audio) >= start + 2 * RATE_HZ, "a second of the tab")
    samples = np.frombuffer(bytes(server.audio[start + RATE_HZ : start + 2 * RATE_HZ]), "<i2") / 32768
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    assert abs(int(spectrum.argmax()) * RATE_HZ / len(samples) - TONE_HZ) <= RATE_HZ / len(samples)
    assert np.sqrt(2 * np.mean(samples**2)) == pytest.approx(PEAK, rel=0.1)


def test_a_tab_is_interpreted_until_its_sharing_is_stopped_and_then_another(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        tab = playing_tab(page)
        choose(page)
        page.get_by_text("The sound of the tab arrives.").wait_for()
        page.get_by_role("button", name="Start").click()
        server.got(wire.Join)
        hear_the_tone(server)
        tab.close()
        expect(page.get_by_role("alert")).to_contain_text("The tab is not shared any more. Choose it again to go on.")
        playing_tab(page)
        page.get_by_role("button", name="Choose a tab").click()
        expect(page.get_by_role("alert")).to_have_count(0)
        hear_the_tone(server)


def test_a_tab_that_is_closed_before_the_start_is_told(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        tab = playing_tab(page)
        choose(page)
        page.get_by_text("The sound of the tab arrives.").wait_for()
        tab.close()
        expect(page.get_by_role("alert")).to_have_text("The tab is not shared any more. Choose it again to go on.")
        page.get_by_role("button", name="Try again").wait_for()


def test_a_dismissed_dialog_is_explained(browser: Browser) -> None:
    with (
        another(browser, f"{ALLOWED}=deny") as refusing,
        page_server() as server,
        visit(refusing, server.url) as page,
    ):
        choose(page)
        expect(page.get_by_role("alert")).to_contain_text("No tab was chosen, so there is nothing to interpret.")
        expect(page.get_by_text("microphone")).to_have_count(0)
        page.get_by_role("button", name="Try again").wait_for()
