"""The assistant's demo call: a caller on an emulated telephone network, and this server with its assistant."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path

import httpx2

from dragoman import assistant_desk
from dragoman.app import Serving, serving
from dragoman.cli.demo.assistant.questions import Question, Script
from dragoman.cli.demo.assistant.report import Asked, Performance, Tracks
from dragoman.cli.demo.ears import quiet_for_s, stretches
from dragoman.cli.demo.stage import CALLER_ADDRESS, LINE, free_port, network_settings, without_carrier
from dragoman.domain.effects import Caption
from dragoman.domain.speech import Side
from dragoman.errors import SettingsError, UpstreamError
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.telephony.twilio.emulator import Pace, Phone, PhoneState, TwilioEmulator

GREETED_S = 20.0
"""Who has heard nothing for so long speaks first."""
PATIENCE_S = 20.0
"""Nobody waits longer for an answer."""
SETTLED_S = 1.3
"""After so much quiet the assistant has said all."""
CUT_AFTER_S = 2.2
"""Who cuts in lets the assistant speak for so long."""
LEAVES_S = 15.0
"""So long the caller waits for the assistant to hang up."""
REHEARSED_S = 30.0
"""So long the caller waits for that at most."""
STEP_S = 30.0
LOOK_S = 0.04
LAST_CAPTIONS_S = 2.0


@dataclass(slots=True)
class Stage:
    """An emulated network, and the server; the caller has not dialled yet."""

    twilio: TwilioEmulator
    app: Serving
    caller: Phone
    records: list[AssistantRecord] = field(default_factory=list)
    unsaid: set[str] = field(default_factory=set)
    """What the assistant has begun to say and not ended, by its captions..."""
    captioned_s: float = 0.0
    """...and when the last of these came."""

    @property
    def clock_s(self) -> float:
        """Where the recordings are now."""
        return self.twilio.ticker.now_s

    @property
    def over(self) -> bool:
        return self.caller.state is PhoneState.ENDED

    @property
    def played_ms(self) -> float:
        """How much of the server's sound the caller's stream has played."""
        leg = self.caller.leg
        return leg.streamed_ms() if leg is not None and leg.streamed_ms is not None else 0.0

    @property
    def cleared_at_ms(self) -> list[float]:
        return self.caller.leg.cleared_at_ms if self.caller.leg is not None else []


@contextlib.asynccontextmanager
async def opened(
    env: Mapping[str, str], language: str, messages: Path, pace: Pace | None = None
) -> AsyncIterator[Stage]:
    """Start network and server; messages of the caller go to `messages`.

    Raises SettingsError when nothing can answer, or not in this language.
    """
    records: list[AssistantRecord] = []
    async with contextlib.AsyncExitStack() as stack:
        twilio = await stack.enter_async_context(TwilioEmulator(pace=pace))
        port = free_port()
        public_url = f"http://127.0.0.1:{port}"
        settings = without_carrier(env) | network_settings(twilio.base_url, public_url, port)
        settings |= {"DRAGOMAN_ANNOUNCE": "off", "DRAGOMAN_MESSAGES": str(messages)}
        app = await stack.enter_async_context(serving(settings, answered=records.append, drain_s=5.0))
        if not app.assistants.mind:
            raise SettingsError([*app.assistants.notes])
        answers = app.assistants.calls.greeting_language(LINE, wish=language)
        if answers.primary != language.split("-")[0].lower():
            raise SettingsError([f"--lang {language}: the assistant does not speak it, but {answers.english}."])
        voice = f"{public_url}/twilio/voice"
        twilio.number(LINE, f"{voice}?lang={answers.tag}", f"{voice}/fallback", f"{voice}/status")
        yield Stage(twilio, app, twilio.phone(CALLER_ADDRESS), records)


async def ready(stage: Stage, language: str, *, rehearse: bool) -> None:
    """Until the embedded voices have spoken the greeting once, as they do when a server starts, and with `rehearse` all
    that will surely be said, as they have where a server runs for a while. Elsewhere at once.
    """
    app = stage.app
    desk, running = app.assistants, app.engines.running
    persona = desk.personas.of_number(LINE)
    if running is None or persona is None or not desk.embedded:
        return
    await assistant_desk.warm(desk, app.engines.announcer, app.book.offered)
    if not rehearse:
        return
    await assistant_desk.rehearse(desk, persona, desk.calls.greeting_language(LINE, wish=language))
    health = f"{running.base_url.removesuffix('/v1')}/healthz"
    with contextlib.suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(REHEARSED_S), httpx2.AsyncClient(trust_env=False) as client:
            while (await client.get(health)).json()["to_rehearse"]:  # noqa: ASYNC110 - of another process
                await asyncio.sleep(0.5)


async def perform(stage: Stage, script: Script, show: Callable[[Caption], None]) -> Performance:
    """The caller dials, says it all, each thing when the answer before was heard, and goodbye; what came of it.

    `show` is given the captions as they come. Raises UpstreamError when the call does not come about.
    """
    async with asyncio.TaskGroup() as tasks:
        reading = tasks.create_task(_read_captions(stage, show))
        performance = await _call(stage, script)
        await asyncio.wait({reading}, timeout=LAST_CAPTIONS_S)
        reading.cancel()
    return performance


async def _read_captions(stage: Stage, show: Callable[[Caption], None]) -> None:
    """Follow the call from its begin."""
    calls = stage.app.assistants.calls
    while (call_id := calls.call_of(stage.caller.call_sid)) is None:  # noqa: ASYNC110 - the carrier's doing
        await asyncio.sleep(LOOK_S)
    feed = calls.captions(call_id)
    if feed is None:
        return
    async for caption in feed:
        stage.captioned_s = stage.clock_s
        if caption.side is Side.TARGET and not caption.final:
            stage.unsaid.add(caption.utterance)
        elif caption.side is Side.TARGET:
            stage.unsaid.discard(caption.utterance)
        show(caption)


async def _call(stage: Stage, script: Script) -> Performance:
    caller = stage.caller
    try:
        await caller.call(LINE)
        await caller.connected(STEP_S)
    except (TimeoutError, ConnectionError) as error:
        raise UpstreamError(
            f"the demo's call did not come about ({str(error) or 'nobody answered in time'})"
        ) from error
    answered_s = stage.clock_s
    greeted_s = await _greeting(stage, answered_s)
    said = [*script.questions, script.goodbye]
    asked = [await _ask(stage, one, cut=after.cuts_in) for one, after in pairwise(said)]
    if not stage.over:
        asked.append(await _ask(stage, script.goodbye, cut=False))
    with contextlib.suppress(TimeoutError):
        await caller.ended(LEAVES_S)
    over_s = stage.clock_s
    caller.hang_up()
    record = await _record(stage)
    recordings_began = datetime.datetime.now(datetime.UTC).timestamp() - stage.clock_s
    return Performance(
        asked=tuple(asked),
        greeted_s=greeted_s,
        record=record,
        persona=stage.app.assistants.personas.named(record.persona),
        mind=stage.app.assistants.mind,
        tracks=Tracks(caller.mouth, caller.ear, answered_s, over_s),
        clock_shift_s=record.began_at - recordings_began,
    )


async def _greeting(stage: Stage, answered_s: float) -> float | None:
    """Hear the greeting out; when its first sound came."""
    heard = await _hear_out(stage, answered_s, GREETED_S, cut=False)
    return heard[0] if heard is not None else None


async def _ask(stage: Stage, question: Question, *, cut: bool) -> Asked:
    """Say it, and hear the answer out; or with `cut` its beginning, for somebody cuts in then."""
    began_s, clears = stage.clock_s, len(stage.cleared_at_ms)
    if not stage.over:
        stage.caller.say(question.audio, question.text)
        await stage.caller.said()
    now_s = stage.clock_s
    voice = stretches(stage.caller.mouth, from_s=began_s, to_s=now_s)
    ended_s = voice[-1].ended_s if voice else now_s
    played_ms = stage.played_ms
    heard = None if stage.over else await _hear_out(stage, now_s, PATIENCE_S, cut=cut)
    cleared = stage.cleared_at_ms[clears:]
    return Asked(question, began_s, ended_s, heard, played_ms, cleared[0] if cleared else None)


async def _hear_out(stage: Stage, from_s: float, patience_s: float, *, cut: bool) -> tuple[float, float] | None:
    """The first and the last sound of what the assistant says from now on; None = nothing."""
    while True:
        await asyncio.sleep(LOOK_S)
        now_s = stage.clock_s
        found = stretches(stage.caller.ear, from_s=from_s, to_s=now_s)
        if not found:
            if stage.over or now_s - from_s > patience_s:
                return None
            continue
        first_s, last_s = found[0].began_s, found[-1].ended_s
        if cut and now_s - first_s >= CUT_AFTER_S:
            return first_s, last_s
        quiet_s = min(quiet_for_s(stage.caller.ear, now_s), now_s - stage.captioned_s)
        settled = not stage.unsaid and quiet_s > SETTLED_S
        if stage.over or (settled and not cut):
            return first_s, last_s


async def _record(stage: Stage) -> AssistantRecord:
    for _ in range(int(STEP_S / LOOK_S)):
        if stage.records:
            return stage.records[0]
        await asyncio.sleep(LOOK_S)
    raise UpstreamError("the demo's call did not end in time")
