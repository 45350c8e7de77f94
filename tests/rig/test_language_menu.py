"""How a caller comes to a language: our own menu, a Studio flow, the address; and back to the menu while waiting."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from dragoman.domain.call import Notice
from dragoman.domain.language import Language
from dragoman.telephony.twilio.emulator import Line, Phone
from dragoman.telephony.twilio.studio import flow
from tests.rig.people import voice
from tests.rig.town import LINE, Town, free_port, quick, said, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

STUDIO = "+15555550103"
FRENCH_LINE = "+15555550104"
MISTAKEN_LINE = "+15555550105"
SHUT_LINE = "+15555550106"


@pytest.fixture
async def here() -> AsyncIterator[Town]:
    async with town("echo", carrier_pace=quick(gather_timeout_s=0.6)) as built:
        built.twilio.number(FRENCH_LINE, built.address("/incoming-call?lang=fr"), built.address("/fallback"))
        built.twilio.number(MISTAKEN_LINE, built.address("/incoming-call?lang=tlh"), built.address("/fallback"))
        yield built


def language(here: Town, tag: str) -> Language:
    found = here.app.book.find(tag)
    assert found is not None
    return found


def waits_in(here: Town, phone: Phone, tag: str) -> bool:
    """Whether the phone's caller was last told to wait, in this language."""
    return said(phone)[-1:] == [here.app.notices.text(Notice.WAIT, language(here, tag))]


def menu_lines(here: Town) -> list[str]:
    return [here.app.notices.menu_line(one) for one in here.app.book.offered if one.key]


def greeted(here: Town, phone: Phone) -> int:
    """How often the menu was begun."""
    return sum(menu_lines(here)[0] in text for text in said(phone))


class TestOurMenu:
    async def test_a_key_a_word_or_the_address_decides(self, here: Town) -> None:
        by_key, by_word, by_native_word = [await here.call(f"+3460000000{one}") for one in range(1, 4)]
        by_address = await here.twilio.phone("+34600000004").call(FRENCH_LINE)
        by_key.press("5")
        by_word.say(voice(500, 200), "Spanish, please")
        by_native_word.say(voice(500, 200), "Français.")
        for phone, tag in ((by_key, "hi"), (by_word, "es"), (by_native_word, "fr"), (by_address, "fr")):
            await here.until(lambda phone=phone, tag=tag: waits_in(here, phone, tag))  # type: ignore[misc]
        assert sorted(view.caller_language for view in here.app.calls.calls()) == ["es", "fr", "fr", "hi"]
        assert here.twilio.alerts.codes() == []

    async def test_no_answer_and_a_wrong_key_are_asked_again(self, here: Town) -> None:
        silent, mistyped = await here.call("+34600000001"), await here.call("+34600000002")
        mistyped.press("#")
        for phone in (silent, mistyped):
            await here.until(lambda phone=phone: greeted(here, phone) == 2)  # type: ignore[misc]
            sorry = here.app.notices.no_input(language(here, "en"))
            assert any(sorry in text for text in said(phone))
        silent.press("2")
        mistyped.press("4")
        await here.until(lambda: waits_in(here, silent, "es"))
        await here.until(lambda: waits_in(here, mistyped, "zh"))

    async def test_who_never_answers_is_told_goodbye_in_every_language(self, here: Town) -> None:
        phone = await here.call()
        await phone.ended(20)
        assert [sum(line in text for text in said(phone)) for line in menu_lines(here)] == [3] * len(menu_lines(here))
        goodbyes = [here.app.notices.text(Notice.GOODBYE, one) for one in here.app.book.offered if one.key]
        assert all(any(goodbye in text for text in said(phone)) for goodbye in goodbyes)
        assert here.app.calls.calls() == []

    async def test_an_unknown_language_in_the_address_gets_the_menu(self, here: Town) -> None:
        phone = await here.twilio.phone("+34600000001").call(MISTAKEN_LINE)
        await here.asked(phone)
        assert here.app.calls.calls() == []
        phone.press("2")
        await here.until(lambda: waits_in(here, phone, "es"))


class TestStudio:
    @pytest.fixture(autouse=True)
    def flow_behind_a_number(self, here: Town) -> None:
        here.twilio.studio_flow(STUDIO, flow(here.app.book, here.public_url, here.app.notices))

    async def through_studio(self, here: Town, number: str) -> Phone:
        phone = await here.twilio.phone(number).call(STUDIO)
        await here.asked(phone)
        return phone

    async def test_a_key_or_a_word_decides(self, here: Town) -> None:
        by_key = await self.through_studio(here, "+34600000001")
        by_word = await self.through_studio(here, "+34600000002")
        by_key.press("6")
        by_word.say(voice(500, 200), "español")
        await here.until(lambda: waits_in(here, by_key, "pt"))
        await here.until(lambda: waits_in(here, by_word, "es"))
        assert here.twilio.alerts.codes() == []

    async def test_who_says_nothing_comes_to_our_menu(self, here: Town) -> None:
        phone = await self.through_studio(here, "+34600000001")
        await here.until(lambda: any(line.text == "Gather" for line in phone.log if line.kind is Line.VERB))
        await here.asked(phone)
        phone.press("2")
        await here.until(lambda: waits_in(here, phone, "es"))

    async def test_when_we_cannot_be_reached_the_caller_is_told(self, here: Town) -> None:
        nowhere = f"http://127.0.0.1:{free_port()}"
        here.twilio.studio_flow(SHUT_LINE, flow(here.app.book, nowhere, here.app.notices))
        phone = await here.twilio.phone("+34600000001").call(SHUT_LINE)
        await here.asked(phone)
        phone.press("1")
        await phone.ended(20)
        assert said(phone)[-1] == here.app.notices.text(Notice.FAILED, language(here, "en"))


async def test_a_waiting_caller_goes_back_to_the_menu_and_is_interpreted_in_the_language_chosen_last() -> None:
    async with town("conversation") as here:
        caller = await here.dial(key="2")
        await here.streamed(caller)
        reservation = await here.reserved()
        assert reservation.task.attributes["caller_language"] == "es"
        rounds = greeted(here, caller)
        caller.press("*")
        await here.reaches("choosing")
        await here.until(lambda: greeted(here, caller) == rounds + 1)
        await here.asked(caller)
        caller.press("3")
        await here.until(lambda: waits_in(here, caller, "fr"))
        await here.streamed(caller)
        assert len(here.app.calls.calls()) == 1, "it is the same call, and its agent is still being fetched"
        talk = await here.accepted(caller, reservation)
        await here.exchange(talk, 500, 900)
        caller.press("*")
        await asyncio.sleep(0.2)
        assert here.state == "interpreting", "while they talk, the key means nothing"
        caller.hang_up()
        record = await here.record()
    assert (record.caller_language, record.agent_language) == ("fr", "en")
    assert here.app.calls.calls() == []
    assert sum(leg.to == LINE for leg in here.twilio.exchange.calls.values()) == 1
