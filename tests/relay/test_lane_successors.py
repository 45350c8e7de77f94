"""Scripts of a lane: the last interpreter is heard out, the next one waits; and the gates at both microphones."""

from __future__ import annotations

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.speech import Captioned, Side, Spoke, SpokeAll
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.lane import Lane
from dragoman.relay.lane_plan import LanePlan
from tests.fakes.lane_script import BEGAN, Script, given_to_engine, heard, lane, played
from tests.fakes.relay_parts import SILENT, frame

pytestmark = pytest.mark.script

LAST = frame(1) * 5
NEXT = frame(2) * 5


def succeeded() -> Script:
    """The last one has begun to speak when the next one sits down."""
    script = Script(lane())
    script.engine(Captioned(Side.TARGET, "one", "u1"))
    script.engine(Spoke(LAST, "u1"))
    script.lane.interpreter_began(script.now)
    return script


def last_says(script: Script, event: Spoke | SpokeAll | Captioned) -> bytes:
    effects = list(script.lane.speak(event, script.now, late=True))
    script.effects += effects
    return played(effects)


def test_the_last_one_is_heard_out_and_then_the_next_one() -> None:
    script = succeeded()
    last_says(script, Spoke(frame(3) * 5, "u1"))
    script.engine(Spoke(NEXT, "u1"))
    script.wait(19)
    assert played(script.effects) == LAST + frame(3) * 5
    script.wait(10)
    assert played(script.effects) == LAST + frame(3) * 5 + NEXT


def test_once_the_last_one_is_quiet_nobody_waits() -> None:
    script = succeeded()
    last_says(script, Spoke(frame(3) * 5, "u1"))
    script.wait(25)
    assert played(script.engine(Spoke(NEXT, "u1"))) == NEXT


def test_what_the_last_one_says_is_of_its_own_utterance() -> None:
    """Both call theirs by the same name."""
    script = succeeded()
    last_says(script, Captioned(Side.TARGET, " more", "u1"))
    last_says(script, Spoke(frame(3) * 5, "u1"))
    script.engine(Captioned(Side.TARGET, "two", "u1"))
    script.engine(Spoke(NEXT, "u1"))
    script.wait(60)
    first, second = script.lane.transcript.utterances
    assert (first.target_text, second.target_text) == ("one more", "two")
    assert first.spoken_s == pytest.approx(0.2)
    assert second.spoken_s == pytest.approx(0.1)


def test_a_third_one_lets_nobody_wait_any_longer() -> None:
    script = succeeded()
    last_says(script, Spoke(frame(3) * 5, "u1"))
    script.engine(Spoke(NEXT, "u1"))
    script.effects += script.lane.interpreter_began(script.now)
    script.wait(15)
    assert played(script.effects) == LAST + frame(3) * 5 + NEXT


# ---- Gates -----------------------------------------------------------------------------------------------------------


class Deaf(EchoGate):
    """Lets nothing through, and tells what it was given and when, and what was played."""

    def __init__(self) -> None:
        super().__init__()
        self.given: list[tuple[bytes, float]] = []
        self.ear: list[bytes] = []

    def pass_through(self, frame: bytes, now: float) -> bytes:
        self.given.append((frame, now))
        return SILENT

    def played(self, audio: bytes, heard_at: float) -> None:
        self.ear.append(audio)


def gated(gate: EchoGate | None = None, far_gate: EchoGate | None = None) -> Lane:
    plan = LanePlan(
        source=Role.CALLER,
        source_language="es",
        target_language="en",
        sink_format=AudioFormat.PCMU_8K,
        engine="fake",
        names_utterances=True,
    )
    return Lane(plan, BEGAN, gate=gate, far_gate=far_gate)


def test_what_the_gate_stops_is_not_heard_by_the_interpreter() -> None:
    gate = Deaf()
    one = gated(gate)
    one.open()
    assert given_to_engine(list(one.hear(heard(frame(1)), BEGAN + 0.02))) == SILENT
    assert gate.given == [(frame(1), BEGAN + 0.02)]


def test_before_the_talk_the_gate_hears_and_nobody_else() -> None:
    gate = Deaf()
    one = gated(gate)
    assert list(one.hear(heard(frame(1)), BEGAN + 0.02)) == []
    assert gate.given == [(frame(1), BEGAN + 0.02)]


def test_the_sinks_gate_knows_what_its_ear_is_given() -> None:
    far = Deaf()
    one = gated(far_gate=far)
    one.open()
    one.sink_joined()
    Script(one).engine(Spoke(LAST, "u1"))
    assert b"".join(far.ear) == LAST


def test_utterances_are_called_by_the_role_that_says_them() -> None:
    script = Script(lane())
    script.engine(Captioned(Side.SOURCE, "hola", "x"))
    script.engine(Captioned(Side.TARGET, "hello", "x"))
    one = script.utterance
    assert (one.utterance, one.source_language, one.target_language) == ("c1", "es", "en")
