"""Questions over products of many variants: what is picked is one that can be bought as it is told."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.report.markdown import markdown
from agent.report.record import Report
from index.conditions import Condition, Op
from index.retrieval import one_variant
from index.search import Index, SearchRequest
from tests.agent.test_rules import answer, research
from tests.index.importing import imported

TENTS = """\
Handle,Title,Vendor,Type,Option1 Name,Option1 Value,Variant SKU,Variant Grams,Variant Price,Body (HTML)
dome,Varitent Dome,Vari,Tents,Size,2P,V2,1500,100.00,A tent
dome,,,,Size,3P,V3,2600,150.00,
pitch,Solo Pitch,Solo,Tents,Size,3P,S3,1550,118.00,A light tent
pitch,,,,Size,2P,S2,1350,99.00,
"""


@pytest.fixture
def tents(tmp_path: Path) -> Iterator[Index]:
    """Two tents in two sizes each."""
    path = tmp_path / "tents.csv"
    path.write_text(TENTS, encoding="utf-8")
    imported(tmp_path, path, schema=None, mapping={"currency": "EUR"})
    with Index.open(tmp_path) as index:
        yield index


def asked(tents: Index, home: Path, question: str) -> Report:
    return answer(research(tents, home, question))


@pytest.mark.parametrize(
    ("question", "picked"),
    [
        ("a tent, size 3P, under 120 EUR", ["Solo Pitch 118.00 EUR"]),
        ("a tent, size 3P, under 120 EUR, weighs at most 1.4 kg", []),
        ("a tent of at most 1.4 kg", ["Solo Pitch 99.00 EUR"]),
        ("a tent in size 3P", ["Solo Pitch 118.00 EUR", "Varitent Dome 150.00 EUR"]),
        ("a tent under 200 EUR", ["Solo Pitch 99.00 EUR", "Varitent Dome 100.00 EUR"]),
    ],
)
def test_needs_are_met_by_one_variant_which_the_report_tells_of(
    tents: Index, tmp_path: Path, question: str, picked: list[str]
) -> None:
    report = asked(tents, tmp_path, question)
    prices = next(row.cells for row in report.rows if row.name == "price")
    of = {column.tag: price.text for column, price in zip(report.columns, prices, strict=True)}
    assert sorted(f"{pick.title} {of[pick.cite.tag]}" for pick in report.picks) == picked


def test_what_a_variant_misses_is_told_of_that_variant(tents: Index, tmp_path: Path) -> None:
    text = markdown(asked(tents, tmp_path, "a tent, size 3P, under 120 EUR"))
    assert "Varitent Dome [P2], 150.00 EUR: price is 150.00 EUR, 30 EUR over the limit" in text
    assert "2P" not in text
    assert "\n- 1 of them are known to meet every hard need; 2 were seen" in text


def test_what_passes_by_two_variants_together_is_not_counted(
    tents: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    size = Condition(attribute="size", op=Op.IS, words=("3p",))
    cheap = Condition(attribute="price", op=Op.AT_MOST, number=120, currency="EUR")
    request = SearchRequest(query="", category=("Tents",), conditions=(size, cheap))
    counted = request.model_copy(update={"limit": 0})
    assert tents.search(counted).total == 1
    assert tents.search(counted.model_copy(update={"conditions": (cheap,)})).total == 2
    assert [hit.product.title for hit in tents.search(request).hits] == ["Solo Pitch"]
    monkeypatch.setattr(one_variant, "MOST_READ", 0)
    with Index.open(tents.catalog.path.parent) as unread:
        assert unread.search(counted).total == 2
        assert [hit.product.title for hit in unread.search(request).hits] == ["Solo Pitch"]
