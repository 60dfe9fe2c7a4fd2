"""A shared index under faults: servers and homes killed at work, servers that are none, hostile rows."""

import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest

from index.catalog import Catalog
from index.errors import SharingError
from index.sharing.ledger import Published
from index.sharing.mirroring import mirror
from index.sharing.publishing import PRODUCTS, RECORDS
from index.sharing.server import Server
from index.vectors import Vectors
from models.served_errors import AddressError, EndlessError, ServerError, UnreachableError
from models.served_line import Bounds
from tests.index.chroma_server import ChromaServer
from tests.index.hash_embedder import embed
from tests.index.sharing.fake_chroma import answering
from tests.index.sharing.homes import followed, held, owner, published, sound, unheard
from tests.index.sharing.test_shared import without_orders
from tests.index.shelf import lamp

LAMPS = 1100
EPOCH, OWNER = "0" * 32, "1" * 32
SHELF = "00000000-0000-0000-0000-000000000000"


def start(verb: str, path: Path, address: str) -> "subprocess.Popen[str]":
    """A process that publishes or follows."""
    command = [sys.executable, "-m", "tests.index.sharing.child", verb, str(path), address]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def heard(child: "subprocess.Popen[str]", lines: int) -> None:
    """Wait until a child is so many steps far."""
    assert child.stdout is not None
    for _ in range(lines):
        assert child.stdout.readline()


@pytest.fixture
def own(tmp_path: Path) -> Path:
    path = owner(tmp_path / "own", LAMPS)
    with Catalog.open(path) as catalog, closing(Vectors.open(path.parent / "chroma", embed)) as vectors:
        vectors.drain(catalog, unheard)
    return path


@pytest.mark.slow
def test_a_server_that_dies_under_a_publishing_loses_nothing(
    own: Path, tmp_path: Path, chroma: ChromaServer
) -> None:
    moments = random.Random(7)
    for steps in (1, 2, 2):
        child = start("publish", own, chroma.address)
        heard(child, steps)
        time.sleep(moments.uniform(0, 0.6))
        chroma.kill()
        said, _ = child.communicate()
        assert child.returncode == 1, said
        assert "dropped the connection" in said or "No Chroma server answers" in said
        chroma.start()
    published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    followed(there, chroma)
    assert held(there) == without_orders(held(own))
    assert sound(there) == []


@pytest.mark.slow
def test_an_owner_that_dies_at_its_publishing_loses_nothing(
    own: Path, tmp_path: Path, chroma: ChromaServer
) -> None:
    moments = random.Random(8)
    there = tmp_path / "there" / "catalog.sqlite"
    for death, steps in enumerate((1, 2, 2)):
        child = start("publish", own, chroma.address)
        heard(child, steps)
        time.sleep(moments.uniform(0, 0.6))
        child.send_signal(signal.SIGKILL)
        child.communicate()
        followed(there, chroma)
        with Catalog.open(own) as catalog, catalog.importing("lamps", "lamps.jsonl", f"{death}") as batch:
            batch.add(lamp(death, title=f"Lamp after death {death}"))
    published(own, chroma)
    followed(there, chroma)
    assert held(there) == without_orders(held(own))
    assert sound(there) == []


@pytest.mark.slow
def test_a_follower_or_its_server_that_dies_goes_on_where_it_was(
    own: Path, tmp_path: Path, chroma: ChromaServer
) -> None:
    published(own, chroma)
    there = tmp_path / "there" / "catalog.sqlite"
    child = start("follow", there, chroma.address)
    heard(child, 3)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    with Catalog.open(there) as catalog:
        assert 0 < catalog.counts().products < LAMPS, "it had come half the way"
    child = start("follow", there, chroma.address)
    heard(child, 2)
    chroma.kill()
    assert child.communicate()[0].splitlines()[-1].split(":")[0] in ("DroppedError", "UnreachableError")
    chroma.start()
    child = start("follow", there, chroma.address)
    heard(child, 1)
    child.communicate()
    followed(there, chroma)
    assert held(there) == without_orders(held(own))
    assert sound(there) == []


