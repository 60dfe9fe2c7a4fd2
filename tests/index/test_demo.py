"""The demo shop is complete, repeatable, plausible and free of real names."""

import ast
import re
import tomllib
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from functools import cache
from hashlib import sha256
from pathlib import Path
from random import Random
from statistics import correlation, mean
from typing import TypeVar

import pint
import pytest

from index.catalog import Catalog
from index.demo.grammar import expand, fragment
from index.demo.prices import TODAY
from index.demo.records import ShopRecord, text_slots
from index.demo.shop import build_demo, draw_world, generate, hidden_qualities, meanings
from index.demo.spec import read_world
from index.product import Attribute, Page, PriceObservation, Product, Review

ROOT = Path(__file__).parents[2]
REAL_BRANDS = re.compile(
    r"\b(?:"
    r"Samsung|Sony|Bose|Sennheiser|Jabra|Logitech|Razer|Corsair|Dell|Lenovo|Asus|Acer|BenQ|LG|"
    r"Philips|Braun|Oral-B|Bosch|Makita|DeWalt|Milwaukee|Ryobi|Dyson|Miele|Rowenta|Bissell|Roomba|"
    r"iRobot|Breville|KitchenAid|Cuisinart|Vitamix|Zojirushi|Baratza|Hario|Smeg|Ikea|Steelcase|"
    r"Osprey|Patagonia|Deuter|Samsonite|Rimowa|Tumi|Nike|Adidas|Asics|Hoka|Saucony|Garmin|Fitbit|"
    r"Anker|Giro|Bontrager|Coleman|Tempur|Bugaboo|Chicco|Britax|Graco|Hasbro|Mattel|Ravensburger|"
    r"Catan|Monopoly|Amazon|Walmart|Google|Microsoft"
    r")\b"
)

Kind = TypeVar("Kind", Product, Review, Page, PriceObservation)


@cache
def shop(seed: int = 7, products: int = 3000) -> tuple[ShopRecord, ...]:
    return tuple(generate(seed, products))


def of_kind(kind: type[Kind], records: Iterable[ShopRecord]) -> list[Kind]:
    return [r for r in records if isinstance(r, kind)]


def digest(records: Iterable[ShopRecord]) -> str:
    whole = sha256()
    for record in records:
        whole.update(record.model_dump_json().encode())
    return whole.hexdigest()


@pytest.mark.slow
def test_the_shop_has_the_promised_size() -> None:
    products = of_kind(Product, shop())

    assert len(products) == 3000
    assert len({p.category for p in products}) >= 24
    assert len(of_kind(Review, shop())) == 12_000
    assert len(of_kind(Page, shop())) >= 60


@pytest.mark.longer
def test_every_id_is_given_once() -> None:
    ids = Counter(r.id for r in shop() if not isinstance(r, PriceObservation))

    assert ids.most_common(1)[0][1] == 1


def test_the_same_seed_makes_the_same_shop() -> None:
    assert digest(generate(7, 60)) == digest(generate(7, 60))


def test_another_seed_makes_another_shop() -> None:
    assert digest(generate(7, 60)) != digest(generate(8, 60))


def test_prices_were_seen_twelve_to_twenty_four_times_over_at_most_two_years() -> None:
    seen: dict[str, list[PriceObservation]] = {}
    for observation in of_kind(PriceObservation, shop()):
        seen.setdefault(observation.product_id, []).append(observation)

    for observations in seen.values():
        days = [o.price.seen for o in observations]
        assert 12 <= len(set(days)) == len(days) <= 24
        assert (max(days) - min(days)).days <= 731


def test_the_lowest_offer_is_the_last_price_seen() -> None:
    last = {o.product_id: o.price for o in of_kind(PriceObservation, shop())}

    assert all(p.price == last[p.id] for p in of_kind(Product, shop()) if p.offers)


def test_listings_leave_things_out() -> None:
    products = of_kind(Product, shop())
    complete = {c.path: len(c.attributes) for c in read_world().categories}

    assert 0.85 < mean(bool(p.offers) for p in products) < 0.98
    assert 0.8 < mean(p.rating is not None for p in products) < 0.97
    assert 0.5 < mean(len(p.attributes) / complete[p.category] for p in products) < 0.9


