"""What a dialled party hears before the two are joined: `<Number url>`, `<Sip url>`, `<Client url>`.

Source: Twilio's pages on these nouns: the document runs on the called party's end once they answer, may ask for a key,
and may not hold <Dial>; who is hung up in it is not joined. The caller hears ringing meanwhile (here: silence). Whether
other verbs that lead elsewhere may stand there is not said: here none may.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Final
from urllib.parse import urljoin

from dragoman.telephony.twilio.emulator import schema
from dragoman.telephony.twilio.emulator.alerts import AlertCode
from dragoman.telephony.twilio.emulator.line import Fetch, Leg, Line
from dragoman.telephony.twilio.emulator.plant import Plant
from dragoman.telephony.twilio.emulator.run import Broken, Finish, Goto, Interpreter, Performer, Run, Step
from dragoman.telephony.twilio.emulator.twiml import Verb

_ALLOWED: Final = frozenset({"Say", "Play", "Pause", "Gather", "Redirect", "Hangup"})
_MOST_PAGES: Final = 50


class Whisper:
    """Runs the document of a noun on the leg that was dialled."""

    def __init__(self, plant: Plant, verbs: Mapping[str, Performer]) -> None:
        every = schema.SHAPES["Response"].children
        here = {name: verbs[name] if name in _ALLOWED else _not_here for name in every}
        self._interpreter = Interpreter(plant, here | {"Hangup": _decline}, _no_flow)

    async def __call__(self, run: Run, leg: Leg, noun: Verb | None) -> bool:
        """Whether the two are to be joined. `run` is the caller's document."""
        if noun is None or not noun.get("url"):
            return True
        first = Fetch(urljoin(run.url, noun.get("url")), noun.get("method", "POST"))
        async with asyncio.TaskGroup() as group:
            pages = group.create_task(self._pages(leg, first))
            gone = group.create_task(_until_over(leg))
            await asyncio.wait({pages, gone}, return_when=asyncio.FIRST_COMPLETED)
            pages.cancel()
            gone.cancel()
        return not leg.over.is_set()

    async def _pages(self, leg: Leg, first: Fetch) -> None:
        step: Goto | Finish | Broken = Goto(first)
        for _ in range(_MOST_PAGES):
            if not isinstance(step, Goto):
                break
            step = await self._interpreter.page(leg, step.script)
        if not isinstance(step, Finish):
            # What Twilio does then is not documented; two parties are not joined behind a fault.
            leg.end()


async def _until_over(leg: Leg) -> None:
    await leg.over.wait()


async def _decline(run: Run, verb: Verb) -> Step:
    run.leg.end()
    return Finish()


async def _not_here(run: Run, verb: Verb) -> Step:
    run.leg.note(Line.ERROR, f"{AlertCode.SCHEMA.value} not allowed before the two are joined: <{verb.name}>")
    run.plant.alerts.note(AlertCode.SCHEMA, run.leg.sid, f"<{verb.name}> is not allowed on a dialled party's end")
    return None


async def _no_flow(leg: Leg, fetch: Fetch) -> Finish:
    """A Studio flow cannot run there."""
    leg.end()
    return Finish()