@pytest.mark.slow
def test_two_followers_at_once_and_one_home_followed_twice(
    own: Path, tmp_path: Path, chroma: ChromaServer
) -> None:
    published(own, chroma)
    homes = [tmp_path / name / "catalog.sqlite" for name in ("one", "two", "two")]
    children = [start("follow", path, chroma.address) for path in homes]
    said = [child.communicate()[0] for child in children]
    assert children[0].returncode == 0
    assert sorted(child.returncode for child in children[1:]) in ([0, 0], [0, 1]), said
    for path in homes[:2]:
        followed(path, chroma)
        assert held(path) == without_orders(held(own))
        assert sound(path) == []


def test_nobody_at_the_address_and_no_address() -> None:
    with Server("http://127.0.0.1:1") as server, pytest.raises(UnreachableError, match="No Chroma server"):
        server.shelf(PRODUCTS)
    with pytest.raises(AddressError, match="is no server address"):
        Server("chroma")


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        ({}, r"is no Chroma server; name the address that `chroma run` tells\.$"),
        ({"/": (200, b"<html>")}, r"is no Chroma server"),
        ({"/api/v1/version": (200, "0.5.23")}, r"of version 0\.5\.23; version 1 is needed\.$"),
        ({"/api/v2/version": (200, "2.1.0")}, r"of version 2\.1\.0; version 1 is needed\.$"),
        ({PRODUCTS: (200, b"<html>"), "/api/v2/version": (200, "1.0.0")}, r"something that is no collection"),
        ({PRODUCTS: (200, {"id": "../x"}), "/api/v2/version": (200, "1.0.0")}, r"is no collection"),
        ({PRODUCTS: (401, {"error": "no"})}, r"wants a key that it knows .* PRODUCTRESEARCH_CHROMA_KEY\.$"),
        ({PRODUCTS: (403, {"error": "no"})}, r"wants a key that it knows"),
    ],
)
def test_what_is_no_chroma_server_of_ours_is_told_in_a_sentence(
    answers: dict[str, tuple[int, Any]], said: str
) -> None:
    with (
        answering(answers) as address,
        Server(address) as server,
        pytest.raises(SharingError, match=said) as e,
    ):
        server.shelf(PRODUCTS)
    assert str(e.value).count("\n") == 0


def test_an_answer_without_an_end_is_broken_off() -> None:
    small = Bounds(most_bytes=10_000)
    with (
        answering({PRODUCTS: (200, b"[" * 20_000)}) as address,
        Server(address, bounds=small) as server,
        pytest.raises(EndlessError),
    ):
        server.shelf(PRODUCTS)


def hostile(rows: list[tuple[str, dict[str, Any], list[float]]], **about: Any) -> dict[str, tuple[int, Any]]:
    """The answers of a server with one generation of these rows of products."""
    said = {**Published(epoch=EPOCH, owner=OWNER, generation=1).model_dump(), **about}
    empty: dict[str, list[str]] = {"ids": [], "metadatas": [], "embeddings": []}
    return {
        f"{PRODUCTS}": (200, {"id": SHELF, "metadata": said}),
        f"{RECORDS}": (200, {"id": SHELF.replace("0", "1"), "metadata": {"epoch": EPOCH}}),
        f"{SHELF}/get": (
            200,
            {
                "ids": [row[0] for row in rows],
                "metadatas": [row[1] for row in rows],
                "embeddings": [row[2] for row in rows],
            },
        ),
        "/get": (200, empty),
    }


