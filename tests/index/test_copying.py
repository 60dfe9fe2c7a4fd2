"""A copied catalogue has every record and is sound, whoever writes to the other; without a person's past."""

import json
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.errors import ConflictError, CorruptError
from index.meanings import Meaning
from index.search import Index, SearchRequest
from index.store.copying import copy_catalogue
from index.store.vector_log import Vectors32
from index.vectors import Vectors
from tests.index.child import unheard
from tests.index.hash_embedder import embed
from tests.index.shelf import LATER, event, lamp, observation, origin, page, review, stocked

DERIVED = (
    "SELECT id, record FROM products ORDER BY key",
    "SELECT * FROM offers ORDER BY product, amount",
    "SELECT * FROM attributes",
    "SELECT * FROM identifiers ORDER BY product, value",
    "SELECT rowid, * FROM products_fts ORDER BY rowid",
    "SELECT path FROM categories ORDER BY path",
    "SELECT id, product_id, record FROM reviews ORDER BY key",
    "SELECT id, record FROM pages ORDER BY key",
    "SELECT rowid, * FROM pages_fts ORDER BY rowid",
    "SELECT id, at, record FROM events ORDER BY key",
    "SELECT * FROM prices",
    "SELECT * FROM column_meanings",
    "SELECT source, file, digest, started, finished, rows_done FROM imports",
)


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """Lamps from one source, and from another what a person ordered beside a lamp of its own."""
    with stocked(tmp_path, 40) as catalog:
        with catalog.importing("lamps", "more.jsonl", "more") as batch:
            batch.describe(("Home",), "colour", Meaning(also=("shade",)))
            batch.add(page(1))
            batch.add(observation(3, 7.0, LATER))
        with catalog.importing("own", "orders.csv", "own") as batch:
            batch.describe((), "", Meaning(also=("zither",)))
            batch.add(lamp(90, title="Zither lamp", source="own").model_copy(update={"id": "own:90"}))
            own = event(1)
            batch.add(own.model_copy(update={"origin": origin(source="own"), "text": "Zither stand"}))
        with catalog.importing("critics", "critics.jsonl", "critics") as batch:
            told = review(90, 90).model_copy(update={"product_id": "own:90", "id": "critic:1"})
            batch.add(told.model_copy(update={"origin": origin(source="critics")}))
            batch.add(review(91, 3).model_copy(update={"origin": origin(source="critics")}))
    return tmp_path / "catalog.sqlite"


def rows(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with Catalog.open(path) as catalog:
        return {sql: catalog.select(sql) for sql in DERIVED}


def test_a_copy_with_events_holds_what_the_other_holds(source: Path, tmp_path: Path) -> None:
    copied = copy_catalogue(source, tmp_path / "copy" / "catalog.sqlite", with_events=True)
    assert (copied.products, copied.events, copied.left_out) == (41, 1, ())
    assert rows(tmp_path / "copy" / "catalog.sqlite") == rows(source)
    with Catalog.open(tmp_path / "copy" / "catalog.sqlite") as catalog:
        assert catalog.verify() == []
        assert catalog.generation == 1


def test_a_source_that_told_of_a_person_is_in_no_byte_of_a_copy_without_events(
    source: Path, tmp_path: Path
) -> None:
    copied = copy_catalogue(source, tmp_path / "copy" / "catalog.sqlite", with_events=False)
    assert (copied.products, copied.events, copied.left_out) == (40, 0, (("own", 1),))
    written = b"".join(path.read_bytes() for path in (tmp_path / "copy").iterdir())
    assert b"GL-0003" in written
    for told in (b"zither", b"Zither", b"own:", b"orders.csv", b"critic:1"):
        assert told not in written
    with Catalog.open(tmp_path / "copy" / "catalog.sqlite") as catalog:
        assert catalog.verify() == []
        assert [s.name for s in catalog.sources()] == ["critics", "lamps"]
        assert [r.id for r in catalog.reviews("lamps:3")] == ["review:3", "review:91"]


def test_pictures_of_this_machine_are_no_part_of_a_copy(tmp_path: Path) -> None:
    web, local = "https://shop.example/a.png", str(tmp_path / "a.png")
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog, catalog.importing("s", "f", "d") as batch:
        batch.add(lamp(1).model_copy(update={"images": (local, web)}))
    copy_catalogue(tmp_path / "catalog.sqlite", tmp_path / "copy.sqlite", with_events=True)
    with Catalog.open(tmp_path / "copy.sqlite") as catalog:
        assert catalog.product("lamps:1").images == (web,)
    assert str(tmp_path).encode() not in (tmp_path / "copy.sqlite").read_bytes()


@pytest.mark.slow
def test_copies_made_while_another_process_imports_are_sound(tmp_path: Path) -> None:
    stocked(tmp_path, 10).close()
    source = tmp_path / "catalog.sqlite"
    child = subprocess.Popen([sys.executable, "-m", "tests.index.child", "import", str(source), "4000"])
    seen: list[int] = []
    while child.poll() is None:
        copy = tmp_path / f"copy{len(seen)}.sqlite"
        seen.append(copy_catalogue(source, copy, with_events=True).products)
        with Catalog.open(copy) as catalog:
            assert catalog.verify() == []
            assert catalog.counts().products == seen[-1]
    assert child.returncode == 0
    assert seen == sorted(seen)
    assert copy_catalogue(source, tmp_path / "last.sqlite", with_events=True).products == 4000


def test_records_are_put_into_an_empty_catalogue_alone(source: Path, tmp_path: Path) -> None:
    with Catalog.open(tmp_path / "copy.sqlite"):
        copy_catalogue(source, tmp_path / "copy.sqlite", with_events=True)
    before = rows(tmp_path / "copy.sqlite")
    with pytest.raises(ConflictError, match="holds products already"):
        copy_catalogue(source, tmp_path / "copy.sqlite", with_events=True)
    assert rows(tmp_path / "copy.sqlite") == before


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE products SET record = '{}' WHERE key = 3",
        "UPDATE reviews SET record = 'no JSON' WHERE key = 3",
        "UPDATE prices SET record = x'ff00'",
        "CREATE VIEW spy AS SELECT * FROM products",
        "CREATE TRIGGER spy AFTER INSERT ON products BEGIN DELETE FROM products; END",
        "UPDATE column_meanings SET meaning = '{\"run\": 1}'",
    ],
)
def test_of_a_file_with_records_that_are_none_nothing_is_taken(
    source: Path, tmp_path: Path, change: str
) -> None:
    with closing(sqlite3.connect(source)) as connection:
        connection.execute(change)
        connection.commit()
    with pytest.raises(CorruptError):
        copy_catalogue(source, tmp_path / "copy.sqlite", with_events=True)
    with Catalog.open(tmp_path / "copy.sqlite") as catalog:
        assert catalog.counts().products == 0


