"""Any value of a type of the domain, made by looking at its fields, so that what is added there is tried as well."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from types import NoneType, UnionType
from typing import Any, get_args, get_type_hints

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

Leaves = Mapping[type | tuple[str, type], SearchStrategy[Any]]
"""By type, or by a field's name and type."""


def any_of(kind: Any, leaves: Leaves, name: str = "") -> SearchStrategy[Any]:
    """Any value of a dataclass, an enum, a union of such, or a leaf."""
    if (name, kind) in leaves:
        return leaves[name, kind]
    if kind in leaves:
        return leaves[kind]
    if isinstance(kind, UnionType):
        return st.one_of([any_of(one, leaves, name) for one in get_args(kind)])
    if kind is NoneType:
        return st.none()
    if dataclasses.is_dataclass(kind):
        hints = get_type_hints(kind)
        fields = {one.name: any_of(hints[one.name], leaves, one.name) for one in dataclasses.fields(kind)}
        return st.builds(kind, **fields)  # type: ignore[arg-type] # a class, not a value
    return st.sampled_from(kind)