def test_better_products_cost_more_within_their_category() -> None:
    sketches = draw_world().sketches.values()
    for category in read_world().categories:
        own = [s for s in sketches if s.category.code == category.code]

        assert correlation([s.tier for s in own], [s.price for s in own]) > 0.4, category.code


def test_review_sentences_hardly_repeat() -> None:
    sentences = [s.casefold() for r in of_kind(Review, shop()) for s in r.sentences]
    repeated = sum(count for count in Counter(sentences).values() if count > 1)

    assert repeated / len(sentences) < 0.02


def test_every_aspect_points_to_a_sentence_of_its_review() -> None:
    for review in of_kind(Review, shop()):
        assert review.sentences
        assert all(a.sentence in range(len(review.sentences)) for a in review.aspects), review.id


def test_every_aspect_is_a_quality_that_the_product_has() -> None:
    world = draw_world()

    for review in of_kind(Review, shop()):
        assert {a.name for a in review.aspects} <= world.qualities(review.product_id).keys()


def test_what_reviews_say_follows_from_the_hidden_qualities() -> None:
    opinions = [
        (hidden_qualities(r.product_id)[a.name], float(a.polarity == "positive"))
        for r in of_kind(Review, shop())
        for a in r.aspects
        if a.polarity != "mixed"
    ]

    assert correlation(*zip(*opinions, strict=True)) > 0.5


def test_some_reviews_contradict_the_truth() -> None:
    wrong = [
        a
        for r in of_kind(Review, shop())
        for a in r.aspects
        if a.polarity == ("negative" if hidden_qualities(r.product_id)[a.name] > 0.65 else "")
    ]

    assert len(wrong) > 100


def test_ratings_follow_from_the_hidden_qualities() -> None:
    rated = [p for p in of_kind(Product, shop()) if p.rating is not None]
    truth = [mean(hidden_qualities(p.id).values()) for p in rated]

    assert correlation(truth, [p.rating or 0.0 for p in rated]) > 0.6


def test_no_text_is_left_with_marks_of_the_grammar() -> None:
    for record in shop():
        if isinstance(record, Product):
            texts = [record.title, record.description, *record.bullets]
        elif isinstance(record, PriceObservation):
            continue
        else:
            texts = [record.title, *record.sentences]
        assert not [t for t in texts if re.search(r"[{}\[\]|]|\?!?[a-z_]+:", t)]


def test_no_real_brand_is_named() -> None:
    assert not {found for r in shop() for found in REAL_BRANDS.findall(r.model_dump_json())}


def test_numbers_carry_units_that_are_known() -> None:
    units: pint.UnitRegistry[float] = pint.UnitRegistry()
    named = {a.unit for p in of_kind(Product, shop()) for a in p.attributes if a.unit}

    assert all(str(units.Unit(name)) for name in named)


def test_an_attribute_has_one_unit_and_one_kind_within_its_category() -> None:
    def kind(attribute: Attribute) -> str:
        return "flag" if attribute.flag is not None else "text" if attribute.words else "number"

    seen: dict[tuple[tuple[str, ...], str], set[tuple[str, str]]] = {}
    for product in of_kind(Product, shop()):
        for attribute in product.attributes:
            seen.setdefault((product.category, attribute.name), set()).add((kind(attribute), attribute.unit))

    assert [key for key, kinds in seen.items() if len(kinds) > 1] == []


def test_every_category_and_attribute_has_a_meaning() -> None:
    known = meanings()

    for product in of_kind(Product, shop()):
        path = " > ".join(product.category)
        assert known[path, ""].also
        assert all((path, a.name) in known for a in product.attributes)


def test_aliases_lead_to_values_that_exist() -> None:
    for category in read_world().categories:
        for attribute in category.attributes:
            cases = [case.values for case in attribute.by]
            values = {v.casefold() for v in attribute.values} | {v.casefold() for c in cases for v in c}
            parts = {part for v in values for part in v.split(" / ")}
            assert {a.casefold() for a in attribute.aliases.values()} <= parts, (
                category.code,
                attribute.name,
            )


