"""Random worlds are drawn anew from each seed, hold together, and are searched like any catalogue."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from hashlib import sha256
from itertools import islice
from pathlib import Path
from statistics import correlation, mean

import pytest

from agent.desk import Desk
from agent.plan import Plan, PlanNeed
from distill.worlds.draw import CATEGORIES, PRODUCTS, draw_spec
from distill.worlds.open import WorldError, Worlds, build_world, open_world
from index.catalog import Catalog
from index.demo.records import World, draw, meanings, records
from index.demo.spec import WorldSpec
from index.product import Product
from index.search import Index, SearchRequest
from index.text.units import canonical_unit, convert

SEED = 11
MANY = range(60)

LIGHT = """
import sys
from pathlib import Path
from distill.worlds.open import open_world
from index.search import SearchRequest
with open_world("random:3", Path("nowhere")) as index:
    path = index.catalog.categories()[0]
    index.search(SearchRequest(query=path[-1], category=path, sort=("price", False)))
    index.card(path[-1])
heavy = {"numpy", "torch", "chromadb", "transformers", "llama_cpp", "pint"}
print(sorted(heavy & sys.modules.keys()))
"""


@pytest.fixture(scope="module")
def spec() -> WorldSpec:
    return draw_spec(SEED)


@pytest.fixture(scope="module")
def truth(spec: WorldSpec) -> World:
    return draw(spec, SEED, round(sum(c.share for c in spec.categories)))


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    with open_world(f"random:{SEED}", tmp_path_factory.mktemp("home")) as opened:
        yield opened


def digest(seed: int) -> str:
    drawn = draw_spec(seed)
    shop = islice(records(drawn, draw(drawn, seed, 120), seed), 400)
    lines = [drawn.model_dump_json(), *(record.model_dump_json() for record in shop)]
    return sha256("\n".join(lines).encode()).hexdigest()


def words_of(spec: WorldSpec) -> set[str]:
    goods = {category.noun for category in spec.categories}
    return goods | {brand.name for brand in spec.brands} | {spec.shop.source}


def test_the_same_seed_draws_the_same_world() -> None:
    assert digest(5) == digest(5)


def test_a_world_is_the_same_in_another_process() -> None:
    code = "from tests.distill.test_worlds import digest; print(digest(5))"
    other = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)

    assert other.stdout.strip() == digest(5)


def test_another_seed_shares_no_goods_brands_or_source() -> None:
    assert not words_of(draw_spec(1)) & words_of(draw_spec(2))


def test_attributes_are_named_anew_in_every_world() -> None:
    named = [a.name for seed in MANY for c in draw_spec(seed).categories for a in c.attributes]

    assert len(set(named)) > 0.8 * len(named)


def test_a_world_has_some_categories_of_forty_to_eighty_products(index: Index) -> None:
    paths = index.catalog.categories()

    assert CATEGORIES[0] <= len(paths) <= CATEGORIES[1]
    assert all(PRODUCTS[0] <= index.card_for(path).count <= PRODUCTS[1] for path in paths)


def test_every_unit_is_one_that_code_can_convert() -> None:
    units = {a.unit for seed in MANY for c in draw_spec(seed).categories for a in c.attributes if a.unit}

    assert len(units) > 20
    assert all(canonical_unit(unit) == unit and convert(1, unit, unit) == 1 for unit in units)


def test_every_kind_of_attribute_occurs_in_every_category() -> None:
    for seed in MANY:
        for category in draw_spec(seed).categories:
            kinds = {a.kind for a in category.attributes}
            assert {"flag", "text"} < kinds, category.code
            assert any(a.order for a in category.attributes), category.code
            assert len({a.name for a in category.attributes}) == len(category.attributes)


def test_the_shop_s_own_words_stand_on_the_card(index: Index, spec: WorldSpec) -> None:
    said = meanings(spec)
    for path in index.catalog.categories():
        for attribute in index.card_for(path).attributes:
            meaning = said[path, attribute.name]
            assert attribute.also == meaning.also
            assert (attribute.low_words, attribute.high_words) == (meaning.low_words, meaning.high_words)
            assert (attribute.aliases, attribute.order) == (meaning.aliases, meaning.order)


def test_a_question_that_names_the_goods_finds_their_card(index: Index) -> None:
    for path in index.catalog.categories():
        assert index.card(f"Which of your {path[-1].lower()} would you take?")[0].path == path


def test_a_category_is_found_by_its_other_names() -> None:
    for seed in (1, 4):
        with open_world(f"random:{seed}", Path()) as index:
            called = [(c.path, name) for c in draw_spec(seed).categories for name in c.also]
            for path, name in called:
                assert path in [card.path for card in index.card(f"I need a {name}.")], name


def test_needs_bind_to_the_world_s_attributes(index: Index) -> None:
    for path in index.catalog.categories():
        card = index.card_for(path)
        desk = Desk(index=index, cards=(card,))
        measured = next(a for a in card.attributes if a.kind == "number" and a.unit)
        adjective = PlanNeed(on=measured.name, op="low", hard=False)
        limit = PlanNeed(on=measured.name, op="<=", value=f"{measured.high} {measured.unit}")
        words = next(a for a in card.attributes if a.kind == "text")
        named = PlanNeed(on=words.name, op="=", value=words.values[0])
        bound = desk.adopt(Plan(category=card.tag, needs=(adjective, limit, named)))

        assert all(need.condition is not None for need in bound)
        assert desk.count([n.condition for n in bound if n.condition]) < card.count


def test_all_prices_of_a_world_stand_in_one_currency(index: Index, spec: WorldSpec) -> None:
    asked = {o.price.currency for p in index.catalog.all_products() for o in p.offers}

    assert asked == {spec.shop.currency}


def test_better_products_cost_more_within_their_category(truth: World, spec: WorldSpec) -> None:
    for category in spec.categories:
        own = [s for s in truth.sketches.values() if s.category.code == category.code]

        assert correlation([s.tier for s in own], [s.price for s in own]) > 0.4, category.code


def test_reviews_follow_the_hidden_qualities(index: Index, truth: World) -> None:
    opinions = [
        (truth.qualities(p.id)[a.name], float(a.polarity == "positive"))
        for p in index.catalog.all_products()
        for r in index.catalog.reviews(p.id)
        for a in r.aspects
        if a.polarity != "mixed"
    ]

    assert len(opinions) > 300
    assert correlation(*zip(*opinions, strict=True)) > 0.4


def test_a_product_has_about_three_reviews(index: Index) -> None:
    counts = index.catalog.counts()

    assert counts.reviews == 3 * counts.products


def test_listings_leave_things_out(index: Index, spec: WorldSpec) -> None:
    complete = {c.path: len(c.attributes) for c in spec.categories}
    given = mean(len(p.attributes) / complete[p.category] for p in index.catalog.all_products())

    assert 0.4 < given < 0.95


def test_no_text_is_left_with_marks_of_the_grammar(index: Index) -> None:
    marks = re.compile(r"[{}\[\]|<>]|\?!?[a-z_]+:")
    for product in index.catalog.all_products():
        texts = [product.title, product.description, *product.bullets]
        for review in index.catalog.reviews(product.id):
            texts += [review.title, *review.sentences]
        assert not [text for text in texts if marks.search(text)]


def test_guides_name_the_goods_and_tell_of_their_attributes(index: Index) -> None:
    for path in index.catalog.categories():
        noun = path[-1][:-1].casefold()
        about = [hit.page for hit in index.pages(path[-1]) if noun in hit.page.title.casefold()]

        assert about, path
        spoken = [a.name.replace("_", " ") for a in index.card_for(path).attributes]
        assert any(name in sentence for name in spoken for sentence in about[0].sentences)


def test_a_world_s_catalogue_is_sound(index: Index) -> None:
    assert index.catalog.verify() == []


def test_worlds_are_searched_by_words_without_a_note(index: Index) -> None:
    path = index.catalog.categories()[0]
    found = index.search(SearchRequest(query=path[-1], category=path))

    assert found.hits
    assert found.notes == ()
    assert {leg for hit in found.hits for leg in hit.legs} <= {"id", "words"}


def test_building_and_searching_a_world_loads_nothing_heavy() -> None:
    done = subprocess.run([sys.executable, "-c", LIGHT], check=True, capture_output=True, text=True)

    assert json.loads(done.stdout.replace("'", '"')) == []


@pytest.mark.longer
def test_the_last_worlds_stay_open_and_the_oldest_is_removed(tmp_path: Path) -> None:
    with Worlds(tmp_path, most=2) as worlds:
        first = worlds.index("random:1")
        second = worlds.index("random:2")
        assert worlds.index("random:1") is first
        assert first.home.exists()
        worlds.index("random:3")
        assert worlds.index("random:1") is first
        assert not second.home.exists()
        again = worlds.index("random:2")
        assert products(again) == products_of("random:2")
    assert not again.home.exists()


def products(index: Index) -> list[Product]:
    return list(index.catalog.all_products())


def products_of(world: str) -> list[Product]:
    with open_world(world, Path()) as index:
        return products(index)


def test_the_home_world_is_the_person_s_own_catalogue(tmp_path: Path) -> None:
    build_world(4, tmp_path)

    with open_world("home", tmp_path) as index:
        assert index.home == tmp_path
        assert index.search(SearchRequest(query="")).total == index.catalog.counts().products
    assert (tmp_path / "catalog.sqlite").exists()


def test_a_home_that_holds_vectors_is_searched_by_words_all_the_same(tmp_path: Path) -> None:
    build_world(4, tmp_path)
    (tmp_path / "chroma").mkdir()
    (tmp_path / "chroma" / "chroma.sqlite3").write_bytes(b"no database")

    with open_world("home", tmp_path) as index:
        assert index.search(SearchRequest(query=index.catalog.categories()[0][-1])).notes == ()


def test_building_a_world_twice_in_one_home_changes_nothing(tmp_path: Path) -> None:
    build_world(4, tmp_path)
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        before = catalog.generation

    assert build_world(4, tmp_path) == 0
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        assert catalog.generation == before


@pytest.mark.parametrize("world", ["", "house", "random:", "random:x", "random:-1", "random:1.5", "RANDOM:1"])
def test_an_unknown_world_is_refused_in_a_sentence(world: str, tmp_path: Path) -> None:
    with pytest.raises(WorldError, match=r"no world .* `home` or `random:`"), open_world(world, tmp_path):
        pass
