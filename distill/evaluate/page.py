"""Evaluations as one HTML page: own style inline, no script, nothing loaded, plots as inline SVG.

All text goes through `charts.text`, the one place where it is escaped.
"""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from hashlib import sha256
from importlib.resources import files

from agent.report.lines import many
from distill.evaluate.ablate import Ablation, PaperRow
from distill.evaluate.charts import Bar, bars, text
from distill.evaluate.compare import Evaluation
from distill.evaluate.figures import FIGURES, Figure, shown
from distill.evaluate.intervals import Interval
from distill.evaluate.race import PARITY_NOTE
from distill.evaluate.table import ABLATED, pass_rows, race_notes
from distill.rubric import DIMENSIONS

PLOTTED = ("success", "needs_f1", "products_fit", "citation_accuracy", "opened", "race")
PARITY = 0.5
TASKS = 200
"""Tasks listed with what became of them."""


def evaluation_page(evaluation: Evaluation) -> str:
    """The page of an evaluation."""
    title = f"Evaluation on {many(len(evaluation.tasks), 'task')}"
    names = [s.name for s in evaluation.standings]
    head = f"{many(evaluation.k, 'run')} of each; means with bootstrap 95 % intervals over tasks."
    race = f"RACE by {evaluation.judge}, beside {evaluation.reference}; 50 is parity."
    body = [
        f"<h1>{text(title)}</h1>",
        _note(f"{head} {race}"),
        *_charts([(s.name, s.figures) for s in evaluation.standings]),
        "<h2>All figures</h2>",
        _table(
            ["", *names],
            [
                ["tasks", *(f"{s.n:,}" for s in evaluation.standings)],
                *([f.heading, *(shown(s.figures[f.name], f) for s in evaluation.standings)] for f in FIGURES),
                *pass_rows(evaluation),
            ],
        ),
        *map(_note, race_notes(evaluation)),
        "<h2>Differences to the rules on the same tasks</h2>",
        _table(
            ["", *names],
            [[f.heading, *(shown(s.against[f.name], f) for s in evaluation.standings)] for f in FIGURES],
        ),
        "<h2>Tasks</h2>",
        *_tasks(evaluation),
    ]
    return _page(title, body)


def ablation_page(ablation: Ablation) -> str:
    """The page of an ablation."""
    title = "What supervision is worth"
    figures = [f for f in FIGURES if f.name in ABLATED]
    said = ablation.paper
    body = [
        f"<h1>{text(title)}</h1>",
        _note(f"{ablation.heading}. RACE by {ablation.judge}, beside {ablation.reference}."),
        *_charts([(c.cell.name, c.figures) for c in ablation.cells]),
        "<h2>All settings</h2>",
        _table(
            ["supervision", "n", "finished", *(f.heading for f in figures)],
            [
                [c.cell.name, f"{c.n}", f"{c.finished}", *(shown(c.figures[f.name], f) for f in figures)]
                for c in ablation.cells
            ],
        ),
        _note(PARITY_NOTE),
        "<h2>Differences to no supervision</h2>",
        _table(
            ["supervision", *(f.heading for f in figures)],
            [[c.cell.name, *(shown(c.against[f.name], f) for f in figures)] for c in ablation.cells[1:]],
        ),
        f"<h2>The paper: {text(said.heading)}</h2>",
        _table(
            ["system", "RACE", *(d.replace("_", " ") for d in DIMENSIONS), "E.Prod"],
            [[r.system, *(f"{v:.2f}" for v in _figures_of(r))] for r in said.table],
        ),
        f"<p>Report quality {said.rounds.first:.2f} in round 1 and {said.rounds.sixth:.2f} in round 6.</p>",
    ]
    return _page(title, body)


def _figures_of(row: PaperRow) -> Iterator[float]:
    """RACE, its dimensions in their order, and E.Prod."""
    yield from (row.race, row.comprehensiveness, row.depth, row.instruction_following, row.readability)
    yield row.products


def _charts(drawn: Sequence[tuple[str, dict[str, Interval | None]]]) -> Iterator[str]:
    by_name = {f.name: f for f in FIGURES}
    yield '<div class="charts">'
    for name in PLOTTED:
        yield _chart(by_name[name], drawn)
    yield '</div>\n<h2>RACE by dimension</h2>\n<div class="charts">'
    for dimension in DIMENSIONS:
        yield _chart(by_name[f"race_{dimension}"], drawn)
    yield "</div>"


def _chart(figure: Figure, drawn: Sequence[tuple[str, dict[str, Interval | None]]]) -> str:
    heading = text(figure.heading.removeprefix("… "))
    parity = PARITY if figure.name.startswith("race") else None
    shown_bars = [Bar(name, figures[figure.name]) for name, figures in drawn]
    return f"<section><h3>{heading}</h3>\n{bars(figure, shown_bars, parity)}\n</section>"


def _tasks(evaluation: Evaluation) -> Iterator[str]:
    """What was asked, and in how many of its runs each contestant succeeded."""
    names = [s.name for s in evaluation.standings]
    won: dict[tuple[str, str], int] = {}
    for row in evaluation.rows:
        key = (row.task, row.contestant)
        won[key] = won.get(key, 0) + int(row.scores.success)
    rows = [
        [t.question, t.family, t.answer, *(_won(won.get((t.task, name)), evaluation.k) for name in names)]
        for t in evaluation.tasks[:TASKS]
    ]
    yield _table(["question", "family", "answers", *names], rows, first="question")
    if len(evaluation.tasks) > TASKS:
        yield _note(f"The first {TASKS} of {len(evaluation.tasks):,} tasks.")


def _won(runs: int | None, k: int) -> str:
    return "–" if runs is None else f"{runs}/{k}"


def _note(said: str) -> str:
    return f'<p class="note">{text(said)}</p>'


def _table(head: Sequence[str], rows: Sequence[Sequence[str]], first: str = "") -> str:
    heads = "".join(f"<th>{text(h)}</th>" for h in head)
    lines = []
    kind = f' class="{first}"' if first else ""
    for row in rows:
        cells = [f"<td{kind if at == 0 else ''}>{text(cell)}</td>" for at, cell in enumerate(row)]
        lines.append(f"<tr>{''.join(cells)}</tr>")
    body = "\n".join(lines)
    table = f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{body}\n</tbody>"
    return f'<div class="wide"><table>\n{table}\n</table></div>'


def _page(title: str, body: Sequence[str]) -> str:
    style = files("distill.evaluate").joinpath("page.css").read_text(encoding="utf-8")
    digest = b64encode(sha256(style.encode("utf-8")).digest()).decode("ascii")
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        f"<title>{text(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n<main>\n"
        + "\n".join(body)
        + "\n</main>\n</body>\n</html>\n"
    )
