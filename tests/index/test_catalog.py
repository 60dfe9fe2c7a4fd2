"""What the catalogue keeps and gives back."""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.errors import CatalogueError, ConflictError, CorruptError, NotFoundError
from index.meanings import Meaning
from index.store.rows import AnyRecord
from tests.index.shelf import FIRST, LATER, event, lamp, observation, page, price, review, stocked


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with stocked(tmp_path, 6) as opened:
        yield opened


def words_found(catalog: Catalog, words: str) -> list[str]:
    found = catalog.select(
        "SELECT id FROM products JOIN products_fts ON products_fts.rowid = key WHERE products_fts MATCH ?"
        " ORDER BY key",
        (words,),
    )
    return [product_id for (product_id,) in found]


def test_a_product_comes_back_as_it_went_in(catalog: Catalog) -> None:
    assert catalog.product("lamps:3") == lamp(3)


def test_products_come_back_in_the_order_asked_for(catalog: Catalog) -> None:
    assert catalog.products(["lamps:4", "lamps:0", "lamps:4"]) == [lamp(4), lamp(0), lamp(4)]


def test_an_unknown_id_is_said_in_one_sentence(catalog: Catalog) -> None:
    with pytest.raises(NotFoundError, match=r"There is no product lamps:99 in the catalogue"):
        catalog.products(["lamps:0", "lamps:99"])


def test_all_products_are_walked_in_the_order_of_import(catalog: Catalog) -> None:
    assert [product.id for product in catalog.all_products()] == [f"lamps:{number}" for number in range(6)]


def test_every_kind_of_record_is_new_once_and_the_same_after(catalog: Catalog) -> None:
    records: list[AnyRecord] = [lamp(7), review(17, 7), page(1), event(1), observation(2, 8.5, LATER)]
    with catalog.importing("lamps", "more.jsonl", "m1") as batch:
        assert [batch.add(record) for record in records] == ["new"] * 5
    with catalog.importing("lamps", "again.jsonl", "m2") as batch:
        assert [batch.add(record) for record in records] == ["same"] * 5


def test_importing_the_same_file_twice_changes_nothing(catalog: Catalog) -> None:
    before = (catalog.generation, catalog.counts(), catalog.sources())
    with catalog.importing("lamps", "lamps.jsonl", "6 lamps") as batch:
        assert batch.already_imported
        assert {batch.add(lamp(number)) for number in range(6)} == {"same"}
    assert (catalog.generation, catalog.counts(), catalog.sources()) == before


def test_an_earlier_version_of_a_file_can_be_imported_again(catalog: Catalog) -> None:
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        batch.add(lamp(1, title="Misnamed"))
    with catalog.importing("lamps", "lamps.jsonl", "6 lamps") as batch:
        assert not batch.already_imported
        assert batch.add(lamp(1)) == "changed"
    assert catalog.product("lamps:1") == lamp(1)


def test_a_changed_record_replaces_all_that_was_derived_from_it(catalog: Catalog) -> None:
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        assert batch.add(lamp(1, title="Beacon")) == "changed"
    assert words_found(catalog, "beacon") == ["lamps:1"]
    assert "lamps:1" not in words_found(catalog, "title:lamp")
    assert catalog.counts().products == 6
    assert catalog.verify() == []


def test_a_later_day_with_the_same_content_moves_the_date_and_joins_the_price_history(
    catalog: Catalog,
) -> None:
    pending = catalog.counts().pending
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        assert batch.add(lamp(1, seen=LATER, row=40)) == "same"
    assert catalog.product("lamps:1") == lamp(1, seen=LATER, row=40)
    assert [seen.price for seen in catalog.prices("lamps:1")] == [price(11.0), price(11.0, LATER)]
    assert catalog.counts().pending == pending


def test_an_older_statement_never_replaces_a_newer_one_but_its_price_is_kept(catalog: Catalog) -> None:
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        batch.add(lamp(1, seen=LATER, title="New name"))
        assert batch.add(lamp(1, amount=7)) == "same"
    assert catalog.product("lamps:1").title == "New name"
    assert price(7) in [seen.price for seen in catalog.prices("lamps:1")]


