"""A room's transcript as a file: plain text, JSON, and the two forms of subtitles that players read. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import Final

from dragoman.domain.room import TranscriptForm
from dragoman.relay.room_transcript import Line

LEAST_S: Final = 1.2
"""A subtitle is shown for so long at least..."""

READING_CHARS_PER_S: Final = 17.0
"""...and as long as it takes to read it..."""

LONGEST_S: Final = 10.0
"""...but for no longer than this after its words were said."""


def written(lines: Sequence[Line], form: TranscriptForm, *, room: str, began_at: float) -> str:
    """The whole file. `began_at`: when the room was opened, Unix time."""
    match form:
        case TranscriptForm.TEXT:
            return "".join(_text(line) for line in lines)
        case TranscriptForm.JSON:
            return _json(lines, room, began_at)
        case TranscriptForm.SRT:
            return "".join(_srt(lines))
        case TranscriptForm.VTT:
            return "WEBVTT\n\n" + "".join(_vtt(lines))


def _sides(line: Line) -> list[tuple[str, str]]:
    """Language and text of what was said, and of what was made of it."""
    both = [(line.source_language, line.source_text), (line.target_language, line.target_text)]
    return [(language, " ".join(text.split())) for language, text in both if text.strip()]


def _name(line: Line) -> str:
    return " ".join(line.name.split())


def _text(line: Line) -> str:
    who = f"{_name(line)}, " if _name(line) else f"{line.party}, "
    first, *rest = _sides(line)
    return "".join(
        [
            f"[{_clock(line.began_s, ',')[:8]}] {who}{first[0]}: {first[1]}\n",
            *(f"           {language}: {text}\n" for language, text in rest),
        ]
    )


def _json(lines: Sequence[Line], room: str, began_at: float) -> str:
    entries = [
        {
            "party": line.party,
            "name": line.name,
            "began_s": line.began_s,
            "ended_s": line.ended_s,
            "source": {"language": line.source_language, "text": line.source_text},
            "target": {"language": line.target_language, "text": line.target_text},
        }
        for line in lines
    ]
    whole = {"room": room, "began_at": round(began_at, 3), "lines": entries}
    return json.dumps(whole, ensure_ascii=False, indent=2) + "\n"


def _srt(lines: Sequence[Line]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        times = f"{_clock(line.began_s, ',')} --> {_clock(_shown_until_s(line), ',')}"
        who = f"{_plain(_name(line))}: " if _name(line) else ""
        texts = "\n".join(_plain(text) for _, text in _sides(line))
        yield f"{number}\n{times}\n{who}{texts}\n\n"


def _plain(text: str) -> str:
    """Players take an arrow for a time, angle brackets and a backslash in braces for a style."""
    return text.replace("{\\", "{ \\").replace("-->", "\u2192").replace("<", "\u2039").replace(">", "\u203a")


def _vtt(lines: Sequence[Line]) -> Iterator[str]:
    for number, line in enumerate(lines, start=1):
        times = f"{_clock(line.began_s, '.')} --> {_clock(_shown_until_s(line), '.')}"
        texts = "\n".join(f"<lang {language}>{_escaped(text)}</lang>" for language, text in _sides(line))
        who = f"<v {_escaped(_name(line))}>" if _name(line) else ""
        yield f"{number}\n{times}\n{who}{texts}\n\n"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _shown_until_s(line: Line) -> float:
    chars = sum(len(text) for _, text in _sides(line))
    read_s = min(max(LEAST_S, chars / READING_CHARS_PER_S), LONGEST_S)
    return max(line.ended_s, line.began_s + read_s)


def _clock(seconds: float, point: str) -> str:
    """`00:00:01,250`."""
    ms = round(seconds * 1000)
    return f"{ms // 3_600_000:02}:{ms // 60_000 % 60:02}:{ms // 1000 % 60:02}{point}{ms % 1000:03}"
