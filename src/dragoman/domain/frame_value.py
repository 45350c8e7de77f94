"""For values that are made with every frame: frozen to the type checker, and without the price of it at run time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeVar, dataclass_transform

ValueT = TypeVar("ValueT")


@dataclass_transform(frozen_default=True)
def frame_value(cls: type[ValueT]) -> type[ValueT]:
    """As `@dataclass(frozen=True, slots=True)`, but nothing stands in the way of who assigns to a field unchecked.

    Python makes a frozen value of three fields in 1.0 us, which one call pays some two hundred times a second, and one
    of these in 0.3 us (3.11).
    """
    return dataclass(slots=True, unsafe_hash=True)(cls)
