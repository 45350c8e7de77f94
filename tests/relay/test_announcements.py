"""Notices as audio."""

from __future__ import annotations

import asyncio

import pytest

from dragoman.audio.hold import chime
from dragoman.domain.call import Notice, Role
from dragoman.notices import Notices
from dragoman.relay import announcements
from dragoman.relay.announcements import RENDER_DEADLINE_S, Announcements
from tests.fakes.announcer import FakeAnnouncer, sound_of
from tests.fakes.relay_parts import ENGLISH, SPANISH, setup
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit

NOTICES = Notices.load()


def test_a_notice_is_rendered_once_in_the_hearers_language() -> None:
    announcer = FakeAnnouncer()
    ours = Announcements(NOTICES, announcer)
    for _ in range(2):
        run(ours.prepare(setup(), Role.CALLER, Notice.REPEAT))
    text = NOTICES.text(Notice.REPEAT, SPANISH)
    assert announcer.asked == [("es", text)]
    assert ours.sound(setup(), Role.CALLER, Notice.REPEAT) == sound_of(text, SPANISH)


def test_who_asks_for_what_is_being_rendered_waits_for_that() -> None:
    announcer = FakeAnnouncer(takes_s=1.0)
    ours = Announcements(NOTICES, announcer)

    async def both() -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(2):
                tasks.create_task(ours.prepare(setup(), Role.CALLER, Notice.REPEAT))

    run(both())
    assert len(announcer.asked) == 1
    assert ours.sound(setup(), Role.CALLER, Notice.REPEAT) != chime()


def test_the_whisper_names_the_callers_language_to_the_agent() -> None:
    announcer = FakeAnnouncer()
    ours = Announcements(NOTICES, announcer)
    run(ours.prepare(setup(), Role.AGENT, Notice.WHISPER))
    assert announcer.asked == [("en", NOTICES.whisper(SPANISH, ENGLISH))]
    assert "Spanish" in announcer.asked[0][1]


@pytest.mark.parametrize(
    "announcer",
    [
        None,
        FakeAnnouncer(speaks=False),
        FakeAnnouncer(raises=RuntimeError("a bug")),
        FakeAnnouncer(takes_s=RENDER_DEADLINE_S + 1),
    ],
    ids=["none", "cannot", "raises", "too slow"],
)
def test_where_nothing_can_be_spoken_a_chime_stands_for_it(announcer: FakeAnnouncer | None) -> None:
    ours = Announcements(NOTICES, announcer)
    run(ours.prepare(setup(), Role.CALLER, Notice.REPEAT))
    assert ours.sound(setup(), Role.CALLER, Notice.REPEAT) == chime()


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "KEPT", 2)
    announcer = FakeAnnouncer()
    ours = Announcements(NOTICES, announcer)
    for notice in (Notice.REPEAT, Notice.FAILED, Notice.BUSY, Notice.REPEAT):
        run(ours.prepare(setup(), Role.CALLER, notice))
    assert len(announcer.asked) == 4, "the first one had to go"
    assert ours.sound(setup(), Role.CALLER, Notice.FAILED) == chime()
