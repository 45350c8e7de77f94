"""The form in which a store keeps what calls remember: JSON by msgspec, after the very values, with a version. Pure."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

ValueT = TypeVar("ValueT")


class KeptForm(Generic[ValueT]):
    """Of one kind of values. A field that is added with a default reads what was written before it; whatever else
    changes asks for another `version`.
    """

    def __init__(self, kind: type[ValueT], version: int) -> None:
        self._version = version
        self._encoder = msgspec.json.Encoder()
        self._decoder = msgspec.json.Decoder(kind)

    def written(self, value: ValueT) -> bytes:
        """As it is kept."""
        return self._encoder.encode(value)

    def of(self, body: bytes, version: int) -> ValueT | None:
        """What `written` wrote; None for anything else, or another version of it."""
        if version != self._version:
            return None
        try:
            return self._decoder.decode(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
