"""Complaints about operators' files carry the right line."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from dragoman.errors import SettingsError
from dragoman.toml_file import TomlFile

pytestmark = pytest.mark.unit


class Leaf(msgspec.Struct, forbid_unknown_fields=True):
    word: str = ""
    times: int = 0


class Tree(msgspec.Struct, forbid_unknown_fields=True):
    title: str = ""
    leaf: list[Leaf] = []
    root: dict[str, int] = {}


def read(text: str) -> Tree:
    file = TomlFile("tree.toml", text)
    return file.convert(file.tables, Tree)


def complaint(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        read(text)
    (line,) = caught.value.problems
    return line


def test_reads_what_is_right() -> None:
    assert read('title = "t"\n[[leaf]]\nword = "w"\n') == Tree("t", [Leaf("w")])


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("title = 3\n", "tree.toml, line 1: title: "),
        ('\n\n[[leaf]]\nword = "a"\n\n[[leaf]]\nword = 7\n', "tree.toml, line 7: leaf[2].word: "),
        (
            '[[leaf]]\nword = "a"\n[[leaf]]\n# a note\nwrod = "b"\n',
            "tree.toml, line 5: leaf[2].wrod: there is no setting",
        ),
        ('title = """\n[[leaf]]\nx = 1\n"""\nextra = 2\n', "tree.toml, line 5: extra: there is no setting"),
        ('[root]\n"a b" = "no"\n', "tree.toml, line 1: root"),
        ("leaf = 3\n", "tree.toml, line 1: leaf: "),
        ("[[leaf]]\n[leaf.word]\nx = 1\n", "tree.toml, line 2: leaf[1].word: "),
        ("[[leaf]]\n[[leaf]]\n[leaf.vein]\nx = 1\n", "tree.toml, line 3: leaf[2].vein: there is no setting"),
        ("title = \n", "tree.toml: is not TOML: "),
    ],
)
def test_says_where_it_is_wrong(text: str, start: str) -> None:
    assert complaint(text).startswith(start)


def test_toml_errors_keep_their_own_line_number() -> None:
    assert "line 3" in complaint('title = "a"\n\ntitle == 3\n')


def test_problems_of_ours_get_a_line_too() -> None:
    file = TomlFile("tree.toml", "[a]\nb = 1\n")
    assert file.problem("is silly", ("a", "b")).problems == ["tree.toml, line 2: a.b: is silly"]
    assert file.problem("is silly").problems == ["tree.toml: is silly"]


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="no such file"):
        TomlFile.read(tmp_path / "absent.toml")
    with pytest.raises(SettingsError, match="cannot be read"):
        TomlFile.read(tmp_path)
    with pytest.raises(SettingsError, match=r"^DRAGOMAN_GLOSSARY: .*absent\.toml: there is no such file"):
        TomlFile.read(tmp_path / "absent.toml", "DRAGOMAN_GLOSSARY")
    (tmp_path / "latin.toml").write_bytes(b'a = "\xe9"')
    with pytest.raises(SettingsError, match="not UTF-8"):
        TomlFile.read(tmp_path / "latin.toml")