def test_texts_name_only_what_their_category_fills() -> None:
    """Every fragment of every bank is written out for one product; an unknown slot raises."""
    world = read_world()
    firsts = {s.category.code: s for s in reversed(draw_world().sketches.values())}
    for category in world.categories:
        slots = {**text_slots(world, firsts[category.code]), "rival": "x", "owned": "x", "price_paid": "x"}
        slots |= {"in_time": "x", "cash": "x", "label": "x", "lis": "is"}
        texts = [*category.names, *category.hooks, *category.extras, *category.chat]
        texts += [t for aspect in category.aspects.values() for t in (*aspect.good, *aspect.bad)]
        attributes = {a.name for a in category.attributes}
        for text in texts:
            guard = fragment(text).guard
            assert guard in attributes | {""}, (category.code, text)
            for seed in range(4):
                assert expand(fragment(text).text, slots, Random(seed))


def test_the_agent_names_no_category_and_no_attribute_of_the_demo() -> None:
    """Names, strings and prompts count, docstrings do not; single ordinary words would prove nothing."""
    categories = {c.path[-1].casefold() for c in read_world().categories}
    ordinary = {"light", "game", "watch", "chair", "lamp", "tent", "drill", "shoes", "monitor"}
    nouns = {c.noun for c in read_world().categories} - ordinary
    attributes = {a.name for c in read_world().categories for a in c.attributes if "_" in a.name}
    words = categories | nouns | attributes | {name.replace("_", " ") for name in attributes}
    pattern = re.compile(r"\b(?:" + "|".join(map(re.escape, sorted(words))) + r")s?\b")

    named = {
        (path.name, found)
        for path in sorted((ROOT / "agent").rglob("*"))
        for found in pattern.findall(said_by(path).casefold())
    }

    assert named == set()


def said_by(path: Path) -> str:
    """What a file of the agent says to models or decides by: its text, for Python without docstrings."""
    if path.suffix in {".md", ".toml", ".json"}:
        return path.read_text(encoding="utf-8")
    if path.suffix != ".py":
        return ""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
            node.body = [n for n in node.body if not is_docstring(n)] or [ast.Pass()]
    return ast.unparse(tree)


def is_docstring(node: ast.stmt) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def test_the_demo_files_are_valid_toml_and_all_used() -> None:
    folder = ROOT / "index" / "demo" / "world"

    assert len(list(folder.glob("*.toml"))) == len(read_world().categories) + 5
    assert all(tomllib.loads(p.read_text(encoding="utf-8")) for p in folder.glob("*.toml"))


@pytest.fixture
def catalog(tmp_path: Path) -> Iterable[Catalog]:
    with Catalog.open(tmp_path / "catalog.sqlite") as opened:
        yield opened


def test_the_demo_is_written_into_the_catalogue(catalog: Catalog) -> None:
    build_demo(catalog, products=60)

    assert catalog.counts().products == 60
    assert catalog.counts().reviews == 240
    assert catalog.verify() == []


def test_progress_is_told_and_a_stop_there_is_completed_by_the_next(tmp_path: Path) -> None:
    heard: list[int] = []

    def stop(count: int) -> None:
        heard.append(count)
        if count:
            raise InterruptedError

    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        with pytest.raises(InterruptedError):
            build_demo(catalog, products=40, progress=stop)
        assert build_demo(catalog, products=40, progress=heard.append) > 256
        assert catalog.counts().products == 40
    assert heard[:2] == [0, 256]


def test_building_the_demo_again_changes_nothing(catalog: Catalog) -> None:
    build_demo(catalog, products=60)
    before = catalog.counts()

    assert build_demo(catalog, products=60) == 0
    assert catalog.counts() == before


def test_the_demo_can_be_written_as_of_another_day_once(catalog: Catalog) -> None:
    day = TODAY + timedelta(days=400)
    build_demo(catalog, products=60, day=day)
    told = {p.id: p for p in of_kind(Product, generate(7, 60))}

    for product in catalog.all_products():
        plain = told[product.id]
        assert product.origin.seen - plain.origin.seen == timedelta(days=400)
        assert [o.price.seen for o in product.offers] == [
            o.price.seen + timedelta(days=400) for o in plain.offers
        ]
        assert max((seen.price.seen for seen in catalog.prices(product.id)), default=day) == day
        assert all(review.written is None or review.written <= day for review in catalog.reviews(product.id))
    assert build_demo(catalog, products=60, day=day + timedelta(days=1)) == 0


def test_the_catalogue_knows_what_people_call_the_attributes(catalog: Catalog) -> None:
    build_demo(catalog, products=60)
    category = next(iter(read_world().categories))

    assert catalog.meanings(category.path)[category.attributes[0].name].also == category.attributes[0].also