def test_escapes_in_a_file_from_elsewhere_are_taken_out(source: Path, tmp_path: Path) -> None:
    with closing(sqlite3.connect(source)) as connection:
        (record,) = connection.execute("SELECT record FROM products WHERE key = 3").fetchone()
        forged = {**json.loads(record), "title": "Lamp \x1b]52;c;x\x07 of <b>&amp;lt; \u202eelsewhere"}
        connection.execute("UPDATE products SET record = ? WHERE key = 3", (json.dumps(forged),))
        connection.commit()
    copy_catalogue(source, tmp_path / "copy.sqlite", with_events=True)
    with Catalog.open(tmp_path / "copy.sqlite") as catalog:
        assert catalog.product("lamps:2").title == "Lamp ]52;c;x of <b>&amp;lt; elsewhere"


def test_what_is_derived_is_derived_anew_and_not_believed(source: Path, tmp_path: Path) -> None:
    before = rows(source)
    with closing(sqlite3.connect(source)) as connection:
        connection.execute("UPDATE offers SET amount = 0.01")
        connection.execute("UPDATE attributes SET at_least = 9999")
        connection.execute("UPDATE products SET title = 'Forged', brand = 'forged', rating = 5")
        connection.commit()
    copy_catalogue(source, tmp_path / "copy.sqlite", with_events=True)
    assert rows(tmp_path / "copy.sqlite") == before


def test_copied_vectors_search_as_the_others_do_and_none_is_made_anew(source: Path, tmp_path: Path) -> None:
    with Catalog.open(source) as catalog:
        vectors = Vectors.open(tmp_path / "chroma", embed)
        vectors.drain(catalog, unheard)
        wanted = embed(["lamp for room 7"])[0]
        before = vectors.query(wanted, None, 5)
        vectors.close()
    other = tmp_path / "other"
    copy_catalogue(source, other / "catalog.sqlite", with_events=False)
    with Catalog.open(other / "catalog.sqlite") as catalog:
        assert Vectors.open(tmp_path / "chroma", embed).copy(tmp_path / "copied", catalog) == 40
        assert b"own:90" not in (tmp_path / "copied" / "vectors.jsonl").read_bytes()
        vectors = Vectors.open(other / "chroma", none_to_embed)
        vectors.take_in(tmp_path / "copied")
        assert vectors.query(wanted, None, 1)[0][0] == before[0][0], "also before a drain"
        vectors.drain(catalog, unheard)
        assert vectors.verify(catalog) == []
        after = vectors.query(wanted, None, 5)
        assert [distance for _, distance in after] == pytest.approx([d for _, d in before], abs=1e-5)
        vectors.close()
    with Index.open(other) as index:
        assert index.search(SearchRequest(query="GL-0003")).hits[0].product.id == "lamps:3"


def none_to_embed(_: object) -> Vectors32:
    raise AssertionError("a copied vector was made anew")
