"""Notices as audio."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from dragoman.audio.hold import chime
from dragoman.domain.call import Length, Notice, Opening, Role
from dragoman.notices import Notices
from dragoman.relay import announcements
from dragoman.relay.announcements import RENDER_DEADLINE_S, Announcements
from dragoman.relay.notice_files import NoticeFiles
from tests.fakes.announcer import FakeAnnouncer, sound_of
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH, setup
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


def test_whether_it_is_there_is_told() -> None:
    assert run(Announcements(NOTICES, FakeAnnouncer()).prepare(setup(), Role.CALLER, Notice.REPEAT))
    for announcer in (None, FakeAnnouncer(speaks=False), FakeAnnouncer(voice="")):
        assert not run(Announcements(NOTICES, announcer).prepare(setup(), Role.CALLER, Notice.REPEAT))


def test_a_language_without_a_voice_is_not_asked_for() -> None:
    announcer = FakeAnnouncer(voice="")
    run(Announcements(NOTICES, announcer).prepare(setup(), Role.CALLER, Notice.REPEAT))
    assert announcer.asked == []


def test_files_outlive_the_process_and_belong_to_a_voice(tmp_path: Path) -> None:
    def another(voice: str) -> tuple[Announcements, FakeAnnouncer]:
        announcer = FakeAnnouncer(voice=voice)
        return Announcements(NOTICES, announcer, NoticeFiles(tmp_path)), announcer

    first, _ = another("a")
    run(first.prepare(setup(), Role.CALLER, Notice.ANNOUNCE))
    for voice, asked in (("a", 0), ("b", 1)):
        ours, announcer = another(voice)
        assert run(ours.prepare(setup(), Role.CALLER, Notice.ANNOUNCE))
        assert len(announcer.asked) == asked
        assert ours.sound(setup(), Role.CALLER, Notice.ANNOUNCE) == first.sound(setup(), Role.CALLER, Notice.ANNOUNCE)


def test_a_spoilt_file_is_rendered_again(tmp_path: Path) -> None:
    run(Announcements(NOTICES, FakeAnnouncer(), NoticeFiles(tmp_path)).prepare(setup(), Role.CALLER, Notice.REPEAT))
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    announcer = FakeAnnouncer()
    ours = Announcements(NOTICES, announcer, NoticeFiles(tmp_path))
    assert run(ours.prepare(setup(), Role.CALLER, Notice.REPEAT))
    assert len(announcer.asked) == 1
    assert path.read_bytes() == whole


def test_what_every_call_needs_is_rendered_ahead_once() -> None:
    announcer = FakeAnnouncer()
    ours = Announcements(NOTICES, announcer)
    opening = Opening(Length.FULL, Length.SHORT, consent=frozenset({Role.CALLER}), voiced=frozenset({"es", "en"}))
    for _ in range(2):
        run(ours.warm(opening, [SPANISH, ENGLISH, FRENCH], ENGLISH))
    words = NOTICES.words
    assert announcer.asked == [
        ("es", words(Notice.ANNOUNCE, Role.CALLER, SPANISH, SPANISH)),
        ("es", words(Notice.CONSENT, Role.CALLER, SPANISH, SPANISH)),
        ("en", words(Notice.ANNOUNCE_SHORT, Role.AGENT, ENGLISH, SPANISH)),
        ("en", words(Notice.ANNOUNCE, Role.CALLER, ENGLISH, ENGLISH)),
        ("en", words(Notice.CONSENT, Role.CALLER, ENGLISH, ENGLISH)),
    ]


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(announcements, "KEPT", 2)
    announcer = FakeAnnouncer()
    ours = Announcements(NOTICES, announcer)
    for notice in (Notice.REPEAT, Notice.FAILED, Notice.BUSY, Notice.REPEAT):
        run(ours.prepare(setup(), Role.CALLER, notice))
    assert len(announcer.asked) == 4, "the first one had to go"
    assert ours.sound(setup(), Role.CALLER, Notice.FAILED) == chime()


def test_who_waited_for_a_voice_that_failed_does_not_try_it_once_more() -> None:
    """Ten calls and a dead voice: each of them learns it when the first one does."""
    announcer = FakeAnnouncer(speaks=False, takes_s=30.0)
    ours = Announcements(NOTICES, announcer)

    async def ten() -> float:
        async with asyncio.TaskGroup() as tasks:
            asked = [tasks.create_task(ours.prepare(setup(), Role.CALLER, Notice.ANNOUNCE)) for _ in range(10)]
        assert not any(one.result() for one in asked)
        return asyncio.get_running_loop().time()

    assert run(ten()) == pytest.approx(30.0)
    assert len(announcer.asked) == 1
    run(ours.prepare(setup(), Role.CALLER, Notice.ANNOUNCE))
    assert len(announcer.asked) == 2, "who comes later tries again"
