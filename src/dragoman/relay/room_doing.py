"""What goes on with one party of a room, as its own page and the others show it. Pure."""

from __future__ import annotations

from dragoman.domain.room import Doing, Trouble

HEARING_S = 0.5
"""A pause this short does not end what is being said."""

LEAST_VOICE_S = 0.3
"""Less voice is a cough: nothing will come of it."""

GIVE_UP_S = 8.0
"""Of what was said so long ago nothing will come any more."""

UNCLEAR_S = 4.0
"""So long a party is asked to say it again."""


class DoingOf:
    """One party's. Times are seconds of the caller's clock."""

    def __init__(self) -> None:
        self._voice_at = float("-inf")
        self._voice_s = 0.0
        self._owed = False
        self._unclear_at = float("-inf")
        self._told = (Doing.LISTENING, Trouble.NONE)

    def voice(self, length_s: float, now: float) -> None:
        """The party was heard to speak."""
        if now - self._voice_at > HEARING_S:
            self._voice_s = 0.0
        self._voice_at = now
        self._voice_s += length_s
        self._owed = self._owed or self._voice_s >= LEAST_VOICE_S

    def spoken(self) -> None:
        """An interpreter said something of it, or will not."""
        self._owed = False

    def unclear(self, now: float) -> None:
        """An interpreter did not understand it."""
        self._owed, self._unclear_at = False, now

    def changed(
        self, now: float, *, being_heard: bool, interpreted: bool, trouble: Trouble
    ) -> tuple[Doing, Trouble] | None:
        """What goes on, when it is not what was told last. `being_heard`: an interpreter's words for it are, by
        somebody; `interpreted`: somebody who listens needs one.
        """
        doing = self._doing(now, being_heard=being_heard, interpreted=interpreted, trouble=trouble)
        if doing == self._told:
            return None
        self._told = doing
        return doing

    @property
    def told(self) -> tuple[Doing, Trouble]:
        """What was told last."""
        return self._told

    def _doing(self, now: float, *, being_heard: bool, interpreted: bool, trouble: Trouble) -> tuple[Doing, Trouble]:
        if trouble is not Trouble.NONE:
            return Doing.TROUBLE, trouble
        if now - self._voice_at <= HEARING_S:
            return Doing.HEARING, Trouble.NONE
        if being_heard:
            return Doing.SPEAKING, Trouble.NONE
        if now - self._unclear_at <= UNCLEAR_S:
            return Doing.TROUBLE, Trouble.UNCLEAR
        if self._owed and interpreted and now - self._voice_at <= GIVE_UP_S:
            return Doing.TRANSLATING, Trouble.NONE
        return Doing.LISTENING, Trouble.NONE
