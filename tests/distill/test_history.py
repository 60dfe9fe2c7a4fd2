"""Histories from files by a schema, invented shoppers, and the personas that both come to."""

import gzip
import json
import os
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent.past import reason_of, shown_wishes
from distill.drawing.history import HistoryError, own_history, read_histories
from distill.drawing.persona import persona_of
from distill.drawing.shelves import read_shelves
from distill.drawing.shoppers import draw_histories
from distill.drawing.splits import split_of_world
from distill.seats.roles import History
from index.card import CardAttribute, CategoryCard
from index.search import Index
from tests.distill.bazaar import open_bazaar, shoppers
from tests.index.market import TENTS, goods, offer, open_market

SHARED = Path(os.environ.get("PRODUCTRESEARCH_SHARED_DATA", Path(__file__).parents[2] / "../shared/data"))
SCHEMAS = Path(__file__).parents[1] / "schemas"
ORDERS = """
source = "orders"
walk = ["orders", "items"]
currency = "EUR"
[fields]
user = "buyer"
time = "time"
text = ["name"]
details = ["options"]
product = "sku"
price = "price"
quantity = "qty"
[kind]
default = "order"
rules = [{ field = "cancelled", equals = true, kind = "return" }]
"""


@pytest.fixture(scope="module")
def bazaar(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The small demo shop."""
    with open_bazaar(tmp_path_factory.mktemp("bazaar")) as index:
        yield index


def order(cancelled: bool = False, **item: object) -> dict[str, object]:
    thing = {"name": "Kettle", "options": {"colour": "red"}, "sku": "k1", "price": 39.9, "qty": 1}
    return {"time": "2025-03-02T10:00:00", "cancelled": cancelled, "items": [{**thing, **item}]}


def read(folder: Path, schema: str, *records: Mapping[str, object], packed: bool = False) -> list[History]:
    (folder / "schema.toml").write_text(schema, encoding="utf-8")
    lines = "".join(json.dumps(record) + "\n" for record in records).encode("utf-8")
    (folder / "histories.jsonl").write_bytes(gzip.compress(lines) if packed else lines)
    return list(read_histories(folder / "histories.jsonl", folder / "schema.toml"))


def test_nested_orders_become_events_in_the_order_of_time(tmp_path: Path) -> None:
    later = {**order(), "time": "2024-01-01T00:00:00"}
    (history,) = read(tmp_path, ORDERS, {"buyer": 7, "name": "Ann Example", "orders": [order(), later]})
    assert [e.at.year for e in history.events] == [2024, 2025]
    assert history.events[1].text == "Kettle, colour red"
    assert history.events[1].price is not None
    assert history.events[1].price.amount == 39.9


def test_packed_files_are_read_alike(tmp_path: Path) -> None:
    record = {"buyer": 7, "orders": [order()]}
    assert read(tmp_path, ORDERS, record, packed=True) == read(tmp_path, ORDERS, record)


def test_what_was_cancelled_or_bought_less_than_nothing_came_back(tmp_path: Path) -> None:
    (history,) = read(tmp_path, ORDERS, {"buyer": 7, "orders": [order(cancelled=True), order(qty=-2)]})
    assert [(e.kind, e.quantity) for e in history.events] == [("return", 1), ("return", 2)]


def test_nobody_can_be_told_from_a_history(tmp_path: Path) -> None:
    record = {"buyer": "ann_example_12", "email": "ann@example.org", "orders": [order()]}
    (history,) = read(tmp_path, ORDERS, record)
    assert "ann" not in history.model_dump_json()


def test_events_that_lie_apart_are_gathered_by_user(tmp_path: Path) -> None:
    schema = 'source = "log"\ngathered = true\n[fields]\nuser = "who"\ntime = "at"\ntext = ["words"]\n' + (
        '[kind]\nfield = "did"\n[kind.words]\nsearch = "search"\nclick = "click"\n'
    )
    log = [("a", "search"), ("b", "click"), ("a", "click"), ("a", "shown")]
    records = [{"who": w, "did": d, "at": f"2025-01-0{n + 1}", "words": d} for n, (w, d) in enumerate(log)]
    histories = read(tmp_path, schema, *records)
    assert [[e.kind for e in h.events] for h in histories] == [["search", "click"], ["click"]]


def test_interests_are_cut_at_their_separator(tmp_path: Path) -> None:
    schema = 'source = "likes"\nseparator = "_"\n[fields]\nuser = "id"\ninterests = "likes"\n'
    (history,) = read(tmp_path, schema, {"id": "1", "likes": "tools_garden_tools"})
    assert history.interests == ("tools", "garden")


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("source = ", "is no TOML"),
        ('source = "x"\ncolour = 1\n[fields]\nuser = "u"', "wrong at colour"),
        ('source = "x"\n[fields]\nuser = "u"\n[kind]\nwords = { a = "eaten" }', "wrong at kind.words.a"),
        ('source = "x"\n[fields]\nuser = "u"', "names no user"),
        ('source = "x"\nrecords = "list"\n[fields]\nuser = "buyer"', "is no JSON|holds no list"),
    ],
)
def test_what_is_wrong_is_said_in_a_sentence(tmp_path: Path, schema: str, said: str) -> None:
    with pytest.raises(HistoryError, match=said):
        read(tmp_path, schema, {"buyer": 7, "orders": [order()]}, {"buyer": 8, "orders": []})


def test_a_damaged_line_is_named_by_its_number(tmp_path: Path) -> None:
    read(tmp_path, ORDERS, {"buyer": 7, "orders": [order()]})
    with (tmp_path / "histories.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"buyer": 8, "ord')
    with pytest.raises(HistoryError, match=r"Line 2 of histories\.jsonl is no JSON"):
        list(read_histories(tmp_path / "histories.jsonl", tmp_path / "schema.toml"))
    with pytest.raises(HistoryError, match=r"Record 1 .* cannot be read"):
        read(tmp_path, ORDERS, {"buyer": 7, "orders": [{**order(), "time": "last week"}]})


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"[" * 100_000, "Line 1 of histories.jsonl is no JSON"),
        (b'{"buyer": ' + b"1" * 5000 + b"}", "Line 1 of histories.jsonl is no JSON"),
        (b'{"buyer": 7, "orders": [{"items": [{"name": "x", "price": 1e999}]}]}', "too large"),
        (b'{"buyer": 7, "orders": [{"items": [{"name": "x", "price": "much"}]}]}', "no price"),
        (b"\xff\xfe", "is no UTF-8 text"),
        (gzip.compress(b'{"buyer": 7}\n' * 1000, mtime=0)[:60], "is a damaged gzip file"),
        (gzip.compress(b"{}", mtime=0)[:10] + b"\xff" * 40, "is a damaged gzip file"),
    ],
)
def test_no_file_ends_in_a_traceback(tmp_path: Path, line: bytes, said: str) -> None:
    read(tmp_path, ORDERS)
    (tmp_path / "histories.jsonl").write_bytes(line)
    with pytest.raises(HistoryError, match=said):
        list(read_histories(tmp_path / "histories.jsonl", tmp_path / "schema.toml"))


def test_what_a_record_does_not_say_is_not_read_from_elsewhere(tmp_path: Path) -> None:
    schema = 'source = "x"\n[fields]\nuser = "u"\ntext = ["n"]\nprice = "p"\n[kind]\ndefault = "order"\n'
    lines = b'\xef\xbb\xbf{"u": 1, "n": "Kettle", "p": NaN, "": "2020-01-01"}\n'
    read(tmp_path, schema)
    (tmp_path / "histories.jsonl").write_bytes(lines)
    (history,) = read_histories(tmp_path / "histories.jsonl", tmp_path / "schema.toml")
    assert [(e.text, e.price, e.at.year, e.quantity) for e in history.events] == [("Kettle", None, 2000, 1)]


@pytest.mark.longer
@pytest.mark.parametrize(
    ("file", "schema", "users"),
    [
        ("uci-online-retail/dev/histories.jsonl.gz", "uci_online_retail", 224),
        ("tau-bench-retail/orders.json.gz", "tau_bench_retail", 425),
        ("ubi-search-events/ubi_events.jsonl.gz", "ubi_search_events", 85),
        ("retail-demo-store/users_personas.jsonl.gz", "retail_demo_store", 5250),
    ],
)
def test_real_histories_are_read(file: str, schema: str, users: int) -> None:
    if not (SHARED / file).exists():
        pytest.skip(f"PRODUCTRESEARCH_SHARED_DATA holds no {file}")
    histories = list(read_histories(SHARED / file, SCHEMAS / "histories" / f"{schema}.toml"))
    assert len({h.user for h in histories}) == len(histories) == users
    assert all(h.events or h.interests for h in histories)


@pytest.mark.slow
def test_the_same_seed_draws_the_same_shoppers(bazaar: Index) -> None:
    assert shoppers(bazaar, 20) == shoppers(bazaar, 30)[:20]
    assert shoppers(bazaar, 3, seed=6) != shoppers(bazaar, 3)
    assert all(list(h.events) == sorted(h.events, key=lambda e: e.at) for h in shoppers(bazaar, 20))


def test_shoppers_of_one_split_can_be_drawn_alone(bazaar: Index) -> None:
    held_out = {h.user for h in draw_histories(bazaar, 5, 10, split="test")}
    assert len(held_out) == 10
    assert held_out <= {h.user for h in shoppers(bazaar, 400)}
    world = next(f"random:{n}" for n in range(100) if split_of_world(f"random:{n}") == "train")
    assert list(draw_histories(bazaar, 5, 10, world, split="test")) == []


def test_a_persona_shows_what_the_shopper_buys_again_and_sends_back(bazaar: Index) -> None:
    personas = [persona_of(h, bazaar) for h in shoppers(bazaar, 60)]
    assert all(p.categories and p.spending and p.history for p in personas)
    assert sum(bool(p.brands) for p in personas) > 10
    assert {p.spending for p in personas} == {"low", "middle", "high"}
    reasons = {reason for p in personas for line in p.history if (reason := reason_of(line))}
    assert any(r.startswith("too ") for r in reasons)
    assert any(r.startswith("bad ") for r in reasons)


def test_wishes_follow_from_a_persona_on_a_card_that_knows_the_words(bazaar: Index) -> None:
    personas = [persona_of(h, bazaar) for h in shoppers(bazaar, 60)]
    shown = [
        (p, wish)
        for p in personas
        for wish in shown_wishes(
            bazaar.card_for(tuple(p.categories[0].split(" > "))),
            p.history,
            p.brands,
            thrifty=p.spending == "low",
        )
    ]
    assert {wish.on for _, wish in shown} >= {"brand", "price", "other"}
    assert not any(wish.hard for _, wish in shown)
    assert all(wish.value in p.brands for p, wish in shown if wish.on == "brand")


@pytest.mark.parametrize(("reason", "wanted"), [("too heavy duty", "low"), ("not heavy-duty enough", "high")])
def test_what_came_back_says_which_end_is_wanted_however_the_word_is_written(
    reason: str, wanted: str
) -> None:
    drills = CategoryCard(
        tag="C1",
        path=("Tools",),
        count=9,
        attributes=(CardAttribute(name="torque", kind="number", coverage=1, high_words=("heavy-duty",)),),
    )
    assert [
        (w.on, w.op)
        for w in shown_wishes(drills, (f"2025-01-01 returned Drill: {reason}",), (), thrifty=False)
    ] == [("torque", wanted)]


def test_a_shelf_knows_prices_in_the_currency_of_its_card_alone(tmp_path: Path) -> None:
    dear = goods()[1].model_copy(update={"offers": (offer(9, "USD"),)})
    with open_market(tmp_path, [dear, *goods()[2:40]]) as index:
        shelf = read_shelves(index)[TENTS]
        assert index.card_for(TENTS).currency == "EUR"
    assert [g.id for g in shelf.goods if g.amount is None and g.id == dear.id] == [dear.id]
    assert len(shelf.by_price) == 29


def test_events_of_other_splits_are_left_out_of_a_persona(bazaar: Index) -> None:
    history = next(h for h in shoppers(bazaar, 60) if len(persona_of(h, bazaar).categories) > 1)
    whole = persona_of(history, bazaar)
    path = tuple(whole.categories[0].split(" > "))
    assert persona_of(history, bazaar, {path}).categories == (whole.categories[0],)
    assert len(persona_of(history, bazaar, {path}).history) < len(whole.history)


def test_somebody_without_a_past_is_a_persona_too(bazaar: Index) -> None:
    persona = persona_of(own_history(bazaar.catalog), bazaar)
    assert persona.history == persona.brands == persona.categories == ()
    assert persona.summary
