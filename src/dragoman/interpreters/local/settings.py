"""Settings of the embedded engine."""

from __future__ import annotations

from pathlib import Path

from pydantic import SecretStr, field_validator

from dragoman.settings import Section, named


class LocalSettings(Section):
    """Where the weights are, which ones, and how much of the machine the engine may take."""

    models: Path | None = named(
        "DRAGOMAN_MODELS", default=None, help="the folder for model files (default: the user's cache)"
    )
    models_from: Path | None = named(
        "DRAGOMAN_MODELS_FROM",
        default=None,
        help="a folder that already holds model files; looked into before any download",
    )
    cache_home: Path | None = named("XDG_CACHE_HOME", default=None, help="the user's cache folder (default ~/.cache)")
    asr: str = named(
        "DRAGOMAN_LOCAL_ASR", default="base", help="`base`, `small`, or a folder with a CTranslate2 Whisper model"
    )
    translation_models: Path | None = named(
        "DRAGOMAN_LOCAL_MT",
        default=None,
        help="a folder of CTranslate2 translation models, one folder per pair (`en-es`)",
    )
    token: SecretStr = named(
        "DRAGOMAN_LOCAL_TOKEN", default=SecretStr(""), help="what clients of an engine started by hand must bring"
    )
    threads: int = named("DRAGOMAN_LOCAL_THREADS", default=0, help="threads for a decode; 0 = one less than the cores")
    endpoint_ms: int = named(
        "DRAGOMAN_LOCAL_ENDPOINT_MS", default=500, help="milliseconds of silence that end an utterance, 300 to 2000"
    )
    ready_s: float = named(
        "DRAGOMAN_LOCAL_READY_S", default=60.0, help="seconds the engine's process may take to start"
    )

    @field_validator("asr")
    @classmethod
    def _known_ears(cls, value: str) -> str:
        if value in ("base", "small") or Path(value).expanduser().is_dir():
            return value
        raise ValueError("there is no such folder, and it is neither `base` nor `small`")

    @field_validator("threads")
    @classmethod
    def _sane_threads(cls, value: int) -> int:
        if 0 <= value <= 64:
            return value
        raise ValueError("it must be 0 to 64")

    @field_validator("endpoint_ms")
    @classmethod
    def _sane_endpoint(cls, value: int) -> int:
        if 300 <= value <= 2000:
            return value
        raise ValueError("it must be 300 to 2000")

    @property
    def models_folder(self) -> Path:
        """Where model files are kept."""
        if self.models is not None:
            return self.models.expanduser()
        home = self.cache_home if self.cache_home is not None else Path.home() / ".cache"
        return home / "dragoman" / "models"
