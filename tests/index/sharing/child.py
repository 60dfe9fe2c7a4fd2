"""Publishes or follows in a process of its own.

`python -m tests.index.sharing.child publish|follow CATALOGUE URL`
"""

import sys
import time
from contextlib import closing
from pathlib import Path

from index.errors import CatalogueError
from index.sharing.mirroring import mirror
from index.sharing.publishing import publish
from index.sharing.server import Server
from index.vectors import Vectors
from models.served_errors import ServerError
from tests.index.hash_embedder import embed


def main(verb: str, catalogue: str, address: str) -> None:
    """Do it once, and say how it ended and, line by line, how far it is."""
    path = Path(catalogue)
    try:
        with closing(Vectors.open(path.parent / "chroma", embed)) as vectors, Server(address) as server:
            if verb == "publish":
                publish(path, vectors, server, lambda done: told(str(done)))
            else:
                mirror(path, vectors, server, lambda done, of: told(f"{done} of {of}"))
    except (CatalogueError, ServerError) as error:
        told(f"{type(error).__name__}: {error}")
        raise SystemExit(1) from error


def told(line: str) -> None:
    """One line, at once, and a moment in which something can happen to this process or the server."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
    time.sleep(0.3)


if __name__ == "__main__":
    main(*sys.argv[1:])
