"""A process whose files may not grow: `python -m tests.index.filling import|log|chroma CATALOGUE`.

It stocks a catalogue, lowers the largest file size that the system allows, as a full disk would, goes on
until it is told so, and then has room again.
"""

import resource
import sys
from pathlib import Path

from index.catalog import Catalog
from index.errors import CatalogueError
from index.vectors import Vectors
from tests.index.child import unheard
from tests.index.hash_embedder import embed
from tests.index.shelf import import_lamps

ROOM = {"import": 4_000_000, "log": 400_000, "chroma": 1_900_000}
"""Bytes at which the catalogue, the vector log, or Chroma's own database is the first that cannot grow."""


def main(verb: str, path: Path) -> None:
    """Stock the shelves, fill the disk, work on."""
    with Catalog.open(path) as catalog:
        vectors = Vectors.open(path.parent / "chroma", embed)
        import_lamps(catalog, 200)
        vectors.drain(catalog, unheard)
        if verb != "import":
            import_lamps(catalog, 2500)
        stored = catalog.counts().products
        allow(ROOM[verb])
        try:
            if verb == "import":
                import_lamps(catalog, 9000)
            vectors.drain(catalog, unheard)
        except CatalogueError as error:
            sys.stdout.write(f"{type(error).__name__}: {error}\n")
        allow(resource.RLIM_INFINITY)
        sys.stdout.write(f"lost: {max(0, stored - catalog.counts().products)} {catalog.verify()}\n")
        vectors.drain(catalog, unheard)
        sys.stdout.write(f"healed: {vectors.verify(catalog)} {catalog.counts().pending}\n")


def allow(size: int) -> None:
    """Let no file grow beyond `size` bytes from now on."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
