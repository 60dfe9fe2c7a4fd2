"""The commands that share an index: published to a real Chroma server, followed, exported and taken in."""

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from index.catalog import Catalog
from tests.agent.shop import QUESTION
from tests.index.chroma_server import ChromaServer
from tests.tui.bought import BOUGHT
from tests.tui.bundles import home_with_past
from tests.tui.commands import Commands, commands
from tui.bench import Bench
from tui.settings import Settings

ROOT = Path(__file__).parents[2]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """The owner: products with vectors, orders, a session."""
    return home_with_past(tmp_path, monkeypatch)


def said(run: Commands, *arguments: str | Path, code: int = 0) -> str:
    """What a command says on stderr."""
    done = run(*arguments)
    assert done.exit_code == code, done.stderr
    return done.stderr


def titles(run: Commands, *more: str) -> list[str]:
    """What a search finds, and that it did so by meaning."""
    done = run("index", "search", "water boiler", "--json", *more)
    assert done.exit_code == 0, done.stderr
    assert "by words alone" not in done.stderr
    return [json.loads(line)["title"] for line in done.stdout.splitlines()]


@pytest.mark.longer
def test_an_empty_home_follows_a_server_and_researches_as_ever(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = titles(run)
    with ChromaServer(tmp_path / "served") as chroma:
        assert "records written and 0 withdrawn" in said(run, "index", "publish", "--chroma", chroma.address)
        there = commands(tmp_path / "there", monkeypatch)
        assert "records taken in" in said(there, "index", "stats", "--chroma", chroma.address)
        assert titles(there, "--chroma", chroma.address) == expected
        done = there("research", "--yes", "--chroma", chroma.address, QUESTION)
        assert "Brissa Calm 17" in done.stdout
        monkeypatch.setenv("PRODUCTRESEARCH_CHROMA", chroma.address)
        assert there("index", "show", "kettles:1").exit_code == 0
        with Catalog.open(there.home / "catalog.sqlite") as catalog:
            assert catalog.counts().events == 0
            assert BOUGHT not in {product.title for product in catalog.all_products()}
    gone = said(there, "index", "stats")
    assert gone.count("No Chroma server answers at") == 1
    assert "Until then, what the index held on the last visit." in gone
    assert titles(there) == expected
    back = commands(run.home, monkeypatch)
    assert said(back, "index", "stats") == "", "the owner needs no server"
    empty = commands(tmp_path / "empty", monkeypatch)
    assert "No Chroma server answers at" in said(empty, "index", "stats", code=1)


def test_the_app_follows_the_server_of_its_settings_and_says_so_once(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with ChromaServer(tmp_path / "served") as chroma:
        said(run, "index", "publish", "--chroma", chroma.address)
        there = commands(tmp_path / "there", monkeypatch)
        bench = Bench(Settings(engine="rules", chroma=chroma.address), there.home, threading.Event())
        first, second = bench.stock(), bench.stock()
        bench.close()
    assert "records taken in" in first
    assert first.startswith(second)
    assert "records" not in second


def test_publishing_wants_an_address_and_products(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = commands(tmp_path / "home", monkeypatch)
    assert said(run, "index", "publish", code=2).startswith(
        "Name the Chroma server: --chroma http://127.0.0.1:8000"
    )
    assert said(run, "index", "publish", "--chroma", "http://127.0.0.1:1", code=2).startswith(
        "There are no products here to publish"
    )


def test_an_exported_index_is_taken_in_and_embeds_nothing(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = titles(run)
    told = said(run, "index", "export", tmp_path / "stick")
    assert "Left out: what order-history told of your orders and searches" in told
    assert "is whole: 4 files" in said(run, "index", "export", "--check", tmp_path / "stick")
    stored = b"".join(path.read_bytes() for path in (tmp_path / "stick").rglob("*") if path.is_file())
    assert BOUGHT.encode() not in stored
    there = commands(tmp_path / "there", monkeypatch)
    monkeypatch.setattr("models.embedder.BulkEmbedder.open", never)
    assert "vectors were made here" not in said(there, "index", "import", tmp_path / "stick")
    assert titles(there) == expected
    assert said(there, "index", "verify") == "The catalogue is sound, and its vectors agree with it.\n"
    assert said(there, "index", "import", tmp_path / "stick", code=1).endswith(
        "put the folder's in their place, or name an empty home with PRODUCTRESEARCH_HOME.\n"
    )


def test_history_goes_along_where_it_is_asked_for(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(run, "index", "export", "--with-history", tmp_path / "stick")
    there = commands(tmp_path / "there", monkeypatch)
    said(there, "index", "import", tmp_path / "stick")
    with Catalog.open(there.home / "catalog.sqlite") as catalog:
        assert catalog.counts().events > 0


def test_a_damaged_half_or_foreign_folder_is_refused_before_anything_is_touched(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(run, "index", "export", tmp_path / "stick")
    there = commands(tmp_path / "there", monkeypatch)
    catalogue = tmp_path / "stick" / "catalog.sqlite"
    whole = catalogue.read_bytes()
    damaged = bytearray(whole)
    damaged[5000] ^= 1
    for content, what in (
        (bytes(damaged), "'catalog.sqlite' is damaged or was changed"),
        (whole[:9000], "'catalog.sqlite' is cut"),
        (None, "'catalog.sqlite' is missing"),
    ):
        catalogue.unlink() if content is None else catalogue.write_bytes(content)
        assert what in said(there, "index", "import", tmp_path / "stick", code=1)
        assert not (there.home / "catalog.sqlite").exists()
    catalogue.write_bytes(whole)
    (tmp_path / "stick" / "manifest.json").unlink()
    assert "has no manifest.json" in said(there, "index", "import", tmp_path / "stick", code=1)


def test_replacing_keeps_the_old_index_until_the_new_one_stands(
    run: Commands, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said(run, "index", "export", tmp_path / "stick")
    there = commands(tmp_path / "there", monkeypatch)
    old = [{"sku": f"old{n}", "name": f"Old thing {n}", "brand": "Old", "price": "5 EUR"} for n in range(50)]
    (tmp_path / "old.jsonl").write_text("".join(json.dumps(row) + "\n" for row in old), encoding="utf-8")
    said(there, "index", "add", "--yes", tmp_path / "old.jsonl")
    before = there("index", "stats", "--json").stdout
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "stick")],
        cwd=ROOT,
        env={**os.environ, "PRODUCTRESEARCH_HOME": str(there.home)},
        capture_output=True,
        check=False,
    )
    assert killed.returncode == -9, killed.stderr
    assert there("index", "stats", "--json").stdout == before
    assert said(there, "index", "verify").startswith("The catalogue is sound")
    said(there, "index", "import", "--replace", tmp_path / "stick")
    assert "Old thing 1" not in there("index", "search", "old thing", "--json").stdout
    assert "Brissa Calm 17" in titles(there)
    assert said(there, "index", "verify").startswith("The catalogue is sound")


def test_replacing_without_history_keeps_a_persons_own(run: Commands, tmp_path: Path) -> None:
    said(run, "index", "export", tmp_path / "stick")
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        events = catalog.counts().events
    said(run, "index", "import", "--replace", tmp_path / "stick")
    with Catalog.open(run.home / "catalog.sqlite") as catalog:
        assert catalog.counts().events == events > 0
    assert said(run, "index", "verify").startswith("The catalogue is sound")


KILLED = """
import os, signal, sys
from index.store import copying
from tui.commands import app

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

copying._Copying._described = die  # the last of the transaction
app(["index", "import", "--replace", sys.argv[1]])
"""


def never() -> None:
    """Nothing is to be embedded in bulk."""
    raise AssertionError
