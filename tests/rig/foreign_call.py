"""A whole call with the engine that DRAGOMAN_ENGINE=toy finds: run as a process of its own, where that is installed."""

from __future__ import annotations

import asyncio
import json
import sys

from dragoman import providers
from dragoman.domain.audio import AudioFormat
from dragoman.errors import SettingsError
from dragoman.interpreters.openai.emulator.markers import markers_heard
from tests.contracts.interpreter_contract import check_closed_while_opening, check_contract
from tests.fakes.interpreting_desk import wanted
from tests.rig.people import voice
from tests.rig.town import town

HZ = 500


async def main() -> dict[str, object]:
    """What came of it."""
    engine = providers.build("toy", {"TOY_SIGN": "squawk:"}, lambda: 0.0)
    pause = AudioFormat.PCMU_8K.silence(600)
    story = await check_contract(engine, wanted(), pause + voice(HZ) + pause)
    await check_closed_while_opening(engine, wanted())
    async with town("toy", env={"TOY_SIGN": "squawk:"}) as here:
        talk = await here.interpreted()
        talk.caller.say(voice(HZ))
        await here.until(lambda: talk.agent_ear.heard_all(200))
        heard = talk.agent_ear.markers
        talk.caller.hang_up()
        record = await here.record()
    unknown = ""
    try:
        providers.build("parrot", None, lambda: 0.0)
    except SettingsError as error:
        unknown = str(error)
    return {
        "contract": sorted(markers_heard(story.spoken)),
        "heard": sorted(heard),
        "engines": record.engines,
        "texts": [one.target_text for one in record.utterances],
        "unknown": unknown,
        "notes": here.app.notes,
    }


if __name__ == "__main__":
    sys.stdout.write("\n" + json.dumps(asyncio.run(main())) + "\n")
