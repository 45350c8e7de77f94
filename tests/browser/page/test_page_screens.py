"""Every screen of the page in Chromium, on a light phone and on a dark desktop: looked over by axe-core (no
violation), photographed into out/browser/ for people, never wider than its window.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page

from dragoman.browser import wire
from dragoman.domain.room import Doing, Ending, Speaker, Trouble
from tests.fakes.chromium import ALLOWED, DESKTOP, PHONE, chromium, start, visit
from tests.fakes.page_server import caption, joined, page_server, party

pytestmark = [pytest.mark.pair, pytest.mark.timeout(90)]

PHOTOS: Final = Path(__file__).parents[3] / "out" / "browser"
LOOKS: Final = {"phone-light": (PHONE, False), "desktop-dark": (DESKTOP, True)}

SAID: Final = [
    caption("u1", "a", "source", "es", "¿A qué hora sale el próximo tren a Madrid?", at_s=1.0),
    caption("u1", "a", "target", "en", "What time does the next train to Madrid leave?", at_s=1.0),
    caption("u2", "b", "source", "en", "At half past nine, from platform four. You should hurry.", at_s=4.0),
    caption("u2", "b", "target", "es", "A las nueve y media, del andén cuatro. Debería darse prisa.", at_s=4.0),
    caption("u3", "a", "source", "es", "¿Y cuánto cuesta el", at_s=9.0, final=False),
]
SUMMARY: Final = wire.Summary(754.2, 31, 2, ["es", "en"], 0.4312, usd_is_estimate=True)
DOWNLOADS: Final = {form: f"/api/rooms/r1/transcript.{form}" for form in ("txt", "json", "srt", "vtt")}

Look = Callable[[Page, str], None]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(ALLOWED) as started:
        yield started


@pytest.fixture(params=LOOKS)
def look(request: pytest.FixtureRequest) -> tuple[tuple[int, int], bool, Look]:
    name = request.param
    size, dark = LOOKS[name]
    PHOTOS.mkdir(parents=True, exist_ok=True)

    def over(page: Page, screen: str) -> None:
        page.wait_for_timeout(150)  # for transitions of colours: axe would measure a contrast between two
        page.screenshot(path=PHOTOS / f"{screen}-{name}.png")
        found = Axe().run(page)
        assert found.violations_count == 0, f"{screen}: {found.generate_report()}"
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), f"{screen} is too wide"

    return size, dark, over


def test_axe_finds_what_it_should(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        page.get_by_role("button", name="One device").wait_for()
        page.evaluate("document.getElementById('main').append(document.createElement('input'))")
        assert Axe().run(page).violations_count > 0


def test_one_device(browser: Browser, look: tuple[tuple[int, int], bool, Look]) -> None:
    size, dark, over = look
    with page_server() as server, visit(browser, server.url, size, dark=dark) as page:
        page.get_by_role("button", name="One device").wait_for()
        over(page, "01-start")
        page.get_by_role("button", name="One device").click()
        over(page, "02-device-form")
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Allow the microphone").wait_for()
        over(page, "03-microphone-asked")
        page.get_by_role("button", name="Allow the microphone").click()
        page.get_by_text("Your microphone works.").wait_for()
        over(page, "04-microphone-heard")
        page.get_by_role("button", name="Start").click()
        server.got(wire.Join)
        page.get_by_text("Listening").first.wait_for()
        over(page, "05-device-empty")
        server.say(*SAID, wire.StateShown(Doing.HEARING, "a"))
        page.get_by_text("Hearing you").first.wait_for()
        over(page, "06-device-talk")
        server.say(
            wire.SpeaksConfirmed(Speaker.AUTO), caption("u9", "b", "source", "en", "And the other one?", at_s=9.0)
        )
        page.get_by_text("And the other one?").first.wait_for()
        over(page, "06-device-automatic")
        if size == PHONE:
            page.get_by_role("button", name="Flip half").click()
            over(page, "07-device-flipped")
        page.get_by_role("button", name="Settings").click()
        over(page, "08-settings")
        page.get_by_role("button", name="Close").click()
        page.get_by_role("button", name="Leave").click()
        over(page, "09-leave")
        page.get_by_role("button", name="Stay").click()
        server.say(wire.Ended(Ending.CLOSED, SUMMARY, DOWNLOADS))
        page.get_by_text("Download the transcript").wait_for()
        over(page, "10-ended")


def test_several_devices(browser: Browser, look: tuple[tuple[int, int], bool, Look]) -> None:
    size, dark, over = look
    people = [
        party("p1", "Ana", "es", host=True),
        party("p2", "Bob", "en", speaking=True),
        party("p3", "Amal", "ar", here=False),
    ]
    with (
        page_server(answers=lambda _: [joined(people[:1])], origin="https://dragoman.test") as server,
        visit(browser, server.url, size, dark=dark) as page,
    ):
        page.get_by_role("button", name="Several devices").click()
        over(page, "11-room-form")
        page.get_by_label("Your name").fill("Ana")
        page.get_by_role("button", name="Continue").click()
        start(page)
        page.get_by_text("Waiting for the others").first.wait_for()
        page.get_by_role("img", name="QR code").wait_for()
        over(page, "12-room-lobby")
        server.say(wire.PartiesShown(people), *_round(1.0), *_round(20.0))
        server.say(wire.StateShown(Doing.HEARING, "p2"))
        page.get_by_text("Bob is speaking").first.wait_for()
        over(page, "13-room-talk")
        if size == PHONE:
            page.get_by_role("button", name="People").click()
            over(page, "14-room-people")
            page.get_by_role("button", name="People").click()
        page.get_by_role("button", name="Settings").click()
        over(page, "15-room-settings")
        page.get_by_role("button", name="Close").click()
        server.say(wire.StateShown(Doing.TROUBLE, "p2", Trouble.INTERPRETER))
        server.say(wire.ErrorTold(wire.ErrorCode.LANGUAGE, "the language is not carried", fatal=False))
        page.get_by_text("The interpreter failed.").first.wait_for()
        over(page, "16-room-trouble")


def test_who_comes_by_a_link_is_told_that_a_machine_interprets(
    browser: Browser, look: tuple[tuple[int, int], bool, Look]
) -> None:
    size, dark, over = look
    people = [{"name": "Ana"}, {"name": "Bob"}]
    with page_server(parties=people) as server, visit(browser, f"{server.url}/r/r1#k1", size, dark=dark) as page:
        page.get_by_text("Already here: Ana, Bob").wait_for()
        page.get_by_text("A machine interprets, and makes mistakes.").wait_for()
        over(page, "27-join")


def test_an_address_that_only_this_device_knows_is_no_invitation(
    browser: Browser, look: tuple[tuple[int, int], bool, Look]
) -> None:
    size, dark, over = look
    with (
        page_server(answers=lambda _: [joined([party("p1", "Ana", "es", host=True)])]) as server,
        visit(browser, server.url, size, dark=dark) as page,
    ):
        page.get_by_role("button", name="Several devices").click()
        page.get_by_label("Your name").fill("Ana")
        page.get_by_role("button", name="Continue").click()
        start(page)
        page.get_by_text(f"127.0.0.1:{server.port} is an address on this computer").wait_for()
        assert page.get_by_role("img", name="QR code").count() == 0
        page.get_by_role("button", name="Copy link").wait_for()  # for another browser here
        over(page, "28-room-only-here")


def _round(at_s: float) -> list[wire.CaptionShown]:
    said = ("Buenos días a todos. ¿Empezamos con la agenda de hoy?", "Good morning everyone. Shall we start?")
    spoken = ("Yes, please. First the budget, then the schedule.", "Sí, por favor. Primero el presupuesto.")
    return [
        caption(f"x{at_s}", "p1", "source", "es", said[0], name="Ana", at_s=at_s),
        caption(f"x{at_s}", "p1", "target", "en", said[1], name="Ana", at_s=at_s),
        caption(f"y{at_s}", "p2", "source", "en", spoken[0], name="Bob", at_s=at_s + 3),
        caption(f"y{at_s}", "p2", "target", "es", spoken[1], name="Bob", at_s=at_s + 3),
        caption(f"z{at_s}", "p3", "source", "ar", "عندي سؤال عن", name="Amal", at_s=at_s + 9, final=False),
    ]


def test_a_phone_call(browser: Browser, look: tuple[tuple[int, int], bool, Look]) -> None:
    size, dark, over = look
    people = [party("agent", "Ana", "en"), party("caller", "Caller", "es")]
    with (
        page_server(answers=lambda _: [joined(people, me="agent", host=False)]) as server,
        visit(browser, f"{server.url}/#call=seat-1", size, dark=dark) as page,
    ):
        start(page)
        server.got(wire.Join)
        page.get_by_role("button", name="Keypad").click()
        page.get_by_role("button", name="5", exact=True).click()
        page.keyboard.press("#")
        page.keyboard.down("7")
        page.keyboard.down("7")  # held: it repeats, and is one key
        page.keyboard.up("7")
        page.keyboard.press("Control+1")
        page.keyboard.press("*")
        assert [one.digit for one in server.got(wire.PressDigit, 4)] == ["5", "#", "7", "*"]
        assert page.get_by_label("Pressed").text_content() == "5#7*"
        over(page, "17-call")
        page.get_by_role("button", name="Keypad").click()
        page.keyboard.press("9")
        page.get_by_role("button", name="Keypad").click()
        assert page.get_by_label("Pressed").text_content() == "", "opened again, it begins anew"
        assert len(server.got(wire.PressDigit, 4)) == 4
        page.get_by_role("button", name="Keypad").click()
        page.get_by_role("button", name="Settings").click()
        page.get_by_label("Interpret").uncheck()
        page.get_by_label("Keep what is said in the record").uncheck()
        assert not server.got(wire.SetInterpreting)[0].on
        assert not server.got(wire.SetRecording)[0].on
        over(page, "18-call-settings")
        page.get_by_role("button", name="Close").click()
        server.say(wire.CarriedShown(interpreting=False, recording=False), *SAID)
        page.get_by_text("Interpreting is off: you hear each other's own voices. What is said is not kept.").wait_for()
        over(page, "19-call-not-interpreted")
        page.get_by_role("button", name="Settings").click()
        assert not page.get_by_label("Interpret").is_checked()
        page.get_by_label("Interpret").check()
        assert server.got(wire.SetInterpreting, 2)[1].on
        page.get_by_role("button", name="Close").click()
        server.say(wire.CarriedShown(interpreting=True, recording=True))
        page.get_by_text("Interpreting is off").wait_for(state="hidden")
        page.get_by_role("button", name="Hang up").click()
        server.got(wire.Leave)
        server.say(wire.Ended(Ending.LEFT, SUMMARY))
        page.get_by_text("You hung up.").wait_for()


def rings(*calls: str, gone: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    """What a page on duty is told."""
    spanish = {"tag": "es", "name": "Español", "english": "Spanish"}
    waiting = [{"call": one, "language": spanish, "caller": "…01", "waited_s": 1.0} for one in calls]
    return {"page": "p1", "calls": waiting, "gone": list(gone)}


def test_an_agent_on_duty(browser: Browser, look: tuple[tuple[int, int], bool, Look]) -> None:
    """Calls ring, one is taken by somebody else, one is declined, one accepted; then back to the calls."""
    size, dark, over = look
    people = [party("agent", "", "en"), party("caller", "…01", "es")]
    with (
        page_server(answers=lambda _: [joined(people, me="agent", host=False)], agents=True, duty=[rings()]) as server,
        visit(browser, server.url, size, dark=dark) as page,
    ):
        page.get_by_role("button", name="Phone calls").click()
        start(page)
        page.get_by_text("You are on duty.").wait_for()
        over(page, "22-on-duty")
        server.duty.append(rings("page-1", "page-2"))
        page.get_by_text("A call is waiting.").wait_for()
        assert page.get_by_text("Language: Spanish").count() == 2
        over(page, "23-call-rings")
        server.duty.append(rings("page-2", gone=({"call": "page-1", "why": "taken"},)))
        page.get_by_text("Another agent has taken the call.").wait_for()
        page.get_by_role("button", name="Decline").click()
        server.until(lambda: ("POST", "agent/calls/page-2/decline", {"page": "p1"}) in server.requests, "decline")
        assert page.get_by_role("button", name="Accept").count() == 0
        server.duty.append(rings("page-3"))
        page.get_by_role("button", name="Accept").click()
        assert server.got(wire.Join)[0].seat == "seat-1"
        page.get_by_role("button", name="Hang up").wait_for()
        server.say(wire.Ended(Ending.HUNG_UP, SUMMARY))
        page.get_by_text("The caller hung up.").wait_for()
        over(page, "24-call-over")
        server.taken = True
        server.duty[:] = [rings("page-4")]
        page.get_by_role("button", name="Back to the calls").click()
        page.get_by_role("button", name="Accept").click()
        page.get_by_text("Another agent has taken the call.").wait_for()
        assert page.get_by_role("button", name="Accept").count() == 1, "until the server says that it rings no more"


def test_what_goes_wrong(browser: Browser, look: tuple[tuple[int, int], bool, Look]) -> None:
    size, dark, over = look
    taken = wire.ErrorTold(wire.ErrorCode.SEAT_TAKEN, "another page has this seat", fatal=True)
    with page_server(answers=lambda _: [taken]) as server:
        with visit(browser, f"{server.url}/#call=seat-1", size, dark=dark) as page:
            start(page)
            page.get_by_text("Go on here instead").wait_for()
            over(page, "25-two-tabs")
        with visit(browser, f"http://dragoman.test:{server.port}/", size, dark=dark) as page:
            page.get_by_text("This page needs a secure address").wait_for()
            over(page, "26-insecure")
        with visit(browser, f"{server.url}/r/gone#k1", size, dark=dark) as page:
            page.get_by_text("its link is wrong").wait_for()
            page.get_by_role("button", name="New conversation").wait_for()
            over(page, "20-gone")
        server.login = "none"
        with visit(browser, server.url, size, dark=dark) as page:
            page.get_by_role("button", name="One device").click()
            page.get_by_label("Access code").fill("wrong")
            page.get_by_role("button", name="Sign in").click()
            page.get_by_text("This code is not known").wait_for()
            over(page, "21-login")
