"""What the page does in a talk, in Chromium, with a microphone that beeps: sound both ways, marks, the switch, a drop,
two tabs, a microphone that is refused or silent.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import msgspec
import pytest
from playwright.sync_api import Browser, Page, expect

from dragoman.browser import wire
from dragoman.domain.ear import OriginalMode
from dragoman.domain.room import Ending, Speaker
from tests.fakes.chromium import ALLOWED, another, chromium, silence, start, visit
from tests.fakes.page_server import SHARED, caption, joined, page_server, party

pytestmark = [pytest.mark.pair, pytest.mark.timeout(60)]

FRAME_BYTES: Final = 960
TONE: Final = b"".join(struct.pack("<h", round(8000 * math.sin(i / 8))) for i in range(480))
"""20 ms of a tone of 477 Hz."""
TAP: Final = """for (const type of ["keydown", "keyup"]) {
  document.body.dispatchEvent(new KeyboardEvent(type, { code: "Space", bubbles: true, cancelable: true }));
}"""
"""The space bar let go at once: a busy machine would make a long press of Playwright's own."""
MUTED: Final = party("a", "", "es", muted=True)
PEOPLE: Final = [party("p1", "Ana", "es", host=True), party("p2", "Bob", "en")]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium(ALLOWED) as started:
        yield started


def share(page: Page) -> None:
    """One device, from the first screen on."""
    page.get_by_role("button", name="One device").click()
    page.get_by_role("button", name="Continue").click()
    start(page)


def enter(page: Page) -> None:
    """A room of one's own, from the first screen on."""
    page.get_by_role("button", name="Several devices").click()
    page.get_by_label("Your name").fill("Ana")
    page.get_by_role("button", name="Continue").click()
    start(page)


def loudest(audio: bytes) -> int:
    samples: list[int] = [one for (one,) in struct.iter_unpack("<h", audio)]
    return max(abs(one) for one in samples)


