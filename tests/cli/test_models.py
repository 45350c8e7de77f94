"""`dragoman models`, on a manifest of two small files."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dragoman.cli import models
from dragoman.interpreters.local.manifest import Manifest, ModelFile

pytestmark = pytest.mark.unit

CONTENT = b"weights"
DIGEST = hashlib.sha256(CONTENT).hexdigest()
MANIFEST = Manifest(
    (
        ModelFile("ears/model.bin", len(CONTENT), DIGEST, "MIT", "http://127.0.0.1:9/model.bin"),
        ModelFile("extra/big.bin", len(CONTENT), DIGEST, "Apache-2.0", "http://127.0.0.1:9/big.bin", wanted=False),
    )
)


@pytest.fixture(autouse=True)
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and a folder of the user's that holds everything."""
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("model.bin", "big.bin"):
        (mine / name).write_bytes(CONTENT)
    monkeypatch.setenv("DRAGOMAN_MODELS", str(tmp_path / "cache"))
    monkeypatch.setenv("DRAGOMAN_MODELS_FROM", str(mine))
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(models, "load_manifest", lambda: MANIFEST)
    return tmp_path / "cache"


def run(*words: str) -> int:
    return int(models.models_app(list(words), result_action="return_value"))


def test_fetch_brings_what_is_wanted(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("fetch") == 0
    assert (place / "ears/model.bin").read_bytes() == CONTENT
    assert not (place / "extra").exists()
    assert "1 files fetched" in capsys.readouterr().err


def test_fetch_brings_what_is_named(place: Path) -> None:
    assert run("fetch", "big") == 0
    assert (place / "extra/big.bin").exists()


def test_fetch_tells_what_could_not_be_had(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DRAGOMAN_MODELS_FROM", "/nowhere")
    assert run("fetch") == 1
    told = capsys.readouterr().err
    assert "ears/model.bin could not be had" in told
    assert "folder /nowhere" in told


def test_an_unknown_name_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("fetch", "moon") == 1
    assert run("verify", "moon") == 1
    assert "moon: no such model file" in capsys.readouterr().err


def test_list_shows_what_is_here(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("list") == 0
    assert "big.bin" not in (before := capsys.readouterr().out)
    assert "missing" in before
    run("fetch")
    capsys.readouterr()
    assert run("list", "--all") == 0
    told = capsys.readouterr().out
    assert "big.bin" in told
    assert "ok" in told


def test_verify_finds_a_spoilt_file(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run("fetch")
    assert run("verify") == 0
    (place / "ears/model.bin").write_bytes(b"weighty")
    assert run("verify") == 1
    assert "ears/model.bin: wrong hash" in capsys.readouterr().out


def test_path_prints_the_folder(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("path") == 0
    assert capsys.readouterr().out.strip() == str(place)
