"""A Python function as a tool: the JSON schema of its parameters from its type hints, their descriptions from its
docstring, and the arguments that a model wrote read into what the function takes. msgspec does both.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import docstring_parser
import msgspec
from msgspec import UNSET, UnsetType

from dragoman.domain.tools import CallFacts

_REF = "#/$defs/{name}"
_DEPTH_MAX = 8


@dataclass(frozen=True, slots=True)
class Signature:
    """How a function is called. `facts` is the parameter that gets the `CallFacts`, "" = none does.

    `parameters` is a JSON schema of type object, without references.
    """

    description: str
    parameters: Mapping[str, object]
    facts: str
    _arguments: type[msgspec.Struct]

    def arguments(self, text: str) -> dict[str, object]:
        """What a model wrote, as keyword arguments; raise ValueError that says what does not fit, and where.

        An argument that was not given is left out: the function has its own default.
        """
        try:
            read = msgspec.json.decode(text.strip() or "{}", type=self._arguments)
        except (msgspec.MsgspecError, UnicodeEncodeError, RecursionError) as broken:
            raise ValueError(str(broken)) from None
        given = ((name, getattr(read, name)) for name in self._arguments.__struct_fields__)
        return {name: value for name, value in given if value is not UNSET}


def signature_of(function: Callable[..., object]) -> Signature:
    """Read `function`; raise ValueError that names the parameter which cannot be told to a model, and why."""
    hints = _hints(function)
    doc = docstring_parser.parse(inspect.getdoc(function) or "")
    said = {one.arg_name: " ".join((one.description or "").split()) for one in doc.params}
    fields: list[tuple[str, Any, Any]] = []
    facts = ""
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
            raise ValueError(f"{name}: parameters must have names (no *args, **kwargs or /)")
        if name not in hints:
            raise ValueError(f"{name}: has no type hint")
        if hints[name] is CallFacts:
            facts = name
            continue
        kind = _kind(name, hints[name], said.get(name, ""))
        optional = parameter.default is not parameter.empty
        fields.append((name, kind | UnsetType, UNSET) if optional else (name, kind, msgspec.NODEFAULT))
    arguments = msgspec.defstruct("Arguments", fields, forbid_unknown_fields=True, kw_only=True)
    summary = "\n".join(part for part in (doc.short_description, doc.long_description) if part)
    return Signature(summary, _schema(arguments), facts, arguments)


def _hints(function: Callable[..., object]) -> dict[str, Any]:
    try:
        return typing.get_type_hints(function, include_extras=True)
    except (NameError, TypeError, AttributeError) as broken:
        raise ValueError(f"its type hints cannot be read: {broken}") from None


def _kind(name: str, hint: Any, description: str) -> Any:
    """`hint` with its description; raise ValueError where it is none that a model could be told."""
    if hint in (Any, object):
        raise ValueError(f"{name}: its type hint leaves open what it takes")
    kind = Annotated[hint, msgspec.Meta(description=description)] if description else hint
    try:
        _schema(msgspec.defstruct("Arguments", [(name, kind)]))
        msgspec.json.Decoder(hint)
    except (TypeError, RecursionError) as broken:
        reason = str(broken).strip().splitlines()[-1]
        raise ValueError(f"{name}: {hint!r} has no JSON form that a model could write: {reason}") from None
    return kind


def _schema(arguments: type[msgspec.Struct]) -> dict[str, object]:
    (top,), named = msgspec.json.schema_components((arguments,), ref_template=_REF)
    whole = _inlined(top, named, 0)
    assert isinstance(whole, dict)
    whole.pop("title", None)
    return whole


def _inlined(schema: object, named: Mapping[str, object], depth: int) -> object:
    """`schema` with what it refers to in its place: not every model follows references."""
    if depth > _DEPTH_MAX * 4:
        raise TypeError("it contains itself, or is nested too deep")
    if isinstance(schema, list):
        return [_inlined(one, named, depth + 1) for one in schema]
    if not isinstance(schema, dict):
        return schema
    if isinstance(reference := schema.get("$ref"), str):
        target = named[reference.rsplit("/", 1)[-1]]
        rest = {key: value for key, value in schema.items() if key != "$ref"}
        found = _inlined(target, named, depth + 1)
        return {**found, **rest} if isinstance(found, dict) else found
    return {key: _inlined(value, named, depth + 1) for key, value in schema.items()}
