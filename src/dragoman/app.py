"""The composition root: the one file that knows everything. It reads the settings, builds the parts and runs them.

async with serving() as app:        # settings from the environment and .env
    ...                             # calls are carried until the block is left
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import os
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass, replace

import structlog

from dragoman import assistant_desk, browser_desk, front_desk, lasting, providers, start_notes
from dragoman.app_settings import AppSettings
from dragoman.assistant_desk import AssistantDesk
from dragoman.browser.agent_desk import AgentDesk
from dragoman.browser.lines import Lines
from dragoman.browser_alone import completed
from dragoman.browser_desk import BrowserDesk
from dragoman.domain.language import Glossary, Language
from dragoman.glossary import load_glossary
from dragoman.interpreters.local.process import LocalProcess, Running
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.ladder_settings import LadderSettings
from dragoman.language_rank import language_rank
from dragoman.languages import book, languages
from dragoman.limit_settings import LimitSettings
from dragoman.no_telephone import NoTelephone
from dragoman.notices import Facts, Notices
from dragoman.observe.metrics import Metrics
from dragoman.ports import Announcer, Engine, LanguageBook, Rank, Telephony
from dragoman.providers import Choice, Environment
from dragoman.record_files import keeping
from dragoman.relay.admission import Limits
from dragoman.relay.announcements import Announcements
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.ear_plan import EarPlan
from dragoman.relay.entrance import Entrance
from dragoman.relay.live import LiveCalls
from dragoman.relay.notice_files import NoticeFiles
from dragoman.relay.original import QUIETLY_DB
from dragoman.relay.parts import Parts
from dragoman.relay.record import CallRecord
from dragoman.relay.room_record import RoomRecord
from dragoman.sections import Settings, read_settings
from dragoman.settings import environment, load
from dragoman.telephony import twilio
from dragoman.telephony.twilio import Twilio
from dragoman.web.server import WebServer, inherited

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Engines:
    """What interprets and what speaks notices; `down` says why they are not ready, "" when they are. `running` is the
    embedded engine where it was started.
    """

    choice: Choice
    engines: tuple[Engine, ...]
    announcer: Announcer | None
    down: Callable[[], str]
    spare: tuple[Engine, ...] = ()
    running: Running | None = None


@dataclass(frozen=True, slots=True)
class Serving:
    """A running server. `notes` are lines for a person: which engine, its limits, which languages are left out."""

    calls: LiveCalls
    assistants: AssistantDesk
    engines: Engines
    book: LanguageBook
    notices: Notices
    notes: tuple[str, ...]
    server: WebServer
    browser: BrowserDesk

    @property
    def port(self) -> int:
        return self.server.port


@contextlib.asynccontextmanager
async def serving(
    env: Environment = None,
    *,
    ended: Callable[[CallRecord], None] = lambda _record: None,
    answered: Callable[[AssistantRecord], None] = lambda _record: None,
    roomed: Callable[[RoomRecord], None] = lambda _record: None,
    drain_s: float | None = None,
    extra_engines: Sequence[Engine] = (),
    tls: str = "",
) -> AsyncIterator[Serving]:
    """Serve calls while the block runs; then take no new ones, wait for those that run, hand back the rest, and stop.
    Where browser mode is on and no telephone set, browsers alone are served (`browser_alone`).

    `drain_s` (None = as set) is how long it waits. `env` replaces the process environment and `.env`. `ended` gets
    every interpreted call's record, `answered` that of every call that an assistant answered, `roomed` every room's.
    `extra_engines` are tried first (tests). `tls`: as `certificate_of` has it. Raises SettingsError with all problems.
    """
    env = completed(environment(env), tls=bool(tls))
    every = read_settings(env)
    settings, node = every.app, every.node
    plan = _plan(settings, every.ladder, env)
    async with contextlib.AsyncExitStack() as stack:
        engines = await stack.enter_async_context(_engines(plan.choice, env, extra_engines))
        offered = book(plan.languages, settings.agent_language, engines.engines)
        carrier = await stack.enter_async_context(_carrier(every))
        agents = browser_desk.agent_desk(every)
        parts = _parts(every, plan, engines, _telephony(carrier, agents))
        entrance = Entrance(_limits(every.limits), parts.safety_id, parts.metrics, parts.clock)
        kept = await stack.enter_async_context(lasting.opened(every, parts.metrics, entrance.purse))
        kept_calls, kept_rooms = keeping(settings.records, ended), keeping(settings.records, roomed)
        kept_talks = keeping(settings.records, answered)
        route = None if every.carrier is None else every.carrier.agent_route()
        calls = LiveCalls(parts, offered, route, entrance=entrance, ended=kept_calls, recall=kept.recall)
        desk = assistant_desk.opened(
            every, plan.languages, parts, entrance, calls.take_over, engines.running, env, kept_talks, kept.recall
        )
        browser = await stack.enter_async_context(
            browser_desk.opened(every, plan.languages, parts, entrance, env, kept_rooms, calls, agents)
        )
        house = front_desk.House(carrier, calls, desk.calls, browser.doors, offered, plan.notices, engines.down)
        certificate = front_desk.certificate(tls, node, settings.public_url)
        listener = inherited(node.listen_fds, node.listen_pid, os.getpid())
        server = front_desk.web_server(house, settings, parts.metrics, listener=listener, certificate=certificate)
        told = start_notes.telephone(offered, plan.notices, desk.notes) if carrier else start_notes.NO_TELEPHONE
        others = (*browser.doors.notes, *front_desk.notes(certificate), *start_notes.strange(env))
        notes = (*start_notes.engine(engines.choice), *told, *others)
        served = Serving(calls, desk, engines, offered, plan.notices, notes, server, browser)
        patience_s = node.drain_s if drain_s is None else drain_s
        async with kept.money(), _running(served, parts, carrier, plan.languages, patience_s):
            yield served


@contextlib.asynccontextmanager
async def _running(
    served: Serving, parts: Parts, carrier: Twilio | None, configured: Sequence[Language], patience_s: float
) -> AsyncIterator[None]:
    """Serve while the block runs; then drain for `patience_s` and stop."""
    calls, assistants, browser, server = served.calls, served.assistants, served.browser, served.server
    parts.metrics.keeps("tasks", lambda: len(asyncio.all_tasks()))
    parts.metrics.keeps("media sockets", lambda: server.media_sockets)
    for what, count in (carrier.kept() if carrier is not None else {}).items():
        parts.metrics.keeps(what, count)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(calls.run())
        tasks.create_task(assistants.calls.run())
        tasks.create_task(browser.run())
        beside = []
        if carrier is not None:
            warming = _warm(parts, served.book, assistants, served.engines.announcer, configured)
            beside = [tasks.create_task(one) for one in (carrier.sweeper(calls, parts.metrics.orphans).run(), warming)]
        await calls.found()
        async with server.listening():
            yield
            await asyncio.gather(
                calls.wind_down(patience_s), assistants.calls.wind_down(patience_s), browser.drain(patience_s)
            )
            # They may close the door, to which pages come until they are over.
            await asyncio.gather(*(one.drain(0.0, server.close_door) for one in (calls, assistants.calls)))
            calls.stop()
            assistants.calls.stop()
            browser.stop()
            for one in beside:
                one.cancel()


async def _warm(
    parts: Parts,
    offered: LanguageBook,
    desk: AssistantDesk,
    announcer: Announcer | None,
    languages: Sequence[Language],
) -> None:
    """Have spoken, one after the other, what the first callers will hear."""
    await parts.announcements.warm(parts.opening, offered.offered, offered.agent)
    await assistant_desk.warm(desk, announcer, languages)


@contextlib.asynccontextmanager
async def _carrier(every: Settings) -> AsyncIterator[Twilio | None]:
    """None where browsers alone are served."""
    if every.carrier is None:
        yield None
        return
    async with twilio.opened(every.carrier, every.app.public_url) as carrier:
        yield carrier


@dataclass(frozen=True, slots=True)
class _Plan:
    """What the settings' files say, and which engines follow from it."""

    languages: tuple[Language, ...]
    glossary: Glossary
    notices: Notices
    choice: Choice


