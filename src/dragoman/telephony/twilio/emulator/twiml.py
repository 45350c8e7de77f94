"""Reading TwiML as strictly as Twilio: what breaks a document, and what is only warned about and ignored. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree

from dragoman.telephony.twilio.emulator import schema
from dragoman.telephony.twilio.emulator.alerts import AlertCode

_XML_TYPES = ("text/xml", "application/xml", "text/html")


@dataclass(frozen=True, slots=True)
class Verb:
    """One element, checked: only attributes and children that exist are left."""

    name: str
    attributes: dict[str, str]
    children: tuple[Verb, ...]
    text: str

    def get(self, name: str, default: str = "") -> str:
        return self.attributes.get(name, default)

    def number(self, name: str, default: int) -> int:
        """An attribute as a whole number; what is no number counts as absent (it was warned about)."""
        given = self.attributes.get(name, "")
        return int(given) if given.isdecimal() else default

    def flag(self, name: str, default: bool = False) -> bool:
        return self.attributes.get(name, str(default)).strip().lower() == "true"


@dataclass(frozen=True, slots=True)
class Page:
    """A document that can be run; `warnings` is what Twilio would list with 12200."""

    verbs: tuple[Verb, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A document that cannot be run."""

    code: AlertCode
    reason: str


def read(body: bytes, content_type: str | None = None) -> Page | Unreadable:
    """Read a document; `content_type` is None for TwiML that came with a REST request."""
    if len(body) > schema.DOCUMENT_LIMIT_BYTES:
        return Unreadable(AlertCode.TOO_LARGE, f"the document has {len(body)} bytes, more than 64 KB")
    kind = ("text/xml" if content_type is None else content_type).partition(";")[0].strip().lower()
    if kind not in _XML_TYPES:
        return Unreadable(AlertCode.CONTENT_TYPE, f"content type {kind or '(none)'} instead of text/xml")
    if b"<!DOCTYPE" in body or b"<!ENTITY" in body:
        return Unreadable(AlertCode.DOCUMENT, "the document has a DTD")
    try:
        root = ElementTree.fromstring(body)  # noqa: S314 - no DTD gets here, so no entities
    except (ElementTree.ParseError, ValueError, LookupError) as broken:
        return Unreadable(AlertCode.DOCUMENT, f"not XML: {broken}")
    if root.tag != "Response":
        return Unreadable(AlertCode.DOCUMENT, f"the root is <{root.tag}> instead of <Response>")
    warnings: list[str] = []
    top = _verb(root, warnings)
    return Page(top.children, tuple(warnings))


def _verb(element: ElementTree.Element, warnings: list[str]) -> Verb:
    shape = schema.SHAPES[element.tag]
    attributes = {}
    for name, value in element.attrib.items():
        if name in shape.attributes:
            _check_value(element.tag, name, value, warnings)
            attributes[name] = value
        else:
            warnings.append(f"<{element.tag}> has no attribute {name}")
    warnings.extend(f"<{element.tag}> needs the attribute {name}" for name in sorted(shape.must - attributes.keys()))
    if shape.children and element.tag == "Say":
        return Verb(element.tag, attributes, (), _spoken(element, warnings))
    if element.tag == "Play" and not (element.text or "").strip() and "digits" not in attributes:
        warnings.append("<Play> has neither a URL nor digits")
    children = tuple(_verb(child, warnings) for child in element if _known(element.tag, child.tag, warnings))
    text = (element.text or "").strip()
    if text and not shape.text:
        warnings.append(f"<{element.tag}> holds no text")
    return Verb(element.tag, attributes, children, text if shape.text else "")


def _known(parent: str, tag: object, warnings: list[str]) -> bool:
    if not isinstance(tag, str):  # a comment or processing instruction
        return False
    if tag in schema.SHAPES[parent].children:
        return True
    elsewhere = " (a Twilio verb that this emulator does not play)" if tag in schema.ELSEWHERE else ""
    warnings.append(f"<{parent}> has no child <{tag}>{elsewhere}")
    return False


def _spoken(element: ElementTree.Element, warnings: list[str]) -> str:
    inner = [child.tag for child in element.iter() if child is not element]
    warnings.extend(f"<Say> has no child <{tag}>" for tag in inner if tag not in schema.SHAPES["Say"].children)
    text = " ".join("".join(element.itertext()).split())
    if not text:
        warnings.append("<Say> has nothing to say")
    if len(text) > schema.SAY_LIMIT:
        warnings.append(f"<Say> has {len(text)} characters, more than {schema.SAY_LIMIT}")
    return text


def _check_value(tag: str, name: str, value: str, warnings: list[str]) -> None:
    if name in schema.INTEGERS:
        low, high = schema.INTEGERS[name]
        if not value.isdecimal() or not low <= int(value) <= high:
            warnings.append(f"<{tag} {name}> is no whole number from {low} to {high}")
    elif name.lower().endswith("method") and value.upper() not in ("GET", "POST"):
        warnings.append(f"<{tag} {name}> is neither GET nor POST")
    elif strange := set(value) - set(schema.KEYS.get((tag, name), value)):
        warnings.append(f"<{tag} {name}> has what is no key: {''.join(sorted(strange))}")
    elif value not in schema.CHOICES.get((tag, name), (value,)):
        warnings.append(f"<{tag} {name}> has no value {value!r}")
