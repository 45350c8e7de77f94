"""An operator's module of tools, as personas' files name it: `tests.tools.operators_tools:...`."""

from __future__ import annotations

import asyncio
import enum
import sys
import threading
from dataclasses import dataclass
from typing import Any, Literal, TypedDict

from dragoman.domain.tools import CallFacts, HangUp, ToolResult

RELEASE = threading.Event()
"""Set by a test to let `hangs` end."""


class Size(enum.Enum):
    SMALL = "small"
    LARGE = "large"


@dataclass
class Line:
    article: str
    pieces: int = 1


class Address(TypedDict):
    city: str


def stock(article: str, size: Size = Size.SMALL) -> str:
    """How many pieces of an article are in stock.

    Args:
        article: its name, as the caller says it
        size: which of the two
    """
    return f"Three {size.value} {article}s are left."


async def order(
    lines: list[Line], way: Literal["post", "shop"], to: Address | None = None, note: str = "none", price: float = 0
) -> dict[str, object]:
    """Place an order.

    It cannot be undone.

    :param lines: what is ordered
    :param way: how it
        is collected
    """
    await asyncio.sleep(0)
    pieces = sum(line.pieces for line in lines)
    return {"pieces": pieces, "way": way, "to": to, "note": note, "price": price, "say": f"{pieces} pieces ordered."}


def who(facts: CallFacts) -> str:
    """Who calls."""
    return f"{facts.caller} in {facts.language}"


def goodbye() -> ToolResult:
    return ToolResult("over", "Bye.", action=HangUp("Bye."))


def nothing() -> None:
    return None


def hangs() -> str:
    RELEASE.wait(10)
    return "late"


async def slow() -> str:
    await asyncio.sleep(60)
    return "late"


def breaks() -> str:
    raise KeyError("a secret detail")


def leaves() -> str:
    sys.exit(3)


def runs_out() -> str:
    raise StopIteration


async def gives_up() -> str:
    raise asyncio.CancelledError


async def times_out() -> str:
    raise TimeoutError


def endless() -> str:
    return "x" * 70_000


def strange() -> object:
    return object()


def untyped(article) -> str:  # type: ignore[no-untyped-def]
    return str(article)


def starred(*articles: str) -> str:
    return articles[0]


def open_ended(article: Any) -> str:
    return str(article)


def odd_type(number: complex) -> str:
    return str(number)


def unknown_name(article: Nowhere) -> str:  # type: ignore[name-defined]  # noqa: F821
    return str(article)


@dataclass
class Chain:
    next: Chain | None = None


def recursive(chain: Chain) -> str:
    return str(chain)


NOT_A_FUNCTION = 3
