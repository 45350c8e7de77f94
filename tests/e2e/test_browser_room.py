"""Browser mode in Chromium against `dragoman serve`, with the emulated speech models: a room of three languages, a
connection that drops, two tabs, microphones and addresses that will not do. What people see is photographed into
out/browser-live/, and gone over by axe-core.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from playwright.sync_api import Browser, Page, Response, expect

from dragoman.interpreters.openai.emulator.markers import markers_heard
from tests.fakes.chromium import ALLOWED, DESKTOP, PHONE, another, chromium, start, visit
from tests.fakes.page_sound import heard_mulaw, say, with_mouth
from tests.fakes.photographs import look_over
from tests.rig.browser_house import SENTENCES, BrowserHouse, choose, emulated_house, sign_in, spoken_hz
from tests.rig.pages import spoken

pytestmark = [pytest.mark.rig, pytest.mark.timeout(90)]

PHOTOS: Final = "browser-live"
WEIGHT_MAX_BYTES: Final = 200_000
PATIENCE_S: Final = 15.0
ANA, BOB, CHLOE = "Ana", "Bob", "Chloé"
SAYS: Final = {ANA: 500, BOB: 700, CHLOE: 900}
SPEAKS: Final = {ANA: "es", BOB: "en", CHLOE: "fr"}


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrowserHouse]:
    with emulated_house(tmp_path_factory.mktemp("house")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(ALLOWED) as started:
        yield started


def until(wanted: Callable[[], object], what: str, page: Page) -> None:
    """Ask again and again, while the page lives on."""
    deadline = time.monotonic() + PATIENCE_S
    while not wanted():
        assert time.monotonic() < deadline, f"{what} did not come true"
        page.wait_for_timeout(100)


def hears(page: Page, hz: int) -> bool:
    """Whether this tone came out of its loudspeaker."""
    return hz in markers_heard(heard_mulaw(page))


# ---- A room of three -------------------------------------------------------------------------------------------------


def test_a_room_of_three_languages(house: BrowserHouse, browser: Browser) -> None:
    """Each hears the others in the own language and sees everybody in both; one drops out and comes back."""
    with ExitStack() as stack:
        ana = stack.enter_context(visit(browser, house.line.url, DESKTOP, prepare=with_mouth))
        link = opened(ana)
        here = house.line.url + link[link.index("/r/") :]
        bob = stack.enter_context(visit(browser, here, PHONE, dark=True, prepare=with_mouth))
        came(bob, BOB, "English")
        chloe = stack.enter_context(visit(browser, here, DESKTOP, dark=True, prepare=with_mouth))
        came(chloe, CHLOE, "Français")
        pages = {ANA: ana, BOB: bob, CHLOE: chloe}
        expect(ana.get_by_role("complementary").get_by_text(CHLOE)).to_be_visible()
        for name in pages:
            speaks(pages, name)
        for name, page in pages.items():
            look_over(page, PHOTOS, f"room-{name}")
        drops(house, pages)
        ends(ana, bob)


def opened(page: Page) -> str:
    """Ana opens the room, and gets its link."""
    look_over(page, PHOTOS, "start-desktop-light")
    sign_in(page, "Several devices", lambda: look_over(page, PHOTOS, "login-desktop-light"))
    page.get_by_label("Your name").fill(ANA)
    choose(page, "Your language", "Español")
    look_over(page, PHOTOS, "room-form-desktop-light")
    page.get_by_role("button", name="Continue").click()
    start(page)
    page.get_by_text("Waiting for the others").first.wait_for()
    look_over(page, PHOTOS, "lobby-desktop-light")
    return page.get_by_label("Link to this conversation").input_value()


def came(page: Page, name: str, language: str) -> None:
    """Somebody came by the link."""
    page.get_by_role("heading", name="Join the conversation").wait_for()
    page.get_by_text(f"Already here: {ANA}").wait_for()
    page.get_by_label("Your name").fill(name)
    choose(page, "Your language", language)
    if name == BOB:
        look_over(page, PHOTOS, "join-phone-dark")
    page.get_by_role("button", name="Continue").click()
    start(page)
    expect(page.locator(".status-text")).to_have_text("Listening")


def speaks(pages: dict[str, Page], name: str) -> None:
    """One says a sentence: the others hear it in their language, and all see it in theirs and as it was said."""
    sentence, said_in = SAYS[name], SPEAKS[name]
    say(pages[name], spoken(sentence))
    for other, page in pages.items():
        log = page.get_by_role("log")
        expect(log.get_by_text(SENTENCES[sentence][said_in])).to_be_visible()
        if other == name:
            assert not hears(page, spoken_hz(sentence, said_in)), "nobody hears themselves"
            continue
        own = SPEAKS[other]
        expect(log.get_by_text(SENTENCES[sentence][own])).to_be_visible()
        until(partial(hears, page, spoken_hz(sentence, own)), f"{name}'s voice in {own}", page)


def drops(house: BrowserHouse, pages: dict[str, Page]) -> None:
    """The network fails under Ana and Bob and Chloé alike: they say so, come back to their seats, and go on."""
    ana, chloe = pages[ANA], pages[CHLOE]
    house.line.broken = True
    house.cut()
    for page in pages.values():
        page.get_by_text("Connection lost.").first.wait_for()
    look_over(pages[BOB], PHOTOS, "broken-phone-dark")
    house.line.broken = False
    for name, page in pages.items():
        expect(page.locator(".status-text")).to_have_text("Listening")
        for sentence in SAYS.values():
            still_there = page.get_by_role("log").get_by_text(SENTENCES[sentence][SPEAKS[name]], exact=True)
            expect(still_there).to_have_count(1)
    before = len(heard_mulaw(chloe))
    say(ana, spoken(SAYS[ANA]))
    again = spoken_hz(SAYS[ANA], "fr")
    until(lambda: again in markers_heard(heard_mulaw(chloe)[before:]), "the voice after the drop", chloe)


def ends(ana: Page, bob: Page) -> None:
    """The host ends it for everybody, who take the transcript with them."""
    bob.get_by_role("button", name="People").click()
    look_over(bob, PHOTOS, "people-phone-dark")
    bob.get_by_role("button", name="People").click()
    ana.get_by_role("button", name="Leave").click()
    look_over(ana, PHOTOS, "leave-desktop-light")
    ana.get_by_role("button", name="End for everybody").click()
    for page, who in ((ana, "desktop-light"), (bob, "phone-dark")):
        page.get_by_text("Download the transcript").wait_for()
        look_over(page, PHOTOS, f"room-ended-{who}")
        for form in ("Text", "JSON", "Subtitles (SRT)", "Subtitles (VTT)"):
            with page.expect_download() as saved:
                page.get_by_role("button", name=form).click()
            transcript = Path(saved.value.path()).read_text(encoding="utf-8")
            assert "Buenos días a todos" in transcript, form
            assert "new office" in transcript, form


# ---- Two tabs --------------------------------------------------------------------------------------------------------


def test_two_tabs_with_one_seat(house: BrowserHouse, browser: Browser) -> None:
    """A tab that was duplicated is told so, and may take over; the first one says where it goes on."""
    with visit(browser, house.url, PHONE, prepare=with_mouth) as page:
        sign_in(page, "One device")
        page.get_by_role("button", name="Continue").click()
        start(page)
        expect(page.locator(".status-text")).to_have_text("Listening")
        with page.context.expect_page() as popup:
            page.evaluate("void open('/')")
        second = popup.value
        second.get_by_role("button", name="Go back to it").wait_for()
        look_over(second, PHOTOS, "return-phone-light")
        second.get_by_role("button", name="Go back to it").click()
        start(second)
        second.get_by_role("button", name="Go on here instead").wait_for()
        look_over(second, PHOTOS, "two-tabs-phone-light")
        expect(page.locator(".status-text")).to_have_text("Listening")
        second.get_by_role("button", name="Go on here instead").click()
        expect(second.locator(".status-text")).to_have_text("Listening")
        page.get_by_text("goes on in another tab").wait_for()
        look_over(page, PHOTOS, "moved-phone-light")


# ---- What will not do ------------------------------------------------------------------------------------------------


def test_a_refused_microphone_and_an_address_without_https(house: BrowserHouse, browser: Browser) -> None:
    with another(browser) as refusing, visit(refusing, house.url, PHONE) as page:
        sign_in(page, "One device")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Allow the microphone").click()
        expect(page.get_by_role("alert")).to_have_text("This page may not use the microphone")
        expect(page.get_by_text("Press the icon left of the address")).to_be_visible()
        look_over(page, PHOTOS, "refused-phone-light")
    with visit(browser, f"http://dragoman.test:{house.server.port}/", PHONE, dark=True) as page:
        expect(page.get_by_role("heading")).to_have_text("This page needs a secure address")
        expect(page.get_by_text(re.compile("--tls"))).to_be_visible()
        look_over(page, PHOTOS, "insecure-phone-dark")
    with visit(browser, f"{house.url}/r/nosuchroom#nosuchkey", DESKTOP) as page:
        page.get_by_text("its link is wrong").wait_for()
        look_over(page, PHOTOS, "gone-desktop-light")


def test_what_a_visit_loads_is_light_and_from_here(house: BrowserHouse, browser: Browser) -> None:
    """Unpacked, and in another language than English, whose sentences are loaded beside it."""
    sizes: dict[str, int] = {}

    def loaded(response: Response) -> None:
        if response.ok and "/api/" not in response.url:
            sizes[response.url] = len(response.body())

    with visit(browser, house.url, prepare=lambda page: page.on("response", loaded), language="de-DE") as page:
        page.get_by_role("button", name="Ein Gerät").wait_for()
    assert any(url.endswith("screens/room.js") for url in sizes), "all of the page is loaded at once"
    assert sum(sizes.values()) < WEIGHT_MAX_BYTES
    assert [url for url in sizes if not url.startswith(house.url)] == []
