"""Long work gives way to others: the screen, and whatever else is done on the machine, comes first."""

import os
from typing import Final

LOWER: Final = 10
"""By how much (`nice`); on systems without such priorities nothing happens."""


def give_way() -> None:
    """Lower this process's priority, once."""
    if hasattr(os, "nice"):
        os.nice(max(0, LOWER - os.nice(0)))
