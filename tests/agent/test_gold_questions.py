"""The gold questions say what they say they say: sizes as noted, ids unique, orderings over known values."""

import math
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.gold import PARTS_FILE, GoldQuestion, Row, best_rows, gold_set, load_rows, number
from benchmarks.questions_main import QUESTIONS

ROOT = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", ROOT.parent / "shared" / "data"))

each_question = pytest.mark.parametrize("question", QUESTIONS, ids=[question.id for question in QUESTIONS])


@pytest.fixture(scope="module")
def rows() -> list[Row]:
    if not (DATA / PARTS_FILE).is_file():
        pytest.skip(f"no shared data at {DATA}; set PRODUCTRESEARCH_SHARED_DATA")
    return load_rows(DATA)


def stated_size(question: GoldQuestion) -> int:
    stated = re.match(r"(\d+) fit\.", question.note)
    assert stated, f"the note of {question.id} does not begin with its size"
    return int(stated[1])


@each_question
def test_the_gold_set_has_the_size_that_the_note_states(question: GoldQuestion, rows: list[Row]) -> None:
    assert len(gold_set(question, rows)) == stated_size(question)


@each_question
def test_a_question_with_an_ordering_has_a_best_row(question: GoldQuestion, rows: list[Row]) -> None:
    gold = gold_set(question, rows)
    if question.ordering:
        assert not any(math.isnan(number(row, question.ordering[0])) for row in gold)
        assert 0 < len(best_rows(question, gold)) < len(gold)


@each_question
def test_no_row_without_facts_fits_a_question(question: GoldQuestion, rows: list[Row]) -> None:
    sample = next(row for row in rows if row["category"] == question.category)
    silent: Row = dict.fromkeys(sample, None) | {"category": question.category, "name": "Unknown thing"}
    assert gold_set(question, [silent]) == []


def test_question_ids_are_unique() -> None:
    assert not [name for name, times in Counter(question.id for question in QUESTIONS).items() if times > 1]


def test_five_questions_or_more_have_nothing_that_fits() -> None:
    assert sum(stated_size(question) == 0 for question in QUESTIONS) >= 5


def test_five_questions_or_more_have_one_to_three_products_that_fit() -> None:
    assert sum(1 <= stated_size(question) <= 3 for question in QUESTIONS) >= 5


def test_a_row_repeated_word_for_word_counts_once() -> None:
    question = GoldQuestion(id="any", text="any thing", category="thing", fits=lambda _: True)
    row: Row = {"category": "thing", "name": "Thing", "price": 1.0}
    assert gold_set(question, [row, dict(row)]) == [row]
