"""What takes time in a call: dialling, hanging up, having notices rendered. Tasks of the call's own group."""

from __future__ import annotations

import asyncio
import contextlib
import functools
from collections.abc import Callable, Coroutine
from typing import Any

from structlog.typing import FilteringBoundLogger

from dragoman.domain.call import DISCLOSURES, CallSetup, DialFailed, Dialled, Notice, Role
from dragoman.domain.control import KeyAction
from dragoman.domain.language import LanguageTag
from dragoman.domain.outcome import DialFailure
from dragoman.errors import DialError
from dragoman.relay.call_state import CallState, Event, NoKey, NoticeFailed, State
from dragoman.relay.disclosure import owed
from dragoman.relay.parts import Parts

HANG_UP_DEADLINE_S = 20.0

PLACING_S = 3.0
"""A leg that is on its way to the carrier when its call is to be handed back is waited for so long."""

NOTICE_WAIT_S = 1.5
"""A notice that is not rendered by then is a chime: late words would fall into the conversation."""

_WAITING = frozenset({Notice.STILL_WAITING, Notice.QUEUE_POSITION})
"""Said to who waits, when they can be said; nothing stands for them."""

_IN_TROUBLE = (Notice.OTHER_AWAY, Notice.BACK_AGAIN, Notice.INTERPRETER_DOWN, Notice.INTERPRETER_BACK)
"""When they are needed, whoever speaks them may be out of order as well."""

KEY_WAIT_S = 15.0
"""So long a party may think before it presses the key that means yes."""


Work = Callable[[], Coroutine[Any, Any, None]]

Say = Callable[[Role, Notice], None]


