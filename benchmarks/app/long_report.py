"""Reports as long as one likes, out of a true one: its claims again and again, each with its number."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import cycle
from pathlib import Path

from agent.loop import Reported
from agent.report.record import Report
from tui.bench import Bench
from tui.report_blocks import blocks
from tui.settings import Settings
from tui.shown import Block, Claim, Heading, Matrix

QUESTION = "quiet wireless headphones with long battery life under $200"


class Never:
    """Nobody cancels."""

    def is_set(self) -> bool:
        """No."""
        return False


def researched(home: Path, question: str = QUESTION) -> Report:
    """The rules' report over a shop, the demo's without another question."""
    bench = Bench(Settings(engine="rules"), home, Never())
    try:
        with bench.research(question, "") as research:
            return next(event.report for event in research.run() if isinstance(event, Reported))
    finally:
        bench.close()


def lengthened(report: Report, words: int) -> tuple[Block, ...]:
    """The report's blocks over and over until it has so many words; a table counts, and comes once."""
    made, counted = [], 0
    given = list(blocks(report))
    for number, block in enumerate(cycle(given)):
        if counted >= words:
            break
        if number < len(given) or not isinstance(block, Matrix):
            made.append(numbered(block, number))
            counted += len(words_of(block))
    return tuple(made)


def numbered(block: Block, number: int) -> Block:
    """A claim that no other is the same as."""
    return replace(block, text=f"{block.text} ({number})") if isinstance(block, Claim) else block


def words_of(block: Block) -> list[str]:
    """The words that it shows."""
    if isinstance(block, Matrix):
        cells = (cell.text for _, row in block.rows for cell in row)
        return " ".join((*(name for name, _ in block.rows), *cells)).split()
    return block.text.split()


def widened(report: Report, picks: int) -> tuple[Block, ...]:
    """The report with so many picks: its first pick's claims for each of them, and tables that wide."""
    made: list[Block] = []
    for block in blocks(report):
        if isinstance(block, Matrix):
            places = [place % len(block.columns) for place in range(picks)]
            columns = tuple((f"P{at}", block.columns[place][1]) for at, place in enumerate(places, 1))
            rows = tuple((name, tuple(cells[place] for place in places)) for name, cells in block.rows)
            made.append(Matrix(block.corner, columns, rows))
        elif isinstance(block, Claim) and block.tag and not block.text.startswith("["):
            made += [numbered(block, number) for number in range(-(-picks // len(report.picks)))]
        else:
            made.append(block)
    return tuple(made)


def draft(given: Sequence[Block]) -> str:
    """Blocks as a model writes them."""
    return "".join(_drafted(given))


def _drafted(given: Sequence[Block]) -> Iterator[str]:
    yield "## Verdict\n\n"
    for block in given:
        match block:
            case Heading(text=text):
                yield f"\n## {text}\n\n"
            case Claim(text=text, mark=mark):
                yield f"- **{mark}** {text}\n" if mark.strip() else f"{text}\n\n"
