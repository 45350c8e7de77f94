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
from dragoman.personas import Personas
for module in pkgutil.walk_packages(dragoman.__path__, "dragoman."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
Notices.load()
assert Personas.load(None).everyone
assert len(languages()) >= 13
print(pathlib.Path(dragoman.__file__).parent)
"""

IMPORT_WITHOUT_EXTRAS = """
import importlib, importlib.abc, sys
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

def closure(name, extras, found):
    if (name, extras) in found:
        return
    found.add((name, extras))
    try:
        needs = distribution(name).requires or []
    except PackageNotFoundError:
        return
    for line in needs:
        need = Requirement(line)
        environments = [{"extra": extra} for extra in extras or ("",)]
        if need.marker is None or any(need.marker.evaluate(one) for one in environments):
            closure(canonicalize_name(need.name), tuple(sorted(need.extras)), found)

found = set()
closure("dragoman", (), found)
allowed = {name for name, _ in found}
owners = {top: {canonicalize_name(name) for name in names} for top, names in packages_distributions().items()}

class Bare(importlib.abc.MetaPathFinder):
    def find_spec(self, fullname, path=None, target=None):
        top = fullname.partition(".")[0]
        if top in owners and not owners[top] & allowed:
            raise ModuleNotFoundError(f"{fullname} is not among the dependencies", name=fullname)
        return None

for name in [name for name in sys.modules if name.partition(".")[0] == "packaging"]:
    del sys.modules[name]
sys.meta_path.insert(0, Bare())
try:
    import matplotlib
except ModuleNotFoundError:
    pass
else:
    raise SystemExit("the rule keeps nothing out")
for name in ("dragoman.app", "dragoman.cli.main", "dragoman.cli.serve", "dragoman.cli.models"):
    importlib.import_module(name)
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


@pytest.mark.timeout(60)
def test_the_server_needs_no_extra() -> None:
    """Without `[local]` and `[demo]`, with OpenAI as the engine."""
    command = [sys.executable, "-c", IMPORT_WITHOUT_EXTRAS]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