def _plan(settings: AppSettings, ladder: LadderSettings, env: Environment) -> _Plan:
    configured, glossary = languages(settings.languages), load_glossary(settings.glossary)
    choice = providers.choose_names(settings.engine, configured, glossary, openai=providers.openai_is_set(env))
    second = providers.second_server(env)
    choice = replace(
        choice, spare=providers.fallback_names(ladder.fallback_engines, choice.names, second_server=second)
    )
    facts = Facts(transcribed=settings.records is not None, person_keys=settings.person_keys())
    return _Plan(configured, glossary, Notices.load(settings.notices, facts), choice)


def _voiced(languages: Sequence[Language], announcer: Announcer | None) -> frozenset[str]:
    """The languages that we can speak into a stream ourselves."""
    if announcer is None:
        return frozenset()
    return frozenset(language.tag for language in languages if announcer.voice_for(language) is not None)


def _rank(engines: Sequence[Engine]) -> Rank | None:
    """Tells languages apart, where anybody asks: the lanes of engines that take turns do not."""
    return language_rank() if any(not engine.capabilities.takes_turns for engine in engines) else None


def _ear(settings: AppSettings) -> EarPlan:
    """How every ear is served."""
    return EarPlan(
        duck_db=settings.duck_db,
        lead_ms=settings.lead_ms,
        lag_target_ms=settings.lag_target_s * 1000,
        comfort=settings.comfort,
        self_db=QUIETLY_DB if settings.hear_self else None,
        long_turn_s=settings.long_turn_s,
    )


