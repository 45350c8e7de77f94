"""The tools of one persona, ready to be called: by a model, or by the small mind."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

import structlog

from dragoman.domain.language import LanguageTag
from dragoman.domain.persona import BuiltIn, HttpCall, Persona, PythonCall, ToolPlan
from dragoman.domain.tools import CallFacts, ToolAsked, ToolResult, ToolSpec
from dragoman.errors import SettingsError
from dragoman.tools.faq import FaqIndex
from dragoman.tools.http_tool import NO_PARAMETERS, HttpTool, Misfit, endpoint_of
from dragoman.tools.message import MessageFile
from dragoman.tools.python_tool import PythonTool
from dragoman.tools.results import ToolError, failed
from dragoman.tools.schema import signature_of
from dragoman.tools.shipped import Shipped, indexes
from dragoman.tools.threads import Threads

ARGUMENTS_MAX_LENGTH = 64 * 1024

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class ToolParts:
    """What tools share: where messages go (None = none are taken), the variables that headers name, the threads."""

    messages: MessageFile | None
    env: Mapping[str, str]
    threads: Threads


@dataclass(frozen=True, slots=True)
class _Ready:
    spec: ToolSpec
    timeout_s: float
    run: Callable[[str, CallFacts], Awaitable[ToolResult]]


class Toolbox:
    """Implements `domain.tools.Tools`. Close it with `aclose` when the last call that uses it is over."""

    def __init__(self, persona: Persona, parts: ToolParts) -> None:
        """Import functions, open clients; raise SettingsError with all tools that cannot be used."""
        self.persona = persona
        self.faq: Mapping[LanguageTag, FaqIndex] = indexes(persona)
        self._shipped = Shipped(persona, self.faq, parts.messages)
        self._clients: list[HttpTool] = []
        self._ready: dict[str, _Ready] = {}
        problems: list[str] = []
        for plan in persona.tools:
            try:
                if (ready := self._prepared(plan, parts)) is not None:
                    self._ready[plan.name] = ready
            except (Misfit, ValueError) as broken:
                problems.append(f"{persona.source}: the tool {plan.name}: {broken}")
        if problems:
            raise SettingsError(problems)

    @property
    def names(self) -> frozenset[str]:
        """The tools that can be called here."""
        return frozenset(self._ready)

    def specs(self, language: LanguageTag) -> tuple[ToolSpec, ...]:
        """What a model is told, for a call in `language`: a FAQ in another language is to be asked in that one, and a
        person is told what it is about in the persona's first.
        """
        tag = self.persona.language(language)
        asked = next(iter(self.faq), None) if tag not in self.faq else None
        person = f"\nWrite the summary in the language {self.persona.languages[0]}."
        hints: dict[object, str] = {
            BuiltIn.FAQ: f"\nAsk in the language {asked}." if asked is not None else "",
            BuiltIn.TRANSFER: person,
            BuiltIn.HAND_OVER: person,
        }
        found: list[ToolSpec] = []
        for name, ready in self._ready.items():
            plan = self.persona.tool(name)
            hint = hints.get(plan.call, "") if plan is not None and isinstance(plan.call, BuiltIn) else ""
            found.append(replace(ready.spec, description=ready.spec.description + hint))
        return tuple(found)

    async def call(self, asked: ToolAsked, facts: CallFacts) -> ToolResult:
        """Do it: within the tool's own time, never raising (but for cancellation). Several may run at once."""
        language = self.persona.language(facts.language)
        ready = self._ready.get(asked.name)
        if ready is None:
            known = ", ".join(self._ready) or "none"
            return self._failed("no such tool", language, asked, f"there is no such tool; there are: {known}")
        if len(asked.arguments_json) > ARGUMENTS_MAX_LENGTH:
            return self._failed("arguments too long", language, asked, "the arguments are too long")
        try:
            async with asyncio.timeout(ready.timeout_s):
                return await ready.run(asked.arguments_json, facts)
        except TimeoutError:
            return self._failed("timeout", language, asked, f"the tool gave no answer within {ready.timeout_s:g} s")
        except ToolError as broken:
            return self._failed("failed", language, asked, str(broken))
        except Exception as broken:  # noqa: BLE001 - a fault of ours in a tool must not end anybody's call
            return self._failed(type(broken).__name__, language, asked, "the tool failed")

    async def aclose(self) -> None:
        """Close what is open."""
        for client in self._clients:
            await client.aclose()

    def _failed(self, kind: str, language: LanguageTag, asked: ToolAsked, why: str) -> ToolResult:
        # What a model wrote may be what a caller said.
        _log.warning("tool.failed", persona=self.persona.name, kind=kind, **{"pii.tool": asked.name, "pii.why": why})
        return failed(self.persona, language, why)

    def _prepared(self, plan: ToolPlan, parts: ToolParts) -> _Ready | None:
        match plan.call:
            case BuiltIn() as kind:
                if not self._shipped.offered(kind):
                    return None
                return self._shipped_tool(plan, kind)
            case PythonCall() as call:
                tool = PythonTool(call, parts.threads)
                description = plan.description or tool.signature.description
                return _Ready(ToolSpec(plan.name, description, tool.signature.parameters), plan.timeout_s, tool.call)
            case HttpCall() as http:
                parameters = plan.parameters if plan.parameters is not None else NO_PARAMETERS
                client = HttpTool(endpoint_of(http, parameters, parts.env), plan.timeout_s)
                self._clients.append(client)
                return _Ready(ToolSpec(plan.name, plan.description, parameters), plan.timeout_s, client.call)

    def _shipped_tool(self, plan: ToolPlan, kind: BuiltIn) -> _Ready:
        method = self._shipped.method(kind)
        signature = signature_of(method)

        async def run(arguments_json: str, facts: CallFacts) -> ToolResult:
            try:
                arguments = signature.arguments(arguments_json)
            except ValueError as broken:
                raise ToolError(f"the arguments do not fit: {broken}") from None
            return await method(**arguments, facts=facts)

        spec = ToolSpec(plan.name, plan.description or signature.description, signature.parameters)
        return _Ready(spec, plan.timeout_s, run)
