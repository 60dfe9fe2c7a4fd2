"""Of common words and phrases only the rarest are looked up, as far as reading them is affordable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.cards import word_spread
from index.cards.word_spread import WordSpread
from index.retrieval.fulltext import match_expression
from index.store.database import connect
from tests.index.shelf import stocked


@pytest.fixture
def spread(tmp_path: Path) -> Iterator[WordSpread]:
    """A shop of forty lamps: ten are red, every other is of Glimmer, all are lamps."""
    connection = connect(tmp_path / "catalog.sqlite")
    with stocked(tmp_path, 40) as catalog:
        yield WordSpread(catalog, connection)
    connection.close()


def test_what_is_affordable_is_looked_up_whole(spread: WordSpread) -> None:
    words = ["red", "glimmer", "lamp"]
    assert (
        match_expression(words, spread) == '"red" OR "glimmer" OR "lamp" OR "red glimmer" OR "glimmer lamp"'
    )


def test_the_rarest_come_first_and_one_in_any_case(
    spread: WordSpread, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_spread, "READ_AT_MOST", 30)
    assert match_expression(["lamp", "red", "glimmer"], spread) == '"red" OR "glimmer" OR "red glimmer"'
    assert match_expression(["lamp"], spread) == '"lamp"'
