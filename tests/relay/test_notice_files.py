"""Notices as files: whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from dragoman.relay.notice_files import MAX_BYTES, NoticeFiles

pytestmark = pytest.mark.unit

SOUND = bytes(range(256)) * 25
TEXT = ("Un momento, por favor.", "es", "a/b: voice")


def kept(folder: Path) -> Path:
    NoticeFiles(folder).keep(*TEXT, SOUND)
    (path,) = folder.iterdir()
    return path


def test_what_is_kept_is_found_by_another_process(tmp_path: Path) -> None:
    folder = tmp_path / "not" / "there" / "yet"
    assert NoticeFiles(folder).find(*TEXT) is None
    assert kept(folder).read_bytes() == SOUND, "plain mu-law, nothing around it"
    assert NoticeFiles(folder).find(*TEXT) == SOUND


@pytest.mark.parametrize("other", [("Otro.", *TEXT[1:]), (TEXT[0], "en", TEXT[2]), (*TEXT[:2], "c")])
def test_another_text_language_or_voice_is_another_notice(tmp_path: Path, other: tuple[str, str, str]) -> None:
    kept(tmp_path)
    assert NoticeFiles(tmp_path).find(*other) is None


@pytest.mark.parametrize("spoilt", [b"", SOUND[:-1], SOUND[:-1] + b"x", SOUND + b"x"])
def test_a_spoilt_file_is_taken_away_and_can_be_kept_again(tmp_path: Path, spoilt: bytes) -> None:
    path = kept(tmp_path)
    path.write_bytes(spoilt)
    assert NoticeFiles(tmp_path).find(*TEXT) is None
    assert not path.exists()
    assert kept(tmp_path) == path
    assert NoticeFiles(tmp_path).find(*TEXT) == SOUND


def test_keeping_twice_leaves_one_file(tmp_path: Path) -> None:
    kept(tmp_path)
    assert kept(tmp_path).read_bytes() == SOUND


def test_a_half_written_file_is_no_notice(tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.rename(path.with_suffix(".part"))
    assert NoticeFiles(tmp_path).find(*TEXT) is None


def test_a_folder_that_cannot_be_made_costs_nothing_but_the_file(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file")
    files = NoticeFiles(tmp_path / "taken" / "notices")
    files.keep(*TEXT, SOUND)
    assert files.find(*TEXT) is None


def test_a_file_that_cannot_be_read_is_as_good_as_none(tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.unlink()
    os.mkdir(path)
    assert NoticeFiles(tmp_path).find(*TEXT) is None


def test_what_is_no_file_or_far_too_large_is_never_read(tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.unlink()
    os.mkfifo(path)  # whoever opens it waits for ever
    assert NoticeFiles(tmp_path).find(*TEXT) is None
    path.unlink(missing_ok=True)
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)
    assert NoticeFiles(tmp_path).find(*TEXT) is None
    assert not path.exists()
