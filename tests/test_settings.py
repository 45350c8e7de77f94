"""Reading settings: sources, aliases, and what the operator is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import SecretStr, field_validator

from dragoman.errors import SettingsError
from dragoman.settings import Section, environment, load, named, unknown, variables

pytestmark = pytest.mark.unit


class Door(Section):
    port: int = named("DRAGOMAN_PORT", "PORT", default=5050, help="the port, 1 to 65535")
    key: SecretStr = named("DRAGOMAN_KEY", help="the key from the console")
    names: list[str] = named("NAMES", default=[], help="a JSON list of names")

    @field_validator("port")
    @classmethod
    def _exists(cls, value: int) -> int:
        if value > 65535:
            raise ValueError("is not a port")
        return value


def problems(env: dict[str, str]) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        load(Door, env)
    return caught.value.problems


def test_reads_by_the_proper_name_and_by_an_older_one() -> None:
    assert load(Door, {"DRAGOMAN_KEY": "k", "PORT": "7"}).port == 7
    assert load(Door, {"DRAGOMAN_KEY": "k", "PORT": "7", "DRAGOMAN_PORT": "8"}).port == 8


def test_an_empty_variable_is_not_set() -> None:
    assert load(Door, {"DRAGOMAN_KEY": "k", "PORT": "  "}).port == 5050
    assert problems({"DRAGOMAN_KEY": ""}) == problems({})


def test_a_missing_variable_is_named_with_its_help() -> None:
    expected = "DRAGOMAN_KEY: is missing. Set it in the environment or in .env: the key from the console."
    assert problems({}) == [expected]


def test_all_problems_are_told_at_once_one_line_each() -> None:
    told = problems({"PORT": "abc"})
    assert len(told) == 2
    assert not any("\n" in line for line in told)


def test_a_wrong_value_is_shown_under_the_name_that_was_used() -> None:
    (line,) = problems({"DRAGOMAN_KEY": "k", "PORT": "70000"})
    assert line == (
        "PORT (the proper name is DRAGOMAN_PORT): is not a port (it is '70000'). It is to be: the port, 1 to 65535."
    )


def test_broken_json_names_its_variable() -> None:
    (line,) = problems({"DRAGOMAN_KEY": "k", "NAMES": "a, b"})
    assert line.startswith("NAMES: ")


def test_a_secret_is_never_shown() -> None:
    class Strict(Section):
        key: SecretStr | None = named("KEY", default=None, help="a key")

        @field_validator("key")
        @classmethod
        def _never(cls, _value: SecretStr) -> SecretStr:
            raise ValueError("is wrong")

    with pytest.raises(SettingsError) as caught:
        load(Strict, {"KEY": "hush-hush"})
    assert "hush" not in str(caught.value)
    assert "KEY: is wrong" in str(caught.value)


def test_the_environment_goes_over_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / ".env"
    file.write_text("DRAGOMAN_KEY=from-file\nPORT=1\n", encoding="utf-8")
    monkeypatch.setenv("PORT", "2")
    read = load(Door, env_file=str(file))
    assert (read.key.get_secret_value(), read.port) == ("from-file", 2)


def test_a_mapping_replaces_environment_and_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DRAGOMAN_KEY", "from-process")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("DRAGOMAN_KEY=from-file\n", encoding="utf-8")
    assert problems({})
    assert environment({"A": "1", "B": ""}) == {"A": "1"}


def test_a_section_built_directly_reads_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9")
    assert Door(key=SecretStr("k")).port == 5050
    assert Door(DRAGOMAN_KEY="k", PORT=3).port == 3  # type: ignore[call-arg]  # by variable name


def test_misspelt_names_are_found() -> None:
    assert unknown(["DRAGOMAN_PROT", "DRAGOMAN_PORT", "HOME"], [Door]) == ["DRAGOMAN_PROT"]
    assert variables(Door)["port"] == ("DRAGOMAN_PORT", "PORT")
