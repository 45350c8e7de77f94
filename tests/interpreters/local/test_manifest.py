from __future__ import annotations

import pytest

from dragoman.errors import ModelError
from dragoman.interpreters.local.manifest import Carrier, load_manifest, parse_manifest

pytestmark = pytest.mark.unit

HASH = "0" * 64


def entry(**changes: str) -> str:
    fields = {"name": '"a/b.bin"', "bytes": "3", "sha256": f'"{HASH}"', "licence": '"MIT"', "url": '"https://x.test/b"'}
    return "[[file]]\n" + "\n".join(f"{key} = {value}" for key, value in (fields | changes).items()) + "\n"


def test_the_shipped_manifest_holds_ears_voice_and_all_voices() -> None:
    manifest = load_manifest()
    names = {file.name for file in manifest.files}
    assert {"whisper-base/model.bin", "whisper-small/model.bin", "kokoro/kokoro-v1.0.int8.onnx"} <= names
    assert sum(file.group == "kokoro" and file.name.endswith(".bin") for file in manifest.files) == 54


def test_what_is_wanted_is_small_and_has_a_voice_per_language() -> None:
    wanted = load_manifest().select()
    assert sum(file.size_bytes for file in wanted) < 260_000_000
    assert not any(file.group == "whisper-small" for file in wanted)
    assert {"a", "e", "f", "i", "j", "p"} <= {file.stem[0] for file in wanted if "/voices/" in file.name}


def test_every_wanted_file_has_a_second_source() -> None:
    assert [file.name for file in load_manifest().select() if not file.pieces] == []


def test_the_big_file_is_joined_of_two_packages_in_order() -> None:
    (file,) = load_manifest().select(["whisper-base/model.bin"])
    assert [piece.package.name[-5:] for piece in file.pieces] == ["part1", "part2"]
    assert {piece.package.by for piece in file.pieces} == {Carrier.PIP}


@pytest.mark.parametrize("name", ["af_bella", "kokoro/voices/af_bella.bin", "kokoro/voices/af_bella.bin/"])
def test_a_file_is_found_by_its_short_and_whole_name(name: str) -> None:
    assert [file.stem for file in load_manifest().select([name])] == ["af_bella"]


def test_a_folder_selects_all_its_files_once() -> None:
    assert len(load_manifest().select(["whisper-base", "whisper-base/config.json"])) == 4


def test_an_unknown_name_says_where_to_look() -> None:
    with pytest.raises(ModelError, match="whisper-huge: no such model file"):
        load_manifest().select(["whisper-huge"])


@pytest.mark.parametrize(
    "broken",
    [
        entry(name='"../b.bin"'),
        entry(name='"/etc/b"'),
        entry(name='"a//b"'),
        entry(sha256='"abc"'),
        entry(bytes='"many"'),
        "[[file]]\nname = 'x'\n",
        "not toml",
        entry() + 'packages = [{ by = "cargo", name = "x", version = "1", member = "y" }]\n',
    ],
)
def test_a_broken_manifest_is_one_clear_error(broken: str) -> None:
    with pytest.raises(ModelError, match="manifest is broken"):
        parse_manifest(broken)


def test_wanted_voices_must_have_a_hash() -> None:
    text = '[voices]\nfolder="v"\nbytes=1\nlicence="L"\nurl="u{file}"\nwanted=["b"]\n'
    text += 'package={by="npm",name="n",version="1",member="m/{file}"}\n[voices.sha256]\na="' + HASH + '"\n'
    with pytest.raises(ModelError, match="'b'"):
        parse_manifest(text)
