"""Files that a command makes and nobody else on the machine may read."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

OTHERS = 0o077
"""What is kept from everybody but the owner."""


@contextmanager
def private_files() -> Iterator[None]:
    """Files made meanwhile by this process, and by those that it starts, have the mode 0600 at most."""
    before = os.umask(OTHERS)
    try:
        yield
    finally:
        os.umask(before)
