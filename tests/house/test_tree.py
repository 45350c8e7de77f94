"""Nothing in the tree names a machine or where packages come from; the environment is read in one place."""

from __future__ import annotations

import re
import subprocess
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]

MACHINE = re.compile(r"(?<![\w.])/(?:root|home/\w+|Users/\w+|work/(?:main|shared))/")
REGISTRY = re.compile(r'index-url|find-links|"resolved":|\bfile:///(?!\.)|^registry\s*=', re.MULTILINE)
REGISTRY_ALLOWED = {
    "Makefile": "--no-emit-index-url keeps addresses out",
    "tests/house/test_tree.py": "this rule",
}
TEXT_ONLY = {".wav", ".png", ".jpg", ".gif", ".bin", ".onnx", ".woff2"}
ENVIRONMENT = re.compile(r"\bos\.(?:environ|getenv)\b")
ENVIRONMENT_ALLOWED = {
    "src/dragoman/settings.py": "the one place",
    "src/dragoman/interpreters/local/apertium.py": "what the programs that it starts inherit",
    "src/dragoman/cli/main.py": "what numpy is told before it is imported; nothing is read",
}


def tracked() -> dict[str, str]:
    """Path to text, for every text file that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=15)
    paths = [name for name in listed.stdout.decode().split("\0") if name and Path(name).suffix not in TEXT_ONLY]
    return {name: (ROOT / name).read_text(encoding="utf-8") for name in paths if (ROOT / name).is_file()}


@pytest.fixture(scope="module")
def tree() -> dict[str, str]:
    return tracked()


def test_no_machine_paths(tree: dict[str, str]) -> None:
    assert _found(tree, MACHINE, {"tests/house/test_tree.py": "this rule"}) == []


def test_no_registry_addresses(tree: dict[str, str]) -> None:
    assert _found(tree, REGISTRY, REGISTRY_ALLOWED) == []


def test_requirements_are_pinned_with_hashes_and_without_addresses(tree: dict[str, str]) -> None:
    for name in ("requirements/run.txt", "requirements/dev.txt"):
        entries = [line for line in tree[name].splitlines() if not line.startswith(" ")]
        assert entries
        assert [line for line in entries if "==" not in line or not line.endswith("\\")] == []
        assert "://" not in tree[name]


def test_what_runs_is_what_is_tested(tree: dict[str, str]) -> None:
    run, dev = (_pins(tree[f"requirements/{name}.txt"]) for name in ("run", "dev"))
    assert run.items() <= dev.items()


def test_everything_that_is_asked_for_is_pinned(tree: dict[str, str]) -> None:
    asked = tomllib.loads(tree["pyproject.toml"])
    extras, groups = asked["project"]["optional-dependencies"], asked["dependency-groups"]
    run = [*asked["project"]["dependencies"], *extras["local"], *extras["demo"], *groups["build"]]
    for needs, file in ((run, "run"), ([*run, *groups["dev"]], "dev")):
        pins = _pins(tree[f"requirements/{file}.txt"])
        wanted = [Requirement(need) for need in needs]
        wrong = [
            str(need) for need in wanted if not need.specifier.contains(pins.get(canonicalize_name(need.name), ""))
        ]
        assert wrong == [], "run: make requirements"


def test_the_environment_is_read_in_one_place(tree: dict[str, str]) -> None:
    source = {name: text for name, text in tree.items() if name.startswith("src/") and name.endswith(".py")}
    assert _found(source, ENVIRONMENT, ENVIRONMENT_ALLOWED) == []


def test_ci_runs_what_developers_run() -> None:
    script = ROOT / ".ci" / "run"
    assert script.stat().st_mode & 0o111
    assert "make test" in script.read_text(encoding="utf-8")


def _pins(text: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==([^ ;\\]+)", text, re.MULTILINE))


def _found(tree: dict[str, str], pattern: re.Pattern[str], allowed: dict[str, str]) -> list[str]:
    return [
        f"{name}:{number} {line.strip()[:80]}"
        for name, text in tree.items()
        if name not in allowed
        for number, line in enumerate(text.splitlines(), start=1)
        if pattern.search(line)
    ]
