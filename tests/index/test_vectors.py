"""Vectors follow the catalogue through drains, and are found with and without a filter."""

import random
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from filelock import FileLock

from index.catalog import Catalog
from index.errors import LockedError, VectorsError
from index.store import rows
from index.store.chroma_store import ChromaStore
from index.store.vector_log import Vectors32
from index.vectors import BATCH, Vectors
from tests.index.hash_embedder import embed
from tests.index.shelf import LATER, lamp, stocked
from tests.slow import slow

KINDS = ("lamps", "room", "floor", "desk", "Red", "Blue", "white", "ceiling")

LAMPS = 40


def quiet(done: int, total: int) -> None:
    assert done <= total


class CountingEmbedder:
    """Embeds and remembers which texts it was given."""

    def __init__(self) -> None:
        self.texts: list[str] = []

    def __call__(self, texts: Sequence[str]) -> Vectors32:
        self.texts.extend(texts)
        return embed(texts)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with stocked(tmp_path, LAMPS) as opened:
        yield opened


@pytest.fixture
def vectors(catalog: Catalog) -> Iterator[Vectors]:
    opened = Vectors.open(catalog.path.parent / "chroma", embed)
    opened.drain(catalog, quiet)
    yield opened
    opened.close()


def nearest(vectors: Vectors, words: str, ids: Sequence[str] | None = None, limit: int = 3) -> list[str]:
    return [product_id for product_id, _ in vectors.query(embed([words])[0], ids, limit)]


def test_a_drain_makes_every_pending_vector(catalog: Catalog, vectors: Vectors) -> None:
    assert catalog.counts().pending == 0
    assert vectors.verify(catalog) == []
    ((drained,),) = catalog.select("SELECT value FROM meta WHERE key = 'vectors'")
    assert int(drained) == catalog.generation


