"""A transcript as a file."""

from __future__ import annotations

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dragoman.domain.room import PartyId, TranscriptForm
from dragoman.relay.room_transcript import Line
from dragoman.relay.subtitles import LEAST_S, LONGEST_S, written

pytestmark = pytest.mark.unit


def line(
    began_s: float = 1.25,
    ended_s: float = 3.5,
    source: str = "\u00bfD\u00f3nde est\u00e1?",
    target: str = "Where is it?",
    name: str = "Ann",
) -> Line:
    return Line(PartyId("p1"), name, began_s, ended_s, "es", source, "en", target)


def file(form: TranscriptForm, *lines: Line) -> str:
    return written(lines, form, room="r1", began_at=1_700_000_000.0)


def test_plain_text() -> None:
    assert file(TranscriptForm.TEXT, line(), line(3661.0, 3662.0, "Gracias.", "", "")) == (
        "[00:00:01] Ann, es: \u00bfD\u00f3nde est\u00e1?\n           en: Where is it?\n[01:01:01] p1, es: Gracias.\n"
    )


def test_json() -> None:
    read = json.loads(file(TranscriptForm.JSON, line()))
    assert read["room"] == "r1"
    assert read["lines"] == [
        {
            "party": "p1",
            "name": "Ann",
            "began_s": 1.25,
            "ended_s": 3.5,
            "source": {"language": "es", "text": "\u00bfD\u00f3nde est\u00e1?"},
            "target": {"language": "en", "text": "Where is it?"},
        }
    ]


def test_srt() -> None:
    assert file(TranscriptForm.SRT, line(), line(4.0, 4.1, "S\u00ed.", "Yes.")) == (
        "1\n00:00:01,250 --> 00:00:03,500\nAnn: \u00bfD\u00f3nde est\u00e1?\nWhere is it?\n\n"
        "2\n00:00:04,000 --> 00:00:05,200\nAnn: S\u00ed.\nYes.\n\n"
    )


def test_vtt() -> None:
    assert file(TranscriptForm.VTT, line()) == (
        "WEBVTT\n\n1\n00:00:01.250 --> 00:00:03.500\n"
        "<v Ann><lang es>\u00bfD\u00f3nde est\u00e1?</lang>\n<lang en>Where is it?</lang>\n\n"
    )


def test_what_is_said_breaks_no_file() -> None:
    hostile = line(source="a\n\n2\n00:00:00,000 --> 00:00:09,000\n<b>", target="<v Bob> & --> x", name="<i>\n-->")
    srt = file(TranscriptForm.SRT, hostile)
    assert srt.count("-->") == 1
    assert "<" not in srt
    vtt = file(TranscriptForm.VTT, hostile)
    assert vtt.count("-->") == 1
    assert "&lt;v Bob&gt; &amp; --&gt; x" in vtt
    assert len(srt.strip().split("\n\n")) == 1
    styled = file(TranscriptForm.SRT, line(source="{\\an8}a", name="\n"))
    assert "{\\" not in styled
    assert len(styled.split("\n\n")) == 2


def test_nothing_was_said() -> None:
    assert [file(form) for form in (TranscriptForm.TEXT, TranscriptForm.SRT, TranscriptForm.VTT)] == [
        "",
        "",
        "WEBVTT\n\n",
    ]


def test_long_words_are_shown_until_they_are_read_but_not_for_ever() -> None:
    short, long, spoken = line(0.0, 0.1, "S\u00ed.", ""), line(0.0, 0.1, "x" * 900, ""), line(0.0, 20.0)
    ends = [file(TranscriptForm.VTT, one).split("--> ")[1][:12] for one in (short, long, spoken)]
    assert ends == [f"00:00:{LEAST_S:06.3f}", f"00:00:{LONGEST_S:06.3f}", "00:00:20.000"]


TEXTS = st.text(max_size=60)
LINES = st.builds(line, st.floats(0, 90_000), st.floats(0, 90_000), TEXTS.filter(str.strip), TEXTS, TEXTS)


def _seconds(clock: str) -> float:
    hours, minutes, rest = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60 + float(rest.replace(",", "."))


@given(st.lists(LINES, max_size=4))
def test_every_cue_ends_after_it_begins_and_is_one_block(lines: list[Line]) -> None:
    blocks = file(TranscriptForm.SRT, *lines).split("\n\n")
    assert len(blocks) == len(lines) + 1
    for block in blocks[:-1]:
        times = re.match(r"\d+\n(\S+) --> (\S+)\n", block)
        assert times is not None
        assert _seconds(times[1]) < _seconds(times[2])
