"""The page's pure modules under node (the tests beside this file), and its words read by the server's own reader."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest

from dragoman.browser import wire

pytestmark = pytest.mark.pair

HERE = Path(__file__).parent
PAGE = Path(wire.__file__).parent / "page"

SAID = """
import * as wire from {module};
const statistics = {{ late: 1, early: 2, underruns: 3, overlaps: 0, gapMs: 4.56, jitterMs: 7.8, bufferedMs: 90 }};
const said = [wire.join("token"), wire.join("token", true), wire.reached("m1"), wire.mute(true), wire.speaks("b"),
  wire.speaks("auto"), wire.language("pt-BR"), wire.original("off"), wire.original("duck", -20), wire.original("full"),
  wire.again(), wire.digit("#"), wire.interpreting(false), wire.recording(true),
  wire.playback(statistics), wire.leave(), wire.close()];
console.log(JSON.stringify(said));
"""

WEIGHT_MAX_BYTES = 200_000


def node(*given: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["node", *given], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.timeout(70)
def test_the_modules_keep_their_promises() -> None:
    tests = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    assert len(tests) >= 8
    done = node("--test", *tests)
    failed = re.findall(r"^\s*not ok .*", done.stdout, re.MULTILINE)
    assert done.returncode == 0, "\n".join(failed) + done.stderr
    assert re.search(r"^# fail 0$", done.stdout, re.MULTILINE)
    assert not re.search(r"^# pass 0$", done.stdout, re.MULTILINE)


def test_the_server_reads_all_that_the_page_says() -> None:
    done = node("--input-type=module", "-e", SAID.format(module=json.dumps((PAGE / "wire.js").as_uri())))
    assert done.returncode == 0, done.stderr
    read = [wire.decode_page(one.encode()) for one in json.loads(done.stdout)]
    assert [one for one in read if isinstance(one, wire.Breach)] == []
    assert {type(one) for one in read} == set(wire.FromPage.__args__)


def test_the_page_is_light() -> None:
    """All that a visit can load: everything but sentences, and of those English and the longest other language."""
    files = {path: path.stat().st_size for path in PAGE.rglob("*") if path.is_file()}
    texts = {path.stem: size for path, size in files.items() if path.parent.name == "texts"}
    rest = sum(size for path, size in files.items() if path.parent.name != "texts")
    heaviest = max(size for tag, size in texts.items() if tag != "en")
    assert rest + texts["en"] + heaviest < WEIGHT_MAX_BYTES


def test_nothing_of_the_page_is_inline_or_from_elsewhere() -> None:
    """It is served with a policy that forbids both; a browser says so only when it is looked at."""
    html = (PAGE / "index.html").read_text(encoding="utf-8")
    assert re.findall(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=", html) == []
    for path in PAGE.rglob("*"):
        if path.suffix in {".html", ".js", ".css"}:
            text = path.read_text(encoding="utf-8")
            assert re.findall(r"https?://(?!www\.w3\.org/)[\w.]+", text) == [], path.name
            assert "innerHTML" not in text, path.name
            assert "insertAdjacentHTML" not in text, path.name
