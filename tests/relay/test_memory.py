"""What a call remembers: it reads what it wrote, and goes on where it was."""

from __future__ import annotations

from dataclasses import replace
from itertools import islice

import msgspec
import pytest

from dragoman.domain.call import AgentVia, CallSetup, Length, Notice, Opening, Role
from dragoman.domain.effects import AwaitKey, Caption, Dial, StartInterpreting, Tell
from dragoman.domain.manner import AS_USUAL, BargeIn, Manner
from dragoman.domain.outcome import Outcome, Result
from dragoman.domain.speech import Side
from dragoman.relay import call_machine
from dragoman.relay.call_state import UNSURE_S, CallState, Consent, State
from dragoman.relay.call_table import setups, walk
from dragoman.relay.consent import Answered, Speaker, Told
from dragoman.relay.memory import VERSION, Memory, captions, read, woken, written
from dragoman.relay.transcript import Utterance
from tests.fakes.relay_parts import FLEX, setup

pytestmark = pytest.mark.unit

CALLER, AGENT = Role.CALLER, Role.AGENT
BOTH = frozenset(Role)


def utterance(number: int = 1, **more: object) -> Utterance:
    return replace(Utterance(number, f"c{number}", CALLER, "es", "en", "echo"), **more)  # type: ignore[arg-type]


def told(role: Role = CALLER, heard_s: float | None = None) -> Told:
    return Told(role, "announce", "An interpreter...", "v1", "es", Speaker.US, 1.0, heard_s, heard_s is not None)


def talking(of: CallSetup | None = None, **more: object) -> CallState:
    state = CallState(
        of or setup(),
        state=State.INTERPRETING,
        joined=BOTH,
        accepted=BOTH,
        dialled=BOTH,
        carrier_calls={CALLER: "CA1", AGENT: "CA2"},
        hops={CALLER: 1},
    )
    return replace(state, **more)  # type: ignore[arg-type]


def test_everything_is_read_as_it_was_written() -> None:
    memory = Memory(
        talking(
            given={CALLER: (Notice.WAIT,)},
            consent={CALLER: Consent.AGREED},
            outcome=Outcome(Result.US, "a limit"),
            setup=replace(setup(), opening=Opening(Length.FULL, consent=BOTH, voiced=frozenset({"es"})), person="+1"),
        ),
        Manner(barge_in=BargeIn.DUCK, recording=False),
        began_at=1_700_000_000.25,
        usd=0.125,
        usd_is_estimate=True,
        troubles=["network: gone"],
        told={"announce.1": told(heard_s=2.0)},
        answers=[Answered(CALLER, agreed=True, at_s=3.0)],
        notices=4,
        keys_sent=2,
        utterances={CALLER: [utterance(source_text="¿Qué?", finals={Side.SOURCE}, flags=["unclear"])], AGENT: []},
        nonces=["n1", "n2"],
        carrier="[]",
    )
    assert read(written(memory), VERSION) == memory


@pytest.mark.parametrize("of", [setups()[0], setups()[-1]])
def test_the_states_of_every_call_are_read_as_they_were_written(of: CallSetup) -> None:
    steps = islice(walk(of), 0, 60_000, 29)
    for state in {id(one.after): one.after for one in steps}.values():
        memory = Memory(state, AS_USUAL, 0.0)
        assert read(written(memory), VERSION) == memory


def test_what_another_version_wrote_and_what_is_broken_is_nothing() -> None:
    whole = written(Memory(talking(), AS_USUAL, 0.0))
    assert read(whole, VERSION + 1) is None
    for broken in (b"", b"{}", b"\xff\xfe", whole[:-1], whole.replace(b'"caller"', b'"nobody"'), b"[" * 10_000):
        assert read(broken, VERSION) is None


def test_a_field_that_is_new_is_as_it_would_be_without_it() -> None:
    memory = Memory(talking(), AS_USUAL, 0.0)
    fields = msgspec.json.decode(written(memory))
    del fields["state"]["hops"], fields["nonces"]
    fields["from_the_future"] = 1
    assert read(msgspec.json.encode(fields), VERSION) == replace(memory, state=replace(memory.state, hops={}))


def test_what_was_said_while_recording_was_paused_leaves_its_place_only() -> None:
    secret = utterance(2, source_text="mi PIN es", target_text="my PIN is", recorded=False)
    memory = Memory(talking(), AS_USUAL, 0.0, utterances={CALLER: [utterance(source_text="hola"), secret]})
    assert b"PIN" not in written(memory)
    again = read(written(memory), VERSION)
    assert again is not None
    assert [one.utterance for one in again.utterances[CALLER]] == ["c1", "c2"]
    assert secret.source_text == "mi PIN es", "the living call keeps it"


