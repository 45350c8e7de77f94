"""Plays notices to parties and keeps account of them: what was said, whether it was heard, what was agreed to."""

from __future__ import annotations

from collections.abc import Callable

from structlog.typing import FilteringBoundLogger

from dragoman.domain.call import DISCLOSURES, CallSetup, Notice, Role
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side
from dragoman.relay.announcements import Announcements
from dragoman.relay.call_state import NoticeHeard
from dragoman.relay.consent import Answered, ConsentLedger, Speaker, Told

NOTICE_FLAG = "notice"
"""On the caption of what nobody said: we let its reader know something."""

_NAMES = frozenset(notice.value for notice in Notice)


class Teller:
    """One call's. `setup` is asked when it matters; `play` gives audio to a party's ear under a label; `step` is told
    what was heard; `at_s` is seconds since the call began.
    """

    def __init__(
        self,
        announcements: Announcements,
        log: FilteringBoundLogger,
        *,
        setup: Callable[[], CallSetup],
        play: Callable[[Role, str, bytes], None],
        step: Callable[[NoticeHeard], None],
        at_s: Callable[[], float],
    ) -> None:
        self._announcements = announcements
        self._log = log
        self._setup = setup
        self._play = play
        self._step = step
        self._at_s = at_s
        self.count = 0
        self.ledger = ConsentLedger()

    def take_up(self, count: int, told: dict[str, Told], answers: list[Answered]) -> None:
        """Go on after so many notices of an earlier process, and what was told and answered there."""
        self.count = count
        self.ledger.take_up(told, answers)

    def say(self, role: Role, notice: Notice, number: int = 0) -> None:
        """Play a notice to `role` as it was rendered, or the chime; `number` fills its slot where it has one."""
        label = self._label(notice)
        if notice in DISCLOSURES:
            self.ledger.began(label, self._told(role, notice, Speaker.US))
        self._play(role, label, self._announcements.sound(self._setup(), role, notice, number))

    def heard(self, role: Role, label: str, whole: bool) -> None:
        """What was played under `label` came to its end in the ear of `role`, or was cut off. Other labels are not
        ours.
        """
        name = label.rpartition(".")[0]
        if name not in _NAMES:
            return
        told = self.ledger.ended(label, self._at_s(), whole=whole)
        if told is not None:
            self._log.info("consent", leg=role.value, **told.as_log())
        self._step(NoticeHeard(role, Notice(name), whole))

    def shown(self, role: Role, notice: Notice) -> Caption:
        """The party is shown it instead of hearing it: as a caption."""
        label = self._label(notice)
        told = self._noted(label, role, notice, Speaker.PAGE)
        return Caption(label, role.other, Side.TARGET, told.language, told.text, True, told.told_s, (NOTICE_FLAG,))

    def said(self, role: Role, notice: Notice) -> None:
        """The carrier said it, to its end, before the stream was here."""
        self._noted(self._label(notice), role, notice, Speaker.CARRIER)

    def _noted(self, label: str, role: Role, notice: Notice, speaker: Speaker) -> Told:
        """Somebody else has told it, whole."""
        told = self._told(role, notice, speaker)
        self.ledger.began(label, told)
        ended = self.ledger.ended(label, told.told_s, whole=True)
        self._log.info("consent", leg=role.value, **(ended or told).as_log())
        return told

    def answered(self, role: Role, agreed: bool) -> None:
        """The party agreed by key, or did not."""
        self.ledger.answered(Answered(role, agreed, self._at_s()))
        self._log.info("consent", leg=role.value, agreed=agreed)

    def _label(self, notice: Notice) -> str:
        self.count += 1
        return f"{notice.value}.{self.count}"

    def _told(self, role: Role, notice: Notice, speaker: Speaker) -> Told:
        text, language = self._announcements.words(self._setup(), role, notice)
        version = self._announcements.notices.version
        return Told(role, notice.value, text, version, language.tag, speaker, self._at_s())
