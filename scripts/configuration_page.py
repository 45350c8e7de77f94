"""Writes the tables of docs/configuration.md from the settings themselves: `python scripts/configuration_page.py`.

A house test holds the page to what this prints, so that no setting goes undocumented.
"""

from __future__ import annotations

import enum
import importlib
import pkgutil
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

import dragoman
from dragoman.settings import Section, variables

PAGE = Path(__file__).parent.parent / "docs" / "configuration.md"
BEGIN = "<!-- tables: begin (scripts/configuration_page.py) -->"
END = "<!-- tables: end -->"

_TITLES = {
    "AppSettings": "The server",
    "AssistantSettings": "Calls that an AI answers",
    "LadderSettings": "When an engine fails",
    "LimitSettings": "Limits",
    "LocalSettings": "The embedded engine",
    "NodeSettings": "Starting and stopping",
}


def sections() -> list[type[Section]]:
    """Every section of settings in the package, the server's own first."""
    for module in pkgutil.walk_packages(dragoman.__path__, "dragoman."):
        if module.name.endswith("settings"):
            importlib.import_module(module.name)
    found = [section for section in Section.__subclasses__() if section.__module__.startswith("dragoman.")]
    return sorted(found, key=lambda section: (section.__module__.count("."), section.__module__))


def tables() -> str:
    """All tables, as Markdown."""
    return "\n\n".join(_table(section) for section in sections())


def page(text: str) -> str:
    """`text` with its tables made new."""
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n\n{tables()}\n\n{END}{after}"


def _table(section: type[Section]) -> str:
    title = _TITLES.get(section.__name__, section.__name__.removesuffix("Settings"))
    rows = [
        f"### {title}",
        "",
        (section.__doc__ or "").strip().splitlines()[0],
        "",
        "| Variable | Default | Meaning |",
        "|---|---|---|",
    ]
    for field, (name, *aliases) in variables(section).items():
        declared = section.model_fields[field]
        also = f" (also {', '.join(f'`{alias}`' for alias in aliases)})" if aliases else ""
        meaning = (declared.description or "").replace("|", "\\|")
        rows.append(f"| `{name}`{also} | {_default(declared)} | {meaning} |")
    return "\n".join(rows)


def _default(declared: FieldInfo) -> str:
    if declared.is_required():
        return "**must be set**"
    value = declared.get_default(call_default_factory=True)
    if value is None or value in ("", [], {}, ()) or isinstance(value, SecretStr):
        return ""
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value.value if isinstance(value, enum.Enum) else value}`"


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
