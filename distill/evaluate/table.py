"""Evaluations as plain text for the terminal: a column a contestant, a line a figure."""

from collections.abc import Iterator, Sequence

from agent.observe import shorten
from agent.report.lines import many
from distill.evaluate.ablate import Ablated, Ablation
from distill.evaluate.compare import Evaluation
from distill.evaluate.figures import FIGURES, Figure, shown
from distill.evaluate.race import PARITY_NOTE
from index.text.sanitize import plain

ABLATED = (
    "success",
    "race",
    "race_comprehensiveness",
    "race_depth",
    "race_instruction_following",
    "race_readability",
    "products",
    "needs_f1",
    "rejections",
    "steps",
)
"""Figures of an ablation."""
DIFFERENCES = ("success", "needs_f1", "products_fit", "citation_accuracy", "race")
LONGEST_NAME = 32


def evaluation_table(evaluation: Evaluation) -> str:
    """The whole evaluation; shares in percent with their 95 % intervals over tasks."""
    names = [shorten(plain(s.name), LONGEST_NAME) for s in evaluation.standings]
    lines = [
        f"{many(len(evaluation.tasks), 'task')}, {many(evaluation.k, 'run')} of each; mean [95 % interval].",
        f"RACE by {plain(evaluation.judge)}, beside {evaluation.reference}; 50 is parity.",
        "",
    ]
    rows = [
        [f.heading, *(shown(s.figures[f.name], f) for s in evaluation.standings)]
        for f in FIGURES
        if any(s.figures[f.name] for s in evaluation.standings)
    ]
    rows += pass_rows(evaluation)
    lines += aligned([["", *names], ["tasks", *(f"{s.n:,}" for s in evaluation.standings)], *rows])
    lines += ["", "Differences to the rules on the same tasks:"]
    differences = [
        [f.heading, *(shown(s.against[f.name], f) for s in evaluation.standings)]
        for f in FIGURES
        if f.name in DIFFERENCES
    ]
    lines += aligned([["", *names], *differences])
    return "\n".join([*lines, "", *race_notes(evaluation)]) + "\n"


def pass_rows(evaluation: Evaluation) -> Iterator[list[str]]:
    """A row for each of pass^1 to pass^k."""
    for j in range(1, evaluation.k + 1):
        yield [f"pass^{j}", *(f"{100 * s.pass_k[j - 1]:.1f}" for s in evaluation.standings)]


def race_notes(evaluation: Evaluation) -> Iterator[str]:
    """What is to be known of RACE in this evaluation, a sentence each."""
    yield PARITY_NOTE
    if evaluation.judge_failures:
        yield f"The judge failed on {many(evaluation.judge_failures, 'report')}; these have no RACE."


def ablation_table(ablation: Ablation) -> str:
    """A line a setting, RACE by dimension and the paper's figures apart."""
    figures = [f for f in FIGURES if f.name in ABLATED]
    parts = [f for f in figures if f.name.startswith("race_")]
    whole = [f for f in figures if f not in parts]
    gains = [f for f in whole if f.name in DIFFERENCES or f.name == "products"]
    lines = [f"({ablation.heading})", f"RACE by {plain(ablation.judge)}, beside {ablation.reference}.", ""]
    lines += _settings(ablation.cells, whole, counts=True)
    lines += ["", "RACE by dimension:", *_settings(ablation.cells, parts)]
    lines += ["", "Differences to no supervision, on the same tasks:"]
    lines += _settings(ablation.cells[1:], gains, against=True)
    return "\n".join([*lines, "", PARITY_NOTE, "", *_paper(ablation)]) + "\n"


def _settings(
    cells: Sequence[Ablated], figures: Sequence[Figure], *, counts: bool = False, against: bool = False
) -> list[str]:
    counted = ["n", "finished"] if counts else []
    rows = [["supervision", *counted, *(f.heading.removeprefix("… ") for f in figures)]]
    for cell in cells:
        measured = cell.against if against else cell.figures
        numbers = [f"{cell.n}", f"{cell.finished}"] if counts else []
        rows.append([cell.cell.name, *numbers, *(shown(measured[f.name], f) for f in figures)])
    return aligned(rows)


def _paper(ablation: Ablation) -> Iterator[str]:
    said = ablation.paper
    yield f"The paper ({said.heading}):"
    rows = [[r.system, f"RACE {r.race:.2f}", f"E.Prod {r.products:.2f}"] for r in said.table]
    yield from aligned(rows)
    yield f"Report quality {said.rounds.first:.2f} in round 1, {said.rounds.sixth:.2f} in round 6."
    told = ", ".join(f"{size} {race:.2f}" for size, race in said.context.items())
    yield f"RACE by context: {told}."


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Columns two blanks apart; the first to the left, the others to the right."""
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    return [
        "  ".join(
            cell.ljust(width) if at == 0 else cell.rjust(width)
            for at, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