def test_what_is_no_record_is_left_out_and_what_is_harmful_is_made_inert(tmp_path: Path) -> None:
    good = lamp(1)
    nasty = lamp(2).model_copy(update={"title": "Lamp \x1b]0;x\x07\u202e2", "images": ("/etc/passwd",)})
    row = {"kind": "product", "generation": 1}
    vector = embed(["x"])[0].tolist()
    rows: list[tuple[str, dict[str, Any], list[float]]] = [
        ("lamps:1", {**row, "record": good.model_dump_json()}, [1e30] * 384),
        ("lamps:2", {**row, "record": nasty.model_dump_json()}, vector[:3]),
        ("lamps:3", {**row, "record": good.model_dump_json()}, vector),
        ("lamps:4", {**row, "record": "{"}, vector),
        ("lamps:5", {**row, "record": "[" * 100_000}, vector),
        ("lamps:6", {**row, "kind": "event", "record": "{}"}, vector),
        ("lamps:7", {**row, "generation": 9, "record": lamp(7).model_dump_json()}, vector),
        ("lamps:8", {**row}, vector),
        ("lamps:9", {**row, "kind": "gone", "record": "nothing"}, vector),
    ]
    path = tmp_path / "catalog.sqlite"
    with (
        answering(hostile(rows)) as address,
        Server(address) as server,
        closing(Vectors.open(tmp_path / "chroma", embed)) as vectors,
    ):
        mirrored = mirror(path, vectors, server)
        with Catalog.open(path) as catalog:
            vectors.drain(catalog, unheard)
            assert catalog.product_ids() == {"lamps:1", "lamps:2"}
            assert catalog.product("lamps:2").title == "Lamp ]0;x2", "no escape, nothing invisible"
            assert catalog.product("lamps:2").images == ()
            assert vectors.verify(catalog) == []
    assert (mirrored.taken, mirrored.refused) == (2, 7)


@pytest.mark.parametrize(
    "about", [{"generation": 10**12}, {"generation": -1}, {"epoch": "x"}, {"owner": ""}, {"format": 2}]
)
def test_a_collection_that_says_nonsense_of_itself_is_no_index(tmp_path: Path, about: dict[str, Any]) -> None:
    with (
        answering(hostile([], **about)) as address,
        Server(address) as server,
        closing(Vectors.open(tmp_path / "chroma", embed)) as vectors,
        pytest.raises(SharingError, match="is no index of this version"),
    ):
        mirror(tmp_path / "catalog.sqlite", vectors, server)


def test_vectors_of_another_embedder_are_made_here(tmp_path: Path) -> None:
    rows: list[tuple[str, dict[str, Any], list[float]]] = [
        (
            "lamps:1",
            {"kind": "product", "generation": 1, "record": lamp(1).model_dump_json()},
            embed(["other"])[0].tolist(),
        )
    ]
    with (
        answering(hostile(rows, embedder="f" * 64)) as address,
        Server(address) as server,
        closing(Vectors.open(tmp_path / "chroma", embed)) as vectors,
    ):
        assert mirror(tmp_path / "catalog.sqlite", vectors, server).other_embedder
        assert vectors.made(["lamps:1"]) == {}


def test_a_collection_of_another_width_is_refused_by_the_server_in_a_sentence(
    tmp_path: Path, chroma: ChromaServer
) -> None:
    own = owner(tmp_path / "own", 2)
    published(own, chroma)
    base = f"{chroma.address}/api/v2/tenants/default_tenant/databases/default_database/collections"
    said = httpx.get(f"{base}/{PRODUCTS}").json()["metadata"]
    httpx.delete(f"{base}/{PRODUCTS}")
    other = httpx.post(base, json={"name": PRODUCTS, "metadata": said}).json()["id"]
    row = {"ids": ["x"], "embeddings": [[1.0, 2.0]], "metadatas": [{"kind": "x"}]}
    httpx.post(f"{base}/{other}/upsert", json=row)
    with Catalog.open(own) as catalog, catalog.importing("lamps", "lamps.jsonl", "more") as batch:
        batch.add(lamp(9))
    with pytest.raises(ServerError, match="expecting embedding with dimension of 2, got 384"):
        published(own, chroma)
