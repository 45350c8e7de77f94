"""What takes time in a call."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import replace
from typing import Any

import pytest
import structlog

from dragoman.domain.call import DialFailed, Dialled, Length, Notice, Opening, Role
from dragoman.domain.language import Language
from dragoman.domain.outcome import DialFailure
from dragoman.keys import NO_KEYS, KeyMap, parse_keys
from dragoman.notices import Notices
from dragoman.relay.call_machine import Event, begin
from dragoman.relay.call_state import NoKey, NoticeFailed, State
from dragoman.relay.errands import HANG_UP_DEADLINE_S, KEY_WAIT_S, NOTICE_WAIT_S, Errands
from tests.fakes.announcer import FakeAnnouncer
from tests.fakes.relay_parts import ENGLISH, FRENCH, SPANISH, parts, setup
from tests.fakes.telephony import FakeTelephony
from tests.fakes.virtual_time import run

pytestmark = pytest.mark.unit


class Desk:
    """Errands and what came of them."""

    def __init__(
        self,
        telephony: FakeTelephony | None = None,
        announcer: FakeAnnouncer | None = None,
        keys: KeyMap = NO_KEYS,
    ) -> None:
        self.telephony = telephony or FakeTelephony()
        self.state, _ = begin(setup())
        self.events: list[Event] = []
        self.broken: list[str] = []
        self.said: list[tuple[Role, Notice, float]] = []
        self.errands = Errands(
            parts(telephony=self.telephony, announcer=announcer, keys=keys),
            structlog.get_logger(),
            state=lambda: self.state,
            step=self.events.append,
            broke=self.broken.append,
        )

    def say(self, role: Role, notice: Notice) -> None:
        self.said.append((role, notice, asyncio.get_running_loop().time()))

    async def do(self, errand: Callable[[], None]) -> float:
        """Run one errand to its end; how long the group lasted."""
        async with asyncio.TaskGroup() as tasks:
            self.errands.start(tasks)
            errand()
        return asyncio.get_running_loop().time()


def test_a_dial_tells_the_carriers_id() -> None:
    desk = Desk()
    run(desk.do(lambda: desk.errands.dial(desk.state.setup, Role.AGENT)))
    assert desk.events == [Dialled(Role.AGENT, "CA-call-1-agent")]


@pytest.mark.parametrize(
    ("telephony", "failure"),
    [
        (FakeTelephony(refuses=DialFailure.BUSY), DialFailure.BUSY),
        (FakeTelephony(raises=KeyError("a bug")), DialFailure.FAILED),
    ],
)
def test_a_dial_that_fails_is_an_event(telephony: FakeTelephony, failure: DialFailure) -> None:
    desk = Desk(telephony)
    run(desk.do(lambda: desk.errands.dial(desk.state.setup, Role.AGENT)))
    unsure = failure is DialFailure.FAILED
    assert desk.events == [DialFailed(Role.AGENT, failure, unsure=unsure)], "it may have been placed before we broke"
    assert desk.broken == []


def test_a_leg_that_turned_up_meanwhile_or_was_ordered_anew_is_not_placed_again() -> None:
    desk = Desk()
    desk.state = replace(desk.state, carrier_calls={Role.AGENT: "CA1"})
    run(desk.do(lambda: desk.errands.dial(desk.state.setup, Role.AGENT, 4.0)))
    assert desk.events == []
    desk = Desk()
    desk.state = replace(desk.state, joined=frozenset({Role.AGENT}))
    run(desk.do(lambda: desk.errands.dial(desk.state.setup, Role.AGENT, 4.0)))
    assert desk.events == []
    desk = Desk()

    def twice() -> None:
        for after_s in (4.0, 1.0):
            desk.errands.dial(desk.state.setup, Role.AGENT, after_s)

    run(desk.do(twice))
    assert desk.events == [Dialled(Role.AGENT, "CA-call-1-agent")]


def test_a_second_leg_is_taken_down_by_its_own_id() -> None:
    desk = Desk()
    desk.state = replace(desk.state, carrier_calls={Role.AGENT: "CA1"})
    run(desk.do(lambda: desk.errands.hang_up_twin(Role.AGENT, "CA2")))
    assert desk.telephony.hung_up == ["CA2"]


def test_a_leg_is_placed_again_after_a_pause_unless_the_call_is_over_by_then() -> None:
    for over, dialled in ((False, [Dialled(Role.AGENT, "CA-call-1-agent")]), (True, [])):
        desk = Desk()
        if over:
            desk.state = replace(desk.state, state=State.OVER)
        assert run(desk.do(lambda: desk.errands.dial(desk.state.setup, Role.AGENT, 1.0))) == pytest.approx(1.0)  # noqa: B023
        assert desk.events == dialled


def test_a_task_is_closed_and_its_failure_touches_nothing() -> None:
    for raises in (None, KeyError("a bug")):
        telephony = FakeTelephony(hang_up_raises=raises)
        desk = Desk(telephony)
        run(desk.do(lambda: desk.errands.close_task("WT1", taken=True)))  # noqa: B023
        assert telephony.closed == [("WT1", True)]
        assert (desk.events, desk.broken) == ([], [])


def test_words_for_who_waits_are_waited_for_and_said_while_they_are_true() -> None:
    for waits in (True, False):
        desk = Desk(announcer=FakeAnnouncer(takes_s=5.0))
        place = {"joined": frozenset({Role.CALLER}), "state": State.CONNECTING if waits else State.INTERPRETING}
        desk.state = replace(desk.state, **place)  # type: ignore[arg-type]
        run(desk.do(lambda: desk.errands.tell(Role.CALLER, Notice.QUEUE_POSITION, desk.say, 3)))  # noqa: B023
        assert desk.said == ([(Role.CALLER, Notice.QUEUE_POSITION, 5.0)] if waits else [])


def test_nothing_stands_for_words_that_cannot_be_said_to_who_waits() -> None:
    desk = Desk(announcer=FakeAnnouncer(speaks=False))
    desk.state = replace(desk.state, joined=frozenset({Role.CALLER}), state=State.CONNECTING)
    run(desk.do(lambda: desk.errands.tell(Role.CALLER, Notice.STILL_WAITING, desk.say)))
    assert desk.said == []


def test_a_hang_up_takes_no_longer_than_its_deadline_and_needs_an_id() -> None:
    telephony = FakeTelephony(hang_up_s=3600)
    desk = Desk(telephony)

    def both() -> None:
        for role in Role:
            desk.errands.hang_up(role)

    took_s = run(desk.do(both))
    assert telephony.hung_up == ["CA-incoming"], "the agent's leg has no id yet"
    assert took_s == pytest.approx(HANG_UP_DEADLINE_S)
    assert desk.broken == []


@pytest.mark.parametrize(("takes_s", "said_at"), [(0.5, 0.5), (5.0, NOTICE_WAIT_S)])
def test_a_notice_is_said_when_it_is_rendered_or_when_it_is_high_time(takes_s: float, said_at: float) -> None:
    desk = Desk(announcer=FakeAnnouncer(takes_s=takes_s))
    run(desk.do(lambda: desk.errands.tell(Role.AGENT, Notice.WHISPER, desk.say)))
    ((role, notice, at),) = desk.said
    assert (role, notice) == (Role.AGENT, Notice.WHISPER)
    assert at == pytest.approx(said_at)


def test_what_a_party_has_a_right_to_is_waited_for() -> None:
    desk = Desk(announcer=FakeAnnouncer(takes_s=12.0))
    run(desk.do(lambda: desk.errands.tell(Role.CALLER, Notice.ANNOUNCE, desk.say)))
    assert [(notice, round(at, 3)) for _, notice, at in desk.said] == [(Notice.ANNOUNCE, 12.0)]
    assert desk.events == []


def test_what_a_party_has_a_right_to_and_cannot_be_spoken_is_told() -> None:
    desk = Desk(announcer=FakeAnnouncer(speaks=False))
    run(desk.do(lambda: desk.errands.tell(Role.CALLER, Notice.ANNOUNCE, desk.say)))
    assert desk.said == []
    assert desk.events == [NoticeFailed(Role.CALLER, Notice.ANNOUNCE)]


def test_a_party_is_told_in_order_and_the_other_does_not_wait_for_it() -> None:
    desk = Desk(announcer=FakeAnnouncer(takes_s=1.0))

    def all_at_once() -> None:
        for notice in (Notice.ANNOUNCE, Notice.CONSENT):
            desk.errands.tell(Role.CALLER, notice, desk.say)
        desk.errands.tell(Role.AGENT, Notice.WHISPER, desk.say)

    run(desk.do(all_at_once))
    assert [(notice, round(at, 3)) for role, notice, at in desk.said if role is Role.CALLER] == [
        (Notice.ANNOUNCE, 1.0),
        (Notice.CONSENT, 2.0),
    ]
    assert [round(at, 3) for role, _, at in desk.said if role is Role.AGENT] == [1.0]


def test_what_is_owed_is_said_in_the_language_that_was_chosen_meanwhile() -> None:
    announcer = FakeAnnouncer(takes_s=2.0)
    desk = Desk(announcer=announcer)

    async def changes_mind() -> None:
        await asyncio.sleep(1.0)
        desk.state, _ = begin(setup(caller=FRENCH))

    def both() -> None:
        desk.errands.tell(Role.CALLER, Notice.ANNOUNCE, desk.say)
        desk.errands.run(changes_mind)

    run(desk.do(both))
    assert [language for language, _ in announcer.asked] == ["es", "fr"]
    assert desk.said == [(Role.CALLER, Notice.ANNOUNCE, 4.0)]
    assert desk.events == []


@pytest.mark.parametrize("speaks", [True, False])
def test_what_is_told_anew_is_not_told_twice(speaks: bool) -> None:
    desk = Desk(announcer=FakeAnnouncer(speaks=speaks, takes_s=2.0))

    async def from_the_start() -> None:
        await asyncio.sleep(1.0)
        desk.errands.tell_anew(Role.CALLER)

    def both() -> None:
        desk.errands.tell(Role.CALLER, Notice.ANNOUNCE, desk.say)
        desk.errands.run(from_the_start)

    run(desk.do(both))
    assert desk.said == []
    assert desk.events == []


def test_a_word_in_the_talk_does_not_wait_for_a_slow_announcement() -> None:
    desk = Desk(announcer=FakeAnnouncer(takes_s=30.0))

    def both() -> None:
        desk.errands.tell(Role.CALLER, Notice.ANNOUNCE, desk.say)
        desk.errands.tell(Role.CALLER, Notice.REPEAT, desk.say)

    run(desk.do(both))
    assert desk.said == [(Role.CALLER, Notice.REPEAT, NOTICE_WAIT_S), (Role.CALLER, Notice.ANNOUNCE, 30.0)]


def test_what_the_call_will_need_is_rendered_ahead_in_the_order_of_need() -> None:
    announcer = FakeAnnouncer()
    desk = Desk(announcer=announcer)
    opening = Opening(Length.FULL, Length.SHORT, consent=frozenset({Role.CALLER}))
    desk.state, _ = begin(replace(setup(), opening=opening))
    run(desk.do(desk.errands.prepare_notices))
    words = Notices.load().words
    caller = [words(one, Role.CALLER, SPANISH, SPANISH) for one in (Notice.ANNOUNCE, Notice.CONSENT, Notice.REPEAT)]
    agent = [words(one, Role.AGENT, ENGLISH, SPANISH) for one in (Notice.WHISPER, Notice.ANNOUNCE_SHORT, Notice.REPEAT)]
    rest = [(Notice.STILL_WAITING, Role.CALLER)]
    trouble = (Notice.OTHER_AWAY, Notice.BACK_AGAIN, Notice.INTERPRETER_DOWN, Notice.INTERPRETER_BACK)
    rest += [(notice, role) for notice in trouble for role in Role]
    later = [words(one, role, desk.state.setup.party(role).language, SPANISH) for one, role in rest]
    assert [text for _, text in announcer.asked] == [*agent[:2], *caller, agent[2], *later]


@pytest.mark.parametrize(
    ("person", "keys", "hears"),
    [
        ("", "0=person", [SPANISH, ENGLISH]),
        ("", "caller: 0=person; agent: off", [SPANISH]),
        ("", "7=again", []),
        ("client:somebody", "0=person", []),
    ],
)
def test_that_there_is_nobody_is_rendered_for_who_can_ask(person: str, keys: str, hears: list[Language]) -> None:
    announcer = FakeAnnouncer()
    desk = Desk(announcer=announcer, keys=parse_keys(keys))
    desk.state, _ = begin(replace(setup(), person=person))
    run(desk.do(desk.errands.prepare_notices))
    nobody = [Notices.load().text(Notice.NO_PERSON, language) for language in (SPANISH, ENGLISH)]
    assert [text for _, text in announcer.asked if text in nobody] == [
        Notices.load().text(Notice.NO_PERSON, language) for language in hears
    ]


def test_a_key_has_its_time_and_no_more() -> None:
    desk = Desk()
    took_s = run(desk.do(lambda: desk.errands.await_key(Role.CALLER)))
    assert took_s == pytest.approx(KEY_WAIT_S)
    assert desk.events == [NoKey(Role.CALLER)]


def test_a_time_that_begins_anew_voids_the_one_before() -> None:
    desk = Desk()

    async def again() -> None:
        await asyncio.sleep(10.0)
        desk.errands.await_key(Role.CALLER)

    def twice() -> None:
        desk.errands.await_key(Role.CALLER)
        desk.errands.run(again)

    assert run(desk.do(twice)) == pytest.approx(10.0 + KEY_WAIT_S)
    assert desk.events == [NoKey(Role.CALLER)]


def test_notices_are_not_waited_for_at_the_end() -> None:
    desk = Desk(announcer=FakeAnnouncer(takes_s=5.0))

    def prepare_and_end() -> None:
        desk.errands.prepare_notices()
        desk.errands.drop()

    assert run(desk.do(prepare_and_end)) == 0.0


def test_work_from_before_the_start_waits_for_it_and_after_the_close_is_dropped() -> None:
    done: list[str] = []

    def work(name: str) -> Callable[[], Coroutine[Any, Any, None]]:
        async def do() -> None:
            done.append(name)

        return do

    desk = Desk()
    desk.errands.run(work("early"))
    assert done == []
    run(desk.do(lambda: desk.errands.run(work("in time"))))
    desk.errands.close()
    desk.errands.run(work("late"))
    assert done == ["early", "in time"]


def test_work_while_the_group_is_being_cancelled_is_dropped_without_a_fault() -> None:
    done: list[str] = []

    async def late() -> None:
        done.append("late")

    async def scene() -> None:
        desk = Desk()

        async def ends() -> None:
            try:
                await asyncio.sleep(3600)
            finally:
                desk.errands.run(late)

        async def call() -> None:
            async with asyncio.TaskGroup() as tasks:
                desk.errands.start(tasks)
                tasks.create_task(ends())

        async with asyncio.TaskGroup() as process:
            calling = process.create_task(call())
            await asyncio.sleep(1)
            calling.cancel()
        assert (done, desk.broken) == ([], [])

    run(scene())


def test_a_fault_of_one_errand_is_told_and_touches_no_other() -> None:
    async def fault() -> None:
        raise RuntimeError("a bug")

    desk = Desk()

    def both() -> None:
        desk.errands.run(fault)
        desk.errands.dial(desk.state.setup, Role.AGENT)

    run(desk.do(both))
    assert desk.broken == ["an errand"]
    assert desk.events == [Dialled(Role.AGENT, "CA-call-1-agent")]
