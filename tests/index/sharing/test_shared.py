"""An index on a real Chroma server: published, followed from an empty home, changed, withdrawn."""

from contextlib import closing
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.errors import SharingError
from index.meanings import Meaning
from index.sharing.publishing import PRODUCTS
from index.sharing.server import Server
from index.vectors import Vectors
from tests.index.chroma_server import ChromaServer
from tests.index.hash_embedder import embed
from tests.index.sharing.homes import followed, held, none_to_embed, owner, published, sound, unheard
from tests.index.shelf import LATER, event, import_lamps, lamp, observation, origin, price


def without_orders(everything: list[object]) -> list[object]:
    """The imports of a home without those of the person's past."""
    imports = everything[5]
    assert isinstance(imports, list)
    return [*everything[:5], [row for row in imports if row[0] != "orders"], everything[6]]


@pytest.mark.slow
def test_an_empty_home_has_everything_that_the_owner_has_and_embeds_nothing(
    tmp_path: Path, chroma: ChromaServer
) -> None:
    own = owner(tmp_path / "own", 1200)
    with Catalog.open(own) as catalog, catalog.importing("lamps", "more", "more") as batch:
        batch.describe(("Home",), "light_output", Meaning(also=("brightness",)))
        batch.add(observation(3, 8.5, LATER))
    assert published(own, chroma).written > 3600
    there = tmp_path / "there" / "catalog.sqlite"
    assert followed(there, chroma).refused == 0
    assert held(there) == without_orders(held(own))
    assert sound(there) == []
    with Catalog.open(there) as catalog:
        assert catalog.counts().events == 0
        assert catalog.product("lamps:7") == lamp(7)
        assert [seen.price.amount for seen in catalog.prices("lamps:3")] == [13.0, 8.5]


def test_a_follower_finds_by_meaning_what_the_owner_finds(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 60)
    published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    question = embed(["a lamp for room 17"])[0]
    found, made = [], []
    for path in (own, there):
        with closing(Vectors.open(path.parent / "chroma", none_to_embed)) as vectors:
            found.append([product_id for product_id, _ in vectors.query(question, None, 5)])
            made.append(vectors.made(["lamps:17"])["lamps:17"][1].tobytes())
    assert found[0] == found[1]
    assert made[0] == made[1], "every bit of a vector arrives"


@pytest.mark.longer
def test_later_changes_arrive_as_changes(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 1200)
    first = published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    with Catalog.open(own) as catalog, catalog.importing("lamps", "lamps.jsonl", "next week") as batch:
        batch.add(lamp(5, seen=LATER, amount=7.0))
        batch.add(lamp(6, title="Lamp 6 in brass"))
        batch.add(lamp(5000))
    then = published(own, chroma)
    assert (then.written, then.generation - first.generation) == (3 + 2 + 1, 3)
    assert followed(there, chroma)[:2] == (6, 0)
    assert held(there) == without_orders(held(own))
    assert sound(there) == []
    assert published(own, chroma).written == 0
    assert followed(there, chroma)[:2] == (0, 0)


def test_what_the_owner_removes_goes_everywhere(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 30)
    published(own, chroma)
    there, late = tmp_path / "there" / "catalog.sqlite", tmp_path / "late" / "catalog.sqlite"
    followed(there, chroma)
    with Catalog.open(own) as catalog:
        catalog.remove_source("lamps")
    assert published(own, chroma).withdrawn == 30 + 30 + 30 + 1
    assert followed(there, chroma).withdrawn == 91
    followed(late, chroma)
    for path in (there, late):
        assert held(path) == without_orders(held(own))
        assert sound(path) == []
    with Catalog.open(own) as catalog:
        import_lamps(catalog, 3)
    published(own, chroma)
    followed(there, chroma)
    assert held(there) == without_orders(held(own))


