"""A closer look at the tools of a persona's file: is there such a function, will the endpoint do, do patterns fit?"""

from __future__ import annotations

import re
from collections.abc import Mapping

from dragoman.domain.persona import VALUE_MARK, BuiltIn, HttpCall, Persona, PythonCall, ToolPlan
from dragoman.persona_file import Check
from dragoman.tools.http_tool import NO_PARAMETERS, Misfit, endpoint_of
from dragoman.tools.python_tool import function_of
from dragoman.tools.schema import signature_of
from dragoman.tools.shipped import Shipped

_BY_THE_MIND = {BuiltIn.TRANSFER: {"summary"}, BuiltIn.HAND_OVER: {"summary"}, BuiltIn.MESSAGE: {"text"}}
"""Arguments that the small mind knows without a pattern: what the caller said, or says when asked."""


def tool_check(env: Mapping[str, str]) -> Check:
    """For `Personas.load`; `env` has the variables that headers name."""

    def check(plan: ToolPlan) -> tuple[str, str] | None:
        try:
            _check(plan, env)
        except Misfit as wrong:
            return wrong.key, str(wrong)
        return None

    return check


def _check(plan: ToolPlan, env: Mapping[str, str]) -> None:
    known = _parameters(plan, env)
    required = known.get("required")
    needed = {str(name) for name in required} if isinstance(required, list) else set()
    if isinstance(plan.call, BuiltIn):
        needed -= _BY_THE_MIND.get(plan.call, set())
    properties = known.get("properties")
    names_known = set(properties) if isinstance(properties, Mapping) else set()
    for texts in plan.patterns.values():
        for text in texts:
            given = {name.split(VALUE_MARK)[0] for name in re.compile(text).groupindex}
            if strange := given - names_known:
                raise Misfit("patterns", f"{text!r} names {min(strange)!r}, which is no argument of the tool")
            if missing := needed - given:
                raise Misfit("patterns", f"{text!r} does not give {min(missing)!r}, which the tool needs")


def _parameters(plan: ToolPlan, env: Mapping[str, str]) -> Mapping[str, object]:
    match plan.call:
        case PythonCall(target):
            try:
                return signature_of(function_of(target)).parameters
            except ValueError as broken:
                raise Misfit("python", str(broken)) from None
        case HttpCall():
            if not plan.description:
                raise Misfit("description", "is needed: a model knows by it when to use the tool")
            parameters = plan.parameters if plan.parameters is not None else NO_PARAMETERS
            endpoint_of(plan.call, parameters, env)
            return parameters
        case BuiltIn():
            nobody = Persona(name="", languages=(), instructions="")
            return signature_of(Shipped(nobody, {}).method(plan.call)).parameters
