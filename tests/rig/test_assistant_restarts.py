"""Callers of assistants whose server is killed, or told to stop: their calls go on in the next process."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from dragoman.interpreters.openai.emulator import Answer, Call, Message
from dragoman.relay.found_out import INTERRUPTED
from tests.rig.assistants import DESK, DESK_LINE, FAQ, GREETING, PERSON, TOOLS, Asked, answer, said
from tests.rig.people import Ear, voice
from tests.rig.street import AFTER_HZ, Guest, session_with, street, until
from tests.rig.town import AGENTS_PHONE, DIRECT, STEP_S
from tests.rig.town import said as spoken

pytestmark = [pytest.mark.rig, pytest.mark.timeout(120)]

SHUT_LINE = "+15555550104"
BACK, AGAIN = "Ya.", "Could you say it again"
FAQ_HZ, HOURS_HZ, CONTEXT_HZ, BYE_HZ, SLOW_HZ, PERSON_HZ, AGENT_HZ = 500, 560, 620, 680, 740, 800, 860
"""What callers ask, by the marker in which they ask it."""


def tool(name: str, **arguments: str) -> tuple[Call, ...]:
    return (Call(name, json.dumps(arguments)),)


MIND = Asked(
    {
        FAQ_HZ: Answer("¿Hay aparcamiento?", tool("faq", question="¿Hay aparcamiento?"), (said(1910),)),
        HOURS_HZ: answer(2010, heard="¿A qué hora abren?"),
        CONTEXT_HZ: answer(2110, heard="¿Y dónde era?"),
        BYE_HZ: Answer("Adiós.", tool("hang_up", goodbye="Adiós."), (Message("Adiós."),)),
        SLOW_HZ: Answer("Un libro.", tool("book"), (said(2210),)),
        PERSON_HZ: Answer("Una persona.", tool("transfer", summary="Ana."), (said(2310),)),
        AGENT_HZ: Answer("Una persona.", tool("hand_over", summary="Ana."), (said(2310),)),
    }
)
SLOW_TOOL = '[[tool]]\nname = "book"\npython = "slow:book"\ndescription = "Books."\ntimeout-s = 60\n'
SLOW_PYTHON = "import time\n\n\ndef book() -> str:\n    time.sleep(60)\n    return 'done'\n"
NOBODY = DESK.replace(f'transfer = "{PERSON}"\n', "").replace('faq = { es = "desk.faq.toml" }\n', "")
SHUT = NOBODY.replace('name = "desk"', f'name = "shut"\nnumbers = ["{SHUT_LINE}"]')


def prepared(folder: Path) -> dict[str, str]:
    """Two personas; the settings that name them."""
    personas = folder / "personas"
    personas.mkdir()
    for name, text in {
        "desk.toml": DESK + TOOLS + SLOW_TOOL,
        "desk.faq.toml": FAQ,
        "shut.toml": SHUT,
    }.items():
        (personas / name).write_text(text, encoding="utf-8")
    (folder / "slow.py").write_text(SLOW_PYTHON)
    direct = {name: value for name, value in DIRECT.items() if value is not None}
    return direct | {"DRAGOMAN_PERSONAS": str(personas), "DRAGOMAN_MESSAGES": str(folder / "messages.jsonl")}


async def test_calls_of_assistants_go_on_where_they_were_when_the_server_was_killed(tmp_path: Path) -> None:
    """Two questions, and a third one that needs them; a tool at work; a person; an agent; somebody who answers no more,
    and the message that is left instead, while the server is killed again.
    """
    async with street(tmp_path, MIND, **prepared(tmp_path)) as here:
        here.assistants_line(SHUT_LINE)
        here.twilio.answers(PERSON, "human")
        here.twilio.answers(AGENTS_PHONE, "human")
        server = here.start()
        await here.server.answers("/ready", 200)
        lines = enumerate((DESK_LINE, DESK_LINE, DESK_LINE, SHUT_LINE))
        guest, buyer, talker, shut = await asyncio.gather(*(Guest.connected(here.twilio, *one) for one in lines))
        await asyncio.gather(guest.answered(FAQ_HZ, 1910), shut.answered(HOURS_HZ, 2010))
        await guest.answered(HOURS_HZ, 2010)
        talker.ask(PERSON_HZ)
        person = await here.twilio.called(PERSON)
        await person.connected()
        buyer.ask(SLOW_HZ)
        await until(lambda: any("Un libro." in one.heard for one in here.models.sessions))
        await asyncio.sleep(1.2)  # what was said last is written within a second
        old = here.streams
        (tmp_path / "personas" / "shut.toml").unlink()
        server.kill()
        server = here.start()

        await until(lambda: len(here.streams - old) == 2)
        guests = await session_with(
            here.models, GREETING, "¿Hay aparcamiento?", "junto al edificio", "¿A qué hora abren?"
        )
        buyers = await session_with(here.models, "Un libro.", INTERRUPTED)
        await until(lambda: guests.said and buyers.said)
        assert guests.said == [BACK], "no second greeting"
        assert buyers.said[0].startswith(BACK)
        assert AGAIN in buyers.said[0]
        await until(lambda: shut.phone.leg is not None and shut.phone.leg.tap is not None)
        assert any("technical problem" in one for one in spoken(shut.phone)), "why nobody answers any more"
        shut.phone.say(voice(AFTER_HZ[0], 800))
        await asyncio.gather(guest.answered(CONTEXT_HZ, 2110), buyer.answered(HOURS_HZ, 2010))

        await asyncio.sleep(1.2)
        old = here.streams
        server.kill()
        here.start()
        await until(lambda: here.streams - old)
        await shut.phone.ended(STEP_S)
        await guest.answered(HOURS_HZ, 2010)
        ears = Ear(person), Ear(talker.phone)
        talker.phone.say(voice(AFTER_HZ[0]))
        await until(lambda: AFTER_HZ[0] in ears[0].markers)
        person.hang_up()
        await talker.phone.ended(STEP_S)
        guest.ask(BYE_HZ)
        await guest.phone.ended(STEP_S)
        buyer.phone.hang_up()

        goodbye = await here.record("the assistant said goodbye")
        left = await here.record("no assistant: left a message")
        talked = await here.record("talked with a person")
        await here.record("hung up")
    asked = [line["text"] for line in goodbye["lines"] if line["who"] == "caller"]
    assert asked == ["¿Hay aparcamiento?", "¿A qué hora abren?", "¿Y dónde era?", "¿A qué hora abren?", "Adiós."]
    assert [line["text"] for line in goodbye["lines"]].count(GREETING) == 1
    assert [line["number"] for line in goodbye["lines"]] == [*range(1, len(goodbye["lines"]) + 1)]
    assert ([one["name"] for one in goodbye["tools"]], goodbye["sessions"]) == (["faq", "hang_up"], 3)
    assert left["message_url"] in (tmp_path / "messages.jsonl").read_text()
    assert left["troubles"] == ["persona gone: shut"]
    assert talked["persona"] == "desk"
    assert len(list((tmp_path / "records").glob("*.json"))) == 4, "one of each call"
