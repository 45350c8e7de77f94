"""A picture of the call: who spoke, and what was heard when."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from dragoman.cli.demo.ears import Stretch

ROWS = (
    ("caller says", "#1f6f8b"),
    ("agent hears", "#99c1de"),
    ("agent says", "#b5651d"),
    ("caller hears", "#f2c894"),
)


BESIDE = "thin: the other's own voice beside the interpreter's"

Row = Sequence[Stretch]


def draw(
    path: Path, rows: Sequence[Row], from_s: float, to_s: float, title: str, beside: Sequence[Row] = ((), (), (), ())
) -> None:
    """Write a PNG with one bar per stretch: `rows` in the order of `ROWS`, seconds on the recordings' common clock.

    `beside`: what is heard besides in each row, as thin bars in the colour of the row above, whose voice it is.
    """
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    width = min(40.0, max(10.0, (to_s - from_s) / 6))
    figure, axes = pyplot.subplots(figsize=(width, 3.2), layout="constrained")
    for row, ((name, colour), found, voice) in enumerate(zip(ROWS, rows, beside, strict=True)):
        axes.broken_barh(_bars(found, from_s), (-row - 0.4, 0.8), facecolors=colour)
        axes.broken_barh(_bars(voice, from_s), (-row - 0.06, 0.12), facecolors=ROWS[row - 1][1])
        axes.text(-0.4, -row, name, ha="right", va="center")
    axes.set_ylim(-len(ROWS) + 0.4, 0.6)
    axes.set_xlim(0, to_s - from_s)
    axes.set_yticks([])
    axes.set_xlabel("seconds since the agent answered")
    axes.set_title(title, loc="left")
    if any(beside):
        axes.set_title(BESIDE, loc="right", fontsize="small")
    for side in ("left", "right", "top"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="x", alpha=0.3)
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _bars(found: Row, from_s: float) -> list[tuple[float, float]]:
    """(begin, length) of each, counted from `from_s`."""
    return [(one.began_s - from_s, one.ended_s - one.began_s) for one in found if one.ended_s > from_s]
