"""`models bundle DIR`: models, index and wheels as one folder for a machine with no network.

Nothing of the person's past is in it unless they ask for that. Checking is left to `index.manifest`, taking
it in to `receiving`.
"""

import sqlite3
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from index.manifest import (
    Manifest,
    check_folder,
    copy_private,
    demand_empty,
    whole_or_nothing,
    write_manifest,
)
from index.sharing.folder import put_index
from tui.bundling.contents import (
    CATALOGUE,
    CONTENTS,
    KIND,
    READ_ME,
    SESSIONS,
    VECTORS,
    WHEELS,
    Contents,
    of_this_machine,
    read_contents,
)
from tui.bundling.picking import Picked, pick_models
from tui.bundling.wheels import MISSING, Wheels, put_wheels
from tui.distilling.saying import Ticker, say
from tui.index_folder import tell_of_index


@dataclass(frozen=True)
class Wanted:
    """What a person asks of a bundle."""

    models: list[str]
    """Names or files beside the model in use."""
    with_history: bool
    wheels: Wheels


@dataclass
class _Bundle:
    """A bundle that is being made."""

    home: Path
    folder: Path
    roles: dict[str, str] = field(default_factory=dict)

    def place(self, path: str, role: str) -> Path:
        """Where a file will lie; its folder is made."""
        self.roles[path] = role
        target = self.folder / path
        target.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return target


def make_bundle(home: Path, folder: Path, wanted: Wanted, now: datetime) -> None:
    """Make it, or nothing: what was written goes again. Raises CatalogueError, EngineError."""
    picked = pick_models(home, wanted.models, with_history=wanted.with_history)
    demand_empty(folder)
    with whole_or_nothing(folder):
        made = _Bundle(home, folder)
        for wheel in put_wheels(wanted.wheels, folder / WHEELS):
            made.place(f"{WHEELS}/{wheel.name}", "wheel")
        for path, source in picked.files.items():
            say(f"{source.name}, {source.stat().st_size / 1e6:,.0f} MB …")
            copy_private(source, made.place(path, "model"))
        _put_index(made, with_history=wanted.with_history)
        if wanted.with_history:
            _put_sessions(made)
        _put_words(made, picked, wanted)
        manifest = write_manifest(folder, KIND, made.roles, now)
    _tell_of_models(picked)
    if not manifest.having("wheel"):
        say(MISSING)
    _tell_of_all(folder, manifest)


def check_bundle(folder: Path) -> None:
    """Hold every byte of a bundle against its manifest; raises ManifestError."""
    manifest = check_folder(folder, KIND)
    read_contents(folder, manifest)
    _tell_of_all(folder, manifest)


def _tell_of_all(folder: Path, manifest: Manifest) -> None:
    total = sum(entry.bytes for entry in manifest.files) / 1e6
    say(f"{folder} is whole: {len(manifest.files)} files, {total:,.1f} MB, of {manifest.created:%Y-%m-%d}.")


def _put_index(made: _Bundle, *, with_history: bool) -> None:
    source = made.home / "catalog.sqlite"
    if not source.exists():
        say("There are no products here, so there are none in the bundle.")
        return
    target = made.place(CATALOGUE, "index")
    with Ticker(every=20_000) as ticker:
        put = put_index(
            made.home,
            target,
            made.folder / VECTORS,
            with_events=with_history,
            progress=lambda done: ticker.tell(done, f"{done:,} products"),
        )
    made.roles |= {f"{VECTORS}/{name}": "index" for name in put.vectors}
    tell_of_index(put)


def _put_sessions(made: _Bundle) -> None:
    source = made.home / "sessions.sqlite"
    if source.exists():
        target = made.place(SESSIONS, "history")
        target.touch(mode=0o600)
        with closing(sqlite3.connect(source)) as read, closing(sqlite3.connect(target)) as written:
            read.backup(written)


def _put_words(made: _Bundle, picked: Picked, wanted: Wanted) -> None:
    contents = Contents(
        **of_this_machine(),
        model=picked.model,
        adapter=picked.adapter,
        history=wanted.with_history,
        pins=picked.pins,
    )
    made.place(CONTENTS, "contents").write_text(contents.model_dump_json(indent=1) + "\n", encoding="utf-8")
    written = files("tui").joinpath("bundling", "read_me.txt").read_text(encoding="utf-8")
    told = written.format(**of_this_machine())
    made.place(READ_ME, "words").write_text(told, encoding="utf-8")


def _tell_of_models(picked: Picked) -> None:
    for name in picked.left_out:
        say(f"Left out: {name}, which learned from your past. --with-history takes it along.")
    for name in picked.unknown:
        say(f"{name} is a file of yours; if it learned from your past, that is in the bundle with it.")
