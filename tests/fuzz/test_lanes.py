"""Two lanes that face each other, and a playout alone: any marks, any sound, any words, and a clock that jumps."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from hypothesis.strategies import SearchStrategy

from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import Role
from dragoman.domain.ear import OriginalMode
from dragoman.domain.effects import Mark, Play
from dragoman.domain.manner import BargeIn
from dragoman.domain.speech import Heard, InterpreterEvent
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.echo_gate import EchoGate
from dragoman.relay.floor import Floor
from dragoman.relay.haste import Haste
from dragoman.relay.lane import Lane
from dragoman.relay.modes import same_speech
from dragoman.relay.playout import Finished, Playout
from tests.fakes.facing_lanes import BEGAN, FacingLanes, lane_plan
from tests.fakes.relay_parts import SILENT, frame
from tests.fuzz.domain_values import any_of
from tests.fuzz.effort import effort

pytestmark = pytest.mark.unit

MOST_AUDIO: Final = 48_000
"""Bytes of audio that fit into one message of a carrier's."""
SOUND: Final = st.builds(
    lambda size, loud: ((frame(5000) if loud else SILENT) * (size // 160 + 1))[:size],
    st.sampled_from([1, 159, 160, 160, 160, 161, 320, 4000, MOST_AUDIO]),
    st.booleans(),
)
WORDS: Final = st.sampled_from(["", " ", "Hola.", "Hello there, my friend. ", "¿Qué?", "中文", "x" * 3000])
IDS: Final = st.sampled_from(["", "u1", "u2", "u3"])
EVENTS: Final[SearchStrategy[InterpreterEvent]] = any_of(
    InterpreterEvent,
    {
        bytes: SOUND | st.just(b""),
        str: WORDS,
        bool: st.booleans(),
        ("utterance", str): IDS,
        int: st.sampled_from([0, 1, 400, 60_000, -1, 2**53]),
        float: st.sampled_from([0.0, 0.01, 1e6]),
    },
)
JUMPS_S: Final = st.sampled_from([0.0, 0.001, 0.02, 0.02, 0.02, 0.3, 2.0, 11.0, 3600.0, 1e6])
LABELS: Final = st.sampled_from(["a", "b", "c"])


class LaneMachine(RuleBasedStateMachine):
    """A call's two lanes as the bridge wires them."""

    @initialize(
        original=st.sampled_from(OriginalMode),
        barge_in=st.sampled_from(BargeIn),
        names=st.booleans(),
        gates=st.booleans(),
        opening=st.booleans(),
        more=st.booleans(),
    )
    def begin(
        self, original: OriginalMode, barge_in: BargeIn, names: bool, gates: bool, opening: bool, more: bool
    ) -> None:
        ear = EarPlan(comfort=more, self_db=-20.0 if more else None, lag_target_ms=0 if more else 1500)
        self.call = FacingLanes()
        floor = Floor(long_turn_s=1.0)
        gate = {role: EchoGate() if gates else None for role in Role}
        self.lanes: dict[Role, Lane] = {}
        for role in Role:
            plan = lane_plan(role, barge_in=barge_in, ear=ear, original=original, names=names, gate=opening)
            tongues = same_speech(plan, lambda _text: [("en", -1.0), ("es", -9.0)])
            self.lanes[role] = Lane(
                plan, BEGAN, gate=gate[role], far_gate=gate[role.other], same_speech=tongues, floor=floor
            )
        for role, lane in self.lanes.items():
            lane.face(self.lanes[role.other])
        self.call.lanes = self.lanes
        self.announced: dict[str, int] = {}

    @rule(role=st.sampled_from(Role))
    def opens(self, role: Role) -> None:
        self.lanes[role].open()

    @rule(role=st.sampled_from(Role), here=st.booleans())
    def sink(self, role: Role, here: bool) -> None:
        if here:
            self.lanes[role].sink_joined()
        else:
            self.lanes[role].sink_left()

    @rule(role=st.sampled_from(Role), audio=SOUND, times=st.sampled_from([1, 1, 50]), passes_s=JUMPS_S)
    def hears(self, role: Role, audio: bytes, times: int, passes_s: float) -> None:
        for _ in range(times if len(audio) < 1000 else 1):
            self.call.now += min(passes_s, 0.02)
            self.call.perform(role, self.lanes[role].hear(Heard(audio, 0), self.call.now))

    @rule(role=st.sampled_from(Role), event=EVENTS, late=st.booleans())
    def interpreter_says(self, role: Role, event: InterpreterEvent, late: bool) -> None:
        self.call.perform(role, self.lanes[role].speak(event, self.call.now, late=late))

    @rule(role=st.sampled_from(Role), data=st.data())
    def mark_returns(self, role: Role, data: st.DataObject) -> None:
        """A mark of ours (again), one of the other ear's, or one that nobody sent."""
        marks = [*self.call.ears[Role.CALLER].marks, *self.call.ears[Role.AGENT].marks]
        name = data.draw(st.sampled_from([*marks, "", "9.9", "nobody's", "x" * 5000]))
        self.call.perform(role, self.lanes[role].reached(name, self.call.now))

    @rule(passes_s=JUMPS_S, ticks=st.sampled_from([1, 5, 100]))
    def time_passes(self, passes_s: float, ticks: int) -> None:
        self.call.now += passes_s
        for _ in range(ticks):
            self.call.now += 0.02
            for role, lane in self.lanes.items():
                self.call.perform(role, lane.tick(self.call.now))
                assert lane.sample_lag(self.call.now) >= 0

    @rule(role=st.sampled_from(Role), label=LABELS, audio=SOUND)
    def announces(self, role: Role, label: str, audio: bytes) -> None:
        self.announced[label] = self.announced.get(label, 0) + 1
        self.call.perform(role, self.lanes[role].announce(label, audio, self.call.now))

    @rule(role=st.sampled_from(Role), on=st.booleans())
    def holds(self, role: Role, on: bool) -> None:
        self.lanes[role].hold(on)

    @rule(role=st.sampled_from(Role))
    def wants_it_again(self, role: Role) -> None:
        self.call.perform(role, self.lanes[role].say_again(self.call.now))

    @rule(role=st.sampled_from(Role), interprets=st.booleans(), straight=st.booleans())
    def carried_otherwise(self, role: Role, interprets: bool, straight: bool) -> None:
        now = self.call.now
        self.call.perform(role, self.lanes[role].carry(interprets=interprets, straight=straight, now=now))

    @rule(role=st.sampled_from(Role), passthrough=st.booleans(), names=st.booleans())
    def replanned(self, role: Role, passthrough: bool, names: bool) -> None:
        plan = replace(self.lanes[role].plan, passthrough=passthrough, names_utterances=names)
        self.lanes[role].replan(plan, same_speech(plan, lambda _text: [("en", -1.0), ("es", -9.0)]))

    @rule(role=st.sampled_from(Role), retell=st.booleans())
    def another_interpreter(self, role: Role, retell: bool) -> None:
        self.call.perform(role, self.lanes[role].interpreter_began(self.call.now, retell=retell))

    @rule(role=st.sampled_from(Role))
    def falls(self, role: Role) -> None:
        self.call.perform(role, self.lanes[role].fall(self.call.now))

    @invariant()
    def what_is_played_is_whole_frames(self) -> None:
        for ear in self.call.ears.values() if hasattr(self, "call") else ():
            assert all(audio and len(audio) % 160 == 0 for _, audio in ear.played)
            assert len(set(ear.marks)) == len(ear.marks), "no two marks have one name"
            ear.played.clear()

    @invariant()
    def each_announcement_ends_once(self) -> None:
        if hasattr(self, "call"):
            for label, times in self.announced.items():
                assert sum(one == label for _, one, _ in self.call.announced) <= times

    @invariant()
    def captions_are_text_of_a_time(self) -> None:
        if hasattr(self, "call"):
            assert all(caption.at_s >= 0 for caption in self.call.captions)
            self.call.captions.clear()

    def teardown(self) -> None:
        for lane in self.lanes.values() if hasattr(self, "lanes") else ():
            lane.finish(self.call.now)


class PlayoutMachine(RuleBasedStateMachine):
    """What goes in comes out, or is dropped by an order of ours; never more than the lead at once."""

    @initialize(hasty=st.booleans(), turns=st.booleans(), fmt=st.sampled_from(AudioFormat))
    def begin(self, hasty: bool, turns: bool, fmt: AudioFormat) -> None:
        self.fmt = fmt
        self.playout = Playout(fmt, haste=Haste(1500) if hasty and fmt is AudioFormat.PCMU_8K else None, turns=turns)
        self.now = 100.0
        self.given_bytes = self.sent_bytes = 0
        self.marks: list[str] = []

    def out(self, effects: list[Play | Mark]) -> None:
        for effect in effects:
            if isinstance(effect, Mark):
                self.marks.append(effect.name)
            else:
                assert effect.audio
                assert len(effect.audio) % self.fmt.frame_bytes == 0
                self.sent_bytes += len(effect.audio)
        assert self.playout.ahead_ms(self.now) <= 121, "never more than the lead lies at the carrier"

    @rule(label=LABELS, size=st.sampled_from([0, 2, 160, 320, 642, 9600, 96_000]), timed=st.booleans())
    def add(self, label: str, size: int, timed: bool) -> None:
        self.given_bytes += size
        self.playout.add(b"\x31" * size, label, self.now if timed else None)

    @rule(label=LABELS, size=st.sampled_from([2, 160, 960, 9600]))
    def give(self, label: str, size: int) -> None:
        self.given_bytes += size
        self.out(list(self.playout.give(b"\x31" * size, label, self.now)))

    @rule(label=LABELS, order=st.sampled_from(["end", "calm", "drop"]))
    def order(self, label: str, order: str) -> None:
        getattr(self.playout, order)(label)

    @rule(passes_s=JUMPS_S)
    def due(self, passes_s: float) -> None:
        self.now += passes_s
        self.out(list(self.playout.due(self.now)))

    @rule()
    def frame(self) -> None:
        """A mixer takes a frame and sends it itself."""
        if self.playout.ahead_ms(self.now) <= 60:
            taken, marks = self.playout.take_frame(self.now)
            self.out([*([Play(taken)] if taken else []), *marks])

    @rule(data=st.data())
    def reached(self, data: st.DataObject) -> None:
        self.playout.reached(data.draw(st.sampled_from([*self.marks, "", "nobody's", "0.0"])), self.now)

    @rule()
    def clear(self) -> None:
        self.playout.clear(self.now)
        assert self.playout.idle

    @rule()
    def restart(self) -> None:
        self.playout.restart()

    @rule()
    def notes(self) -> None:
        for note in self.playout.notes():
            assert not isinstance(note, Finished) or note.heard_ms >= -1e-6

    @invariant()
    def nothing_is_made_up(self) -> None:
        """Each piece may be padded to a whole frame, and no more."""
        if hasattr(self, "playout"):
            assert self.sent_bytes <= self.given_bytes + self.fmt.frame_bytes * 200
            assert self.playout.unheard_ms(self.now) >= 0
            assert self.playout.behind_ms(self.now) >= 0


@pytest.mark.parametrize("machine", [LaneMachine, PlayoutMachine])
def test_anything_in_any_order(machine: type[RuleBasedStateMachine]) -> None:
    run_state_machine_as_test(machine, settings=effort(0.8))
