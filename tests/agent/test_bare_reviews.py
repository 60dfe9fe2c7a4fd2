"""Reviews without labels, as the agent, a report and the grammar of a step see them."""

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from agent.desk import Desk
from agent.grammar import step_grammar
from agent.opening import begin
from agent.report.lines import note_line
from agent.report.opinions import opinions
from index.product import Review
from index.search import Index
from tests.agent.shop import QUESTION, open_shop, origin
from tests.agent.test_tools import call, listed

BEFORE = ("It came on a Monday.", "The kitchen faces north.", "We are four.", "I drink tea.", "Mostly green.")


def bare(n: int) -> Review:
    """A review of the mini kettle, of which every second faults the spout; all are copies of two."""
    said = "The spout is awful." if n % 2 else "The spout is great."
    return Review(
        id=f"bare:{n}",
        product_id="kettles:5",
        origin=origin(90 + n, "reviews.jsonl"),
        rating=2 if n % 2 else 5,
        sentences=(*BEFORE, said),
        written=date(2026, 1 + n, 1),
    )


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    """The shop with ten bare reviews."""
    with open_shop(tmp_path, [bare(n) for n in range(10)]) as index:
        yield index


@pytest.fixture
def desk(index: Index) -> Desk:
    """A desk on which every kettle was listed."""
    _, desk = begin(QUESTION, index, "rules", 0, datetime(2026, 9, 1, tzinfo=UTC))
    call(desk, "plan", category="C1")
    desk.asked = True
    call(desk, "product_search", query="kettle", needs=[])
    return desk


def mini(desk: Desk) -> str:
    """The tag of the kettle whose reviews are bare."""
    return next(t for t, title in listed(desk).items() if title == "Ondel Mini")


def test_an_aspect_is_answered_with_its_sides_and_the_sentence_that_says_it(desk: Desk) -> None:
    text = call(desk, "product_reviews", id=mini(desk), aspect="spout").text
    assert "10 speak of spout: 5 praise it, 5 fault it" in text
    assert "s6 The spout is great." in text


def test_the_summary_counts_what_was_read_and_notes_what_is_odd(desk: Desk) -> None:
    text = call(desk, "product_reviews", id=mini(desk)).text
    assert "praised: spout 5\ncriticised: spout 5" in text
    assert "note: 9 of 10 reviews repeat the text of another almost word for word" in text


def test_labelled_reviews_are_told_as_they_always_were(desk: Desk) -> None:
    tag = next(t for t, title in listed(desk).items() if title == "Brissa Calm 17")
    text = call(desk, "product_reviews", id=tag, aspect="lid").text
    assert text.split("\n")[:4] == [
        f"{tag}: 2 reviews, 1 verified; 5*:1 2*:1",
        "praised: noise 2",
        "criticised: lid 2",
        "2 speak of lid",
    ]


def test_the_evidence_keeps_reviews_as_the_catalogue_holds_them(desk: Desk) -> None:
    call(desk, "product_reviews", id=mini(desk))
    shown = desk.evidence.reviews("kettles:5")
    assert shown
    assert all(s.record == desk.index.catalog.review(s.record.id) for s in shown)


def test_a_step_may_ask_for_what_was_read_once_reviews_were_shown(desk: Desk) -> None:
    assert "spout" not in step_grammar(desk)
    call(desk, "product_reviews", id=mini(desk))
    assert "spout" in step_grammar(desk)


def test_a_report_counts_quotes_and_notes(desk: Desk, index: Index) -> None:
    told = opinions(index.catalog.product("kettles:5"), (), desk)
    assert told is not None
    assert [(a.name, a.reviews) for a in told.praised] == [("spout", 5)]
    assert told.criticised[0].quote is not None
    assert told.criticised[0].quote.text == "The spout is awful."
    assert note_line(told.notes[0]).startswith("Note: 9 of 10 reviews repeat")