# ---- Waking ----------------------------------------------------------------------------------------------------------


def test_a_talk_goes_on_with_both_parties_away() -> None:
    state, effects = woken(Memory(talking(holding=frozenset({CALLER})), AS_USUAL, 0.0))
    assert (state.joined, state.away, state.missed, state.holding) == (frozenset(), BOTH, BOTH, frozenset())
    assert (state.state, state.accepted) == (State.INTERPRETING, BOTH)
    assert effects == [StartInterpreting()]


def test_who_was_not_on_the_line_is_not_away() -> None:
    before = talking(state=State.CONNECTING, joined=frozenset({CALLER}), accepted=frozenset({CALLER}))
    state, effects = woken(Memory(before, AS_USUAL, 0.0))
    assert state.away == {CALLER}
    assert effects == []


def test_a_leg_that_may_not_have_been_placed_is_placed() -> None:
    before = talking(state=State.CONNECTING, joined=frozenset({CALLER}), carrier_calls={CALLER: "CA1"})
    _, effects = woken(Memory(before, AS_USUAL, 0.0))
    assert effects == [Dial(before.setup, AGENT, UNSURE_S)], "unless the carrier tells of it by then"


def test_the_time_for_a_key_begins_anew() -> None:
    before = talking(state=State.CONNECTING, consent={CALLER: Consent.AWAITED, AGENT: Consent.AGREED})
    state, effects = woken(Memory(before, AS_USUAL, 0.0))
    assert effects == [AwaitKey(CALLER)]
    assert state.consent == before.consent


def test_what_a_party_did_not_hear_to_its_end_is_told_anew() -> None:
    opening = Opening(Length.FULL, Length.OFF, consent=frozenset({CALLER}))
    before = talking(
        replace(setup(route=replace(FLEX, via=AgentVia.FLEX_NUMBER)), opening=opening),
        state=State.CONNECTING,
        announced=frozenset({CALLER}),
        consent={CALLER: Consent.ASKED},
    )
    state, _ = woken(Memory(before, AS_USUAL, 0.0, told={"announce.1": told()}))
    assert (state.announced, state.consent) == (frozenset(), {})
    _, effects = call_machine.step(state, call_machine.Joined(CALLER))
    assert [one.notice for one in effects if hasattr(one, "notice")].count(Notice.ANNOUNCE) == 1
    heard, _ = woken(Memory(before, AS_USUAL, 0.0, told={"announce.1": told(heard_s=2.0)}))
    assert heard.announced == {CALLER}
    agreed = replace(before, consent={CALLER: Consent.AGREED})
    assert woken(Memory(agreed, AS_USUAL, 0.0, told={"announce.1": told()}))[0].consent == agreed.consent


def test_what_was_still_to_be_spoken_is_told_too() -> None:
    opening = Opening(Length.FULL, Length.OFF, consent=frozenset({CALLER}))
    before = talking(
        replace(setup(), opening=opening),
        state=State.CONNECTING,
        announced=frozenset({CALLER}),
        consent={CALLER: Consent.ASKED},
    )
    state, _ = woken(Memory(before, AS_USUAL, 0.0))
    assert (state.announced, state.consent) == (frozenset(), {})


def test_who_was_let_go_and_is_still_to_be_asked_is_asked_when_back() -> None:
    opening = Opening(Length.FULL, Length.OFF, consent=frozenset({CALLER}))
    before = talking(
        replace(setup(), opening=opening),
        state=State.CONNECTING,
        joined=frozenset({AGENT}),
        announced=frozenset({CALLER}),
        consent={CALLER: Consent.ASKED},
        to_say={CALLER: (Notice.ANNOUNCE,)},
    )
    state, _ = woken(Memory(before, AS_USUAL, 0.0, told={"announce.1": told(heard_s=2.0)}))
    state, _ = call_machine.instruct(state, CALLER)
    _, effects = call_machine.step(state, call_machine.Joined(CALLER))
    assert Tell(CALLER, Notice.CONSENT) in effects


def test_captions_of_what_was_said_are_the_last_of_each_side() -> None:
    said = utterance(source_text=" hola ", target_text="hello", grown_s=1.23456, flags=["guard: refused"])
    untranslated = utterance(3, source_text="adiós")
    assert captions([said, utterance(2), untranslated]) == [
        Caption("c1", Role.CALLER, Side.SOURCE, "es", "hola", True, 1.235, ("guard: refused",)),
        Caption("c1", Role.CALLER, Side.TARGET, "en", "hello", True, 1.235, ("guard: refused",)),
        Caption("c3", Role.CALLER, Side.SOURCE, "es", "adiós", True, untranslated.grown_s, ()),
    ]
