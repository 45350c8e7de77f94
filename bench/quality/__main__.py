"""Say the bench's sentences to the embedded engine and print how well it did: `python -m bench.quality`.

`--text` translates the right text (no sound, seconds). Without it the sentences are spoken, sent at the speed of speech
to the engine's process, and what it says is recognised again. `--all` prints every sentence, `--only es` or `en` takes
one direction. Exit code 1 when a goal of the project is missed.
"""

from __future__ import annotations

import argparse
import asyncio
from pathlib import Path

from rich.console import Console

from bench.quality import calls, corpus, report, scoring, speakers
from bench.quality.corpus import Sentence
from bench.quality.report import Direction, Line
from dragoman.interpreters.local.loading import thread_count
from dragoman.interpreters.local.recognise import windows
from dragoman.interpreters.local.rendered import How, Recognised, Rendered
from dragoman.interpreters.local.settings import LocalSettings
from dragoman.interpreters.local.translate import Translator
from dragoman.interpreters.local.whisper import Whisper
from dragoman.settings import load

OUT = Path("out/quality.json")


def by_text(sentences: list[Sentence]) -> list[calls.Result]:
    """The right text translated, without sound."""
    results = []
    with Translator.open() as translator:
        for sentence in sentences:
            rendered = translator.translate(Recognised(sentence.said, sentence.source), sentence.target)
            result = calls.Result(heard=sentence.said)
            if isinstance(rendered, Rendered):
                result.text = rendered.text
            else:
                result.refused = rendered.reason.value
            results.append(result)
    return results


def listen_again(results: list[calls.Result], sentences: list[Sentence], settings: LocalSettings) -> list[str]:
    """What another listener hears in the interpreter's speech: one who never asks to repeat."""
    model = Whisper(settings.models_folder / "whisper-base", thread_count(settings.threads))
    heard = []
    for result, sentence in zip(results, sentences, strict=True):
        sounds = [model.encode(one) for one in windows(speakers.for_ears(result.audio))] if result.audio else []
        heard.append(" ".join(model.transcribe(one, sentence.target).text for one in sounds))
    return heard


def ways(results: list[calls.Result], sentences: list[Sentence]) -> list[str]:
    """How each translation was made: the same code, asked again."""
    found = []
    with Translator.open() as translator:
        for result, sentence in zip(results, sentences, strict=True):
            if not result.text:
                found.append("")
                continue
            rendered = translator.translate(Recognised(result.heard, sentence.source), sentence.target)
            found.append(rendered.how.value if isinstance(rendered, Rendered) else How.WHISPER.value)
    return found


def judge(sentences: list[Sentence], results: list[calls.Result], again: list[str], made: list[str]) -> list[Line]:
    lines = []
    for sentence, result, heard_again, how in zip(sentences, results, again, made, strict=True):
        heard = scoring.right_numbers(sentence.numbers, result.heard, sentence.source) if result.text else 0
        translated = scoring.right_numbers(sentence.numbers, result.text, sentence.target)
        spoken = scoring.right_numbers(sentence.numbers, heard_again, sentence.target)
        lines.append(
            Line(
                said=sentence.said,
                reference=sentence.reference,
                heard=result.heard,
                text=result.text,
                heard_again=heard_again,
                wanted=len(sentence.numbers),
                numbers_heard=heard,
                numbers_translated=min(translated, heard),
                numbers_spoken=min(spoken, heard),
                how=how,
                refused="" if result.text else result.refused or "no answer",
                delay_s=result.delay_s,
                chrf=scoring.chrf([result.text], [sentence.reference]),
            )
        )
    return lines


def summary(name: str, language: str, lines: list[Line], *, sound: bool) -> Direction:
    answered = [line for line in lines if line.text]
    delays = [line.delay_s for line in answered if line.delay_s is not None]
    heard = [line for line in lines if line.heard]
    wer = (
        scoring.word_error_rate([one.said for one in heard], [one.heard for one in heard], language) if sound else None
    )
    return Direction(
        name=name,
        sentences=len(lines),
        word_error_rate=wer,
        chrf=scoring.chrf([line.text for line in lines], [line.reference for line in lines]),
        chrf_answered=scoring.chrf([line.text for line in answered], [line.reference for line in answered]),
        numbers=sum(line.wanted for line in lines),
        numbers_misheard=sum(line.wanted - line.numbers_heard for line in lines),
        numbers_right_in_text=sum(line.numbers_translated for line in lines),
        numbers_right_by_ear=sum(line.numbers_spoken for line in lines) if sound else None,
        refused_percent=100.0 * (len(lines) - len(answered)) / len(lines),
        from_memory_percent=100.0 * sum(line.how == How.PHRASES.value for line in lines) / len(lines),
        delay_p50_s=report.median(delays),
        delay_p95_s=report.percentile(delays, 0.95),
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", action="store_true", help="translate the right text; no sound")
    parser.add_argument("--all", action="store_true", help="print every sentence")
    parser.add_argument("--only", choices=("es", "en"), help="one direction")
    parser.add_argument("--first", type=int, default=0, help="only the first N sentences of each direction")
    arguments = parser.parse_args()
    console = Console()
    sentences = [one for one in corpus.read() if arguments.only in (None, one.source)]
    if arguments.first:
        kept = {
            one: place
            for source in ("es", "en")
            for place, one in enumerate(s for s in sentences if s.source == source)
        }
        sentences = [one for one in sentences if kept[one] < arguments.first]
    if arguments.text:
        results = by_text(sentences)
        again = ["" for _ in sentences]
    else:
        settings = load(LocalSettings)
        console.print(f"Speaking {len(sentences)} sentences, then calling at the speed of speech: some minutes.")
        speech = speakers.speak(sentences, settings)
        results = asyncio.run(calls.interpret(sentences, speech, settings))
        again = listen_again(results, sentences, settings)
    lines = judge(sentences, results, again, ways(results, sentences))
    directions = [
        summary(f"{source} > {target}", source, chosen, sound=not arguments.text)
        for source, target in dict.fromkeys((one.source, one.target) for one in sentences)
        if (chosen := [line for line, one in zip(lines, sentences, strict=True) if one.source == source])
    ]
    if arguments.all:
        report.show_lines(console, lines)
    report.show(console, directions)
    report.write(OUT, directions, lines)
    missed = [failure for direction in directions for failure in direction.failures()]
    for failure in missed:
        console.print(f"[red]{failure}[/red]")
    return 1 if missed else 0


if __name__ == "__main__":
    raise SystemExit(main())
