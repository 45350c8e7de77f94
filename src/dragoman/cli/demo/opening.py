"""When the people of the demo begin to talk: when both have heard out what they are told before, as people do."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Protocol

from dragoman.cli.demo.ears import quiet_for_s, stretches
from dragoman.domain.call import CONSENT_KEY, CallSetup, Length, Notice, Role
from dragoman.notices import Notices

TOLD_S = 2.5
"""Who has heard so much since the agent answered was told: a beep and a whisper are shorter, an announcement longer."""
OPENED_S = 2.0
"""After so much quiet nothing more comes: what they are told comes in several pieces."""
WHISPER_S = 6.0
"""An agent who is told nothing at all for so long does not wait for a whisper any more."""
LATEST_S = 75.0
"""Long enough for a cold engine to render both announcements, and to say them."""

_ANNOUNCED = {Length.FULL: Notice.ANNOUNCE, Length.SHORT: Notice.ANNOUNCE_SHORT}


class Person(Protocol):
    """Someone with a phone. `ear` is what they heard so far, 8 kHz mu-law."""

    @property
    def ear(self) -> bytes: ...

    def press(self, digits: str) -> None: ...


class Opening:
    """What both parties are owed before the talk. Who is asked to agree by key does so once told.

    The agent answered at `answered_s`; `carrier_said` are the sentences that the carrier has spoken on any leg.
    """

    def __init__(
        self,
        setup: CallSetup,
        notices: Notices,
        people: Mapping[Role, Person],
        answered_s: float,
        carrier_said: Callable[[], Iterable[str]],
    ) -> None:
        self._people = people
        self._answered_s = answered_s
        self._carrier_said = carrier_said
        self._words = {role: _owed(setup, notices, role) for role in Role}
        self._asked = set(setup.opening.consent)

    def over(self, now_s: float) -> bool:
        """Whether both begin to talk now. To be asked all the time."""
        told = {role for role in Role if self._told(role, now_s)}
        for role in told & self._asked:
            self._asked.discard(role)
            self._people[role].press(CONSENT_KEY)
        quiet = all(quiet_for_s(one.ear, now_s) > OPENED_S for one in self._people.values())
        return (quiet and len(told) == len(Role)) or now_s > self._answered_s + LATEST_S

    def _told(self, role: Role, now_s: float) -> bool:
        words = self._words[role]
        heard = stretches(self._people[role].ear, from_s=self._answered_s, to_s=now_s)
        if role is Role.AGENT and not heard and now_s <= self._answered_s + WHISPER_S:
            return False
        if not words or any(words in sentence for sentence in self._carrier_said()):
            return True
        return sum(one.ended_s - one.began_s for one in heard) > TOLD_S


def _owed(setup: CallSetup, notices: Notices, role: Role) -> str:
    """The announcement to this party; "" without one."""
    notice = _ANNOUNCED.get(setup.opening.length(role))
    return notices.words(notice, role, setup.party(role).language, setup.caller.language) if notice else ""
