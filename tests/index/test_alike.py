"""Pairs that may be one thing: found by their titles, taken down or out by what speaks against them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from index.catalog import Catalog
from tests.index.test_identity import EAN, OTHER_EAN, add, told

FILLERS = (
    "Fenwick mug",
    "Sable rug 120",
    "Pike chair",
    "Tarn bench, oak",
    "Holm stool",
    "Wren kettle 1.7",
    "Moor tray",
)


@pytest.fixture
def catalog(tmp_path: Path) -> Iterator[Catalog]:
    """Three shops and the ordinary goods of one of them."""
    add(tmp_path, *(told("east", f"other-{at}", title=title) for at, title in enumerate(FILLERS)))
    with Catalog.open(tmp_path / "catalog.sqlite") as opened:
        yield opened


def suggested(catalog: Catalog, of: str = "") -> list[set[str]]:
    """The ids of the pairs."""
    return [{pair.one.id, pair.other.id} for pair in catalog.same_suggestions(20, of=of)]


@pytest.mark.parametrize(
    ("mine", "its", "likely"),
    [
        ({"title": "Vesper VX-2000 floor lamp"}, {"title": "VESPER Floor Lamp VX2000, black"}, True),
        ({"title": "Vesper VX-2000 floor lamp"}, {"title": "Floor lamp VX 2000 (Vesper)"}, True),
        ({"title": "Café lamp Orion 3"}, {"title": "Orion 3 cafe lamp"}, True),
        ({"title": "Vesper VX-2000 floor lamp"}, {"title": "Vesper VX-3000 floor lamp"}, False),
        ({"title": "Vesper lamp", "brand": "Vesper"}, {"title": "Orla lamp", "brand": "Orla"}, False),
        ({"title": "Vesper VX2000", "amount": 30}, {"title": "Vesper VX2000", "amount": 45}, True),
        ({"title": "Vesper VX2000", "amount": 30}, {"title": "Vesper VX2000", "amount": 450}, False),
        ({"title": "Vesper VX2000", "gtin": (EAN,)}, {"title": "Vesper VX2000", "gtin": (OTHER_EAN,)}, False),
        ({"title": "Vesper lamp"}, {"title": "Fen chair"}, False),
    ],
)  # fmt: skip
def test_a_pair_is_suggested_by_its_title_and_by_nothing_that_speaks_against_it(
    tmp_path: Path, catalog: Catalog, mine: dict[str, Any], its: dict[str, Any], likely: bool
) -> None:
    add(tmp_path, told("west", "mine", **mine), told("north", "its", **its))
    assert ({"west:mine", "north:its"} in suggested(catalog)) == likely


def test_each_record_stands_in_its_best_pair_alone_and_in_every_one_where_it_is_asked_for(
    tmp_path: Path, catalog: Catalog
) -> None:
    add(
        tmp_path,
        told("west", title="Vesper VX2000 floor lamp"),
        told("north", "black", title="Vesper VX2000 floor lamp, black"),
        told("north", "plain", title="Vesper VX2000 floor lamp"),
        told("south", title="VX2000 floor lamp by Vesper"),
    )
    pairs = suggested(catalog)
    assert {"west:lamp", "north:plain"} in pairs
    assert {"west:lamp", "south:lamp"} in pairs
    assert {"west:lamp", "north:black"} not in pairs
    assert {"west:lamp", "north:black"} in suggested(catalog, of="west:lamp")
    assert {"south:lamp", "north:plain"} not in suggested(catalog, of="west:lamp")


def test_a_pair_that_is_joined_or_decided_is_not_suggested_again(tmp_path: Path, catalog: Catalog) -> None:
    lamp = "Vesper VX2000 floor lamp"
    add(
        tmp_path,
        told("west", title=lamp, gtin=(EAN,)),
        told("north", title=lamp, gtin=(EAN,)),
        told("south", title=lamp),
    )
    assert {"west:lamp", "north:lamp"} not in suggested(catalog)
    assert {"west:lamp", "south:lamp"} in suggested(catalog)
    catalog.say_same("west:lamp", "south:lamp", same=False)
    assert {"west:lamp", "south:lamp"} not in suggested(catalog)
