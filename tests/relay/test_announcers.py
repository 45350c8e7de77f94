"""Several announcers as one."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.relay.announcers import AnnouncerChain
from tests.fakes.announcer import FakeAnnouncer, sound_of
from tests.fakes.relay_parts import SPANISH

pytestmark = pytest.mark.unit

PCMU = AudioFormat.PCMU_8K


async def test_the_first_that_can_speaks() -> None:
    mute, first, second = FakeAnnouncer(voice=""), FakeAnnouncer(voice="a"), FakeAnnouncer(voice="b")
    chain = AnnouncerChain([mute, first, second])
    assert chain.voice_for(SPANISH) == "a/es"
    assert await chain.render("Hola.", SPANISH, PCMU) == sound_of("Hola.", SPANISH)
    assert [len(one.asked) for one in (mute, first, second)] == [0, 1, 0]


async def test_where_one_fails_the_next_is_tried() -> None:
    first, second = FakeAnnouncer(speaks=False), FakeAnnouncer()
    assert await AnnouncerChain([first, second]).render("Hola.", SPANISH, PCMU) == sound_of("Hola.", SPANISH)
    assert len(first.asked) == 1


@pytest.mark.parametrize("members", [[], [FakeAnnouncer(speaks=False)], [FakeAnnouncer(voice="")]])
async def test_where_all_fail_there_is_none(members: list[FakeAnnouncer]) -> None:
    assert await AnnouncerChain(members).render("Hola.", SPANISH, PCMU) is None


async def test_a_language_that_nobody_speaks_has_no_voice() -> None:
    assert AnnouncerChain([FakeAnnouncer(voice="")]).voice_for(SPANISH) is None


async def test_all_are_closed() -> None:
    members = [FakeAnnouncer(), FakeAnnouncer()]
    await AnnouncerChain(members).aclose()
    assert all(one.closed for one in members)


async def test_one_that_raises_has_failed() -> None:
    first, second = FakeAnnouncer(raises=RuntimeError("a bug")), FakeAnnouncer()
    assert await AnnouncerChain([first, second]).render("Hola.", SPANISH, PCMU) == sound_of("Hola.", SPANISH)