class Errands:
    """Runs the call's waiting work. `state` is asked when it matters, `step` is told what came of it.

    A fault of one errand is told to `broke` and touches nothing else. Work given before `start` waits for it; work
    given after `close` is dropped.
    """

    def __init__(
        self,
        parts: Parts,
        log: FilteringBoundLogger,
        *,
        state: Callable[[], CallState],
        step: Callable[[Event], None],
        broke: Callable[[str], None],
    ) -> None:
        self._parts = parts
        self._log = log
        self._state = state
        self._step = step
        self._broke = broke
        self._tasks: asyncio.TaskGroup | None = None
        self._early: list[tuple[Work, bool]] = []
        self._droppable: set[asyncio.Task[None]] = set()
        self._closed = self._dropping = False
        self._orders: dict[Role, object] = {}
        self._placing = 0
        self._placed = asyncio.Event()
        self._throats = {role: asyncio.Lock() for role in Role}
        self._awaited: dict[Role, object] = {}
        self._rounds = dict.fromkeys(Role, 0)

    def start(self, tasks: asyncio.TaskGroup) -> None:
        """From now on work runs in this group."""
        self._tasks = tasks
        for work, droppable in self._early:
            self.run(work, droppable=droppable)
        self._early.clear()

    def drop(self) -> None:
        """The call is over: nobody waits for notices any more, and no leg is placed again."""
        self._dropping = True
        for task in self._droppable:
            task.cancel()

    def close(self) -> None:
        """The group is over: nothing runs any more."""
        self._closed = True

    def run(self, work: Work, *, droppable: bool = False) -> None:
        """Run it as a task of the call; a droppable one is not waited for when the call is over."""
        if self._closed:
            return
        if self._tasks is None:
            self._early.append((work, droppable))
        else:
            guarded = self._guarded(work)
            try:
                task = self._tasks.create_task(guarded)
            except RuntimeError:  # the process is ended at once, and the group with it
                guarded.close()
                return
            if droppable:
                self._droppable.add(task)
                task.add_done_callback(self._droppable.discard)

    async def _guarded(self, work: Work) -> None:
        try:
            await work()
        except Exception:  # noqa: BLE001 - our fault, or an installed part's: it costs this call only
            self._broke("an errand")

    # -- Legs ----------------------------------------------------------------------------------------------------------

    def dial(self, setup: CallSetup, role: Role, after_s: float = 0.0) -> None:
        self.run(functools.partial(self._dial, setup, role, after_s))

    async def _dial(self, setup: CallSetup, role: Role, after_s: float) -> None:
        self._orders[role] = order = object()
        if after_s:
            await asyncio.sleep(after_s)
            state = self._state()
            if self._dropping or state.state is State.OVER or self._orders[role] is not order:
                return
            if role in state.carrier_calls or role in state.joined:
                self._log.info("not dialled again: the leg was placed", leg=role.value)
                return
        try:
            carrier_call = await self._place(setup, role)
        except DialError as error:
            self._log.warning("dial refused", leg=role.value, failure=error.failure.value, reason=str(error))
            self._step(DialFailed(role, error.failure, unsure=error.unsure))
        except Exception:  # noqa: BLE001 - whatever the carrier's client raises, the other party is told
            self._log.exception("dial failed", leg=role.value)
            self._step(DialFailed(role, DialFailure.FAILED, unsure=True))
        else:
            # Where the call was handed back meanwhile this changes nothing: the carrier tells its next process too.
            self._step(Dialled(role, carrier_call))

    async def _place(self, setup: CallSetup, role: Role) -> str:
        self._placing += 1
        self._placed.clear()
        try:
            return await self._parts.telephony.dial(setup, role)
        finally:
            self._placing -= 1
            if not self._placing:
                self._placed.set()

    async def placed(self) -> None:
        """Until no leg is on its way to the carrier, or `PLACING_S` has passed."""
        if not self._placing:
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(PLACING_S):
                await self._placed.wait()

    def hang_up(self, role: Role) -> None:
        """End a leg at the carrier; one that is not placed yet is ended when it is (`Dialled` comes too late then)."""
        carrier_call = self._state().carrier_calls.get(role, "")
        if carrier_call:
            self.run(functools.partial(self._hang_up, role, carrier_call))

    def hang_up_twin(self, role: Role, carrier_call: str) -> None:
        """End a leg of this party that is not the one which it talks on, or is to."""
        self._log.warning("a second leg of a party is taken down", leg=role.value)
        self.run(functools.partial(self._hang_up, role, carrier_call))

    async def _hang_up(self, role: Role, carrier_call: str) -> None:
        try:
            async with asyncio.timeout(HANG_UP_DEADLINE_S):
                await self._parts.telephony.hang_up(carrier_call, self._state().setup.account)
        except Exception as error:  # noqa: BLE001 - the call is over; the carrier's time limit ends what is left
            self._log.warning("hang-up failed", leg=role.value, reason=str(error) or type(error).__name__)

    def close_task(self, task: str, *, taken: bool) -> None:
        """Tell the contact centre that its piece of work is done."""
        self.run(functools.partial(self._close_task, task, taken))

    async def _close_task(self, task: str, taken: bool) -> None:
        try:
            async with asyncio.timeout(HANG_UP_DEADLINE_S):
                await self._parts.telephony.close_task(task, taken=taken)
        except Exception as error:  # noqa: BLE001 - the call is over; the contact centre closes it by its own rules
            self._log.warning("task not closed", reason=str(error) or type(error).__name__)

    # -- Notices -------------------------------------------------------------------------------------------------------

    def prepare_notices(self) -> None:
        """Have rendered what may be needed at once, in the languages as they are now."""
        self.run(self._prepare_in_order, droppable=True)

    async def _prepare_in_order(self) -> None:
        """One after the other, what is needed first comes first: a voice has one throat."""
        setup = self._state().setup
        second, first = setup.first.other, setup.first
        await self._prepare(Role.AGENT, Notice.WHISPER)
        for role in (second, first):
            for notice in owed(setup, role):
                await self._prepare(role, notice)
        for role in Role:
            await self._prepare(role, Notice.REPEAT)
        for role in Role:
            if not setup.person and self._parts.keys.key(role, KeyAction.PERSON):
                await self._prepare(role, Notice.NO_PERSON)
        if first is Role.CALLER:
            await self._prepare(first, Notice.STILL_WAITING)
        for notice in _IN_TROUBLE:
            for role in Role:
                await self._prepare(role, notice)

    def tell(self, role: Role, notice: Notice, say: Say, number: int = 0) -> None:
        """`say` it as soon as it is rendered, or when it is high time. What a party is told keeps its order.

        What a party has a right to is waited for; where it cannot be rendered, `NoticeFailed` is told. Words for who
        waits (`number` is what fills their slot) are waited for as long as they are true.
        """
        if notice in _WAITING:
            self.run(functools.partial(self._comfort, role, notice, say, number), droppable=True)
            return
        work = self._disclose if notice in DISCLOSURES else self._mention
        self.run(functools.partial(work, role, notice, say, self._rounds[role]), droppable=True)

    def tell_anew(self, role: Role) -> None:
        """What the party has a right to and was not said yet is not said any more: all of it is told once more."""
        self._rounds[role] += 1

    async def _comfort(self, role: Role, notice: Notice, say: Say, number: int) -> None:
        ready = await self._parts.announcements.prepare(self._state().setup, role, notice, number)
        if ready and self._state().awaits_agent:
            say(role, notice)

    async def _disclose(self, role: Role, notice: Notice, say: Say, round_: int) -> None:
        async with self._throats[role]:
            language: LanguageTag | None = None
            ready = False
            while self._rounds[role] == round_ and language != (language := self._language(role)):
                ready = await self._prepare(role, notice)
            if self._rounds[role] != round_:
                return
            if ready:
                say(role, notice)
            else:
                self._step(NoticeFailed(role, notice))

    def _language(self, role: Role) -> LanguageTag:
        return self._state().setup.party(role).language.tag

    async def _mention(self, role: Role, notice: Notice, say: Say, _round: int) -> None:
        try:
            async with asyncio.timeout(NOTICE_WAIT_S), self._throats[role]:
                await self._prepare(role, notice)
        except TimeoutError:
            self._log.warning("notice late: a chime stands for it", notice=notice.value)
        say(role, notice)

    async def _prepare(self, role: Role, notice: Notice) -> bool:
        return await self._parts.announcements.prepare(self._state().setup, role, notice)

    # -- Keys ----------------------------------------------------------------------------------------------------------

    def await_key(self, role: Role) -> None:
        """Tell `NoKey` in `KEY_WAIT_S`, unless the party's time begins anew before."""
        self._awaited[role] = wait = object()
        self.run(functools.partial(self._await_key, role, wait), droppable=True)

    async def _await_key(self, role: Role, wait: object) -> None:
        await asyncio.sleep(KEY_WAIT_S)
        if self._awaited.get(role) is wait:
            self._step(NoKey(role))
