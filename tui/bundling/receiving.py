"""`models unbundle DIR`: a checked bundle taken into a home that has no products.

The catalogue comes last and in one transaction, so what was broken off can be done again.
"""

import shutil
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path

from agent.session import Sessions
from agent.wire import WIRE_VERSION
from index.catalog import Catalog
from index.errors import ManifestError
from index.manifest import FileEntry, Manifest, check_folder, copy_checked
from index.store.copying import copy_catalogue
from models.bundled_agent import bundled_agent
from models.catalog import catalog
from models.file_mark import file_mark
from models.in_use import ModelsInUse
from models.store import ModelStore
from models.usable import Model
from tui.bundling.contents import CATALOGUE, FETCHED, KIND, SESSIONS, VECTORS, Contents, read_contents
from tui.distilling.saying import Ticker, say
from tui.embedding import embed_pending, take_in_vectors
from tui.told import UsageError

ARRIVING = ".unbundle"
"""Files of a bundle lie here until they have their places in the home."""


def unbundle(home: Path, folder: Path, now: datetime) -> None:
    """Check a bundle, then take in what it holds; raises CatalogueError, EngineError and UsageError."""
    manifest = check_folder(folder, KIND)
    contents = read_contents(folder, manifest)
    _demand_no_products(home)
    arriving = home / ARRIVING
    shutil.rmtree(arriving, ignore_errors=True)
    arriving.mkdir(mode=0o700, parents=True)
    try:
        places = _put_models(home, folder, manifest, contents)
        _put_in_use(home, contents, places, now)
        _put_sessions(home, folder, manifest, arriving)
        _put_index(home, folder, manifest, arriving)
    finally:
        shutil.rmtree(arriving, ignore_errors=True)
    say(f"It is in {home}; {ModelsInUse(home, bundled_agent()).current.name} answers.")


def _demand_no_products(home: Path) -> None:
    path = home / "catalog.sqlite"
    if not path.exists():
        return
    with Catalog.open(path) as catalogue:
        counts = catalogue.counts()
    if counts.products or counts.reviews or counts.pages or counts.events:
        raise UsageError(
            f"{home} has {counts.products:,} products already; name an empty home with "
            "PRODUCTRESEARCH_HOME, or empty this one with `productresearch reset`."
        )


def _put_models(home: Path, folder: Path, manifest: Manifest, contents: Contents) -> dict[str, Path]:
    """Where each model of the bundle lies now."""
    store, places = ModelStore(home), {}
    fetched = {f"{FETCHED}/{name}/{catalog().model(name).file}": name for name in contents.pins}
    for entry in manifest.having("model"):
        if _came_along(folder, entry):
            places[entry.path] = bundled_agent()
        elif entry.path in fetched:
            card, pin = catalog().model(fetched[entry.path]), contents.pins[fetched[entry.path]]
            copy_checked(folder, entry, store.partial(card, pin.sha256))
            places[entry.path] = store.put(card, pin)
        else:
            target = home / entry.path
            partial = target.with_name(f"{target.name}.partial")
            places[entry.path] = copy_checked(folder, entry, partial).replace(target)
    return places


def _came_along(folder: Path, entry: FileEntry) -> bool:
    """Whether this installation has the same file as its own bundled agent."""
    own = bundled_agent()
    return own.is_file() and file_mark(own) == file_mark(folder / entry.path)


def _put_in_use(home: Path, contents: Contents, places: dict[str, Path], now: datetime) -> None:
    model = Model(places[contents.model], places[contents.adapter] if contents.adapter else None)
    in_use = ModelsInUse(home, bundled_agent())
    if in_use.current != model:
        in_use.promote(model, "it came with a bundle", now, WIRE_VERSION)


def _put_sessions(home: Path, folder: Path, manifest: Manifest, arriving: Path) -> None:
    if not manifest.having("history"):
        return
    arrived = copy_checked(folder, manifest.entry(SESSIONS), arriving / "sessions.sqlite")
    _demand_tables_of_ours(arrived)
    target = home / "sessions.sqlite"
    if target.exists() and _sessions(target) - _sessions(arrived):
        raise UsageError(f"{home} has sessions already, and so has the bundle; name an empty home.")
    say(f"{len(_sessions(arrived)):,} sessions.")
    arrived.replace(target)


def _demand_tables_of_ours(path: Path) -> None:
    """A file from elsewhere could run SQL of its own where a table is looked for."""
    fresh = path.with_name("fresh.sqlite")
    made = []
    for store in (path, fresh):
        Sessions(store).close()
        with closing(sqlite3.connect(store)) as connection:
            made.append(set(connection.execute("SELECT type, name, sql FROM sqlite_master")))
    if made[0] != made[1]:
        raise ManifestError(f"{SESSIONS} is no store of sessions of this version; make the bundle anew.")


def _sessions(path: Path) -> set[str]:
    with closing(Sessions(path)) as sessions:
        return {session.id for session in sessions.list()}


def _put_index(home: Path, folder: Path, manifest: Manifest, arriving: Path) -> None:
    files = {
        entry.path: copy_checked(folder, entry, arriving / entry.path) for entry in manifest.having("index")
    }
    if CATALOGUE not in files:
        return
    if f"{VECTORS}/vectors.jsonl" in files:
        take_in_vectors(home, arriving / VECTORS)
    path = home / "catalog.sqlite"
    with Ticker(every=20_000) as ticker:
        copied = copy_catalogue(
            files[CATALOGUE],
            path,
            with_events=True,
            progress=lambda done: ticker.tell(done, f"{done:,} products"),
        )
        with Catalog.open(path) as catalog:
            embed_pending(home, catalog, lambda done, _: ticker.tell(done, f"{done:,} vectors"))
    say(f"{copied.products:,} products.")
