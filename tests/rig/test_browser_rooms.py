"""Rooms through the whole server: doors, socket, lanes, the emulated speech models, and back to the other ear."""

from __future__ import annotations

import asyncio
import contextlib

import pytest

from dragoman.browser import wire
from dragoman.browser.wire import ErrorCode
from dragoman.domain.room import Ending, Speaker
from dragoman.interpreters.openai.emulator.markers import answer_hz
from tests.rig.pages import page
from tests.rig.rooms import House, house
from tests.rig.town import together

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]


async def test_rooms_beside_each_other() -> None:
    """Each hears its own and nothing of the others', whatever goes wrong there."""
    async with house() as here:
        await together(two_devices(here), a_shared_device(here), a_drop_and_a_second_tab(here), a_broken_page(here))


async def two_devices(here: House) -> None:
    """Each hears the other interpreted; the transcript is there in every form; the host ends it for both."""
    made = await here.room()
    ana, bob = await here.seat(made, "Ana", "es"), await here.seat(made, "Bob", "en")
    async with page(here.origin, ana) as spanish, page(here.origin, bob) as english:
        joined = await english.joined()
        await spanish.joined()
        assert {one.tag for one in joined.languages} >= {"en", "es"}
        await spanish.until(lambda: any(len(one.parties) == 2 for one in spanish.all(wire.PartiesShown)))
        spanish.say(500)
        await english.until(lambda: answer_hz(500) in english.markers())
        english.say(900)
        await spanish.until(lambda: answer_hz(900) in spanish.markers())
        assert (english.markers(), spanish.markers()) == ({answer_hz(500)}, {answer_hz(900)})
        everything = {(name, side) for name in ("Ana", "Bob") for side in ("source", "target")}
        await english.until(lambda: {(one.name, one.side) for one in english.all(wire.CaptionShown)} == everything)
        for form in ("txt", "json", "srt", "vtt"):
            assert (await here.transcript(made, ana, form)).status_code == 200
        english.tell(wire.CloseRoom())
        await spanish.until(lambda: spanish.all(wire.Ended))
        ended = spanish.all(wire.Ended)[0]
    assert (ended.reason, ended.summary.parties) == (Ending.CLOSED, 2)
    assert (await here.transcript(made, ana, "txt")).text
    await spanish.until(lambda: made["room"] in [one.room for one in here.records])


async def a_shared_device(here: House) -> None:
    """Both sides are heard on it, each in the direction that the switch says."""
    made = await here.room(languages=["es", "en"], one_device=True)
    async with page(here.origin, await here.seat(made)) as device:
        joined = await device.joined()
        assert (joined.one_device, joined.side) == (True, Speaker.A)
        device.say(600)
        await device.until(lambda: answer_hz(600) in device.markers())
        device.tell(wire.Speaks(Speaker.B))
        await device.until(lambda: device.all(wire.SpeaksConfirmed))
        device.say(1000)
        await device.until(lambda: answer_hz(1000) in device.markers())
        assert device.markers() == {answer_hz(600), answer_hz(1000)}
        shown = {("a", "source", "es"), ("a", "target", "en"), ("b", "source", "en"), ("b", "target", "es")}
        await device.until(
            lambda: {(one.party, one.side, one.language) for one in device.all(wire.CaptionShown)} == shown
        )


async def a_drop_and_a_second_tab(here: House) -> None:
    """A page that lost its connection comes back to its seat; another one with the same token does not come in."""
    made = await here.room()
    ana, bob = await here.seat(made, "Ana", "es"), await here.seat(made, "Bob", "en")
    async with page(here.origin, bob) as english:
        async with page(here.origin, ana) as first:
            await first.joined()
            async with page(here.origin, ana) as second:
                await second.until(lambda: second.all(wire.ErrorTold))
                assert second.all(wire.ErrorTold)[0].code is ErrorCode.SEAT_TAKEN
            first.say(700)
            await english.until(lambda: answer_hz(700) in english.markers())
            await first.drop()
        await english.until(lambda: any(not one.parties[0].here for one in english.all(wire.PartiesShown)))
        async with page(here.origin, ana) as again:
            joined = await again.joined()
            assert joined.resumed
            assert any(one.name == "Ana" for one in again.all(wire.CaptionShown))
            english.say(1100)
            await again.until(lambda: answer_hz(1100) in again.markers())


async def a_broken_page(here: House) -> None:
    """It is sent away, and nobody else notices."""
    made, other = await here.room(), await here.room()
    ana, bob = await here.seat(made, "Ana", "es"), await here.seat(made, "Bob", "en")
    async with page(here.origin, ana) as spanish, page(here.origin, bob) as english:
        await spanish.joined()
        await english.joined()
        async with page(here.origin, await here.seat(other, "Eve", "es")) as broken:
            await broken.joined()
            for _ in range(30):
                broken.tell(wire.SetLanguage("tlh"))
            await broken.until(lambda: any(one.fatal for one in broken.all(wire.ErrorTold)))
        spanish.say(800)
        await english.until(lambda: answer_hz(800) in english.markers())


async def test_when_the_server_stops_pages_are_told_and_nothing_is_left() -> None:
    before = len(asyncio.all_tasks())
    async with contextlib.AsyncExitStack() as stack:
        async with house() as here:
            made = await here.room()
            joining = page(here.origin, await here.seat(made, "Ana", "es"))
            ana = await stack.enter_async_context(joining)
            await ana.joined()
        assert ana.all(wire.Ended)[0].reason is Ending.STOPPED
        assert here.records
    assert len(asyncio.all_tasks()) == before
