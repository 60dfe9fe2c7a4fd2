"""Search through `Index`: filters, words, meaning, order, pages, and whatever people type."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.conditions import Condition, Op
from index.errors import UnknownNameError
from index.retrieval.shelf import Shelf
from index.search import Index, SearchRequest
from index.store.database import connect
from tests.index.market import LAMPS, STOVES, TENTS, goods, make_vectors, offer, open_market

HOSTILE = (
    '"',
    'tent" OR title:*',
    "NEAR(tent stove)",
    "AND OR NOT",
    "tent*",
    "^tent",
    "{title} : tent",
    "'; DROP TABLE products; --",
    "\x00\x1b[31m tent",
    "((((",
    "…—·",
    "🎪",
    "\ud800",
)


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return open_market(tmp_path)


def ids(index: Index, request: SearchRequest) -> list[str]:
    return [hit.product.id for hit in index.search(request).hits]


def test_the_product_that_holds_most_of_the_words_comes_first(index: Index) -> None:
    assert ids(index, SearchRequest(query="a birch tent number 12", limit=1)) == ["tent-12"]


def test_plurals_and_case_find_the_same(index: Index) -> None:
    assert ids(index, SearchRequest(query="TENTS")) == ids(index, SearchRequest(query="tent"))


def test_an_exact_part_number_comes_first_however_it_is_written(index: Index) -> None:
    for query in ("TN-00031", "tn00031", "tent with the number TN-00031, please"):
        best = index.search(SearchRequest(query=query, limit=1)).hits[0]
        assert best.product.id == "tent-31"
        assert "id" in best.legs


@pytest.mark.parametrize("query", HOSTILE)
def test_no_query_is_an_expression_of_the_text_index(index: Index, query: str) -> None:
    total = len(goods())
    assert index.search(SearchRequest(query=query)).total == total


def test_a_question_of_50000_characters_is_answered(index: Index) -> None:
    query = "stove " + " ".join(f"word{n}" for n in range(7000))
    assert ids(index, SearchRequest(query=query[:50_000], limit=1)) == ["stove-0"]


def test_korean_words_are_found(index: Index) -> None:
    assert ids(index, SearchRequest(query="캠핑 등불", limit=1)) == ["lamp-0"]


def test_an_empty_query_lists_all_survivors_in_a_stable_order(index: Index) -> None:
    request = SearchRequest(query=" ", category=STOVES, limit=50)
    assert ids(index, request) == [f"stove-{n}" for n in range(8)]
    assert index.search(request).total == 8


def test_pages_of_results_join_without_gaps_or_repeats(index: Index) -> None:
    request = SearchRequest(query="light green tent", category=TENTS, limit=50)
    whole = ids(index, request)
    pages = [
        ids(index, request.model_copy(update={"limit": 7, "offset": start})) for start in range(0, 42, 7)
    ]
    assert [one for page in pages for one in page] == whole
    assert len(set(whole)) == 40


def test_a_listing_holds_the_order_of_all_pages(index: Index) -> None:
    request = SearchRequest(query="tent", category=("Outdoor",), sort=("price", True), limit=3, offset=2)
    listing = index.listing(request)
    products = dict(index.listed(listing.keys))
    everything = SearchRequest(**{**request.model_dump(), "limit": 500, "offset": 0})

    assert [products[key].id for key in listing.keys] == ids(index, everything)
    assert listing.total == index.search(request).total
    assert dict(index.listed((*listing.keys[:1], 10**9))).keys() == set(listing.keys[:1])


def test_an_unfinished_word_finds_what_begins_so(index: Index) -> None:
    assert not ids(index, SearchRequest(query="bir ten"))
    found = ids(index, SearchRequest(query="birch ten", typing=True))

    assert found[0].startswith("tent")
    assert not ids(index, SearchRequest(query="ten ", typing=True))
    assert ids(index, SearchRequest(query="te", typing=True, limit=500)) != []


@pytest.mark.parametrize("query", HOSTILE)
def test_no_unfinished_query_is_an_expression_of_the_text_index(index: Index, query: str) -> None:
    index.search(SearchRequest(query=query, typing=True))


def test_categories_are_counted_with_those_below_them(index: Index) -> None:
    sizes = index.category_sizes()

    assert list(sizes) == sorted(sizes)
    assert all(sizes[path] <= sizes[path[:-1]] for path in sizes if len(path) > 1)
    assert sum(size for path, size in sizes.items() if len(path) == 1) <= index.catalog.counts().products


def test_a_category_gives_all_its_products_though_no_word_matches(index: Index) -> None:
    found = index.search(SearchRequest(query="zeppelin", category=STOVES, limit=50))
    assert (found.total, len(found.hits)) == (8, 8)
    assert {hit.legs for hit in found.hits} == {()}


def test_without_category_only_what_the_query_finds_is_a_hit(index: Index) -> None:
    price = Condition(attribute="price", op=Op.AT_MOST, number=45, currency="EUR")
    found = index.search(SearchRequest(query="stove", conditions=(price,), limit=50))
    assert {hit.product.category for hit in found.hits} == {STOVES}
    assert found.total > len(found.hits)


def test_a_parent_category_holds_its_children(index: Index) -> None:
    assert index.search(SearchRequest(query="", category=("Outdoor",), limit=0)).total == 54


def test_an_unknown_category_is_refused_with_the_nearest(index: Index) -> None:
    with pytest.raises(UnknownNameError, match="nearest are: Outdoor > Tents"):
        index.search(SearchRequest(query="", category=("Outdoor", "Tends")))


def test_sorting_puts_unknown_values_last_in_both_directions(index: Index) -> None:
    for descending in (False, True):
        request = SearchRequest(query="", category=TENTS, sort=("price", descending), limit=50)
        prices = [hit.product.price for hit in index.search(request).hits]
        known = [price.amount for price in prices if price]
        assert known == sorted(known, reverse=descending)
        assert prices[: len(known)] == [price for price in prices if price]
        assert len(known) == 30


def test_sorting_compares_numbers_of_different_units(index: Index) -> None:
    request = SearchRequest(query="", category=STOVES, sort=("boiling_time", False), limit=50)
    minutes = [200 / 60 if n % 2 == 0 else 3 + n for n in range(8)]
    assert [minutes[int(i.removeprefix("stove-"))] for i in ids(index, request)] == sorted(minutes)


def test_prices_are_sorted_in_the_currency_of_the_price_condition(index: Index) -> None:
    def cheapest(currency: str) -> str:
        limit = Condition(attribute="price", op=Op.AT_MOST, number=99, currency=currency)
        request = SearchRequest(
            query="", category=STOVES, conditions=(limit,), sort=("price", False), limit=1
        )
        return ids(index, request)[0]

    assert (cheapest("USD"), cheapest("EUR")) == ("stove-0", "stove-7")


def test_ratings_are_sorted_best_first(index: Index) -> None:
    request = SearchRequest(query="tent", category=TENTS, sort=("rating", True), limit=50)
    ratings = [hit.product.rating for hit in index.search(request).hits]
    known = [rating for rating in ratings if rating is not None]
    assert known == sorted(known, reverse=True)
    assert ratings[len(known) :] == [None] * 20


def test_without_vectors_the_words_are_searched_and_the_note_says_so(index: Index) -> None:
    found = index.search(SearchRequest(query="stove"))
    assert found.hits
    assert [note for note in found.notes if "not by meaning" in note]


def test_an_index_opened_without_meaning_uses_no_vectors_and_says_nothing(tmp_path: Path) -> None:
    open_market(tmp_path).close()
    make_vectors(tmp_path)
    with Index.open(tmp_path, meaning=False) as index:
        found = index.search(SearchRequest(query="camping stove", category=STOVES))
    assert found.notes == ()
    assert {hit.legs for hit in found.hits} == {("words",)}


def test_with_vectors_the_meaning_leg_finds_too(tmp_path: Path) -> None:
    with open_market(tmp_path) as index:
        make_vectors(tmp_path)
        alone = index.search(SearchRequest(query="camping stove"))
        filtered = index.search(SearchRequest(query="camping stove", category=STOVES))
    assert alone.notes == filtered.notes == ()
    assert any("meaning" in hit.legs for hit in alone.hits)
    assert any("meaning" in hit.legs for hit in filtered.hits)


def test_broken_vectors_leave_the_words_and_one_sentence(tmp_path: Path) -> None:
    with open_market(tmp_path) as index:
        make_vectors(tmp_path)
        (tmp_path / "chroma" / "vectors.jsonl").write_bytes(b"garbage" * 20)
        found = index.search(SearchRequest(query="stove", category=STOVES))
    assert found.hits[0].legs == ("words",)
    (note,) = found.notes
    assert "rebuild" in note


def test_what_is_imported_later_is_found_by_the_open_index(tmp_path: Path) -> None:
    with open_market(tmp_path, goods()[:5]) as index:
        assert index.search(SearchRequest(query="", limit=0)).total == 5
        open_market(tmp_path).close()
        assert index.search(SearchRequest(query="lantern", category=LAMPS)).total == 2


def test_a_filter_asked_again_sees_what_was_written_since(tmp_path: Path) -> None:
    cheap = Condition(attribute="price", op=Op.AT_MOST, number=1000, currency="EUR")
    request = SearchRequest(query="", category=TENTS, conditions=(cheap,), limit=50)
    with open_market(tmp_path) as index:
        before = index.search(request).hits
        dear = before[0].product.model_copy(update={"offers": (offer(2000),)})
        renamed = before[1].product.model_copy(update={"title": "Renamed"})
        with index.catalog.importing("market", "market.jsonl", "second") as batch:
            batch.add(dear)
            batch.add(renamed)
        after = {hit.product.id: hit.product for hit in index.search(request).hits}
    assert after.keys() == {hit.product.id for hit in before} - {dear.id}
    assert after[renamed.id].title == "Renamed"


def test_a_list_longer_than_sqlite_has_marks_for_is_read_and_what_is_gone_left_out(tmp_path: Path) -> None:
    open_market(tmp_path).close()
    with closing(connect(tmp_path / "catalog.sqlite")) as connection:
        connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 3)
        found = Shelf(connection).products([9, 2, 7, 1_000_000, 1], generation=1)
        titles = dict(connection.execute("SELECT key, title FROM products"))
    assert list(found) == [9, 2, 7, 1]
    assert all(product.title == titles[key] for key, product in found.items())


def test_the_same_search_again_finds_the_same(index: Index) -> None:
    request = SearchRequest(query="tent", category=TENTS, sort=("price", False))
    assert index.search(request) == index.search(request)


def test_saved_pages_are_found_with_the_sentences_that_speak_of_it(index: Index) -> None:
    hit, *rest = index.pages("does a freestanding tent need pegs?", limit=5)
    assert (hit.page.id, rest) == ("guide-1", [])
    assert [hit.page.sentences[place] for place in hit.sentences] == ["A freestanding tent needs no pegs."]
    assert index.pages("", limit=5) == ()
