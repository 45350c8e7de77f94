"""An agent answers a phone call in Chromium: our server, the emulated carrier and speech model. What the agent sees is
photographed into out/browser-live/, and gone over by axe-core.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from playwright.sync_api import Browser, Page, expect

from dragoman.domain.outcome import Outcome, Result
from dragoman.interpreters.openai.emulator.markers import markers_heard
from dragoman.telephony.twilio.emulator import Phone
from tests.fakes.chromium import ALLOWED, DESKTOP, chromium, start, visit
from tests.fakes.key_receiver import keys_heard
from tests.fakes.page_sound import heard_mulaw, pieces, say, with_mouth
from tests.fakes.photographs import look_over
from tests.rig.agents_in_browsers import browser_town
from tests.rig.browser_house import SENTENCES, TOKEN, Tongues, sign_in, spoken_hz
from tests.rig.pages import spoken
from tests.rig.people import Ear, voice
from tests.rig.town import Town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(90)]

PHOTOS: Final = "browser-live"
PATIENCE_S: Final = 15.0
POCKET: Final = (390, 844)
LOOKS: Final = {"phone-dark": (POCKET, True), "desktop-light": (DESKTOP, False)}
CALLERS, AGENTS = 500, 700
"""What each says: a sentence of `SENTENCES`."""
SPOKEN_MS: Final = 1200
"""How long the interpreter takes for a sentence: a key is pressed in the midst of it."""


@dataclass(frozen=True, slots=True)
class Side:
    """The town from another thread than its own."""

    town: Town
    portal: BlockingPortal

    def dials(self) -> Phone:
        return self.portal.call(self.town.dial)

    def says(self, phone: Phone, hz: int) -> None:
        self.portal.call(phone.say, voice(hz))

    def hangs_up(self, phone: Phone) -> None:
        self.portal.call(phone.hang_up)

    def heard(self, ear: Ear) -> bytes:
        return self.portal.call(lambda: ear.audio)

    def all_is_heard(self, ear: Ear) -> bool:
        return self.portal.call(ear.heard_all, 400)


@pytest.fixture(scope="module")
def side() -> Iterator[Side]:
    script = Tongues(spoken_ms=SPOKEN_MS)
    town = browser_town(script=script, DRAGOMAN_BROWSER_TOKEN=TOKEN, DRAGOMAN_BROWSER_LOGINS_PER_MINUTE="1000")
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(town) as here:
        yield Side(here, portal)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(ALLOWED) as started:
        yield started


def photograph(page: Page, screen: str) -> None:
    """On a phone in the dark, and on a desktop by daylight, which is how it stays."""
    for look, (size, dark) in LOOKS.items():
        page.set_viewport_size({"width": size[0], "height": size[1]})
        page.emulate_media(color_scheme="dark" if dark else "light")
        look_over(page, PHOTOS, f"agent-{screen}-{look}")


def until(wanted: Callable[[], object], what: str, page: Page) -> None:
    """Ask again and again, while the page lives on."""
    deadline = time.monotonic() + PATIENCE_S
    while not wanted():
        assert time.monotonic() < deadline, f"{what} did not come true"
        page.wait_for_timeout(100)


def test_an_agent_answers_a_phone_call(side: Side, browser: Browser) -> None:
    with visit(browser, side.town.public_url, prepare=with_mouth) as page:
        sign_in(page, "Phone calls")
        start(page)
        page.get_by_text("You are on duty.").wait_for()
        photograph(page, "on-duty")
        caller = side.dials()
        page.get_by_text("Language: Spanish").wait_for()
        photograph(page, "rings")
        page.get_by_role("button", name="Accept").click()
        expect(page.locator(".status-text")).to_have_text("Listening")
        ear = Ear(caller)
        the_caller_speaks(side, page, caller)
        the_agent_speaks_and_presses_keys(side, page, ear)
        the_agent_is_mute(side, page, caller)
        the_agent_hangs_up(side, page, caller)


def the_caller_speaks(side: Side, page: Page, caller: Phone) -> None:
    """The agent hears it interpreted, and reads both."""
    before = pieces(page)
    side.says(caller, CALLERS)
    log = page.get_by_role("log")
    for language in ("es", "en"):
        expect(log.get_by_text(SENTENCES[CALLERS][language])).to_be_visible()
    until(lambda: spoken_hz(CALLERS, "en") in markers_heard(heard_mulaw(page, before)), "the caller's words", page)


def the_agent_speaks_and_presses_keys(side: Side, page: Page, ear: Ear) -> None:
    """The caller hears both, neither under the other; no key is heard by the interpreter, or changes anything."""
    page.get_by_role("button", name="Keypad").click()
    say(page, spoken(AGENTS))
    own = spoken_hz(AGENTS, "es")
    until(lambda: own in markers_heard(side.heard(ear)), "the agent's words", page)
    page.get_by_role("button", name="5", exact=True).click()
    page.keyboard.press("#")
    until(lambda: keys_heard(side.heard(ear)) == "5#", "the keys", page)
    expect(page.get_by_label("Pressed")).to_have_text("5#")
    expect(page.get_by_role("log").get_by_text(SENTENCES[AGENTS]["es"])).to_be_visible()
    photograph(page, "keypad")
    until(lambda: side.all_is_heard(ear), "the rest of the words", page)
    page.get_by_role("button", name="Keypad").click()
    (view,) = side.portal.call(side.town.app.calls.calls)
    assert view.manner.interpreting.value == "on"


def the_agent_is_mute(side: Side, page: Page, caller: Phone) -> None:
    """The caller hears nothing of what the agent says then, and the agent hears on."""
    quiet = Ear(caller)
    page.get_by_role("button", name="Mute").click()
    expect(page.locator(".status-text")).to_have_text("You are muted")
    say(page, spoken(AGENTS))
    the_caller_speaks(side, page, caller)
    photograph(page, "muted")
    assert not quiet.sound_ms
    page.get_by_role("button", name="Unmute").click()


def the_agent_hangs_up(side: Side, page: Page, caller: Phone) -> None:
    """The call is over for both; the page says what it came to and goes back to the calls."""
    call_id = side.portal.call(lambda: side.town.call_id)
    page.get_by_role("button", name="Hang up").click()
    page.get_by_text("You hung up.").wait_for()
    page.get_by_role("button", name="Back to the calls").wait_for()
    photograph(page, "over")
    side.portal.call(partial(caller.ended, 5.0))
    record = side.portal.call(side.town.record_of, call_id)
    assert record.outcome == Outcome(Result.AGENT, "hung up")
    assert record.keys_sent == 2
    assert [one.source_text for one in record.utterances] == [
        SENTENCES[number][language] for number, language in ((CALLERS, "es"), (AGENTS, "en"), (CALLERS, "es"))
    ]
