"""Notices on their way to an ear, and the account of them."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs

from dragoman.audio.hold import chime
from dragoman.domain.call import Notice, Role
from dragoman.notices import Notices
from dragoman.observe.log import call_log
from dragoman.relay.announcements import Announcements
from dragoman.relay.call_state import NoticeHeard
from dragoman.relay.teller import Teller
from tests.fakes.announcer import FakeAnnouncer, sound_of
from tests.fakes.relay_parts import FRENCH, SPANISH, setup
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT
NOTICES = Notices.load()
ANNOUNCEMENT = NOTICES.words(Notice.ANNOUNCE, CALLER, SPANISH, SPANISH)


class Scene:
    """A teller with everything around it on paper."""

    def __init__(self) -> None:
        self.setup = setup()
        self.now = 5.0
        self.played: list[tuple[Role, str, bytes]] = []
        self.heard: list[NoticeHeard] = []
        self.announcements = Announcements(NOTICES, FakeAnnouncer())
        self.teller = Teller(
            self.announcements,
            call_log("call-1"),
            setup=lambda: self.setup,
            play=lambda role, label, audio: self.played.append((role, label, audio)),
            step=self.heard.append,
            at_s=lambda: self.now,
        )

    def says(self, role: Role, notice: Notice) -> str:
        """Rendered and played; its label."""
        run(self.announcements.prepare(self.setup, role, notice))
        self.teller.say(role, notice)
        return self.played[-1][1]


def test_an_announcement_is_played_and_kept_with_its_words() -> None:
    scene = Scene()
    label = scene.says(CALLER, Notice.ANNOUNCE)
    assert scene.played == [(CALLER, label, sound_of(ANNOUNCEMENT, SPANISH))]
    scene.now = 12.0
    with capture_logs() as logs:
        scene.teller.heard(CALLER, label, True)
    (told,) = scene.teller.ledger.told
    assert (told.text, told.version, told.language) == (ANNOUNCEMENT, NOTICES.version, "es")
    assert (told.told_s, told.heard_s, told.whole) == (5.0, 12.0, True)
    assert scene.heard == [NoticeHeard(CALLER, Notice.ANNOUNCE, whole=True)]
    assert [(line["event"], line["leg"], line["heard_to_end"]) for line in logs] == [("consent", "caller", True)]
    assert ANNOUNCEMENT not in str(logs)


def test_each_playing_has_a_label_of_its_own() -> None:
    scene = Scene()
    labels = [scene.says(CALLER, notice) for notice in (Notice.CONSENT, Notice.REPEAT, Notice.CONSENT)]
    assert len(set(labels)) == 3
    scene.teller.heard(CALLER, labels[2], True)
    assert [one.whole for one in scene.teller.ledger.told] == [False, True]


def test_what_nobody_has_a_right_to_is_played_and_not_kept() -> None:
    scene = Scene()
    label = scene.says(AGENT, Notice.WHISPER)
    scene.teller.heard(AGENT, label, True)
    assert scene.teller.ledger.told == ()
    assert scene.heard == [NoticeHeard(AGENT, Notice.WHISPER, whole=True)]


def test_what_was_not_rendered_is_a_chime() -> None:
    scene = Scene()
    scene.teller.say(AGENT, Notice.REPEAT)
    assert scene.played[0][2] == chime()


@pytest.mark.parametrize("label", ["hold", "", "c12", "original", "announcement.1"])
def test_what_is_none_of_ours_is_passed_over(label: str) -> None:
    scene = Scene()
    scene.teller.heard(CALLER, label, True)
    assert scene.heard == []


def test_what_the_carrier_said_counts_as_heard_to_its_end() -> None:
    scene = Scene()
    with capture_logs() as logs:
        scene.teller.said(CALLER, Notice.ANNOUNCE)
    (told,) = scene.teller.ledger.told
    assert (told.whole, told.heard_s, told.as_log()["spoken_by"]) == (True, 5.0, "carrier")
    assert [line["spoken_by"] for line in logs] == ["carrier"]
    assert scene.played == []


def test_the_language_is_the_one_of_the_moment() -> None:
    scene = Scene()
    scene.says(CALLER, Notice.ANNOUNCE)
    scene.setup = replace(scene.setup, caller=replace(scene.setup.caller, language=FRENCH))
    scene.says(CALLER, Notice.ANNOUNCE)
    assert [one.language for one in scene.teller.ledger.told] == ["es", "fr"]


def test_an_answer_is_kept_and_logged() -> None:
    scene = Scene()
    with capture_logs() as logs:
        scene.teller.answered(CALLER, False)
    (answer,) = scene.teller.ledger.answers
    assert (answer.role, answer.agreed, answer.at_s) == (CALLER, False, 5.0)
    assert [(line["event"], line["agreed"]) for line in logs] == [("consent", False)]


def test_what_a_page_shows_is_kept_as_such() -> None:
    scene = Scene()
    shown = scene.teller.shown(AGENT, Notice.ANNOUNCE_SHORT)
    assert (shown.flags, shown.final, shown.language, shown.at_s) == (("notice",), True, "en", 5.0)
    (told,) = scene.teller.ledger.told
    assert (told.speaker.value, told.whole, told.text) == ("page", True, shown.text)
    assert scene.played == []
