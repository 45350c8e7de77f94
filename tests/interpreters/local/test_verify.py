from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from dragoman.errors import ModelError
from dragoman.interpreters.local.manifest import ModelFile
from dragoman.interpreters.local.verify import State, check, require

pytestmark = pytest.mark.unit

FILE = ModelFile("a/b.bin", 5, hashlib.sha256(b"hello").hexdigest(), "MIT", "https://x.test/b")


@pytest.mark.parametrize(
    ("content", "state"),
    [(None, State.MISSING), (b"hell", State.WRONG_SIZE), (b"hallo", State.WRONG_HASH), (b"hello", State.OK)],
)
def test_states(tmp_path: Path, content: bytes | None, state: State) -> None:
    if content is not None:
        (tmp_path / "a").mkdir()
        (tmp_path / "a/b.bin").write_bytes(content)
    assert check(FILE, tmp_path) is state


def test_require_names_every_wrong_file_and_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"(?s)a/b\.bin: missing.*dragoman models fetch"):
        require([FILE], tmp_path)
