"""The weaknesses of the reference application: each has its proof, and those without one elsewhere have it here."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from dragoman.app_settings import AppSettings
from dragoman.domain.outcome import Result
from dragoman.domain.speech import InterpreterEvent, Ready, Spoke
from dragoman.interpreters.echo import EchoEngine
from dragoman.ports import Interpreter, Wanted
from dragoman.telephony.twilio.pairing import DIGITS
from tests.fakes.named_tests import missing, references, rows
from tests.rig.people import Ear, voice
from tests.rig.town import CALLER, FLEX_NUMBER, LINE, said, town

pytestmark = [pytest.mark.rig, pytest.mark.timeout(60)]

PAGE = (Path(__file__).parents[2] / "docs" / "weaknesses-avoided.md").read_text(encoding="utf-8")
ISSUES = {
    "Never silent, nothing lost: faults, recovery, limits",
}


def test_each_weakness_has_a_proof_that_exists_or_an_issue() -> None:
    listed = {number: row for number, row in rows(PAGE).items() if number.isdigit()}
    assert list(listed) == [str(number) for number in range(1, 22)]
    assert missing(PAGE) == []
    assert [number for number, row in listed.items() if not references(row)] == []
    assert set(re.findall(r'issue "([^"]+)"', PAGE, re.IGNORECASE)) == ISSUES


class Greeting(EchoEngine):
    """Speaks as soon as it is ready, with no utterance, and before it has heard anybody speak."""

    def interpreter(self, wanted: Wanted, listen: Callable[[InterpreterEvent], None]) -> Interpreter:
        def told(event: InterpreterEvent) -> None:
            listen(event)
            if isinstance(event, Ready):
                listen(Spoke(voice(1200)))

        return super().interpreter(wanted, told)


async def test_03_a_model_that_speaks_first_harms_nobody() -> None:
    async with town("echo", engines=[Greeting()]) as here:
        talk = await here.interpreted()
        talk.caller.say(voice(500))
        await here.until(lambda: 500 in talk.agent_ear.markers)
        assert 1200 in Ear(talk.agent, began=0).markers, "what it said is heard"
        talk.caller.hang_up()
        assert (await here.record()).outcome.result is Result.CALLER


async def test_17_legs_are_dialled_from_our_own_number_for_any_caller() -> None:
    async with town("echo", by_digits=True) as here:
        numbers = ("anonymous", "+266696687", "sip:pbx@example.com")
        callers = [await here.dial(number) for number in numbers]
        tasks = [(await here.reserved(f"for {number}")).task for number in numbers]
        assert {task.attributes["caller"] for task in tasks} == {"", "sip:pbx@example.com"}, "withheld is nobody's name"
        assert all(said(caller) for caller in callers), "they are asked to wait like any other"
        dialled = [leg for leg in here.twilio.exchange.calls.values() if leg.direction.value == "outbound-api"]
        assert {leg.from_ for leg in dialled} == {LINE}
        assert {leg.to for leg in dialled} == {FLEX_NUMBER}
        assert here.twilio.alerts.codes() == [], "no parameter that Twilio does not document"


async def test_19_a_call_leaves_no_personal_data_in_the_log_and_figures_in_the_metrics() -> None:
    with capture_logs() as lines:
        async with town("conversation", by_digits=True) as here:
            talk = await here.interpreted()
            talk.caller.press("12346")
            await here.exchange(talk, 500, 900)
            metrics = (await here.api("GET", "/metrics")).text
            talk.caller.hang_up()
            record = await here.record()
    assert {one.source_text for one in record.utterances} == {"marker 500", "marker 900"}, (
        "the record has what was said"
    )
    logged = [(key, str(value)) for line in lines for key, value in line.items() if not key.startswith("pii.")]
    assert len(logged) > 50, "the log is not empty"
    secrets = (CALLER, CALLER[1:], "marker 5", "marker 9", "answer 2", "12346", "sk-test", "emulated-token")
    assert [(key, value) for key, value in logged if any(secret in value for secret in secrets)] == []
    assert [value for _, value in logged if re.search(rf"\b\d{{{DIGITS}}}\b", value)] == [], "no pairing digits either"
    assert max(len(value) for _, value in logged) < 400, "no audio"
    assert "dragoman_calls_living 1.0" in metrics
    kept = dict(re.findall(r'dragoman_kept\{what="([^"]+)"\} (\S+)', metrics))
    assert float(kept.pop("tasks")) > 5
    assert kept | {"calls": "1.0", "media sockets": "2.0", "pairing words": "1.0", "placed legs": "1.0"} == kept
    assert 'dragoman_utterances_total{engine="conversation"} 2.0' in metrics
    language = here.app.book.find("es")
    assert language is not None
    assert "máquina" in said(talk.caller)[-1], "the caller is told that a machine interprets"


def test_20_one_port_and_one_protocol() -> None:
    assert AppSettings.model_fields["port"].default == 5050
    source = Path(__file__).parents[2] / "src" / "dragoman" / "interpreters"
    beta = re.compile(r'"(response\.audio\.delta|g711_ulaw|realtime=v1)"')
    outside = [path for path in source.rglob("*.py") if "emulator" not in path.parts]
    # One file knows the old names, to read a server that still sends them. Nothing of ours sends them.
    assert [path.name for path in outside if beta.search(path.read_text(encoding="utf-8"))] == ["older.py"]
