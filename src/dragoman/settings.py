"""How settings are read: environment first, then `.env`; wrong ones are reported together, each with its fix.

A provider declares its own section beside its code: a `Section` whose fields name their variable (and the older names that
are accepted) by `named`. `load` turns what is wrong into one `SettingsError` with a line per variable.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import AliasChoices, Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from dragoman.errors import SettingsError


class Section(BaseSettings):
    """A group of settings, read from the environment and `.env`."""

    model_config = SettingsConfigDict(
        env_file=".env", env_file_encoding="utf-8", extra="ignore", frozen=True, env_ignore_empty=True
    )


def named(variable: str, *aliases: str, default: Any = ..., help: str) -> Any:  # noqa: A002 - reads as documentation
    """A setting: its environment variable, the other names that are accepted, its default, and one line on what it is."""
    return Field(default, validation_alias=AliasChoices(variable, *aliases), description=help)


SectionT = TypeVar("SectionT", bound=Section)


def load(section: type[SectionT], env: Mapping[str, str] | None = None, env_file: str | None = ".env") -> SectionT:
    """Read `section`; raise SettingsError that names each missing or wrong variable and what to do.

    `env` replaces the process environment (tests, emulators).
    """
    raise NotImplementedError(os, SecretStr, ValidationError, SettingsError)
