"""A comparison kept for programs and shown to people."""

from pathlib import Path

from pydantic import ValidationError

from distill.evaluate.figures import number, shown
from distill.evaluate.table import aligned
from distill.whole_files import written_whole
from finetune.errors import GateError
from finetune.gate.comparison import Comparison, End, Line, heading
from finetune.gate.looks import ERROR
from index.product import first_fault

REPORT, TABLE = "gate.json", "gate.txt"
_ENDS: dict[End, str] = {
    "shown": "The comparison ended there, because a gain was shown.",
    "all": "All tasks were run.",
    "hopeless": "The comparison ended there, because the rest was unlikely to show a gain.",
}


def table(comparison: Comparison) -> str:
    """The outcome, both models figure by figure, and how sure it is."""
    rows = [("", "model in use", "candidate", "difference [95 %]"), *map(_row, comparison.lines)]
    return "\n".join(
        [
            comparison.sentence,
            "",
            *aligned(rows),
            "",
            _ENDS[comparison.end],
            "The intervals of the outcome are wider than these: over all looks a candidate that is no better "
            f"passes with a chance of at most {100 * ERROR:g} %.",
            "",
        ]
    )


def write_comparison(comparison: Comparison, folder: Path) -> None:
    """Write the comparison for programs and for people; raises DataError."""
    for name, content in (
        (TABLE, table(comparison)),
        (REPORT, comparison.model_dump_json(indent=1) + "\n"),
    ):
        with written_whole(folder / name) as file:
            file.write(content.encode("utf-8"))


def read_comparison(folder: Path) -> Comparison:
    """A comparison that was kept; raises GateError."""
    path = folder / REPORT
    try:
        return Comparison.model_validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        reason = first_fault(error) if isinstance(error, ValidationError) else error.strerror
        raise GateError(f"{path} cannot be read ({reason}); remove it and compare again.") from error


def _row(line: Line) -> tuple[str, str, str, str]:
    figure = heading(line)
    old, new = (number(value, figure) for value in (line.in_use, line.candidate))
    return figure.heading, old, new, shown(line.difference, figure)
