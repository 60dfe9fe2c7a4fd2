"""Kills its own children: `python -m tests.index.killed import|apart|drain FOLDER MOMENTS SEED`.

A fork of a process that has everything imported starts in a millisecond, so fifty random moments take
seconds. After each kill the work is done again, and the result is compared with an uninterrupted one; what
differs is said on standard output.
"""

import os
import random
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path

from index.catalog import Catalog
from index.importers import made_apart
from index.vectors import Vectors
from tests.index.child import unheard
from tests.index.hash_embedder import embed
from tests.index.importing import imported, jsonl
from tests.index.shelf import import_lamps

CONTENTS = (
    "SELECT id, source, file, digest, rows_done, finished IS NOT NULL FROM imports",
    "SELECT * FROM categories",
    "SELECT * FROM products ORDER BY key",
    "SELECT * FROM offers ORDER BY product, amount",
    "SELECT * FROM attributes",
    "SELECT * FROM identifiers ORDER BY product, value",
    "SELECT * FROM reviews ORDER BY key",
    "SELECT * FROM prices",
    "SELECT rowid, * FROM products_fts ORDER BY rowid",
    "SELECT product_id, forget FROM pending",
)


def main(verb: str, folder: Path, moments: int, seed: int) -> None:
    """Kill at random moments and say what differs afterwards."""
    chance = random.Random(seed)
    if verb == "drain":
        import chromadb  # noqa: F401 - once here and not 1.7 s in every child
    work = WORK[verb]
    whole = prepared(folder / "whole", verb)
    started = time.monotonic()
    finish(fork(work, whole))
    duration = time.monotonic() - started
    finish(fork(report, whole))
    early = 0
    for moment in range(moments):
        home = prepared(folder / f"killed-{moment}", verb)
        child = fork(work, home)
        time.sleep(chance.uniform(0, duration))
        os.kill(child, signal.SIGKILL)
        early += os.WIFSIGNALED(os.waitpid(child, 0)[1])
        finish(fork(work, home))
        finish(fork(report, home))
        if (home / "report").read_bytes() != (whole / "report").read_bytes():
            sys.stdout.write(f"differs after the kill at moment {moment}\n")
            continue
        shutil.rmtree(home)
    sys.stdout.write(f"{early} of {moments} killed before the end\n")


def prepared(home: Path, verb: str) -> Path:
    """A folder to work in: empty for an import, with all lamps imported for a drain."""
    home.mkdir()
    if verb == "drain":
        finish(fork(lambda folder: do_import(folder, 2200), home))
    return home


def do_import(home: Path, lamps: int = 700) -> None:
    """Enough rows for several transactions."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        import_lamps(catalog, lamps)


def do_import_apart(home: Path) -> None:
    """A file whose rows another process reads."""
    made_apart.LARGE = 0  # type: ignore[misc]
    path = home.parent / "rows.jsonl"
    if not path.exists():
        partial = path.with_suffix(f".{os.getpid()}")
        rows = ({"id": n, "name": f"Lamp {n}", "price": 10.0 + n % 90} for n in range(4_000))
        partial.write_text(jsonl([*rows, {"id": "none"}]), encoding="utf-8")
        partial.replace(path)
    imported(home, path)


def do_drain(home: Path) -> None:
    """Enough products for several batches."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        Vectors.open(home / "chroma", embed).drain(catalog, unheard)


def report(home: Path) -> None:
    """Write down everything that must not depend on a kill."""
    with Catalog.open(home / "catalog.sqlite") as catalog:
        said = [catalog.verify(), *(catalog.select(sql) for sql in CONTENTS)]
        if (home / "chroma").exists():
            vectors = Vectors.open(home / "chroma", embed)
            said.append(vectors.verify(catalog))
            said.append([nearest_distance(vectors, words) for words in ("lamps", "room 17", "Red Floor")])
    (home / "report").write_text("\n".join(map(repr, said)), encoding="utf-8")


def nearest_distance(vectors: Vectors, words: str) -> float:
    """How near the nearest product is; which of several equals comes first is left to Chroma."""
    ((_, distance),) = vectors.query(embed([words])[0], None, 1)
    return round(distance, 4)


def fork(work: Callable[[Path], None], home: Path) -> int:
    """Start work in a child; its id."""
    child = os.fork()
    if child == 0:
        try:
            work(home)
            os._exit(0)
        finally:
            traceback.print_exc()
            os._exit(1)
    return child


def finish(child: int) -> None:
    """Wait for a child that must succeed."""
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit("a child that nobody killed has failed")


WORK = {"import": do_import, "apart": do_import_apart, "drain": do_drain}


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