def test_the_last_row_of_an_id_wins_within_one_import(catalog: Catalog) -> None:
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        assert batch.add(lamp(8)) == "new"
        assert batch.add(lamp(8, title="Second thoughts")) == "changed"
    assert catalog.product("lamps:8").title == "Second thoughts"


def test_an_id_of_another_source_is_refused_and_kept(catalog: Catalog) -> None:
    with (
        catalog.importing("others", "others.jsonl", "o") as batch,
        pytest.raises(ConflictError, match="lamps:1 already belongs to the source lamps"),
    ):
        batch.add(lamp(1, source="others"))
    assert catalog.product("lamps:1") == lamp(1)


def test_prices_are_given_oldest_first_and_never_twice(catalog: Catalog) -> None:
    with catalog.importing("lamps", "history.jsonl", "h") as batch:
        batch.add(observation(2, 9.0, LATER))
        assert batch.add(observation(2, 9.0, LATER)) == "same"
        assert batch.add(observation(2, 12.0, FIRST)) == "same"
    assert [seen.price for seen in catalog.prices("lamps:2")] == [price(12.0), price(9.0, LATER)]


def test_reviews_pages_and_events_are_read_back(catalog: Catalog) -> None:
    with catalog.importing("lamps", "more.jsonl", "m") as batch:
        for record in (review(11, 2), review(12, 2), review(13, 4), page(1), event(1), event(2)):
            batch.add(record)
    assert catalog.reviews("lamps:2") == (review(2, 2), review(11, 2), review(12, 2))
    assert catalog.review("review:13") == review(13, 4)
    assert catalog.page("page:1") == page(1)
    assert catalog.events(limit=1) == (event(2),)


def test_identifiers_are_found_with_and_without_hyphens(catalog: Catalog) -> None:
    values = catalog.select("SELECT value FROM identifiers WHERE product = 2 ORDER BY value")
    assert [value for (value,) in values] == ["gl-0001", "gl0001", "lamps:1"]


def test_a_flag_that_says_no_is_not_found_by_its_name(catalog: Catalog) -> None:
    assert words_found(catalog, "dimmable") == ["lamps:1", "lamps:3", "lamps:5"]


def test_meanings_of_the_category_come_before_those_of_the_whole_source(catalog: Catalog) -> None:
    path = lamp(0).category
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        batch.describe((), "colour", Meaning(also=("shade",)))
        batch.describe((), "light_output", Meaning(also=("brightness",)))
        batch.describe(path, "colour", Meaning(also=("finish",)))
        batch.describe(path, "", Meaning(also=("torchieres",)))
    assert catalog.meanings(path) == {
        "": Meaning(also=("torchieres",)),
        "colour": Meaning(also=("finish",)),
        "light_output": Meaning(also=("brightness",)),
    }
    assert catalog.meanings(("Elsewhere",)) == {}


def test_a_source_knows_the_day_of_its_last_import(catalog: Catalog) -> None:
    before = datetime.now(UTC).date()
    with catalog.importing("lamps", "reviews.jsonl", "r") as batch:
        batch.add(review(11, 1))
    (summary,) = catalog.sources()

    assert summary.imported is not None
    assert before <= summary.imported <= datetime.now(UTC).date()


def test_sources_are_summed_up(catalog: Catalog) -> None:
    with catalog.importing("lamps", "reviews.jsonl", "r") as batch:
        batch.add(review(11, 1))
        batch.add(observation(1, 5.0, LATER))
    (summary,) = catalog.sources()
    assert (
        summary.name,
        summary.files,
        summary.products,
        summary.reviews,
        summary.oldest,
        summary.newest,
    ) == (
        "lamps",
        ("lamps.jsonl", "reviews.jsonl"),
        6,
        7,
        FIRST,
        LATER,
    )


def test_removing_a_source_leaves_the_others_and_asks_for_its_vectors_to_be_forgotten(
    catalog: Catalog,
) -> None:
    with catalog.importing("notes", "notes.html", "n") as batch:
        batch.add(
            page(5).model_copy(update={"origin": page(5).origin.model_copy(update={"source": "notes"})})
        )
    catalog.remove_source("lamps")
    assert catalog.counts().model_dump() == {
        "products": 0,
        "reviews": 0,
        "pages": 1,
        "events": 0,
        "prices": 0,
        "categories": 0,
        "pending": 6,
    }
    assert catalog.verify() == []
    with pytest.raises(NotFoundError, match="No source is called lamps"):
        catalog.remove_source("lamps")


