"""How settings are read: environment first, then `.env`; wrong ones are reported together, each with its fix.

A provider declares its own section beside its code: a `Section` whose fields name their variable (and the older names
that are accepted) by `named`. `load` turns what is wrong into one `SettingsError` with a line per variable.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar, get_args

from dotenv import dotenv_values
from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

from dragoman.errors import SettingsError


class Section(BaseSettings):
    """A group of settings. `load` reads it from the environment and `.env`; built directly it reads nothing.

    Built directly (tests, emulators) it takes its fields by field name or by variable name.
    """

    model_config = SettingsConfigDict(
        env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True, populate_by_name=True
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what is passed in: nothing is read from the process behind our back."""
        return (init_settings,)


def named(variable: str, *aliases: str, default: Any = ..., help: str) -> Any:
    """A setting: its variable, the other names that are accepted, its default, and one line on what it is."""
    return Field(default, validation_alias=AliasChoices(variable, *aliases), description=help)


SectionT = TypeVar("SectionT", bound=Section)


def load(section: type[SectionT], env: Mapping[str, str] | None = None, env_file: str | None = ".env") -> SectionT:
    """Read `section`; raise SettingsError that names each missing or wrong variable and what to do.

    `env` replaces the process environment and `.env` (tests, emulators). An empty variable counts as not set.
    """
    values = environment(env, env_file)
    try:
        return section(**_picked(section, values))
    except ValidationError as broken:
        problems = [_line(section, values, error) for error in broken.errors(include_url=False)]
        raise SettingsError(problems) from None


def environment(env: Mapping[str, str] | None = None, env_file: str | None = ".env") -> dict[str, str]:
    """All variables in force: `env` alone when given, else the process environment over `.env`; no empty ones.

    Raises SettingsError when the file is not UTF-8 text.
    """
    if env is not None:
        return {name: value for name, value in env.items() if value.strip()}
    try:
        from_file = dotenv_values(env_file, encoding="utf-8") if env_file else {}
    except UnicodeDecodeError:
        raise SettingsError([f"{env_file}: is not UTF-8 text. Save it as UTF-8."]) from None
    merged = {**from_file, **os.environ}
    return {name: value for name, value in merged.items() if value and value.strip()}


def variables(section: type[Section]) -> dict[str, tuple[str, ...]]:
    """Field name to the variable names that it is read from, the proper one first."""
    return {field: _names(field, declared) for field, declared in section.model_fields.items()}


def unknown(names: Iterable[str], sections: Iterable[type[Section]], prefix: str = "DRAGOMAN_") -> list[str]:
    """Variables with our prefix that no section reads: most likely misspelt."""
    known = {name for section in sections for names in variables(section).values() for name in names}
    return sorted(name for name in names if name.startswith(prefix) and name not in known)


class _Variables(EnvSettingsSource):
    """Broken JSON in a list or a mapping is left as text, so that validation names the variable."""

    def decode_complex_value(self, field_name: str, field: FieldInfo, value: Any) -> Any:
        try:
            return super().decode_complex_value(field_name, field, value)
        except ValueError:
            return value


def _picked(section: type[Section], values: Mapping[str, str]) -> dict[str, Any]:
    source = _Variables(section, case_sensitive=True, env_ignore_empty=True)
    source.env_vars = values
    return source()


def _names(field: str, declared: FieldInfo) -> tuple[str, ...]:
    alias = declared.validation_alias
    if isinstance(alias, AliasChoices):
        return tuple(choice for choice in alias.choices if isinstance(choice, str))
    return (alias,) if isinstance(alias, str) else (field,)


def _line(section: type[Section], values: Mapping[str, str], error: ErrorDetails) -> str:
    """One problem as one line: the variable, what is wrong, what to do."""
    where = str(error["loc"][0]) if error["loc"] else ""
    field = next((one for one, names in variables(section).items() if where in (one, *names)), None)
    if field is None:
        return _reason(error)
    declared = section.model_fields[field]
    names = _names(field, declared)
    used = next((name for name in names if name in values), names[0])
    called = used if used == names[0] else f"{used} (the proper name is {names[0]})"
    help_text = (declared.description or "").rstrip(".")
    if error["type"] == "missing":
        return f"{called}: is missing. Set it in the environment or in .env: {help_text}."
    shown = "" if _secret(declared.annotation) or used not in values else f" (it is {values[used]!r})"
    return f"{called}: {_reason(error)}{shown}. It is to be: {help_text}."


def _reason(error: ErrorDetails) -> str:
    """Pydantic's message without its prefix for our own ValueErrors."""
    return error["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, ").rstrip(".")


def _secret(annotation: object) -> bool:
    return annotation is SecretStr or any(_secret(inner) for inner in get_args(annotation))


def is_loopback(host: str) -> bool:
    """Whether `host` (a name or an address) is this machine."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
