"""Several processes on one catalogue: reading goes on while another writes, and waiting has an end."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.errors import LockedError
from index.store.vector_log import Vectors32
from index.vectors import Vectors
from tests.index.child import unheard
from tests.index.hash_embedder import embed
from tests.index.shelf import import_lamps, lamp, stocked


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    with stocked(tmp_path, 50) as opened:
        yield opened


def test_a_locked_catalogue_can_be_read_and_says_that_another_process_writes(catalog: Catalog) -> None:
    other = sqlite3.connect(catalog.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with Catalog.open(catalog.path, patience=0.1) as impatient:
        assert impatient.product("lamps:3") == lamp(3)
        with pytest.raises(LockedError, match="wait until it has finished and run this again"):
            import_lamps(impatient, 60)
    other.execute("ROLLBACK")
    other.close()
    import_lamps(catalog, 60)
    assert catalog.counts().products == 60


@pytest.mark.longer
def test_one_process_searches_while_another_imports(catalog: Catalog) -> None:
    generations, reads = {catalog.generation}, 0
    importer = start("import", catalog.path, 4000)
    while importer.poll() is None:
        found = catalog.select(
            "SELECT id FROM products_fts JOIN products ON products.key = products_fts.rowid"
            " WHERE products_fts MATCH 'glimmer lamp' ORDER BY rank LIMIT 20"
        )
        assert len(catalog.products([product_id for (product_id,) in found])) == 20
        generations.add(catalog.generation)
        reads += 1
    assert importer.returncode == 0
    assert reads > 20
    assert len(generations) > 2, "the reader sees the import grow"
    assert (catalog.counts().products, catalog.verify()) == (4000, [])


def test_two_processes_import_at_once_and_both_succeed(catalog: Catalog) -> None:
    both = [start("import", catalog.path, 1500), start("import", catalog.path, 1501)]
    assert [importer.wait() for importer in both] == [0, 0]
    assert (catalog.counts().products, catalog.verify()) == (1501, [])


@pytest.mark.slow
def test_one_process_searches_vectors_while_another_drains(catalog: Catalog) -> None:
    vectors = Vectors.open(catalog.path.parent / "chroma", embed)
    vectors.drain(catalog, unheard)
    import_lamps(catalog, 2500)
    question = embed(["a lamp for room 17"])[0]
    drain = start("drain", catalog.path, 0)
    while drain.poll() is None:
        assert vectors.query(question, None, 1)[0][0] in nearest(vectors, question)
        assert vectors.query(question, ["lamps:17", "lamps:18"], 1)[0][0] == "lamps:17"
    assert drain.returncode == 0
    last = embed(["a lamp for room 2345"])[0]
    assert nearest(vectors, last)[0] == "lamps:2345"
    assert vectors.query(last, None, 1)[0][0] in nearest(vectors, last)
    assert vectors.verify(catalog) == []
    vectors.close()


def nearest(vectors: Vectors, question: Vectors32) -> list[str]:
    """The fifty nearest, exactly: of lamps so alike a graph misses the very nearest once in fifty times."""
    every = [f"lamps:{number}" for number in range(2500)]
    return [product_id for product_id, _ in vectors.query(question, every, 50)]


def start(verb: str, path: Path, lamps: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "tests.index.child", verb, str(path), str(lamps)])
