"""Citations over catalogues of others: how often the checker says what a reader says."""

import re
from collections.abc import Iterator

import pytest

from index.conditions import spaced
from index.search import Index
from tests.distill.support_elsewhere import (
    DATA,
    Judged,
    Labelled,
    Shelf,
    desk,
    judged,
    opened,
    present,
    prose,
    read,
)

needs_data = pytest.mark.skipif(
    not present(), reason=f"no catalogues at {DATA}; set PRODUCTRESEARCH_SHARED_DATA"
)
LONGEST_REPEAT = 4
"""Words in a row that no sentence of the sample shares with a record."""


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The shop and the parts of the sample."""
    with opened(tmp_path_factory.mktemp("elsewhere") / "home") as catalogues:
        yield catalogues


@pytest.fixture(scope="module")
def outcomes(index: Index) -> list[Judged]:
    """Every statement with the checker's word."""
    return list(judged(index))


def statements(*, held_out: bool) -> list[Labelled]:
    """The statements over the shelves that were held out, or over the others."""
    shelves, everything = read()
    held = {shelf.shelf for shelf in shelves if shelf.held_out}
    return [one for one in everything if (one.shelf in held) is held_out]


def test_the_sample_is_large_enough_and_holds_both_answers_in_fair_shares() -> None:
    assert len(statements(held_out=False)) + len(statements(held_out=True)) >= 220
    assert len(statements(held_out=True)) >= 80
    for held_out in (False, True):
        labels = [one.supported for one in statements(held_out=held_out)]
        assert 0.4 <= sum(labels) / len(labels) <= 0.6


def test_every_verdict_that_a_record_decides_says_where_it_does() -> None:
    absent = {"denial", "invented", "wrong citation"}
    assert [one.sentence for one in read()[1] if not one.at and one.twist not in absent] == []


@needs_data
@pytest.mark.parametrize(("held_out", "least"), [(False, 0.84), (True, 0.76)])
def test_the_checker_agrees_with_the_reader(outcomes: list[Judged], held_out: bool, least: float) -> None:
    agreed = [each.agrees for each in outcomes if each.held_out is held_out]
    assert sum(agreed) / len(agreed) >= least


@needs_data
def test_what_the_checker_calls_supported_mostly_is(outcomes: list[Judged]) -> None:
    called = [each.statement.supported for each in outcomes if each.support == "supported"]
    assert sum(called) / len(called) >= 0.9


@needs_data
@pytest.mark.parametrize("shelf", read()[0], ids=lambda shelf: shelf.shelf)
def test_no_sentence_repeats_a_record(shelf: Shelf, index: Index) -> None:
    texts = [text for seen in desk(shelf, index).evidence for text in prose(seen)]
    written = {run for text in texts for run in runs(text)}
    ours = [one.sentence for one in read()[1] if one.shelf == shelf.shelf]
    assert [
        sentence for sentence in ours if written & runs(re.sub(r"\{\{.*?\}\}|\[.*?\]", " ", sentence))
    ] == []


def runs(text: str) -> set[tuple[str, ...]]:
    """Every run of so many words of a text."""
    said = spaced(text).split()
    return {tuple(said[at : at + LONGEST_REPEAT]) for at in range(len(said) - LONGEST_REPEAT + 1)}
