"""Every way in which a server can fail both engines: one fatal trouble of the right kind, in time, and then the end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from dragoman.domain.audio import AudioFormat
from dragoman.domain.speech import Closed, InterpreterEvent, Ready, Trouble, TroubleKind
from dragoman.interpreters.openai.conversation import Conversation, ConversationPlan
from dragoman.interpreters.openai.emulator import Ending, Faults, OpenAIEmulator, Pace, Refusal
from dragoman.interpreters.openai.endpoint import Endpoint
from dragoman.interpreters.openai.machine import Machine, Outlet
from dragoman.interpreters.openai.session import RealtimeInterpreter
from dragoman.interpreters.openai.socket import RealtimeSocket
from dragoman.interpreters.openai.translation import Translation, TranslationPlan
from tests.fakes.interpreting_desk import wanted

pytestmark = pytest.mark.pair

DEADLINE_S = 5.0
"""For the test; what has a deadline of its own is given a short one."""
SHORT_S = 0.2
BOTH = pytest.mark.parametrize("kind", ["conversation", "translation"])
PIECE = AudioFormat.PCMU_8K.silence(200)


class Session:
    """An interpreter as its engine builds it, with short deadlines."""

    def __init__(self, kind: str, emulator: OpenAIEmulator, short_s: float = DEADLINE_S) -> None:
        self.told: list[InterpreterEvent] = []
        self.ready = asyncio.Event()
        talks = kind == "conversation"
        path, model = (
            ("/realtime", "gpt-realtime-2.1") if talks else ("/realtime/translations", "gpt-realtime-translate")
        )
        socket = RealtimeSocket(Endpoint(emulator.base_url, "sk-test"), path, model, connect_s=short_s)

        def build(out: Outlet) -> Machine:
            if talks:
                return Conversation(ConversationPlan(model, "", "marin", ready_s=short_s), wanted(), out)
            return Translation(TranslationPlan(model, "", ready_s=short_s), wanted(), out)

        self.interpreter = RealtimeInterpreter(socket, build, self._heard)

    def _heard(self, event: InterpreterEvent) -> None:
        self.told.append(event)
        if isinstance(event, Ready):
            self.ready.set()

    async def run(self) -> Trouble:
        """Until it is over: the one fatal trouble, which came last but for the end."""
        async with asyncio.timeout(DEADLINE_S):
            await self.interpreter.run()
        fatal = [event for event in self.told if isinstance(event, Trouble) and event.fatal]
        assert len(fatal) == 1, self.told
        assert self.told[-1] == Closed()
        assert [type(event) for event in self.told].count(Closed) == 1
        return fatal[0]

    async def run_until_it_is_ready_and_then(self, act: Callable[[], None]) -> Trouble:
        async with asyncio.TaskGroup() as group:
            running = group.create_task(self.run())
            async with asyncio.timeout(DEADLINE_S):
                await self.ready.wait()
            act()
        return running.result()


# ---- In the middle of it ---------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (1001, TroubleKind.EXPIRED),
        (1008, TroubleKind.BAD_REQUEST),
        (1011, TroubleKind.UPSTREAM),
        (1012, TroubleKind.UPSTREAM),
        (1013, TroubleKind.UPSTREAM),
        (4000, TroubleKind.BAD_REQUEST),
    ],
)
async def test_the_server_closes(kind: str, code: int, expected: TroubleKind) -> None:
    async with OpenAIEmulator() as emulator:
        session = Session(kind, emulator)
        trouble = await session.run_until_it_is_ready_and_then(lambda: emulator.lives[0].close(code, "because"))
        assert trouble.kind is expected
        assert str(code) in trouble.message


@BOTH
@pytest.mark.parametrize(
    ("ending", "expected"),
    [
        (Ending.DROP, TroubleKind.NETWORK),
        (Ending.EXPIRE, TroubleKind.EXPIRED),
        (Ending.SERVER_ERROR, TroubleKind.UPSTREAM),
    ],
)
async def test_the_session_is_cut_off(kind: str, ending: Ending, expected: TroubleKind) -> None:
    async with OpenAIEmulator() as emulator:
        session = Session(kind, emulator)
        trouble = await session.run_until_it_is_ready_and_then(lambda: emulator.lives[0].end(ending))
        assert trouble.kind is expected


@BOTH
async def test_the_session_grows_too_old(kind: str) -> None:
    async with OpenAIEmulator(pace=Pace(expires_after_s=SHORT_S)) as emulator:
        assert (await Session(kind, emulator).run()).kind is TroubleKind.EXPIRED


@BOTH
async def test_how_old_it_may_grow_is_known_from_the_start(kind: str) -> None:
    async with OpenAIEmulator() as emulator:
        session = Session(kind, emulator)
        await session.run_until_it_is_ready_and_then(lambda: emulator.lives[0].end(Ending.DROP))
        left_s = next(event.expires_in_s for event in session.told if isinstance(event, Ready))
        assert left_s is not None
        assert 3500 < left_s <= 3600


# ---- Before it began -------------------------------------------------------------------------------------------------


@BOTH
@pytest.mark.parametrize(
    ("status", "code", "expected", "attempts"),
    [
        (401, "invalid_api_key", TroubleKind.AUTH, 1),
        (403, "insufficient_permissions", TroubleKind.AUTH, 1),
        (429, "rate_limit_exceeded", TroubleKind.RATE_LIMIT, 1),
        (429, "insufficient_quota", TroubleKind.QUOTA, 1),
        (500, "server_error", TroubleKind.UPSTREAM, 2),
        (503, "server_error", TroubleKind.UPSTREAM, 2),
    ],
)
@pytest.mark.parametrize("retry_after_s", [None, 3])
async def test_the_upgrade_is_refused(
    kind: str, status: int, code: str, expected: TroubleKind, attempts: int, retry_after_s: int | None
) -> None:
    refusal = Refusal(status, code, "No.", retry_after_s)
    async with OpenAIEmulator(faults=Faults(refuse=refusal)) as emulator:
        session = Session(kind, emulator)
        session.interpreter.hear(PIECE)
        trouble = await session.run()
        assert (trouble.kind, trouble.retry_after_s) == (expected, retry_after_s)
        assert f"HTTP {status}" in trouble.message
        assert emulator.upgrades == (1 if retry_after_s else attempts)


@BOTH
async def test_the_upgrade_is_never_answered(kind: str) -> None:
    async with OpenAIEmulator(faults=Faults(connect_delay_s=30.0)) as emulator:
        assert (await Session(kind, emulator, SHORT_S).run()).kind is TroubleKind.NETWORK


@BOTH
async def test_nothing_comes_after_the_upgrade(kind: str) -> None:
    async with OpenAIEmulator(faults=Faults(ending=Ending.STALL)) as emulator:
        assert (await Session(kind, emulator, SHORT_S).run()).kind is TroubleKind.UPSTREAM


@BOTH
async def test_the_configuration_is_never_accepted(kind: str) -> None:
    async with OpenAIEmulator(faults=Faults(updated_delay_s=30.0)) as emulator:
        assert (await Session(kind, emulator, SHORT_S).run()).kind is TroubleKind.UPSTREAM


@BOTH
async def test_nobody_listens_there(kind: str) -> None:
    async with OpenAIEmulator() as emulator:
        pass
    assert (await Session(kind, emulator).run()).kind is TroubleKind.NETWORK


@BOTH
async def test_the_connection_is_dropped_at_once(kind: str) -> None:
    async with OpenAIEmulator(faults=Faults(ending=Ending.DROP)) as emulator:
        assert (await Session(kind, emulator).run()).kind is TroubleKind.NETWORK


# ---- Nonsense --------------------------------------------------------------------------------------------------------


@BOTH
async def test_a_flood_of_nonsense(kind: str) -> None:
    def babble() -> None:
        for _ in range(200):
            emulator.lives[0].send_broken()

    async with OpenAIEmulator() as emulator:
        session = Session(kind, emulator)
        trouble = await session.run_until_it_is_ready_and_then(babble)
        assert trouble.kind is TroubleKind.UPSTREAM
        assert len([event for event in session.told if isinstance(event, Trouble)]) == 4


@BOTH
async def test_some_nonsense_and_what_nobody_knows_are_outlived(kind: str) -> None:
    def babble() -> None:
        for _ in range(20):
            emulator.lives[0].send_broken()
        for _ in range(200):
            emulator.lives[0].send_unknown()
        emulator.lives[0].end(Ending.EXPIRE)

    async with OpenAIEmulator() as emulator:
        session = Session(kind, emulator)
        assert (await session.run_until_it_is_ready_and_then(babble)).kind is TroubleKind.EXPIRED
