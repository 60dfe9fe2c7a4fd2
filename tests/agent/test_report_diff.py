"""Two reports set side by side: what is new, gone and changed, each with its evidence."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from agent.report.diff import Line, ReportDiff, diff
from agent.report.diff_text import kind, markdown, sentence
from agent.report.record import Cell, Report
from index.search import Index
from tests.agent.shop import QUESTION
from tests.agent.test_rules import answer, research


@pytest.fixture
def before(shop: Index, tmp_path: Path) -> Report:
    return answer(research(shop, tmp_path, QUESTION))


@pytest.fixture
def other(shop: Index, tmp_path: Path) -> Report:
    return answer(research(shop, tmp_path, "a quiet kettle under 90 EUR in white"))


def told(lines: tuple[Line, ...]) -> list[str]:
    """The sentences of what differs."""
    return [sentence(line) for line in lines if line.changed]


def with_cell(report: Report, name: str, **changes: object) -> Report:
    """The report with another first cell on a row."""
    rows = []
    for row in report.rows:
        first, *others = row.cells
        changed = Cell.model_validate({**first.model_dump(), **changes}) if row.name == name else first
        rows.append(row.model_copy(update={"cells": (changed, *others)}))
    return report.model_copy(update={"rows": tuple(rows)})


def differences(compared: ReportDiff) -> int:
    return sum(line.changed for _, lines in compared.sections for line in lines)


def test_a_report_does_not_differ_from_itself(before: Report) -> None:
    assert differences(diff(before, before)) == 0
    assert "Nothing that both reports speak of has changed." in markdown(diff(before, before))


def test_new_and_gone_picks_are_told_with_their_tags(before: Report, other: Report) -> None:
    compared = diff(before, other)
    assert "Ondel Mini: new, budget [B:P2]" in told(compared.picks)
    assert "Marn Basic: gone, was budget [A:P4]" in told(compared.picks)
    assert "Ondel Mini: new, fits [B:P2]" in told(compared.products)
    assert {kind(line) for line in compared.picks} == {"same", "new", "gone"}


def test_a_verdict_is_told_as_it_reads_without_its_citations(before: Report, other: Report) -> None:
    """What it cites stands behind it."""
    verdict = next(line for line in diff(before, other).answer if line.about == "Verdict")
    assert verdict.before is not None
    assert verdict.before.text == "Brissa Calm 17 at 49.90 EUR is the best fit."
    assert [cite.tag for cite in verdict.before.cites] == ["P1"]


def test_a_pick_in_another_role_is_told(before: Report) -> None:
    first, *others = before.picks
    after = before.model_copy(update={"picks": (first.model_copy(update={"role": "upgrade"}), *others)})
    assert told(diff(before, after).picks) == ["Brissa Calm 17: best fit → upgrade [A:P1, B:P1]"]


def test_a_price_is_told_with_both_days(before: Report) -> None:
    (row,) = (row for row in before.rows if row.name == "price")
    later = row.cells[0].cite.model_copy(update={"seen": row.cells[0].cite.seen + timedelta(days=30)})
    after = with_cell(before, "price", text="44.90 EUR", number=44.9, cite=later.model_dump())
    assert told(diff(before, after).prices) == [
        "Brissa Calm 17: 49.90 EUR on 2026-10-01 → 44.90 EUR on 2026-10-31 [A:P1, B:P1]"
    ]
    assert later.seen > date(2026, 10, 1)


def test_prices_in_two_currencies_are_not_set_side_by_side(before: Report) -> None:
    after = with_cell(before, "price", text="55.00 USD", number=55.0, unit="USD")
    compared = diff(before, after)
    assert told(compared.prices) == []
    (line,) = compared.uncompared
    assert line.about == "Brissa Calm 17"


def test_a_price_that_is_no_longer_known_is_told(before: Report) -> None:
    after = with_cell(before, "price", text="unknown", number=None, unit="", known=False)
    (line,) = told(diff(before, after).prices)
    assert line == "Brissa Calm 17: 49.90 EUR on 2026-10-01 → unknown [A:P1, B:P1]"


def test_a_rating_that_changed_is_told(before: Report) -> None:
    after = with_cell(before, "rating", text="4.1 of 5 (12 ratings)", number=4.1)
    (line,) = told(diff(before, after).ratings)
    assert line == "Brissa Calm 17: 4.6 of 5 (10 ratings) → 4.1 of 5 (12 ratings) [A:P1, B:P1]"


def test_needs_are_paired_by_what_they_limit(before: Report, other: Report) -> None:
    assert told(diff(before, other).needs) == [
        "price: price < 60 EUR (hard) → price < 90 EUR (hard)",
        "colour: colour != red (hard) → colour = white (hard)",
        "capacity: gone, was capacity >= 1.5 liter (hard)",
    ]


def test_a_need_that_became_hard_is_told(before: Report) -> None:
    *others, last = before.needs
    after = before.model_copy(update={"needs": (*others, last.model_copy(update={"hard": True}))})
    (line,) = told(diff(before, after).needs)
    assert line.startswith("noise level: ")
    assert "(soft) → " in line


def test_a_verdict_that_changed_is_told_with_its_evidence(before: Report) -> None:
    need, *others = before.needs
    first, *rest = need.cells
    unmet = need.model_copy(update={"cells": (first.model_copy(update={"verdict": "unmet"}), *rest)})
    after = before.model_copy(update={"needs": (unmet, *others)})
    assert told(diff(before, after).verdicts) == [
        "Brissa Calm 17, capacity >= 1.5 liter: met → not met [A:P1, B:P1]"
    ]


def test_another_verdict_of_the_author_is_told(before: Report) -> None:
    after = before.model_copy(update={"verdict": ()})
    (line,) = told(diff(before, after).answer)
    assert line.startswith("Verdict: gone, was Brissa Calm 17 at 49.90 EUR is the best fit")
    assert line.endswith("[A:P1]")


def test_reports_without_a_product_in_common_are_compared(before: Report) -> None:
    nothing = before.model_copy(
        update={"picks": (), "columns": (), "rows": (), "needs": (), "outcome": "nothing_found"}
    )
    for compared in (diff(before, nothing), diff(nothing, before), diff(nothing, nothing)):
        assert compared.prices == compared.ratings == compared.verdicts == ()
        assert markdown(compared).endswith("\n")


def test_the_markdown_holds_no_markup_of_a_record(before: Report) -> None:
    hostile = "# <b>Gift</b> [x](javascript:alert(1)) \x1b[31m| a | b |"
    first, *others = before.picks
    pick = first.model_copy(update={"title": hostile, "role": "upgrade"})
    text = markdown(diff(before, before.model_copy(update={"picks": (pick, *others)})))
    assert "[x](" not in text
    assert "\x1b" not in text
    assert "<b>" not in text


def test_the_evidence_of_what_differs_is_listed(before: Report, other: Report) -> None:
    text = markdown(diff(before, other))
    assert "- \\[A:P4\\] kettles.jsonl row 8, seen 2026-10-01, record kettles:8\n" in text
    assert "A:P1" not in text.partition("## Sources")[2]
