"""Search over things of several sources and over joined names means what `decide` says of the merged view."""

import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.catalog import Catalog
from index.conditions import Condition, Op, Verdict, decide
from index.demo.shop import build_demo
from index.product import Product
from index.search import Index, SearchRequest
from tests.index.test_filters import attributes, conditions, products
from tests.index.test_identity import EAN, OTHER_EAN, add, number, told

NUMBERS = ((), (), (EAN,), (OTHER_EAN,), ("96385074",))


@st.composite
def records(draw: st.DrawFn) -> list[Product]:
    """Records of three sources, some of which bear one number; "size" is also called "größe"."""
    made = []
    for at, product in enumerate(draw(st.lists(products(), min_size=2, max_size=10))):
        source = draw(st.sampled_from(["east", "west", "north"]))
        origin = product.origin.model_copy(update={"source": source})
        further = draw(st.sampled_from([(), (draw(attributes("größe")),)]))
        made.append(
            product.model_copy(
                update={
                    "id": f"p{at}",
                    "origin": origin,
                    "gtin": draw(st.sampled_from(NUMBERS)),
                    "attributes": (*product.attributes, *further),
                }
            )
        )
    return made


@pytest.mark.longer
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(records(), st.lists(conditions, min_size=4, max_size=12))
def test_a_thing_is_a_hit_exactly_where_one_of_its_views_is_met(
    stocked: list[Product], asked: list[Condition]
) -> None:
    with tempfile.TemporaryDirectory() as home:
        add(Path(home), *stocked)
        with Index.open(Path(home), meaning=False) as index:
            catalog = index.catalog
            views = {p.id: p for p in catalog.known_products([p.id for p in stocked])}
            thing = {each: ids[0] for ids in catalog.same_things() for each in ids}
            for condition in asked:
                found = index.search(SearchRequest(query="", conditions=(condition,), limit=50))
                met = {thing.get(i, i) for i, view in views.items() if decide(condition, view) is Verdict.MET}
                hits = [hit.product for hit in found.hits]
                assert {thing.get(hit.id, hit.id) for hit in hits} == met, condition
                assert found.total == len(hits) == len(met)
                assert {decide(condition, hit) for hit in hits} <= {Verdict.MET}
                assert hits == catalog.products([hit.id for hit in hits])


def views_of(index: Index) -> list[str]:
    """The temporary views that stand before the tables."""
    query = "SELECT name FROM temp.sqlite_master WHERE type = 'view' ORDER BY name"
    return [name for (name,) in index._connection.execute(query)]


def test_where_nothing_is_the_same_a_search_reads_the_tables_themselves(tmp_path: Path) -> None:
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        build_demo(catalog, products=120)
        assert catalog.same_things() == []
        assert catalog.select("SELECT * FROM attribute_names") == []
        (told,) = {len(catalog.product_ids())}
        ids = sorted(catalog.product_ids())
        assert catalog.products(ids) == catalog.told_products(ids)
        assert all(catalog.differences(product_id) == () for product_id in ids)
    with Index.open(tmp_path, meaning=False) as index:
        assert index.search(SearchRequest(query="", limit=200)).total == told
        assert views_of(index) == []


def test_the_views_come_and_go_with_what_is_the_same(tmp_path: Path) -> None:
    add(tmp_path, told("east", gtin=(EAN,), attributes=(number("weight", 1, "kg"),)), told("west"))
    with Index.open(tmp_path, meaning=False) as index:
        index.search(SearchRequest(query="lamp"))
        assert views_of(index) == []
        index.catalog.say_same("east:lamp", "west:lamp", same=True)
        index.search(SearchRequest(query="lamp"))
        assert views_of(index) == ["attributes", "offers"]
        index.catalog.unsay_same("east:lamp")
        index.search(SearchRequest(query="lamp"))
        assert views_of(index) == []


def test_a_filter_through_the_views_is_answered_by_indexes(tmp_path: Path) -> None:
    """No scan of the attributes, with things and joined names at once."""
    add(
        tmp_path,
        told("east", gtin=(EAN,), attributes=(number("weight", 1, "kg"),)),
        told("west", gtin=(EAN,), attributes=(number("gewicht", 900, "g"),)),
    )
    with Index.open(tmp_path, meaning=False) as index:
        asked = Condition(attribute="weight", op=Op.AT_MOST, number=2, unit="kg")
        assert len(index.search(SearchRequest(query="", conditions=(asked,))).hits) == 1
        plan = plan_of(
            index._connection, "SELECT product FROM attributes WHERE name = 'weight' AND at_most < 2"
        )
        assert plan
        assert not [step for step in plan if step.startswith("SCAN") and "SUBQUERY" not in step], plan


def plan_of(connection: sqlite3.Connection, query: str) -> list[str]:
    """How SQLite answers a query."""
    return [detail for *_, detail in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
