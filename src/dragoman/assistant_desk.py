"""Wires the assistants: which personas answer, with which tools, and what listens, thinks and speaks for them.

Part of the composition root.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import structlog

from dragoman import providers
from dragoman.assistant_ports import AssistantEngine, AssistantEvent, AssistantWanted
from dragoman.domain.audio import AudioFormat
from dragoman.domain.call import CallId
from dragoman.domain.language import Language
from dragoman.domain.persona import Persona, Phrase
from dragoman.domain.speech import Closed, Ready
from dragoman.interpreters.local.process import Running
from dragoman.interpreters.openai import OpenAISettings
from dragoman.interpreters.openai.prices import prices_date, shipped_prices
from dragoman.language_rank import language_rank
from dragoman.languages import language_of
from dragoman.personas import Personas
from dragoman.ports import Announcer
from dragoman.providers import Environment
from dragoman.relay.assistant_parts import AssistantParts, HandTo
from dragoman.relay.assistant_record import AssistantRecord
from dragoman.relay.assistants import Assistants
from dragoman.relay.entrance import Entrance
from dragoman.relay.parts import Parts
from dragoman.relay.recall import Recall
from dragoman.sections import Settings
from dragoman.settings import environment, load
from dragoman.tools.checks import tool_check
from dragoman.tools.message import MessageFile
from dragoman.tools.threads import Threads
from dragoman.tools.toolbox import Toolbox, ToolParts

OPEN_S: Final = 10.0
WARM_S: Final = 60.0
"""A greeting is some 10 s of speech, which a small machine speaks in half of that, once nobody else wants its voice."""

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class AssistantDesk:
    """The assistants of a running server. `mind` says what thinks, for people, "" = nobody answers; `embedded`: the
    embedded engine listens and speaks; `shipped`: for the example; `notes` are lines for the operator.
    """

    calls: Assistants
    personas: Personas
    mind: str
    engine: AssistantEngine | None
    embedded: bool
    shipped: bool
    notes: tuple[str, ...]


def opened(
    every: Settings,
    languages: Sequence[Language],
    parts: Parts,
    entrance: Entrance,
    hand_to: HandTo,
    running: Running | None,
    env: Environment,
    ended: Callable[[AssistantRecord], None],
    recall: Recall | None = None,
) -> AssistantDesk:
    """What answers calls. `parts` are those of interpreted calls, to which `hand_to` hands over; `running` is the
    embedded engine; with `recall` calls outlive the process. Raises SettingsError with what is wrong in the personas.
    """
    variables = environment(env)
    personas = Personas.load(every.assistant.personas, transfer=every.app.person, check=tool_check(variables))
    engines, mind = _engines(every, parts, running, env)
    messages = MessageFile(every.assistant.messages_file(every.node.state_home))
    several = any(len(persona.languages) > 1 for persona in personas.everyone)
    own = AssistantParts(
        engines=engines,
        metrics=parts.metrics,
        clock=parts.clock,
        notices=parts.announcements.notices,
        languages=languages,
        hand_to=hand_to,
        echo_gate=parts.echo_gate,
        rank=language_rank() if several else None,
        max_usd=parts.max_usd,
        safety_id=parts.safety_id,
        prices=prices_date(),
        recorded=messages.recorded,
        take_down=parts.telephony.hang_up,
    )
    tools = ToolParts(messages, variables, Threads())
    calls = Assistants(own, personas, lambda persona: Toolbox(persona, tools), entrance, ended=ended, recall=recall)
    embedded = any(engine.name == providers.LOCAL for engine in engines)
    shipped = every.assistant.personas is None
    first = engines[0] if engines else None
    return AssistantDesk(
        calls, personas, mind, first, embedded, shipped, _notes(every, personas, mind, embedded=embedded)
    )


def _engines(
    every: Settings, parts: Parts, running: Running | None, env: Environment
) -> tuple[list[AssistantEngine], str]:
    """Those that are tried, in order, and what thinks in the first, for people."""
    if every.app.engine != providers.LOCAL and providers.openai_is_set(env):
        settings = load(OpenAISettings, env)
        engines = [providers.openai_assistant(env, parts.clock)]
        if providers.second_server(env):
            engines.append(providers.openai_assistant(env, parts.clock, fallback=True))
        return engines, f"{settings.conversation_model} (realtime speech model)"
    if running is not None:
        return [providers.local_assistant(running, parts.clock)], running.mind
    return [], ""


NO_AGENTS: Final = "There are no agents (DRAGOMAN_AGENT=none): assistants answer, interpreted calls are refused."


def _notes(every: Settings, personas: Personas, mind: str, *, embedded: bool) -> tuple[str, ...]:
    who = ", ".join(f"{one.name} ({', '.join(one.languages)})" for one in personas.everyone)
    shipped = ", the shipped example: DRAGOMAN_PERSONAS names your own" if every.assistant.personas is None else ""
    if not mind:
        return ("No assistant answers at /twilio/voice: it takes OPENAI_API_KEY, or the embedded engine.",)
    told = [f"Assistant at /twilio/voice: {who}{shipped}.", f"The assistant's mind: {mind}."]
    if every.carrier is not None and every.carrier.agent_route() is None:
        told.append(NO_AGENTS)
    return (*told, *(_unpriced(personas) if not embedded else ()), *personas.notes)


def _unpriced(personas: Personas) -> list[str]:
    """Models that personas name and whose price is not known."""
    priced = shipped_prices().tokens
    return [
        f"{one.source}: no price of {one.model} is known: its calls count as costing nothing, for limits too."
        for one in personas.everyone
        if one.model and one.model not in priced
    ]


async def warm(desk: AssistantDesk, announcer: Announcer | None, languages: Sequence[Language]) -> None:
    """Have the embedded voices speak each greeting once: they keep it, and the first caller hears it at once. Then have
    them rehearse all else, while nobody needs them, for personas of the operator's own.
    """
    if announcer is None or not desk.embedded:
        return
    spoken = [(one, language_of(tag, languages)) for one in desk.personas.everyone for tag in one.languages]
    for persona, language in spoken:
        await _spoken(announcer, persona, language)
    if not desk.shipped:
        for persona, language in spoken:
            await rehearse(desk, persona, language)


async def rehearse(desk: AssistantDesk, persona: Persona, language: Language) -> None:
    """Have the embedded voices speak beforehand what this persona will surely say: they do so for whoever opens a
    session. Returns at once.
    """
    if desk.engine is None or not desk.embedded:
        return
    settled = asyncio.Event()

    def listen(event: AssistantEvent) -> None:
        if isinstance(event, Ready | Closed):
            settled.set()

    assistant = desk.engine.assistant(AssistantWanted(CallId("rehearsal"), language, persona), listen)
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(assistant.run())
        try:
            async with asyncio.timeout(OPEN_S):
                await settled.wait()
        except TimeoutError:
            _log.info("nothing rehearsed", persona=persona.name, language=language.tag)
        assistant.close()


async def _spoken(announcer: Announcer, persona: Persona, language: Language) -> None:
    voiced = replace(language, voice=persona.voice or language.voice)
    try:
        async with asyncio.timeout(WARM_S):
            await announcer.render(persona.say(Phrase.GREETING, language.tag), voiced, AudioFormat.PCM16_24K)
    except TimeoutError:
        _log.info("greeting not kept", persona=persona.name, language=language.tag)