def test_verify_names_a_text_index_that_lost_a_product(catalog: Catalog) -> None:
    catalog.select("DELETE FROM products_fts WHERE rowid = 3")
    (problem,) = catalog.verify()
    assert problem.startswith("The text index of products lacks 1 and has 0 too many")


def test_rebuilt_texts_find_what_a_damaged_text_index_lost(catalog: Catalog) -> None:
    with catalog.importing("lamps", "guide.html", "g") as batch:
        batch.add(page(1))
    for index in ("products", "pages"):
        catalog.select(f"UPDATE {index}_fts_data SET block = x'00ff' WHERE id > 10")
    assert len(catalog.verify()) == 2
    catalog.rebuild_texts()
    assert catalog.verify() == []
    assert words_found(catalog, "lamp AND 3") == ["lamps:3"]


def test_events_of_different_time_zones_are_in_one_order(catalog: Catalog) -> None:
    later = event(9).model_copy(update={"at": datetime.fromisoformat("2026-02-01T10:30:00+05:00")})
    with catalog.importing("lamps", "orders.csv", "e") as batch:
        batch.add(later)
        batch.add(event(6))
    assert catalog.events(limit=2) == (event(6), later)


def test_a_file_that_is_no_catalogue_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    letter = tmp_path / "catalog.sqlite"
    letter.write_text("Dear shop, " * 1000, encoding="utf-8")
    with pytest.raises(CorruptError, match="is damaged or is no catalogue"):
        Catalog.open(letter)
    assert letter.read_text(encoding="utf-8").startswith("Dear shop")


def test_a_catalogue_of_another_version_is_refused(catalog: Catalog) -> None:
    catalog.select("UPDATE meta SET value = '99' WHERE key = 'schema'")
    with pytest.raises(CatalogueError, match="made by another version"):
        Catalog.open(catalog.path)


def test_a_catalogue_from_before_a_table_is_given_it(catalog: Catalog) -> None:
    catalog.select("DROP TABLE shared")
    before = catalog.select("SELECT * FROM products ORDER BY key")
    with Catalog.open(catalog.path) as opened:
        assert opened.select("SELECT * FROM shared") == []
        assert opened.select("SELECT * FROM products ORDER BY key") == before
        assert opened.verify() == []


def test_a_connection_that_is_closed_while_another_thread_reads_crashes_nothing(tmp_path: Path) -> None:
    """In a process of its own: what it guards against is a segmentation fault."""
    closing = [sys.executable, "-m", "tests.index.closing", str(tmp_path / "catalog.sqlite")]
    run = subprocess.run(closing, capture_output=True, text=True, check=False, timeout=120)
    assert (run.returncode, run.stdout) == (0, "alive\n"), run.stderr


def test_the_digest_is_of_what_is_held_and_not_of_how_often_it_was_written(
    catalog: Catalog, tmp_path: Path
) -> None:
    before = catalog.content_digest()
    with stocked(tmp_path / "elsewhere", 6) as other:
        assert other.content_digest() == before
    with catalog.importing("lamps", "again.jsonl", "again") as batch:
        batch.add(lamp(3))
        batch.add(event(1))
    assert catalog.content_digest() == before


@pytest.mark.parametrize(
    "record", [lamp(3, amount=10.5), lamp(7), review(17, 3), page(1), observation(2, 8.5, LATER)]
)
def test_anything_that_a_researcher_could_be_told_changes_the_digest(
    catalog: Catalog, record: AnyRecord
) -> None:
    before = catalog.content_digest()
    with catalog.importing("lamps", "more.jsonl", "more") as batch:
        batch.add(record)
    assert catalog.content_digest() != before


def test_what_the_person_said_of_two_products_changes_the_digest(catalog: Catalog) -> None:
    before = catalog.content_digest()
    catalog.say_same("lamps:1", "lamps:2", same=False)
    assert catalog.content_digest() != before
