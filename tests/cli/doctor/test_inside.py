"""What the doctor sees on this machine."""

from __future__ import annotations

import importlib.machinery
import importlib.util
from pathlib import Path

import pytest

from dragoman.cli.doctor.findings import Finding, Verdict
from dragoman.cli.doctor.inside import look_inside
from dragoman.interpreters.local import apertium
from dragoman.interpreters.local.process import INSTALL
from tests.fakes.surroundings import settings

pytestmark = pytest.mark.unit


def bad(findings: list[Finding]) -> dict[str, str]:
    """What is wrong: what was found to its fix."""
    return {f"{one.what}: {one.found}": one.fix for one in findings if one.verdict is Verdict.WRONG}


def texts(findings: list[Finding]) -> list[str]:
    return [f"{one.what}: {one.found}" for one in findings]


def test_all_is_well() -> None:
    found, findings = look_inside(settings())
    assert bad(findings) == {}
    assert "engine: echo (DRAGOMAN_ENGINE=echo)" in texts(findings)
    assert [engine.name for engine in found.engines] == ["echo"]
    assert found.app is not None
    assert found.carrier is not None


def test_browsers_alone_need_no_telephone_and_keep_no_secret_yet(tmp_path: Path) -> None:
    env = {"DRAGOMAN_BROWSER": "true", "DRAGOMAN_ENGINE": "echo", "XDG_STATE_HOME": str(tmp_path)}
    found, findings = look_inside(env)
    assert found.browsers_alone
    assert bad(findings) == {"browser mode: nobody could log in": "set DRAGOMAN_BROWSER_TOKEN"}
    assert "telephone: not set: browsers only" in texts(findings)
    assert f"DRAGOMAN_SECRET: will be made and kept in {tmp_path / 'dragoman'}" in texts(findings)
    assert not any(one.what in ("personas", "store of living calls") for one in findings)
    assert list(tmp_path.iterdir()) == []
    _, findings = look_inside(env | {"DRAGOMAN_BROWSER_TOKEN": "t" * 16})
    assert bad(findings) == {}
    assert "browser mode: on, at http://localhost:5050/" in texts(findings)
    _, findings = look_inside(env | {"TWILIO_AUTH_TOKEN": "t" * 32})
    assert "setting: TWILIO_ACCOUNT_SID: is missing" in bad(findings)


def test_what_is_missing_comes_with_what_to_do() -> None:
    found, findings = look_inside({})
    told = bad(findings)
    assert told["setting: TWILIO_AUTH_TOKEN: is missing"].startswith("Set it in the environment or in .env")
    assert "setting: PUBLIC_URL: is missing" in told
    assert found.app is None
    assert found.engines == ()


def test_a_wrong_value_comes_with_what_it_is_to_be() -> None:
    _, findings = look_inside(settings(API_PORT="70000"))
    ((found, fix),) = bad(findings).items()
    assert found.startswith("setting: API_PORT: is not a port")
    assert fix.startswith("It is to be: the port to listen on")


def test_the_store_of_living_calls_is_tried(tmp_path: Path) -> None:
    _, findings = look_inside(settings())
    assert "store of living calls: off: a restart loses the calls that run (DRAGOMAN_DATABASE)" in texts(findings)
    _, findings = look_inside(settings(DRAGOMAN_DATABASE=str(tmp_path / "calls.sqlite")))
    assert "store of living calls: works; 0 calls in it" in texts(findings)
    (tmp_path / "file").touch()
    for nowhere, wrong in (
        (str(tmp_path / "file" / "calls.sqlite"), "store of living calls: the store failed: FileExistsError"),
        ("mysql+nodriver://host/name", "store of living calls: DRAGOMAN_DATABASE: mysql+nodriver cannot be used"),
    ):
        _, findings = look_inside(settings(DRAGOMAN_DATABASE=nowhere))
        assert [found for found in bad(findings) if found.startswith(wrong)], bad(findings)


def test_misspelt_variables_are_noted() -> None:
    _, findings = look_inside(settings(DRAGOMAN_ENGIN="x"))
    (told,) = [one for one in findings if one.verdict is Verdict.NOTE and one.what == "settings"]
    assert "DRAGOMAN_ENGIN" in told.found


def test_files_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    broken = tmp_path / "broken.toml"
    broken.write_text("[[", encoding="utf-8")
    for name in ("DRAGOMAN_GLOSSARY", "DRAGOMAN_LANGUAGES", "DRAGOMAN_NOTICES"):
        for file in (broken, tmp_path / "none.toml"):
            _, findings = look_inside(settings(**{name: str(file)}))
            assert len(bad(findings)) == 1
            assert file.name in next(iter(bad(findings)))


def test_an_unknown_engine_is_told() -> None:
    _, findings = look_inside(settings(DRAGOMAN_ENGINE="babelfish"))
    assert any("babelfish" in found for found in bad(findings))


def test_left_out_languages_are_noted_and_an_empty_menu_is_wrong(tmp_path: Path) -> None:
    file = tmp_path / "languages.toml"
    _, findings = look_inside(settings(OPENAI_API_KEY="sk-test", DRAGOMAN_ENGINE="translation"))
    assert bad(findings) == {}
    names = ("en", "es", "fr", "zh", "hi", "pt", "de", "ja", "ko", "it", "ru", "id", "vi")
    file.write_text("".join(f"{name} = false\n" for name in names if name != "en") + '[en]\nkey = ""\n', "utf-8")
    _, findings = look_inside(settings(DRAGOMAN_LANGUAGES=str(file)))
    assert "menu: no language that is offered has a key" in bad(findings)


def test_weights_that_are_not_there_are_told(tmp_path: Path) -> None:
    _, findings = look_inside(settings(DRAGOMAN_ENGINE=None, DRAGOMAN_MODELS=str(tmp_path)))
    told = {found: fix for found, fix in bad(findings).items() if "model files are not ready" in found}
    assert list(told.values()) == ["dragoman models fetch"]
    assert "\n" not in next(iter(told))


def test_programs_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(apertium, "installed", lambda *_pair: False)
    _, findings = look_inside(settings(DRAGOMAN_ENGINE="local", DRAGOMAN_MODELS=str(tmp_path)))
    assert any(fix.startswith("apt-get install apertium") for fix in bad(findings).values())


def test_packages_that_are_not_there_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    real = importlib.util.find_spec

    def without(name: str, package: str | None = None) -> importlib.machinery.ModuleSpec | None:
        return None if name == "kokoro_onnx" else real(name, package)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    _, findings = look_inside(settings(DRAGOMAN_ENGINE="local"))
    assert bad(findings) == {"embedded engine: these packages are missing: kokoro_onnx": INSTALL}
