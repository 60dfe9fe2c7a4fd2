"""What people type is found though no product has the word: misspelt, joined, part of one, in any script."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.product import Product
from index.search import Index, SearchRequest
from tests.index.market import origin

TITLES = (
    "Funkkopfhörer mit Geräuschunterdrückung",
    "Schlagbohrmaschine 750 W",
    "Bücherregal aus Eiche",
    "Noise cancelling headphone stand",
    "Waterproof backpack",
    "게이밍헤드셋 7.1채널",
    "전동 드릴 배터리 2개",
    "無線降噪耳機",
    "Sturdy hammock",
)


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], list[str]]]:
    home = tmp_path_factory.mktemp("shop")
    with Catalog.open(home / "catalog.sqlite") as catalog, catalog.importing("market", "shop", "1") as batch:
        for place, title in enumerate(TITLES):
            batch.add(Product(id=f"thing-{place}", origin=origin(place + 1), title=title))
    with Index.open(home, meaning=False) as index:
        yield lambda query: [hit.product.title for hit in index.search(SearchRequest(query=query)).hits]


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("waterprof bakpack", "Waterproof backpack"),
        ("hamock", "Sturdy hammock"),
        ("headphonestand", "Noise cancelling headphone stand"),
        ("Bohrmaschine", "Schlagbohrmaschine 750 W"),
        ("Buecherregal", "Bücherregal aus Eiche"),
        ("Bücherregale", "Bücherregal aus Eiche"),
        ("Funkkopfhörer", "Funkkopfhörer mit Geräuschunterdrückung"),
        ("헤드셋", "게이밍헤드셋 7.1채널"),
        ("드릴을", "전동 드릴 배터리 2개"),
        ("배터리", "전동 드릴 배터리 2개"),
        ("耳機", "無線降噪耳機"),
        ("降噪", "無線降噪耳機"),
    ],
)
def test_it_is_found_as_it_is_typed(found: Callable[[str], list[str]], typed: str, meant: str) -> None:
    assert found(typed)[:1] == [meant]


@pytest.mark.parametrize("typed", ["sturdy", "hammock", "750"])
def test_a_word_that_products_have_is_left_as_it_is(found: Callable[[str], list[str]], typed: str) -> None:
    assert len(found(typed)) == 1


@pytest.mark.parametrize("typed", ["xyzzyq", "qqqqqqqqqq", "ab", "žž", "\ud800\ud800\ud800\ud800"])
def test_what_resembles_nothing_finds_nothing(found: Callable[[str], list[str]], typed: str) -> None:
    assert found(typed) == []


def test_a_word_that_was_imported_since_is_known(tmp_path: Path) -> None:
    with (
        Catalog.open(tmp_path / "catalog.sqlite") as catalog,
        Index.open(tmp_path, meaning=False) as index,
    ):
        for title in ("Sturdy hammock", "Garden hose"):
            with catalog.importing("market", title, title) as batch:
                batch.add(Product(id=title, origin=origin(1), title=title))
            (hit,) = index.search(SearchRequest(query=title.split()[1] + "x")).hits
            assert hit.product.title == title
