"""Messages made from msgspec's types themselves: one full example of each, and strategies for any valid one."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from msgspec import inspect

Pools = Mapping[str, SearchStrategy[Any]]
"""By a member's name, what may stand there; "" for all other texts."""


Words = Mapping[str, Any]
"""By a member's name, what stands there."""


def examples(union: Any, words: Words = MappingProxyType({}), types: Words = MappingProxyType({})) -> tuple[bytes, ...]:
    """A full message of each type in the union, every member present; `types` are those of objects by their name."""
    maker = _Examples(words, types)
    return tuple(json.dumps(maker.of(kind, "", ""), ensure_ascii=False).encode() for kind in _kinds(union))


def messages(union: Any, pools: Pools) -> SearchStrategy[bytes]:
    """Any valid message of the union, as its bytes."""
    found = st.one_of([_values(kind, "", pools) for kind in _kinds(union)])
    return found.map(lambda value: json.dumps(value, ensure_ascii=False).encode())


def _kinds(union: Any) -> list[inspect.Type]:
    info = inspect.type_info(union)
    return list(info.types) if isinstance(info, inspect.UnionType) else [info]


@dataclass(frozen=True, slots=True)
class _Examples:
    words: Words
    types: Words

    def of(self, info: inspect.Type, name: str, within: str) -> Any:
        """An example of a type that stands at `name` in the object that stands at `within`."""
        if name == "type" and within in self.types:
            return self.types[within]
        if name in self.words:
            return self.words[name]
        match info:
            case inspect.StructType():
                made = {one.encode_name: self.of(one.type, one.encode_name, name) for one in info.fields}
                return _tagged(info, made)
            case inspect.UnionType():
                given = [one for one in info.types if not isinstance(one, inspect.NoneType)]
                return self.of(given[0], name, within)
            case inspect.ListType(item_type=item) | inspect.VarTupleType(item_type=item):
                return [self.of(item, name, within)]
            case inspect.BytesType():
                return base64.b64encode(bytes(range(240))).decode()
            case inspect.StrType():
                return name or "text"
            case inspect.LiteralType(values=values):
                return values[0]
            case inspect.EnumType(cls=cls):
                return next(iter(cls)).value
            case _:
                return next((value for kind, value in _PLAIN.items() if isinstance(info, kind)), None)


_PLAIN: Final[dict[type[inspect.Type], Any]] = {
    inspect.IntType: 20,
    inspect.FloatType: 0.5,
    inspect.BoolType: True,
    inspect.DictType: {"a": "b"},
}


def _values(info: inspect.Type, name: str, pools: Pools) -> SearchStrategy[Any]:
    if name in pools and name:
        return pools[name]
    match info:
        case inspect.StructType():
            must = {one.encode_name: _values(one.type, one.encode_name, pools) for one in info.fields if one.required}
            may = {
                one.encode_name: _values(one.type, one.encode_name, pools) for one in info.fields if not one.required
            }
            return st.fixed_dictionaries(must, optional=may).map(lambda made: _tagged(info, made))
        case inspect.UnionType():
            return st.one_of([_values(one, name, pools) for one in info.types])
        case inspect.ListType(item_type=item):
            return st.lists(_values(item, name, pools), max_size=2)
        case inspect.DictType(value_type=value):
            return st.dictionaries(pools[""], _values(value, "", pools), max_size=2)
        case inspect.BytesType():
            return st.binary(max_size=80).map(lambda raw: base64.b64encode(raw).decode())
        case inspect.StrType():
            return pools[""]
        case inspect.LiteralType(values=values):
            return st.sampled_from(list(values))
        case _:
            return next((values for kind, values in _ANY.items() if isinstance(info, kind)), st.none())


_ANY: Final[dict[type[inspect.Type], SearchStrategy[Any]]] = {
    inspect.IntType: st.sampled_from([0, 1, 20, 500, 60_000, -1, 2**40]),
    inspect.FloatType: st.sampled_from([0.0, 0.5, 3.0, -1.0, 1e9]),
    inspect.BoolType: st.booleans(),
}


def _tagged(info: inspect.StructType, made: dict[str, Any]) -> dict[str, Any]:
    return made if info.tag_field is None else {info.tag_field: info.tag, **made}