def test_a_persons_past_never_leaves_their_home(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 3)
    with Catalog.open(own) as catalog, catalog.importing("orders", "orders.csv", "more orders") as batch:
        bought = lamp(77, title="A zither of walnut", source="orders")
        batch.add(bought.model_copy(update={"id": "orders:77"}))
    with Catalog.open(own) as catalog, catalog.importing("lamps", "lamps.jsonl", "pictured") as batch:
        batch.add(lamp(78).model_copy(update={"images": (str(tmp_path / "attic.png"),)}))
    published(own, chroma)
    chroma.kill()
    stored = b"".join(path.read_bytes() for path in (tmp_path / "served").rglob("*") if path.is_file())
    assert b"Lamp 78" in stored
    for words in (b"zither", b"orders.csv", b"event:1", b"attic.png"):
        assert words not in stored


def test_a_source_that_turns_out_to_be_a_persons_past_is_withdrawn(
    tmp_path: Path, chroma: ChromaServer
) -> None:
    own = owner(tmp_path / "own", 4)
    published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    with Catalog.open(own) as catalog, catalog.importing("lamps", "orders.csv", "orders") as batch:
        batch.add(event(3))
    published(own, chroma)
    followed(there, chroma)
    with Catalog.open(there) as catalog:
        assert (catalog.counts().products, catalog.counts().reviews) == (0, 0)


def test_the_owner_alone_writes(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 3)
    published(own, chroma)
    with pytest.raises(SharingError, match=r"another home's, and that one alone writes to it\.$"):
        published(owner(tmp_path / "second", 5), chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    with pytest.raises(SharingError, match="This home mirrors an index that another home publishes"):
        published(there, chroma)
    assert followed(own, chroma) == (0, 0, 0, 0, False), "the owner has nothing to take"


def test_a_copy_of_the_owner_is_noticed(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 3)
    published(own, chroma)
    (tmp_path / "copy").mkdir()
    copy = tmp_path / "copy" / "catalog.sqlite"
    copy.write_bytes(own.read_bytes())
    with Catalog.open(own) as catalog:
        import_lamps(catalog, 5)
    published(own, chroma)
    with pytest.raises(SharingError, match="one of the two is a copy"):
        published(copy, chroma)


def test_a_home_with_products_of_its_own_follows_nobody(tmp_path: Path, chroma: ChromaServer) -> None:
    published(owner(tmp_path / "own", 3), chroma)
    second = owner(tmp_path / "second", 2)
    with pytest.raises(SharingError, match="has products of its own, and only an empty one can follow"):
        followed(second, chroma)


def test_what_a_follower_imports_for_itself_stays(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 3)
    published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    mine = lamp(9, title="My own lamp").model_copy(update={"origin": origin(source="mine")})
    with Catalog.open(there) as catalog, catalog.importing("mine", "mine.csv", "mine") as batch:
        batch.add(mine)
    with Catalog.open(own) as catalog:
        import_lamps(catalog, 12)
    published(own, chroma)
    with closing(Vectors.open(there.parent / "chroma", embed)) as vectors, Catalog.open(there) as catalog:
        vectors.drain(catalog, unheard)
    assert followed(there, chroma).own == 1
    with Catalog.open(there) as catalog:
        assert catalog.product("lamps:9") == mine
        assert catalog.counts().products == 12
    assert sound(there) == []


def test_a_server_that_lost_everything_is_filled_anew_and_followers_go_along(
    tmp_path: Path, chroma: ChromaServer
) -> None:
    own = owner(tmp_path / "own", 20)
    published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    with Catalog.open(own) as catalog:
        catalog.remove_source("guides")
    with Server(chroma.address) as server:
        server.drop(PRODUCTS)
    with pytest.raises(SharingError, match=r"holds no index yet; the home that has the products publishes"):
        followed(there, chroma)
    assert published(own, chroma).written > 60
    followed(there, chroma)
    assert held(there) == without_orders(held(own))
    assert sound(there) == []


def test_a_price_alone_moves_without_its_vector(tmp_path: Path, chroma: ChromaServer) -> None:
    own = owner(tmp_path / "own", 3)
    published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    with Catalog.open(own) as catalog, catalog.importing("lamps", "lamps.jsonl", "cheaper") as batch:
        batch.add(lamp(1, seen=LATER, amount=1.0))
    published(own, chroma)
    followed(there, chroma)
    with Catalog.open(there) as catalog:
        cheapest = catalog.product("lamps:1").price
    assert cheapest == price(1.0, LATER)
