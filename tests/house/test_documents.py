"""The documents cover what there is: every setting, command, metric; links lead somewhere."""

from __future__ import annotations

import contextlib
import importlib.util
import re
from importlib.metadata import PackageNotFoundError, metadata
from pathlib import Path
from types import ModuleType

import pytest

from dragoman.cli.main import commands
from dragoman.observe.metrics import Metrics

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md"))]
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


def configuration_page() -> ModuleType:
    spec = importlib.util.spec_from_file_location("configuration_page", ROOT / "scripts" / "configuration_page.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_configuration_page_is_what_the_settings_say() -> None:
    text = (ROOT / "docs" / "configuration.md").read_text(encoding="utf-8")
    assert configuration_page().page(text) == text, "run: make docs"


def test_every_setting_says_what_it_is() -> None:
    for section in configuration_page().sections():
        for field, declared in section.model_fields.items():
            assert declared.description, f"{section.__name__}.{field} has no help"


@pytest.mark.parametrize("name", commands())
def test_every_command_is_documented(name: str) -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert f"`dragoman {name}" in text


def test_every_metric_is_documented() -> None:
    text = (ROOT / "docs" / "metrics.md").read_text(encoding="utf-8")
    declared = [line.split()[2] for line in Metrics().text().decode().splitlines() if line.startswith("# TYPE")]
    assert [name for name in declared if not name.endswith("_created") and f"`{name}`" not in text] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path) -> None:
    targets = [target.split("#")[0] for target in LINK.findall(page.read_text(encoding="utf-8"))]
    local = [target for target in targets if target and "://" not in target and not target.startswith("mailto:")]
    assert [target for target in local if not (page.parent / target).exists()] == []


def test_the_glossary_has_every_word_of_the_ports() -> None:
    text = (ROOT / "docs" / "glossary.md").read_text(encoding="utf-8").lower()
    wanted = [
        "call",
        "party",
        "agent",
        "assistant",
        "leg",
        "lane",
        "interpreter",
        "engine",
        "session",
        "stream",
        "frame",
    ]
    wanted += ["turn", "utterance", "caption", "playout", "mark", "lag", "clear", "barge-in", "duck", "passthrough"]
    wanted += ["drain", "outcome", "node", "fake", "emulator", "rig"]
    assert [word for word in wanted if f"**{word}" not in text] == []


def test_licences_with_conditions_are_named() -> None:
    """Copyleft among what `make` installs to run: each such package stands on the page."""
    text = (ROOT / "docs" / "licences.md").read_text(encoding="utf-8")
    unnamed: list[str] = []
    for name in re.findall(r"^([\w.-]+)==", (ROOT / "requirements" / "run.txt").read_text("utf-8"), re.MULTILINE):
        with contextlib.suppress(PackageNotFoundError):  # pinned for another platform
            said = metadata(name)
            short = [line[:60] for key in ("License-Expression", "License") for line in said.get_all(key) or []]
            licence = [*short, *(said.get_all("Classifier") or [])]
            if re.search(r"GPL|General Public|MPL|Mozilla", " ".join(licence)) and f"`{name}`" not in text:
                unnamed.append(name)
    assert unnamed == []


def test_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(path.name[:4]) for path in sorted((ROOT / "docs" / "adr").glob("[0-9]*.md"))]
    assert numbers == list(range(1, len(numbers) + 1))
