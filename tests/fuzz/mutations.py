"""What a hostile or broken peer makes of a good message: as text, so that it need not be JSON any more.

A message is kept as a tree in which objects are lists of pairs (a member may come twice) and a leaf may be `Raw`: text
that stands there as it is, whatever it says.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

DEPTH: Final = 10_000


@dataclass(frozen=True, slots=True)
class Raw:
    """Text of a message as it is written."""

    text: str


@dataclass(slots=True)
class Object:
    """A JSON object: its members in order, names may repeat."""

    members: list[tuple[str, Any]]


ODD: Final = tuple(
    Raw(text)
    for text in (
        *("null", "true", "0", "-1", "1.5", "-0.0", '""', "[]", "{}", "[null]", '{"":null}', '"1"', '"-1"', '"1e3"'),
        *("NaN", "Infinity", "-Infinity", "1e308", "1e999", "-1e999", "9007199254740993", "-9223372036854775809"),
        *("9" * 400, "-" + "9" * 400, "9" * 5000, '"' + "9" * 5000 + '"', "0." + "3" * 5000, "1e-400", "01", "1_0"),
        *(r'"\ud800"', r'"\udc00\ud800"', '"\ud800"', r'"\u0000"', '"\x01"', '"\x7f\u202e\ufeff"', r'"\q"', '"\\"'),
        *('"' + "x" * 5000 + '"', '"' + "é" * 3000 + '"', '"🤷"', '"<Dial/>"', '"]]>"', '"&#0;"'),
        *('"!!!!"', '"AAA"', '"AA=="', '"AAAA"', '"AAAAAA=="', '"' + "AAAA" * 3000 + '"', '"/w=="', '"A A A A"'),
        *("[" * DEPTH + "]" * DEPTH, '{"a":' * DEPTH + "1" + "}" * DEPTH, "[" * DEPTH, "[" + "0," * 3000 + "0]"),
        *("", " ", "\n\t", "//", "nul", "{", '"', ","),
    )
)
"""Values that no field expects: of all types, beyond all bounds, and no values at all."""

NAMES: Final = ("", "type", "event", "id", "error", "session", "response", "item", "\ud800", "x" * 3000)


def tree(value: object) -> Any:
    """A JSON value as a tree that can be mutated."""
    if isinstance(value, dict):
        return Object([(name, tree(inner)) for name, inner in value.items()])
    if isinstance(value, list):
        return [tree(inner) for inner in value]
    return value


def written(node: Any) -> str:
    match node:
        case Raw(text):
            return text
        case Object(members):
            return "{" + ",".join(f"{_quoted(name)}:{written(inner)}" for name, inner in members) + "}"
        case list():
            return "[" + ",".join(written(inner) for inner in node) + "]"
        case _:
            return json.dumps(node, ensure_ascii=False)


def encoded(text: str) -> bytes:
    """As bytes; a lone surrogate becomes the bytes that are no UTF-8."""
    return text.encode("utf-8", "surrogatepass")


def _quoted(name: str) -> str:
    return json.dumps(name, ensure_ascii=False)


@st.composite
def mutated(draw: DrawFn, examples: Sequence[bytes]) -> bytes:
    """One of the examples (JSON) with up to four things wrong with it, and at times with its bytes torn."""
    root = [tree(json.loads(draw(st.sampled_from(examples))))]
    for _ in range(draw(st.integers(1, 4))):
        _break(draw, root)
    message = encoded(written(root[0]))
    if draw(st.integers(0, 5)) == 0:
        message = draw(torn(message))
    return message


def _break(draw: DrawFn, root: list[Any]) -> None:
    """Change one place of the tree, found by walking down from its root."""
    holder: Any = root
    at = 0
    while isinstance(inner := _inner(holder, at), Object | list) and _size(inner) and draw(st.integers(0, 3)):
        holder, at = inner, draw(st.integers(0, _size(inner) - 1))
    change = draw(st.sampled_from(_CHANGES))
    change(draw, holder, at)


def _size(node: Any) -> int:
    return len(node.members) if isinstance(node, Object) else len(node)


def _inner(node: Any, at: int) -> Any:
    return node.members[at][1] if isinstance(node, Object) else node[at]


def _put(node: Any, at: int, value: Any) -> None:
    if isinstance(node, Object):
        node.members[at] = (node.members[at][0], value)
    else:
        node[at] = value


def _retyped(draw: DrawFn, node: Any, at: int) -> None:
    _put(node, at, draw(st.sampled_from(ODD)))


def _made_up(draw: DrawFn, node: Any, at: int) -> None:
    _put(node, at, Raw(written(tree(draw(json_values)))))


def _dropped(_draw: DrawFn, node: Any, at: int) -> None:
    if isinstance(node, Object):
        del node.members[at]
    else:
        node[at] = None


def _doubled(draw: DrawFn, node: Any, at: int) -> None:
    """The same member twice: as it was, or with another value in front or behind."""
    twin = draw(st.sampled_from([_inner(node, at), draw(st.sampled_from(ODD))]))
    place = at + draw(st.integers(0, 1))
    if isinstance(node, Object):
        node.members.insert(place, (node.members[at][0], twin))
    else:
        node[at] = [node[at], twin]


def _renamed(draw: DrawFn, node: Any, at: int) -> None:
    if isinstance(node, Object):
        node.members[at] = (draw(st.sampled_from(NAMES)), node.members[at][1])


def _wrapped(draw: DrawFn, node: Any, at: int) -> None:
    inner = _inner(node, at)
    _put(node, at, draw(st.sampled_from([[inner], [inner, inner], Object([("type", inner)])])))


def _stray(draw: DrawFn, node: Any, at: int) -> None:
    """A member too many."""
    inner = _inner(node, at)
    if isinstance(inner, Object):
        inner.members.append((draw(st.sampled_from(NAMES)), draw(st.sampled_from(ODD))))


_CHANGES: Final[tuple[Callable[[DrawFn, Any, int], None], ...]] = (
    _retyped,
    _retyped,
    _made_up,
    _dropped,
    _doubled,
    _renamed,
    _wrapped,
    _stray,
)


def torn(message: bytes) -> SearchStrategy[bytes]:
    """A message cut, with noise in it, or with something behind it."""
    places = st.integers(0, len(message))
    cut = places.map(lambda at: message[:at])
    noisy = st.builds(lambda at, noise: message[:at] + noise + message[at + 1 :], places, st.binary(max_size=6))
    return cut | noisy | st.binary(max_size=20).map(lambda more: message + more)


any_text = st.text(st.characters() | st.characters(categories=["Cs", "Cc", "Cf"]), max_size=60)
"""Text with lone surrogates and control characters as well."""

json_values: SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def of_outline(examples: Sequence[bytes]) -> SearchStrategy[bytes]:
    """Objects with the members of the examples, and any JSON in them."""
    names = sorted({name for example in examples for name in _names(json.loads(example))})
    kinds = sorted({text for example in examples for text in _words(json.loads(example))})
    inner = st.recursive(
        json_values | st.sampled_from(kinds or [""]),
        lambda values: (
            st.dictionaries(st.sampled_from(names or [""]), values, max_size=4) | st.lists(values, max_size=3)
        ),
        max_leaves=10,
    )
    objects = st.dictionaries(st.sampled_from(names or [""]), inner, max_size=6)
    return (objects | inner).map(lambda value: encoded(json.dumps(value, ensure_ascii=False)))


def _names(value: object) -> set[str]:
    """All member names in a JSON value."""
    match value:
        case dict():
            return set(value).union(*(_names(inner) for inner in value.values()))
        case list():
            return set().union(*(_names(inner) for inner in value))
        case _:
            return set()


def _words(value: object) -> set[str]:
    """All short texts in a JSON value."""
    match value:
        case dict():
            return set().union(*(_words(inner) for inner in value.values()))
        case list():
            return set().union(*(_words(inner) for inner in value))
        case str() if len(value) < 60:
            return {value}
        case _:
            return set()


@st.composite
def mutated_text(draw: DrawFn, examples: Sequence[str]) -> str:
    """One of the texts (files, settings) with pieces left out, doubled, swapped in from another, or made up."""
    text = draw(st.sampled_from(examples))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = min(len(text), start + draw(st.integers(0, 30)))
        other = draw(st.sampled_from(examples))
        from_other = other[draw(st.integers(0, len(other))) :][: draw(st.integers(0, 40))]
        piece = draw(
            st.sampled_from(["", text[start:end] * 2, from_other, draw(any_text), draw(st.sampled_from(_BITS))])
        )
        text = text[:start] + piece + text[end:]
    return text


_BITS: Final = (
    *("=", '"', "'", '"""', "[[", "]]", "{", "}", ".", ",", ";", ":", "\n", "\r\n", "\0", "#", "\\", "%", "\ud800"),
    *(
        "[" * DEPTH,
        "[" + " " * 4000,
        "9" * 5000,
        "a." * 2000,
        "1979-99-99",
        "inf",
        "nan",
        "0x",
        "é" * 2000,
        "\t" * 3000,
    ),
    *("x = [\n[" + " " * 4000 + "\n1]]\n", "x = " + "[" * DEPTH + "]" * DEPTH, "x = " + "9" * 5000, "{a=" * 3000),
)