def test_progress_ends_with_all_done(catalog: Catalog, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    vectors = Vectors.open(tmp_path / "chroma", embed)
    vectors.drain(catalog, lambda done, total: told.append((done, total)))
    vectors.close()
    assert told == [(LAMPS, LAMPS)]


def test_the_nearest_product_of_all_comes_first(vectors: Vectors) -> None:
    assert nearest(vectors, "a lamp for room 17")[0] == "lamps:17"


def test_only_the_given_ids_are_searched_and_unknown_ones_are_left_out(vectors: Vectors) -> None:
    ids = ["lamps:3", "lamps:99", "lamps:5"]
    assert sorted(nearest(vectors, "a lamp for room 17", ids)) == ["lamps:3", "lamps:5"]
    assert nearest(vectors, "a lamp for room 17", []) == []


def test_both_ways_of_searching_give_the_same_distances(vectors: Vectors) -> None:
    question = embed(["Warm white desk lamp"])[0]
    everything = dict(vectors.query(question, None, LAMPS))
    filtered = dict(vectors.query(question, [f"lamps:{number}" for number in range(LAMPS)], LAMPS))
    assert filtered == pytest.approx(everything, abs=1e-5)


def test_a_new_price_embeds_nothing_and_a_new_title_one_product(catalog: Catalog, vectors: Vectors) -> None:
    vectors.close()
    embedder = CountingEmbedder()
    again = Vectors.open(catalog.path.parent / "chroma", embedder)
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        batch.add(lamp(1, amount=3.5))
        batch.add(lamp(2, title="Beacon"))
    again.drain(catalog, quiet)
    assert nearest(again, "Beacon", limit=1) == ["lamps:2"]
    again.close()
    assert [text.split(".")[0] for text in embedder.texts] == ["Beacon"]


def test_a_removed_source_is_forgotten(catalog: Catalog, vectors: Vectors) -> None:
    with catalog.importing("others", "o.jsonl", "o") as batch:
        batch.add(lamp(50, source="others"))
    catalog.remove_source("lamps")
    vectors.drain(catalog, quiet)
    assert nearest(vectors, "lamp") == ["lamps:50"]
    assert vectors.verify(catalog) == []


def test_a_product_changed_while_it_was_embedded_stays_pending(catalog: Catalog, tmp_path: Path) -> None:
    def embed_slowly(texts: Sequence[str]) -> Vectors32:
        if catalog.product("lamps:1").title != "Beacon":
            with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
                batch.add(lamp(1, title="Beacon", seen=LATER))
        return embed(texts)

    vectors = Vectors.open(tmp_path / "chroma", embed_slowly)
    vectors.drain(catalog, quiet)
    assert nearest(vectors, "Beacon", limit=1) == ["lamps:1"]
    vectors.close()


def test_a_second_drain_is_refused_while_one_runs(catalog: Catalog, vectors: Vectors) -> None:
    with (
        FileLock(catalog.path.parent / "chroma" / "drain.lock"),
        pytest.raises(LockedError, match="it will make these too"),
    ):
        vectors.drain(catalog, quiet)


def test_searching_before_any_drain_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(VectorsError, match="no vectors yet; run `productresearch index rebuild`"):
        Vectors.open(tmp_path / "chroma", embed).query(embed(["lamp"])[0], None, 3)


def test_a_rebuild_embeds_only_what_changed(catalog: Catalog, vectors: Vectors) -> None:
    vectors.close()
    embedder = CountingEmbedder()
    again = Vectors.open(catalog.path.parent / "chroma", embedder)
    again.rebuild(catalog, quiet)
    assert embedder.texts == []
    assert again.verify(catalog) == []
    assert nearest(again, "a lamp for room 17")[0] == "lamps:17"
    again.close()


def test_an_open_reader_sees_what_another_process_drained(catalog: Catalog, vectors: Vectors) -> None:
    assert "lamps:60" not in nearest(vectors, "Zeppelin")
    with catalog.importing("lamps", "lamps.jsonl", "second") as batch:
        batch.add(lamp(60, title="Zeppelin"))
    subprocess.run([sys.executable, "-m", "tests.index.child", "drain", str(catalog.path), "0"], check=True)
    assert nearest(vectors, "Zeppelin", limit=1) == ["lamps:60"]
    assert nearest(vectors, "Zeppelin", ["lamps:60", "lamps:1"], limit=1) == ["lamps:60"]


def test_a_filtered_search_imports_no_chromadb(catalog: Catalog, vectors: Vectors) -> None:
    vectors.close()
    code = (
        "import sys; from pathlib import Path; from index.vectors import Vectors;"
        "from tests.index.hash_embedder import embed;"
        "print(Vectors.open(Path(sys.argv[1]), embed).query(embed(['lamp'])[0], ['lamps:3'], 1)[0][0]);"
        "assert 'chromadb' not in sys.modules"
    )
    found = subprocess.run(
        [sys.executable, "-c", code, str(catalog.path.parent / "chroma")],
        check=True,
        capture_output=True,
        text=True,
    )
    assert found.stdout == "lamps:3\n"


def test_a_catalogue_whose_vectors_were_never_made_is_in_order(catalog: Catalog, tmp_path: Path) -> None:
    assert Vectors.open(tmp_path / "chroma", embed).verify(catalog) == []


def test_verify_names_products_without_a_vector(catalog: Catalog, vectors: Vectors) -> None:
    catalog.select("DELETE FROM products WHERE key > 30")
    problems = vectors.verify(catalog)
    assert [problem.split(";")[0] for problem in problems] == [
        "Chroma lacks 0 products and has 10 too many",
        "The vector log lacks 0 products and has 10 too many",
    ]


@pytest.mark.parametrize("attempt", [0, *slow(1, 2, 3, 4, 5)])
def test_a_vector_that_is_written_again_hides_no_other(attempt: int, tmp_path: Path) -> None:
    made = embed([rows.embedded_text(lamp(n)) for n in range(2200)])
    store = ChromaStore.open(tmp_path / "chroma", create=True)
    for start in range(0, 2200, BATCH):
        end = min(start + BATCH, 2200)
        store.write([f"p{n}" for n in range(start, end)], made[start:end], [])
    some = random.Random(attempt).sample(range(2200), 512)
    for _ in range(3):
        store.write([f"p{n}" for n in some], made[some], [])
    asked = embed([f"{KINDS[n % 8]} {n}" for n in range(200)])
    missed = sum(store.nearest(vector, 1)[0][1] > 1 - float((made @ vector).max()) + 1e-3 for vector in asked)
    store.close()
    assert missed <= 10
