"""Draws the plots beside the tables, as SVG files that load nothing.

    python -m benchmarks.plots results EVALUATION.json … --out results.svg
    python -m benchmarks.plots curves LOG.jsonl … --out loss.svg
    python -m benchmarks.plots growth GROWTH.jsonl --out growth.svg

`distill evaluate --json` writes an evaluation, `finetune.micro train` a log, `benchmarks.scale` a growth. A
curve has a panel of its own, over the millions of tokens of its training; all share one logarithmic scale.
"""

import argparse
import json
import math
import re
from collections.abc import Iterator, Sequence
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from distill.evaluate.charts import WIDTH, Bar, bars, text
from distill.evaluate.compare import Evaluation
from distill.evaluate.figures import FIGURES

PLOTTED = ("success", "needs_f1", "citation_accuracy", "race")
PARITY = 0.5
"""Where a report of RACE is as good as the reference."""
HEADING = 24
PANEL, TALL, GAP = 260, 150, 20
ACROSS = 3
PROPORTION = "in proportion"
LEAST, MOST = 0.01, 5.0
"""The scale of a loss."""
MARKS = (0.01, 0.03, 0.1, 0.3, 1, 3)
_HEIGHT = re.compile(r'viewBox="0 0 \d+ (\d+)"')
LINES = "polyline { fill: none; stroke: var(--bar); stroke-width: 1.5; } svg { background: var(--paper); }"


class Tick(NamedTuple):
    """A point of a training's log."""

    stage: str
    tokens: int
    loss: float


def main() -> None:
    """Draw what was asked for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.plots", description=__doc__)
    parser.add_argument("kind", choices=("results", "curves", "growth"))
    parser.add_argument("of", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    draw = {"results": results, "curves": curves, "growth": growth}[asked.kind]
    asked.out.write_text(draw(asked.of), encoding="utf-8")


def results(evaluations: Sequence[Path]) -> str:
    """Bars with intervals: each figure of each evaluation, contestants below each other."""
    charts: list[str] = []
    headings = {figure.name: figure for figure in FIGURES}
    tall = 0
    for path in evaluations:
        evaluation = Evaluation.model_validate_json(path.read_text(encoding="utf-8"))
        for name in PLOTTED:
            drawn = [Bar(s.name, s.figures[name]) for s in evaluation.standings]
            chart = bars(headings[name], drawn, PARITY if name == "race" else None)
            height = int(_HEIGHT.findall(chart)[0])
            title = f"{path.stem}, {len(evaluation.tasks)} tasks: {headings[name].heading}"
            charts += [
                f'<text x="4" y="{tall + 16}">{text(title)}</text>',
                chart.replace("<svg ", f'<svg y="{tall + HEADING}" width="{WIDTH}" height="{height}" ', 1),
            ]
            tall += HEADING + height + GAP
    return _file(WIDTH, tall, charts)


def curves(logs: Sequence[Path]) -> str:
    """The loss over the tokens of each training."""
    panels = []
    for at, path in enumerate(logs):
        ticks = [
            Tick(row["stage"], row["tokens"], row["loss"])
            for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
        ]
        x, y = (at % ACROSS) * (PANEL + GAP), (at // ACROSS) * (TALL + GAP)
        panels.append(f'<g transform="translate({x + 34} {y})">')
        panels += [*_panel(path.stem, ticks), "</g>"]
    rows = math.ceil(len(logs) / ACROSS)
    return _file(34 + ACROSS * (PANEL + GAP), rows * (TALL + GAP), panels)


def growth(measured: Sequence[Path]) -> str:
    """How long a search takes over ever more products, and how long if time grew as the products do."""
    sizes = [json.loads(line) for path in measured for line in path.read_text(encoding="utf-8").splitlines()]
    rows = [size["rows"] for size in sizes]
    lines = {"p95": [size["p95"] for size in sizes], "p50": [size["p50"] for size in sizes]}
    lines[PROPORTION] = [lines["p50"][0] * many / rows[0] for many in rows]
    most = max(map(max, lines.values()))
    wide, tall = 3 * PANEL, 2 * TALL

    def place(many: float, wait: float) -> str:
        return f"{wide * _share(many, rows[0], rows[-1]):.1f},{tall - tall * _share(wait, 0.5, most):.1f}"

    parts = ['<g transform="translate(60 20)">']
    for many in rows:
        across = place(many, most).split(",")[0]
        parts.append(f'<line class="tick" x1="{across}" x2="{across}" y1="0" y2="{tall}"/>')
        parts.append(f'<text class="tick" x="{across}" y="{tall + 16}">{many:,}</text>')
    for wait in (1, 3, 10, 30, 100, 300, 1000, 3000):
        if wait <= most:
            down = place(rows[0], wait).split(",")[1]
            parts.append(f'<line class="tick" x1="0" x2="{wide}" y1="{down}" y2="{down}"/>')
            parts.append(f'<text class="tick" x="-30" y="{down}">{wait} ms</text>')
    for name, waits in lines.items():
        points = [place(many, wait) for many, wait in zip(rows, waits, strict=True)]
        dashed = ' stroke-dasharray="4 3"' if name == PROPORTION else ""
        parts.append(f'<polyline points="{" ".join(points)}"{dashed}/>')
        across, down = points[-1].split(",")
        parts.append(f'<text x="{float(across) + 8:.1f}" y="{down}">{text(name)}</text>')
    return _file(wide + 180, tall + 50, [*parts, "</g>"])


def _share(value: float, least: float, most: float) -> float:
    """How far along a logarithmic scale a value stands."""
    return math.log(value / least) / math.log(most / least)


def _panel(name: str, ticks: Sequence[Tick]) -> Iterator[str]:
    """One training: a grid of losses, and a line for each of its stages."""
    wide, bottom = PANEL - 40, TALL - 18
    last = ticks[-1].tokens

    def place(tick: Tick) -> str:
        return f"{wide * tick.tokens / last:.1f},{_height(tick.loss, bottom):.1f}"

    yield f'<text x="{wide / 2:.0f}" y="14" text-anchor="middle">{text(name)}</text>'
    for mark in MARKS:
        y = _height(mark, bottom)
        yield f'<line class="tick" x1="0" x2="{wide}" y1="{y:.1f}" y2="{y:.1f}"/>'
        yield f'<text class="tick" x="-16" y="{y + 3:.1f}">{mark:g}</text>'
    for stage in dict.fromkeys(tick.stage for tick in ticks):
        of_stage = [tick for tick in ticks if tick.stage == stage]
        yield f'<polyline points="{" ".join(map(place, of_stage))}"/>'
        middle = of_stage[len(of_stage) // 2]
        across, down = place(middle).split(",")
        yield f'<text class="tick" x="{across}" y="{float(down) - 6:.1f}">{text(stage)}</text>'
    yield f'<text class="tick" x="{wide / 2:.0f}" y="{TALL - 3}">{last / 1e6:.1f}M tokens</text>'


def _height(loss: float, bottom: int) -> float:
    share = math.log(min(max(loss, LEAST), MOST) / LEAST) / math.log(MOST / LEAST)
    return bottom - (bottom - 22) * share


def _file(wide: float, tall: float, parts: Sequence[str]) -> str:
    style = files("distill.evaluate").joinpath("page.css").read_text(encoding="utf-8")
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {wide} {tall}" width="{wide}">',
            f"<style>{style}{LINES}</style>",
            *parts,
            "</svg>\n",
        ]
    )


if __name__ == "__main__":
    main()
