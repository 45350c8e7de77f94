"""Loading the real parts, and the engine's process with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from dragoman.errors import ModelError
from dragoman.interpreters.local.loading import load_ears, load_parts, needed, thread_count
from dragoman.interpreters.local.settings import LocalSettings

pytestmark = [pytest.mark.models, pytest.mark.timeout(120)]


def test_one_core_is_left_to_the_calls(monkeypatch: pytest.MonkeyPatch) -> None:
    for cores, threads in ((1, 1), (2, 1), (8, 7), (None, 1)):
        monkeypatch.setattr("os.cpu_count", lambda cores=cores: cores)
        assert thread_count(0) == threads
    assert thread_count(3) == 3


@pytest.mark.parametrize(
    ("asr", "folders"),
    [("base", {"whisper-base", "kokoro"}), ("small", {"whisper-small", "kokoro"}), ("/my/own", {"kokoro"})],
)
def test_only_the_files_that_are_used_are_needed(asr: str, folders: set[str]) -> None:
    settings = LocalSettings.model_construct(asr=asr)
    assert {file.group for file in needed(settings)} == folders


def test_missing_files_are_told_before_anything_is_loaded(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"whisper-base/model\.bin: missing"):
        load_parts(LocalSettings(models=tmp_path))


def test_a_folder_without_a_model_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="holds no Whisper model"):
        load_ears(LocalSettings(asr=str(tmp_path)))
