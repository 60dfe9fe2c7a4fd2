"""A second process for the tests: `python -m tests.index.child import|drain CATALOGUE LAMPS`."""

import sys
from pathlib import Path

from index.catalog import Catalog
from index.vectors import Vectors
from tests.index.hash_embedder import embed
from tests.index.shelf import import_lamps


def main(verb: str, path: str, lamps: str) -> None:
    """Import `lamps` lamps with their reviews, or bring the vectors up to date."""
    with Catalog.open(Path(path)) as catalog:
        if verb == "import":
            import_lamps(catalog, int(lamps))
        else:
            Vectors.open(Path(path).parent / "chroma", embed).drain(catalog, unheard)


def unheard(_done: int, _total: int) -> None:
    """Progress that nobody watches."""


if __name__ == "__main__":
    main(*sys.argv[1:])
