"""The wheel: everything in it, importable where nothing of the repository is in sight."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import zipfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.house

ROOT = Path(__file__).parents[2]

IMPORT_ALL = """
import importlib, pathlib, pkgutil, dragoman
from dragoman.languages import languages
from dragoman.notices import Notices
for module in pkgutil.walk_packages(dragoman.__path__, "dragoman."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
Notices.load()
assert len(languages()) >= 13
print(pathlib.Path(dragoman.__file__).parent)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = out.glob("*.whl")
    return built


@pytest.mark.timeout(90)
def test_the_wheel_carries_every_file_of_the_package(wheel: Path) -> None:
    source = ROOT / "src"
    listed = subprocess.run(
        ["git", "ls-files", "src"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=15
    )
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    wanted = {str((ROOT / name).relative_to(source)) for name in listed.stdout.splitlines()}
    assert {name for name in wanted - names if (source / name).exists()} == set()
    assert "dragoman/py.typed" in names
    assert not any(name.startswith("tests/") for name in names)


@pytest.mark.timeout(120)
def test_it_runs_from_a_clean_environment(wheel: Path, tmp_path: Path) -> None:
    """Clean, but for the dependencies: they are borrowed from this environment, our own code is not."""
    home = tmp_path / "env"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True, timeout=60)
    python = home / "bin" / "python"
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--no-deps", "--no-index", str(wheel)]
    done = subprocess.run(install, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run([python, "-c", IMPORT_ALL], cwd=tmp_path, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == str(site / "dragoman")
    done = subprocess.run([home / "bin" / "dragoman", "--help"], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "Commands" in done.stdout
