"""A living call beside an attack: afterwards it must be as it was, and alone."""

from __future__ import annotations

from tests.rig.town import Talk, Town


class Beside:
    """What there is before; `untouched` looks again."""

    def __init__(self, here: Town, talk: Talk) -> None:
        self._here, self._talk = here, talk
        self._legs = len(here.twilio.exchange.calls)
        self._view = here.app.calls.find(talk.call_id)

    async def untouched(self, dialled: int = 0) -> None:
        """The same call and no other, carried as before; no leg was dialled but so many that were to be; both parties
        are still understood.
        """
        here, talk = self._here, self._talk
        await here.until(lambda: here.app.server.media_sockets == 2)
        (view,) = here.app.calls.calls()
        assert self._view is not None
        assert (view.call_id, view.state, view.manner) == (talk.call_id, self._view.state, self._view.manner)
        assert (view.caller_language, view.agent_language) == (self._view.caller_language, self._view.agent_language)
        assert len(here.twilio.exchange.calls) == self._legs + dialled
        await here.exchange(talk, 500, 900)
        assert len(here.open_sessions) == 2
