"""`index export` and `index import`: a whole index as a folder, and what the person is told of it."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

from index.manifest import Manifest
from index.sharing.folder import Put, check_index, export_index, import_index
from tui import settings
from tui.distilling.saying import Ticker, say
from tui.embedding import open_vectors, opened_embedder


def export_folder(folder: Path, *, with_history: bool) -> None:
    """Write this home's index into an empty folder."""
    with Ticker(every=20_000) as ticker:
        manifest, put = export_index(
            settings.home(),
            folder,
            datetime.now(UTC),
            with_history=with_history,
            progress=lambda done: ticker.tell(done, f"{done:,} products"),
        )
    tell_of_index(put)
    _tell_of_all(folder, manifest)


def check_exported(folder: Path) -> None:
    """Hold every byte of an exported index against its manifest."""
    manifest, _ = check_index(folder)
    _tell_of_all(folder, manifest)


def import_folder(folder: Path, *, replace: bool) -> None:
    """Take an exported index into this home."""
    home = settings.home()
    with (
        Ticker(every=20_000) as ticker,
        closing(opened_embedder(home)) as embedder,
        closing(open_vectors(home, embedder.embed)) as vectors,
    ):
        taken = import_index(
            home,
            folder,
            vectors,
            replace=replace,
            progress=lambda done: ticker.tell(done, f"{done:,} products"),
            embedding=lambda done, _: ticker.tell(done, f"{done:,} vectors"),
        )
    made = "" if taken.vectors else "; their vectors were made here"
    say(f"{taken.copied.products:,} products are in {home}{made}.")


def tell_of_index(put: Put) -> None:
    """What is in a folder of an index, and what is not."""
    say(f"{put.copied.products:,} products.")
    for name, products in put.copied.left_out:
        also = f", and the {products:,} products that it brought" if products else ""
        say(f"Left out: what {name} told of your orders and searches{also}. --with-history takes it along.")
    if put.copied.products and not put.vectors:
        say("There are no vectors here, or damaged ones; the other machine makes its own.")


def _tell_of_all(folder: Path, manifest: Manifest) -> None:
    total = sum(entry.bytes for entry in manifest.files) / 1e6
    say(f"{folder} is whole: {len(manifest.files)} files, {total:,.1f} MB, of {manifest.created:%Y-%m-%d}.")