def _telephony(carrier: Twilio | None, agents: AgentDesk | None) -> Telephony:
    """Who places legs: the carrier, and for agents in browsers their desk."""
    if carrier is None:
        return NoTelephone()
    return carrier.telephony if agents is None else Lines(carrier.telephony, agents)


def _parts(every: Settings, plan: _Plan, engines: Engines, telephony: Telephony) -> Parts:
    settings, limits, ladder = every.app, every.limits, every.ladder
    return Parts(
        telephony=telephony,
        engines=engines.engines,
        announcements=Announcements(plan.notices, engines.announcer, NoticeFiles(settings.notices_folder)),
        metrics=Metrics(),
        clock=time.monotonic,
        glossary=plan.glossary,
        manner=settings.manner(),
        keys=settings.key_map(),
        opening=settings.opening(_voiced(plan.languages, engines.announcer)),
        person=settings.person,
        ear=_ear(settings),
        echo_gate=settings.echo_gate,
        rank=_rank((*engines.engines, *engines.spare)),
        max_usd=limits.max_usd_per_call,
        max_call_s=limits.max_call_minutes * 60,
        dial_tries=limits.dial_tries,
        spare_engines=engines.spare,
        falls_to_original=ladder.fallback_original,
        person_after_s=ladder.person_after_s,
        rotate_s=ladder.rotate_minutes * 60,
        safety_id=_safety_id(settings.secret.get_secret_value()),
        next_route=None if every.carrier is None else every.carrier.next_route(),
    )


def _limits(settings: LimitSettings) -> Limits:
    return Limits(
        max_calls=settings.max_calls,
        max_usd_per_day=settings.max_usd_per_day,
        max_calls_per_account=settings.max_calls_per_account,
        max_calls_per_number=settings.max_calls_per_number,
        max_calls_per_line=settings.max_calls_per_line,
        calls_per_number_minute=settings.calls_per_number_minute,
    )


@contextlib.asynccontextmanager
async def _engines(choice: Choice, env: Environment, extra: Sequence[Engine]) -> AsyncIterator[Engines]:
    """Build the chosen engines; the embedded one with its process, which ends with the block."""
    if extra:
        yield Engines(Choice(tuple(one.name for one in extra), "given"), tuple(extra), None, lambda: "")
        return
    async with contextlib.AsyncExitStack() as stack:
        process: LocalProcess | None = None
        if providers.LOCAL in (*choice.names, *choice.spare):
            process = await stack.enter_async_context(_local_process(env))
        running = process.running if process is not None else None
        engines, spare = (
            tuple(providers.build(name, env, time.monotonic, running) for name in names)
            for names in (choice.names, choice.spare)
        )
        announcer = providers.announcer(env, running)
        if announcer is not None:
            stack.push_async_callback(announcer.aclose)
        yield Engines(choice, engines, announcer, lambda: _down(process), spare, running)


@contextlib.asynccontextmanager
async def _local_process(env: Environment) -> AsyncIterator[LocalProcess]:
    """The embedded engine's process, started again whenever it dies."""
    process = LocalProcess(load(LocalSettings, env))
    await process.start()
    async with asyncio.TaskGroup() as tasks:
        supervisor = tasks.create_task(process.supervise())
        try:
            yield process
        finally:
            supervisor.cancel()


def _down(process: LocalProcess | None) -> str:
    return "the embedded engine is starting again" if process is not None and process.running is None else ""


def _safety_id(secret: str) -> Callable[[str], str]:
    """A hash of a party's address that no one can turn back without our secret; "" for a withheld one."""

    def safety_id(address: str) -> str:
        digest = hmac.new(secret.encode(), b"safety:" + address.encode(), hashlib.sha256)
        return digest.hexdigest() if address else ""

    return safety_id
