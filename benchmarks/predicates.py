"""Does the report answer the question? Every pick is held against the question's true needs over raw rows.

    python -m benchmarks.predicates [--only ID ...] [--show]

The needs are predicates in `questions_main` and `questions_blind`, written before the parser and by people
who had not seen it. A question succeeds if every pick meets them, an ordering asked for is kept, and where
nothing fits nothing is picked. Recall is the share of the true set among the products compared or listed.
"""

import argparse
import gzip
import json
import os
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.loop import Reported, Research
from agent.opening import begin
from agent.report.record import Report
from agent.rules import RulesPolicy
from agent.session import Sessions
from benchmarks.gold import PARTS_FILE, GoldQuestion, Row, best_rows, gold_set, load_rows
from benchmarks.questions_blind import QUESTIONS as BLIND
from benchmarks.questions_fresh import QUESTIONS as FRESH
from benchmarks.questions_main import QUESTIONS as MAIN
from index.catalog import Catalog
from index.ingest import ingest
from index.search import Index
from tui.person import Absent

SCHEMA = Path(__file__).parents[1] / "tests" / "schemas" / "pc_parts.toml"


@dataclass(frozen=True)
class Outcome:
    """How one question went."""

    question: GoldQuestion
    success: bool
    picks: int
    wrong: tuple[str, ...]
    gold: int
    recall: float | None
    seconds: float


def run(question: GoldQuestion, index: Index, rows: Sequence[Row], lines: Sequence[Row]) -> Outcome:
    """Research one question and judge its report."""
    policy = RulesPolicy()
    began = time.perf_counter()
    trajectory, desk = begin(question.text, index, policy.author, 0, datetime.now(UTC))
    with tempfile.TemporaryDirectory() as folder:
        sessions = Sessions(Path(folder) / "sessions.sqlite")
        events = list(Research(policy, Absent(), sessions, trajectory, desk).run())
        sessions.close()
    last = events[-1]
    assert isinstance(last, Reported)
    return _judged(question, last.report, rows, lines, time.perf_counter() - began)


def _judged(
    question: GoldQuestion, report: Report, rows: Sequence[Row], lines: Sequence[Row], seconds: float
) -> Outcome:
    gold = gold_set(question, rows)
    picked = [lines[pick.cite.row - 1] for pick in report.picks]
    wrong = [
        str(row["name"]) for row in picked if row["category"] != question.category or not question.fits(row)
    ]
    keys = {_key(row) for row in gold}
    if question.ordering and picked and _key(picked[0]) not in {_key(r) for r in best_rows(question, gold)}:
        wrong.append(f"first pick {picked[0]['name']} is not the {question.ordering}")
    missing = bool(gold) and not picked
    shown = {_key(lines[source.cite.row - 1]) for source in report.sources if source.cite.tag.startswith("P")}
    recall = len(keys & shown) / len(keys) if keys else None
    return Outcome(question, not wrong and not missing, len(picked), tuple(wrong), len(gold), recall, seconds)


def _key(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


def main() -> None:
    """Import the parts, ask everything, print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="*", default=[])
    parser.add_argument("--home", type=Path, help="an index of the parts that exists already")
    options = parser.parse_args()
    data = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", "../shared/data"))
    rows = load_rows(data)
    with gzip.open(data / PARTS_FILE, "rt", encoding="utf-8") as file:
        lines: list[Row] = [json.loads(line) for line in file]
    with tempfile.TemporaryDirectory() as folder:
        home = options.home or Path(folder)
        if options.home is None:
            with Catalog.open(home / "catalog.sqlite") as catalog:
                ingest(data / PARTS_FILE, catalog, schema=SCHEMA)
        with Index.open(home) as index:
            for name, questions in (("main", MAIN), ("blind", BLIND), ("fresh", FRESH)):
                chosen = [q for q in questions if not options.only or q.id in options.only]
                _print(name, [run(q, index, rows, lines) for q in chosen])


def _print(name: str, outcomes: Sequence[Outcome]) -> None:
    if not outcomes:
        return
    for o in outcomes:
        recall = "-" if o.recall is None else f"{o.recall:.2f}"
        mark = "ok " if o.success else "NO "
        counts = f"picks {o.picks:2}  gold {o.gold:4}  recall {recall}"
        print(f"{mark} {o.question.id:28} {counts}  {o.seconds:.1f} s")
        for text in o.wrong[:3]:
            print(f"      {text}")
        if not o.picks and o.gold:
            print("      nothing was picked")
    successes = sum(o.success for o in outcomes)
    small = [o.recall for o in outcomes if o.recall is not None and o.gold <= 10]
    every = [o.recall for o in outcomes if o.recall is not None]
    print(
        f"{name}: {successes} of {len(outcomes)} succeed ({successes / len(outcomes):.2f}); mean recall "
        f"{sum(every) / len(every):.2f}, of sets up to ten {sum(small) / max(1, len(small)):.2f}"
    )


if __name__ == "__main__":
    main()
