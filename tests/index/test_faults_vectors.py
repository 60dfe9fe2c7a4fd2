"""Damage in the vectors' folder never reaches the catalogue, is said in one sentence, and is healed."""

import os
import random
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.errors import VectorsError
from index.vectors import Vectors
from tests.index.child import unheard
from tests.index.hash_embedder import embed
from tests.index.shelf import lamp, stocked

LAMPS = 1100
"""Above Chroma's threshold of 1,000, so that its index files are on disk."""
QUESTION = embed(["a lamp for room 17"])[0]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sound")
    with stocked(folder, LAMPS) as catalog:
        vectors = Vectors.open(folder / "chroma", embed)
        vectors.drain(catalog, unheard)
        vectors.close()
    return folder


@pytest.fixture
def catalog(home: Path, tmp_path: Path) -> Iterator[Catalog]:
    shutil.copytree(home, tmp_path / "home")
    with Catalog.open(tmp_path / "home" / "catalog.sqlite") as opened:
        yield opened


def truncate(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def fill_with_garbage(path: Path) -> None:
    path.write_bytes(random.Random(7).randbytes(path.stat().st_size))


def empty(path: Path) -> None:
    path.write_bytes(b"")


CHROMA_FILES = (
    "chroma.sqlite3",
    "*/data_level0.bin",
    "*/header.bin",
    "*/link_lists.bin",
    "*/index_metadata.pickle",
)
DAMAGE = (truncate, fill_with_garbage, empty, Path.unlink)
FAST = {
    ("chroma.sqlite3", truncate),
    ("chroma.sqlite3", Path.unlink),
    ("*/data_level0.bin", fill_with_garbage),
    ("*/header.bin", empty),
    ("*/index_metadata.pickle", fill_with_garbage),
}
"""One of each kind; the others are run among the slow tests."""


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        pytest.param(name, damage, marks=() if (name, damage) in FAST else pytest.mark.slow)
        for name in CHROMA_FILES
        for damage in DAMAGE
    ],
)
def test_damage_in_chroma_is_said_and_healed(
    catalog: Catalog, name: str, damage: Callable[[Path], None]
) -> None:
    chroma = catalog.path.parent / "chroma"
    (damaged,) = chroma.glob(name)
    damage(damaged)
    vectors = Vectors.open(chroma, embed)
    with pytest.raises(VectorsError, match="chroma is damaged; run `productresearch index rebuild`"):
        vectors.query(QUESTION, None, 1)
    assert catalog.product("lamps:3") == lamp(3)
    assert vectors.query(QUESTION, ["lamps:17", "lamps:18"], 1)[0][0] == "lamps:17"
    vectors.rebuild(catalog, unheard)
    assert vectors.query(QUESTION, None, 1)[0][0] == "lamps:17"
    assert vectors.verify(catalog) == []
    vectors.close()


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("name", ["vectors.f32", "vectors.jsonl"])
def test_damage_in_the_log_is_said_and_healed(
    catalog: Catalog, name: str, damage: Callable[[Path], None]
) -> None:
    chroma = catalog.path.parent / "chroma"
    damage(chroma / name)
    vectors = Vectors.open(chroma, embed)
    if damage is truncate and name == "vectors.jsonl":
        assert vectors.verify(catalog)[0].startswith("The vector log lacks")
    else:
        with pytest.raises(VectorsError, match="run `productresearch index rebuild`"):
            vectors.query(QUESTION, ["lamps:17", "lamps:18"], 1)
    vectors.rebuild(catalog, unheard)
    assert vectors.query(QUESTION, ["lamps:17", "lamps:18"], 1)[0][0] == "lamps:17"
    assert vectors.verify(catalog) == []
    vectors.close()


def test_a_folder_that_was_deleted_is_made_anew_by_the_next_drain(catalog: Catalog) -> None:
    chroma = catalog.path.parent / "chroma"
    shutil.rmtree(chroma)
    vectors = Vectors.open(chroma, embed)
    vectors.drain(catalog, unheard)
    assert vectors.verify(catalog) == []
    vectors.close()


def test_damage_while_chroma_is_open_is_found_by_verify(catalog: Catalog) -> None:
    chroma = catalog.path.parent / "chroma"
    vectors = Vectors.open(chroma, embed)
    vectors.query(QUESTION, None, 1)
    (rows,) = chroma.glob("*/data_level0.bin")
    fill_with_garbage(rows)
    assert "is damaged" in vectors.verify(catalog)[0]
    vectors.close()


def test_files_that_chroma_writes_anew_at_each_opening_are_not_taken_for_damage(tmp_path: Path) -> None:
    with stocked(tmp_path, 20) as catalog:
        vectors = Vectors.open(tmp_path / "chroma", embed)
        vectors.drain(catalog, unheard)
        vectors.close()
        for path in (tmp_path / "chroma").glob("*/*.bin"):
            fill_with_garbage(path)
        reader = Vectors.open(tmp_path / "chroma", embed)
        assert reader.query(QUESTION, None, 1)[0][0] == "lamps:17"
        assert reader.verify(catalog) == []
        reader.close()
