"""A home with a past for the tests of bundles, and a program that takes a bundle in with sockets blocked."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.session import Sessions
from agent.wire import WIRE_VERSION
from index.catalog import Catalog
from models.bundled_agent import bundled_agent
from models.in_use import ModelsInUse
from models.usable import Model
from tests.agent.shop import KETTLES, QUESTION, open_shop
from tests.gguf_factory import write_adapter, write_gguf
from tests.tui.bought import order_file
from tests.tui.commands import Commands, commands
from tui.embedding import embed_pending

NOW = datetime(2026, 11, 1, tzinfo=UTC)
NOTE = "Ask grandmother first"
WIDTH = 384
"""Of the bundled agent."""

OFFLINE = """
import socket, sys

def blocked(*_, **__):
    raise AssertionError("a socket was opened")

class Blocked(socket.socket):
    connect = connect_ex = bind = sendto = blocked

socket.socket, socket.create_connection, socket.getaddrinfo = Blocked, blocked, blocked

from typer.testing import CliRunner
from tui.commands import app

def run(*arguments, codes=(0,)):
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code in codes, (arguments, done.output)
    return done

bundle, question, out = sys.argv[1:]
run("models", "bundle", "--check", bundle)
run("models", "unbundle", bundle)
run("index", "verify")
found = run("index", "search", "water boiler", "--max-price", "60 EUR")
assert "by words alone" not in found.stderr, found.stderr
run("research", "--engine", "rules", question, "--out", out)
ran = run("research", "--max-steps", "4", question, codes=(0, 3))
assert "micro-agent" in ran.stdout, ran.stdout
"""


def home_with_past(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Products with vectors; orders, a question with a note, and an adapter that was retrained, in use."""
    home = folder / "home"
    picture = str(folder / "grandmother.png")
    open_shop(home, [KETTLES[0].model_copy(update={"id": "kettles:9", "images": (picture,)})]).close()
    run = commands(home, monkeypatch)
    assert run("index", "add", "--yes", order_file(folder)).exit_code == 0
    assert run("research", "--yes", QUESTION).exit_code == 0
    session = run("sessions", "list").stdout.split()[0]
    with closing(Sessions(home / "sessions.sqlite")) as sessions:
        sessions.annotate(session, NOTE)
    with Catalog.open(home / "catalog.sqlite") as catalog:
        embed_pending(home, catalog, lambda *_: None)
    return run


def retrained(home: Path, base: Path) -> Path:
    """An adapter that a retraining left, put in use over the bundled agent or a model of random weights."""
    shelf = home / "models" / "retrained-0123456789"
    shelf.mkdir(parents=True)
    of_ours = base == bundled_agent()
    adapter = write_adapter(
        shelf / "adapter.gguf", arch="qwen3moe" if of_ours else "qwen3", width=WIDTH if of_ours else 64
    )
    ModelsInUse(home, bundled_agent()).promote(Model(base, adapter), "retrained", NOW, WIRE_VERSION)
    return adapter


def dice(folder: Path, name: str = "dice.gguf", seed: int = 0) -> Path:
    """A model of random weights."""
    return write_gguf(folder / name, vocab=1024, seed=seed)