def each_fault(example: bytes, seen: set[str]) -> Iterator[bytes]:
    """The message with every one of its members, in turn, odd in every way, left out, and there twice.

    `seen` are the members (by name, and what they hold) that were odd in another message already; it grows.
    """
    root = [tree(json.loads(example))]
    for holder, at in _places(root):
        good = _inner(holder, at)
        member = f"{holder.members[at][0] if isinstance(holder, Object) else ''}={written(good)}"
        for odd in ODD if member not in seen else ():
            _put(holder, at, odd)
            yield encoded(written(root[0]))
        seen.add(member)
        _put(holder, at, good)
        if isinstance(holder, Object):
            whole = list(holder.members)
            name = whole[at][0]
            for members in (whole[:at] + whole[at + 1 :], [*whole, (name, good)], [*whole, (name, [good])]):
                holder.members = members
                yield encoded(written(root[0]))
            holder.members = whole


def _places(root: list[Any]) -> list[tuple[Any, int]]:
    """Every place of the tree that holds a value: what holds it, and where in it."""
    found: list[tuple[Any, int]] = []
    ahead: list[Any] = [root]
    while ahead:
        node = ahead.pop()
        for at in range(_size(node)):
            found.append((node, at))
            if isinstance(inner := _inner(node, at), Object | list):
                ahead.append(inner)
    return found
