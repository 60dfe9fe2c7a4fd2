"""Reviews, pages, price histories and events out of files."""

from pathlib import Path

import pytest

from index.columns import parse_schema
from index.importers.faults import SchemaError
from tests.index.importing import imported, jsonl, opened, written

LAMP = {"id": 1, "name": "Lamp", "price": 9, "currency": "EUR"}
REVIEWS = [
    {"product_id": 1, "rating": 4, "title": "Bright", "text": "Very bright. Gets warm!", "date": "2026-01-05",
     "verified_purchase": True, "helpful_vote": 3},
    {"product_id": 1, "rating": 2, "text": "<p>Broke.</p><p>Sad.</p>"},
]  # fmt: skip


def with_lamp(home: Path) -> Path:
    imported(home, written(home, "shop.jsonl", jsonl([LAMP])), schema=None)
    return home


def test_reviews_without_a_schema_find_the_source_of_their_products(tmp_path: Path) -> None:
    report = imported(with_lamp(tmp_path), written(tmp_path, "opinions.jsonl", jsonl(REVIEWS)), schema=None)
    assert (report.kind, report.new) == ("reviews", 2)
    with opened(tmp_path) as catalog:
        first, second = catalog.reviews("shop:1")
    assert first.sentences == ("Very bright.", "Gets warm!")
    assert (first.rating, first.verified, first.helpful, str(first.written)) == (4, True, 3, "2026-01-05")
    assert second.sentences == ("Broke.", "Sad.")


def test_reviews_of_unknown_products_are_said(tmp_path: Path) -> None:
    with pytest.raises(
        SchemaError, match=r"No product of the catalogue has the ids that opinions\.jsonl names"
    ):
        imported(tmp_path, written(tmp_path, "opinions.jsonl", jsonl(REVIEWS)), schema=None)


def test_reviews_can_be_told_whose_products_they_mean(tmp_path: Path) -> None:
    path = written(tmp_path, "opinions.jsonl", jsonl(REVIEWS))
    imported(tmp_path, path, schema=None, mapping={"about": "elsewhere"})
    with opened(tmp_path) as catalog:
        assert len(catalog.reviews("elsewhere:1")) == 2


def test_the_same_review_twice_is_one(tmp_path: Path) -> None:
    path = written(tmp_path, "opinions.jsonl", jsonl([*REVIEWS, REVIEWS[0]]))
    report = imported(with_lamp(tmp_path), path, schema=None)
    assert (report.new, report.same) == (2, 1)


def test_a_rating_on_another_scale_is_brought_to_five(tmp_path: Path) -> None:
    schema = parse_schema(
        'source = "r"\nkind = "reviews"\n[columns.item]\nrole = "product"\n'
        '[columns.score]\nrole = "rating"\nscale = 10\n',
        "r.toml",
    )
    rows: list[dict[str, object]] = [{"item": "a", "score": "8 out of 10"}, {"item": "a", "score": 11}]
    report = imported(tmp_path, written(tmp_path, "r", jsonl(rows)), schema)
    assert report.rejects == ("row 2: its rating 11 is not between 0 and 10",)
    with opened(tmp_path) as catalog:
        assert catalog.reviews("r:a")[0].rating == 4


def test_pages_are_kept_sentence_by_sentence(tmp_path: Path) -> None:
    rows = [
        {
            "url": "https://a.example/guide",
            "title": "Guide",
            "content": "Look at the lumens. Then the colour.",
        }
    ]
    report = imported(tmp_path, written(tmp_path, "guides", jsonl(rows)), schema=None)
    assert (report.kind, report.new) == ("pages", 1)
    with opened(tmp_path) as catalog:
        (record,) = catalog.select("SELECT id FROM pages")
        page = catalog.page(record[0])
    assert (page.title, page.url) == ("Guide", "https://a.example/guide")
    assert page.sentences == ("Look at the lumens.", "Then the colour.")


PRODUCTS = """
source = "shop"
currency = "EUR"
identity = ["name", "*"]
[columns.name]
role = "title"
[columns.price]
role = "price"
"""
HISTORY = """
source = "seen"
joins = "shop"
kind = "prices"
currency = "EUR"
identity = ["name", "*"]
unwrap = ["specs"]
[columns.name]
role = "title"
[columns.key]
role = "ignore"
[columns.prices]
role = "prices"
"""


def test_a_price_history_joins_its_products_by_the_same_identity(tmp_path: Path) -> None:
    shop, seen = parse_schema(PRODUCTS, "p.toml"), parse_schema(HISTORY, "h.toml")
    product = {"name": "Lamp", "price": 12, "size": [2, 8.0], "glass": True, "note": None}
    history = {
        "key": "k1",
        "name": "Lamp",
        "specs": {"size": [2, 8], "glass": True},
        "prices": [["2025-01-01", 10], ["2025-02-01", None], ["2025-03-01", 11.5]],
    }
    imported(tmp_path, written(tmp_path, "shop", jsonl([product])), shop)
    report = imported(tmp_path, written(tmp_path, "seen", jsonl([history])), seen)
    assert (report.read, report.new) == (1, 2)
    with opened(tmp_path) as catalog:
        (lamp,) = catalog.all_products()
        seen_prices = [(str(o.price.seen), o.price.amount) for o in catalog.prices(lamp.id)]
    assert seen_prices[:2] == [("2025-01-01", 10), ("2025-03-01", 11.5)]
    assert len(seen_prices) == 3


@pytest.mark.parametrize(
    "prices", ["none", [["2025-01-01"]], [["someday", 3]], [["2025-01-01", "call us"]], []]
)
def test_a_broken_price_history_is_rejected(tmp_path: Path, prices: object) -> None:
    path = written(tmp_path, "seen", jsonl([{"name": "Lamp", "prices": prices}]))
    assert imported(tmp_path, path, parse_schema(HISTORY, "h.toml")).rejected == 1


EVENTS = """
source = "clicks"
kind = "events"
[columns.when]
role = "date"
[columns.action]
role = "event"
values = { Searched = "search", viewed = "view", ping = "none" }
[columns.words]
role = "text"
[columns.item]
role = "product"
"""


def test_actions_become_events_of_the_schemas_kinds(tmp_path: Path) -> None:
    rows: list[dict[str, object]] = [
        {"when": "2026-01-01T10:00:00Z", "action": "searched", "words": "desk lamp"},
        {"when": 1767261600, "action": "viewed", "item": "shop:1"},
        {"when": 1767261600, "action": "ping", "item": "shop:1"},
        {"when": 1767261600, "action": "danced", "item": "shop:1"},
        {"action": "viewed", "item": "shop:1"},
    ]
    report = imported(tmp_path, written(tmp_path, "clicks", jsonl(rows)), parse_schema(EVENTS, "e.toml"))
    assert (report.new, report.skipped, report.rejected) == (2, 1, 2)
    with opened(tmp_path) as catalog:
        events = catalog.events(10)
    assert {(e.kind, e.text, e.product_id) for e in events} == {
        ("search", "desk lamp", ""),
        ("view", "", "shop:1"),
    }
    assert {e.at.isoformat() for e in events} == {"2026-01-01T10:00:00+00:00"}