def test_the_microphone_is_heard_and_what_comes_is_played(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        share(page)
        assert server.got(wire.Join) == [wire.Join("seat-1", 24_000)]
        assert [one for one in server.requests if one[0] == "POST"] == [
            ("POST", "rooms", {"languages": ["en", "es"], "one_device": True}),
            ("POST", "rooms/r1/seats", {"key": "k1", "host": "h1", "name": "–"}),
        ]
        server.until(lambda: len(server.audio) > 100 * FRAME_BYTES, "two seconds of the microphone")
        assert len(server.audio) % FRAME_BYTES == 0
        assert loudest(bytes(server.audio)) > 1000
        server.say(*[TONE] * 20, wire.MarkHere("one"), *[TONE] * 20, wire.MarkHere("two"))
        assert [one.name for one in server.got(wire.ReachedMark, 2)] == ["one", "two"]
        told = server.got(wire.Playback)[-1]
        assert (told.underruns, told.overlaps, told.gap_ms) == (0, 0, 0.0)


def test_cleared_audio_gives_its_marks_back_at_once(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        share(page)
        server.got(wire.Join)
        server.say(TONE * 30, wire.MarkHere("heard"), *[TONE * 50] * 60, wire.MarkHere("never"))
        server.got(wire.ReachedMark)
        server.say(wire.ClearAudio(), wire.MarkHere("after"))
        # A minute was queued: only a clear gives it back within the deadline of `got`.
        assert [one.name for one in server.got(wire.ReachedMark, 3)] == ["heard", "never", "after"]


def test_playback_under_jitter(browser: Browser, record_property: Callable[[str, str], None]) -> None:
    """What pages count in six seconds of speech, for people to read. Held to is only what does not depend on the
    machine: no two sounds at once, and the whole of it is heard.
    """
    with ExitStack() as stack:
        servers = {jitter_ms: stack.enter_context(page_server()) for jitter_ms in (0, 30, 100)}
        for server in servers.values():
            share(stack.enter_context(visit(browser, server.url)))
            server.got(wire.Join)
        with ThreadPoolExecutor() as threads:
            list(threads.map(lambda one: one[1].speak(TONE, 300, one[0], "end"), servers.items()))
        for jitter_ms, server in servers.items():
            server.got(wire.ReachedMark)
            told = server.got(wire.Playback, 2)
            assert sum(one.overlaps for one in told) == 0
            gaps, gap_ms = sum(one.underruns for one in told), sum(one.gap_ms for one in told)
            jitter = max(one.jitter_ms for one in told)
            record_property(
                f"page playback, {jitter_ms} ms of jitter added",
                f"{gaps} gaps ({gap_ms:.0f} ms) and 0 overlaps in 6 s, {jitter:.0f} ms measured",
            )


def test_the_switch_by_finger_and_by_space_bar(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        share(page)
        server.got(wire.Join)
        english = page.get_by_role("button", name="English")
        english.click()
        assert server.got(wire.Speaks)[-1].side is Speaker.B
        server.say(wire.SpeaksConfirmed(Speaker.B))
        expect(english).to_have_attribute("aria-pressed", "true")
        page.keyboard.down("Space")  # held: the other side, for so long
        assert server.got(wire.Speaks, 2)[-1].side is Speaker.A
        server.say(wire.SpeaksConfirmed(Speaker.A))
        page.wait_for_timeout(400)
        page.keyboard.up("Space")
        assert server.got(wire.Speaks, 3)[-1].side is Speaker.B
        server.say(wire.SpeaksConfirmed(Speaker.B))
        expect(english).to_have_attribute("aria-pressed", "true")
        page.evaluate(TAP)  # it stays
        assert server.got(wire.Speaks, 4)[-1].side is Speaker.A
        page.get_by_role("button", name="Automatic").click()
        assert server.got(wire.Speaks, 5)[-1].side is Speaker.AUTO
        page.wait_for_timeout(100)
        assert len(server.got(wire.Speaks)) == 5
        server.say(wire.SpeaksConfirmed(Speaker.AUTO), caption("u1", "b", "source", "en", "Where is it?"))
        expect(english).to_have_attribute("aria-current", "true")
        expect(english).to_have_attribute("aria-pressed", "false")
        expect(page.get_by_role("region", name="English")).to_have_attribute("data-speaks", "true")
        server.say(caption("u2", "a", "source", "es", "Aquí."))
        expect(page.get_by_role("button", name="Español")).to_have_attribute("aria-current", "true")
        expect(english).not_to_have_attribute("aria-current", "true")
        english.click()  # a tap, and it goes by hand again
        server.say(wire.SpeaksConfirmed(Speaker.B))
        expect(english).to_have_attribute("aria-pressed", "true")
        expect(page.get_by_role("button", name="Español")).not_to_have_attribute("aria-current", "true")


def test_a_space_bar_that_is_let_go_in_another_window_is_let_go(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        share(page)
        server.got(wire.Join)
        page.keyboard.down("Space")
        assert server.got(wire.Speaks)[-1].side is Speaker.B
        page.evaluate("dispatchEvent(new Event('blur'))")
        assert server.got(wire.Speaks, 2)[-1].side is Speaker.A
        page.keyboard.up("Space")
        page.evaluate(TAP)
        assert [one.side for one in server.got(wire.Speaks, 3)] == [Speaker.B, Speaker.A, Speaker.B]


def a_call(_join: wire.Join) -> list[wire.FromServer]:
    people = [party("agent", "Ana", "en"), party("caller", "Caller", "es")]
    return [joined(people, me="agent", host=False), wire.CarriedShown(interpreting=True, recording=True)]


def test_switches_of_a_call_show_how_it_is_carried_and_not_what_was_asked(browser: Browser) -> None:
    """Whoever believes that nothing is kept must not be wrong."""
    with page_server(answers=a_call) as server, visit(browser, f"{server.url}/#call=seat-1") as page:
        start(page)
        server.got(wire.Join)
        page.get_by_role("button", name="Settings").click()
        recording = page.get_by_label("Keep what is said in the record")
        expect(recording).to_be_checked()
        server.say(wire.CarriedShown(interpreting=False, recording=False))
        expect(recording).not_to_be_checked()
        expect(page.get_by_label("Interpret")).not_to_be_checked()
        recording.check()
        assert server.got(wire.SetRecording)[0].on
        server.say(wire.CarriedShown(interpreting=False, recording=False))  # it was refused
        expect(recording).not_to_be_checked()
        server.answers = lambda _join: []
        server.drop()
        expect(recording).to_be_disabled()
        server.answers = a_call
        expect(recording).to_be_enabled()
        expect(recording).to_be_checked()


def test_keys_that_do_not_go_out_are_not_shown_and_a_held_button_is_one_key(browser: Browser) -> None:
    with page_server(answers=a_call) as server, visit(browser, f"{server.url}/#call=seat-1") as page:
        start(page)
        server.got(wire.Join)
        page.get_by_role("button", name="Keypad").click()
        page.get_by_role("button", name="5", exact=True).focus()
        for _ in range(5):
            page.keyboard.down("Enter")
        page.keyboard.up("Enter")
        page.keyboard.press("6")
        assert [one.digit for one in server.got(wire.PressDigit, 2)] == ["5", "6"]
        server.answers = lambda _join: []
        server.drop()
        page.get_by_text("Connection lost").first.wait_for()
        page.keyboard.press("7")
        expect(page.get_by_label("Pressed")).to_have_text("56")


@pytest.mark.parametrize("size", [(740, 360), (320, 568)], ids=["a phone on its side", "a small phone"])
def test_the_keypad_leaves_room_for_the_rest(browser: Browser, size: tuple[int, int]) -> None:
    """Whatever is shown above it: one can still hang up, and reach every key."""
    with page_server(answers=a_call) as server, visit(browser, f"{server.url}/#call=seat-1", size) as page:
        start(page)
        server.got(wire.Join)
        server.say(
            wire.CarriedShown(interpreting=False, recording=False),
            wire.ErrorTold(wire.ErrorCode.LANGUAGE, "that was changed too often: wait some seconds", fatal=False),
            caption("u1", "caller", "source", "es", "Pulse la tecla almohadilla."),
        )
        page.get_by_role("button", name="Keypad").click()
        page.get_by_text("changed too often").wait_for()
        for name in ("Mute", "Hang up"):
            box = page.get_by_role("button", name=name).bounding_box()
            assert box
            assert box["y"] + box["height"] <= size[1]
        page.get_by_role("button", name="#", exact=True).click()
        assert server.got(wire.PressDigit)[0].digit == "#"


def test_the_newest_stays_in_sight_when_the_keypad_opens(browser: Browser) -> None:
    said = [
        caption(f"u{number}", "caller", "source", "es", f"Para ventas, pulse {number}.", at_s=float(number))
        for number in range(12)
    ]
    with page_server(answers=a_call) as server, visit(browser, f"{server.url}/#call=seat-1", (390, 844)) as page:
        start(page)
        server.got(wire.Join)
        server.say(*said)
        newest = page.get_by_role("log").get_by_text("pulse 11.")
        expect(newest).to_be_in_viewport(ratio=1)
        page.get_by_role("button", name="Keypad").click()
        expect(newest).to_be_in_viewport(ratio=1)


def test_a_dropped_socket_comes_back_with_the_same_seat(browser: Browser) -> None:
    said = [caption("u1", "p2", "source", "en", "Good morning.", name="Bob")]

    def answers(_join: wire.Join) -> list[wire.FromServer]:
        return [joined(PEOPLE, resumed=any(isinstance(one, wire.Join) for one in server.received)), *said]

    with page_server(answers=answers) as server, visit(browser, server.url) as page:
        enter(page)
        server.got(wire.Join)
        expect(page.get_by_text("Good morning.")).to_have_count(1)
        page.get_by_role("button", name="Mute").click()
        server.got(wire.Mute)
        server.drop()
        again = server.got(wire.Join, 2)
        assert [one.take_over for one in again] == [False, True], "the dead connection may look alive to the server"
        assert again[0].seat == again[1].seat
        assert [one.on for one in server.got(wire.Mute, 2)] == [True, True]
        said.append(caption("u2", "p2", "source", "en", "How are you?", name="Bob", at_s=3.0))
        server.say(said[-1])
        expect(page.get_by_text("How are you?").first).to_be_visible()
        expect(page.get_by_role("log").get_by_text("Good morning.")).to_have_count(1)


def test_no_audio_goes_while_muted_and_the_socket_stays_awake(browser: Browser) -> None:
    with page_server(answers=lambda _: [joined(PEOPLE)]) as server, visit(browser, server.url) as page:
        enter(page)
        server.got(wire.Join)
        page.get_by_role("button", name="Mute").click()
        server.got(wire.Mute)
        page.wait_for_timeout(200)
        before = len(server.audio)
        server.got(wire.Playback)
        assert len(server.audio) == before
        page.get_by_role("button", name="Unmute").click()
        server.until(lambda: len(server.audio) > before, "audio after the mute")


def test_a_second_tab_is_told_and_may_take_over(browser: Browser) -> None:
    def answers(join: wire.Join) -> list[wire.FromServer]:
        taken = wire.ErrorTold(wire.ErrorCode.SEAT_TAKEN, "another page has this seat", fatal=True)
        return [SHARED] if join.take_over else [taken]

    with page_server(answers=answers) as server, visit(browser, server.url) as page:
        share(page)
        page.get_by_role("button", name="Go on here instead").click()
        assert [one.take_over for one in server.got(wire.Join, 2)] == [False, True]
        page.get_by_role("button", name="Leave").wait_for()
        server.say(wire.Ended(Ending.TAKEN_OVER, wire.Summary(1.0, 0, 2, [], 0.0, usd_is_estimate=False)))
        page.get_by_text("goes on in another tab").wait_for()


def test_a_reload_goes_back_to_the_seat_and_who_was_muted_still_is(browser: Browser) -> None:
    silent = wire.Joined(**(msgspec.structs.asdict(SHARED) | {"parties": [MUTED, party("b", "", "en", muted=True)]}))

    def answers(_join: wire.Join) -> list[wire.FromServer]:
        return [silent if any(isinstance(one, wire.Join) for one in server.received) else SHARED]

    with page_server(answers=answers) as server, visit(browser, server.url) as page:
        share(page)
        server.got(wire.Join)
        page.reload()
        page.get_by_role("button", name="Go back to it").click()
        start(page)
        first, second = server.got(wire.Join, 2)
        assert first == second
        page.get_by_role("button", name="Unmute").click()
        assert server.got(wire.Mute) == [wire.Mute(on=False)]


def test_settings_reach_the_server(browser: Browser) -> None:
    with page_server(answers=lambda _: [joined(PEOPLE)]) as server, visit(browser, server.url) as page:
        enter(page)
        assert server.got(wire.SetOriginal)[0].mode is OriginalMode.DUCK
        page.get_by_role("button", name="Say again").click()
        server.got(wire.Again)
        page.get_by_role("button", name="Settings").click()
        page.get_by_label("Original voices").press("Home")
        assert server.got(wire.SetOriginal, 2)[1] == wire.SetOriginal(OriginalMode.OFF)
        page.get_by_label("Your language").select_option("de")
        assert server.got(wire.SetLanguage) == [wire.SetLanguage("de")]
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Leave").click()
        page.get_by_role("button", name="End for everybody").click()
        server.got(wire.CloseRoom)


def test_what_is_refused_is_told_in_the_settings_and_not_shown_as_done(browser: Browser) -> None:
    with page_server(answers=lambda _: [joined(PEOPLE)]) as server, visit(browser, server.url) as page:
        enter(page)
        server.got(wire.Join)
        page.get_by_role("button", name="Settings").click()
        language = page.get_by_label("Your language")
        language.select_option("de")
        server.got(wire.SetLanguage)
        server.say(wire.ErrorTold(wire.ErrorCode.LANGUAGE, "no engine here carries it", fatal=False))
        dialog = page.get_by_role("dialog")
        expect(dialog.get_by_role("alert")).to_contain_text("no engine here carries it")
        expect(language).to_have_value("es")
        dialog.get_by_role("alert").get_by_role("button", name="Close").click()
        expect(dialog.get_by_role("alert")).to_be_hidden()


def test_the_transcript_is_taken_away(browser: Browser, tmp_path: Path) -> None:
    with page_server() as server, visit(browser, server.url) as page:
        share(page)
        server.got(wire.Join)
        summary = wire.Summary(61.0, 3, 2, ["es", "en"], 0.0, usd_is_estimate=False)
        server.say(wire.Ended(Ending.CLOSED, summary, {"srt": "/api/rooms/r1/transcript.srt"}))
        with page.expect_download() as saved:
            page.get_by_role("button", name="Subtitles (SRT)").click()
        assert saved.value.suggested_filename == "dragoman.srt"
        saved.value.save_as(tmp_path / "out.srt")
        assert (tmp_path / "out.srt").read_text(encoding="utf-8") == "a transcript: transcript.srt"


def test_what_others_say_is_text_and_nothing_else(browser: Browser) -> None:
    with page_server(answers=lambda _: [joined(PEOPLE)]) as server, visit(browser, server.url) as page:
        enter(page)
        server.got(wire.Join)
        evil = "<img src=x onerror=document.title='bad'>"
        server.say(wire.PartiesShown([*PEOPLE, party("p3", evil, "en")]))
        server.say(caption("u1", "p3", "source", "es", evil, name=evil))
        expect(page.get_by_role("log").get_by_text(evil).first).to_be_visible()
        assert page.locator("main img").count() == 0


def test_a_screen_reader_is_told_each_sentence_once_and_none_from_before(browser: Browser) -> None:
    with page_server(answers=lambda _: [joined(PEOPLE, at_s=60.0)]) as server, visit(browser, server.url) as page:
        enter(page)
        server.got(wire.Join)
        server.say(caption("u0", "p2", "target", "es", "Hola", name="Bob", at_s=59.0))
        for text, final in (("Bue", False), ("Buenos", False), ("Buenos días", True), ("Buenos días", True)):
            server.say(caption("u1", "p2", "target", "es", text, name="Bob", final=final, at_s=61.0))
        expect(page.get_by_role("log").get_by_text("Buenos días")).to_be_visible()
        expect(page.locator("#spoken p")).to_have_text(["Bob: Buenos días"])


def test_the_page_by_keyboard_alone_and_in_another_language(browser: Browser) -> None:
    with page_server() as server, visit(browser, server.url, language="de-DE") as page:
        page.get_by_role("button", name="Ein Gerät").wait_for()
        assert page.evaluate("document.documentElement.lang") == "de"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Ein Gerät")).to_be_focused()
        for _ in range(4):
            page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading", name="Mikrofontest")).to_be_focused()


def test_a_refused_microphone_is_explained(browser: Browser) -> None:
    with another(browser) as refusing, page_server() as server, visit(refusing, server.url) as page:
        page.get_by_role("button", name="One device").click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Allow the microphone").click()
        expect(page.get_by_role("alert")).to_have_text("This page may not use the microphone")
        expect(page.get_by_text("Press the icon left of the address")).to_be_visible()
        page.context.grant_permissions(["microphone"])
        page.get_by_role("button", name="Try again").click()
        page.get_by_text("Your microphone works.").wait_for()


def test_a_silent_microphone_is_found(browser: Browser, tmp_path: Path) -> None:
    file = silence(tmp_path / "silence.wav")
    with (
        another(browser, ALLOWED, f"--use-file-for-fake-audio-capture={file}") as silent,
        page_server() as server,
        visit(silent, server.url) as page,
    ):
        page.get_by_role("button", name="One device").click()
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Allow the microphone").click()
        page.get_by_text("No sound at all comes from this microphone.").wait_for()
        page.get_by_role("button", name="Start anyway").wait_for()
