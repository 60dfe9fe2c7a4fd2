"""The SQL of a condition and `decide` are one meaning."""

import tempfile
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.conditions import Condition, Op, Verdict, decide
from index.product import Attribute, Offer, Price, Product
from index.search import SearchRequest
from tests.index.market import DAY, open_market, origin

NAMES = ("size", "colour", "price", "rating", "brand", "title", "category")
WORDS = (
    "black",
    "off-white",
    "white",
    "no",
    "none",
    "m.2",
    "m.2-2280",
    "2.5",
    "5",
    "7200",
    "?",
    "'; drop",
    "검은",
)
NUMBERS = st.sampled_from([0.0, 1.0, 2.5, 3.0, 7.0, 1000.0, 2000.0, -4.0])
words = st.lists(st.sampled_from(WORDS), max_size=3).map(tuple)


@st.composite
def attributes(draw: st.DrawFn, name: str) -> Attribute:
    kind = draw(st.sampled_from(["number", "range", "open", "flag", "text", "nothing"]))
    low = draw(NUMBERS)
    fields: dict[str, object] = {}
    if kind in ("number", "range", "open"):
        high = low if kind == "number" else low + draw(st.sampled_from([0.0, 1.5, 4.0]))
        fields = {"low": low, "high": None if kind == "open" else high}
        fields |= {
            "judged": draw(st.sampled_from(["low", "high", "all"])),
            "unit": draw(st.sampled_from(["", "g", "kg", "m"])),
        }
    elif kind == "flag":
        fields = {"flag": draw(st.booleans())}
    elif kind == "text":
        fields = {"words": draw(words)}
    return Attribute.model_validate({"name": name, "raw": "raw", **fields})


@st.composite
def products(draw: st.DrawFn) -> Product:
    names = draw(st.lists(st.sampled_from(["size", "colour", "price"]), unique=True))
    return Product(
        id=f"p{draw(st.integers(0, 10**9))}",
        origin=origin(),
        title=draw(st.sampled_from(["Black thing", "Thing", "M.2-2280 (white)", "?"])),
        brand=draw(st.sampled_from(["", "Off-White", "NO", "M.2"])),
        category=draw(st.sampled_from([(), ("Home", "White goods"), ("Home",), ("2.5", "black")])),
        attributes=tuple(draw(attributes(name)) for name in names),
        offers=tuple(
            Offer(price=Price(amount=amount, currency=currency, seen=DAY))
            for amount, currency in draw(
                st.lists(
                    st.tuples(st.sampled_from([0.0, 1, 3, 7]), st.sampled_from(["EUR", "USD"])), max_size=3
                )
            )
        ),
        rating=draw(st.sampled_from([None, 0.0, 2.5, 5.0])),
    )


conditions = st.builds(
    Condition,
    attribute=st.sampled_from(NAMES),
    op=st.sampled_from(Op),
    number=st.none() | NUMBERS,
    flag=st.sampled_from([None, None, None, True, False]),
    words=words,
    strict=st.booleans(),
    tolerance=st.sampled_from([0.0, 0.0, 0.5, 2.0]),
    above=st.sampled_from([0.0, 0.0, 1.0, 4.0]),
    unit=st.sampled_from(["", "", "g", "kg"]),
    currency=st.sampled_from(["", "EUR", "USD"]),
)


@pytest.mark.longer
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(products(), min_size=1, max_size=12, unique_by=lambda p: p.id),
    st.lists(conditions, min_size=6, max_size=20),
)
def test_search_finds_exactly_the_products_that_decide_calls_met(
    stocked: list[Product], asked: list[Condition]
) -> None:
    with tempfile.TemporaryDirectory() as home, open_market(Path(home), stocked) as index:
        for condition in asked:
            found = index.search(SearchRequest(query="", conditions=(condition,), limit=50))
            met = {p.id for p in stocked if decide(condition, p) is Verdict.MET}
            assert {hit.product.id for hit in found.hits} == met, condition
            assert found.total == len(met)


def test_several_conditions_must_all_be_met(tmp_path: Path) -> None:
    asked = (
        Condition(attribute="weight", op=Op.AT_MOST, number=2, unit="kg"),
        Condition(attribute="freestanding", op=Op.IS, flag=True),
        Condition(attribute="price", op=Op.AT_MOST, number=120, currency="EUR"),
    )
    with open_market(tmp_path) as index:
        found = index.search(
            SearchRequest(query="", category=("Outdoor", "Tents"), conditions=asked, limit=50)
        )
        listed = index.search(SearchRequest(query="", category=("Outdoor", "Tents"), limit=50))
        met = {h.product.id for h in listed.hits if all(decide(c, h.product) is Verdict.MET for c in asked)}
    assert met
    assert {hit.product.id for hit in found.hits} == met
