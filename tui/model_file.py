"""A model's file by what a person calls the model."""

import re
from pathlib import Path

from models.bundled_agent import bundled_agent
from models.catalog import BUNDLED, catalog
from models.store import ModelStore, StoreError
from tui.told import UsageError

_ADDRESS = re.compile(r"\w+://.*|[\w.-]+:\d+(/.*)?")
"""What is meant for a server, though it does not begin as the address of one."""


def model_file(named: str, store: ModelStore) -> Path:
    """The file of a model: of `bundled`, of a name in the catalogue, or a path.

    Raises StoreError for one that was not fetched, and UsageError for half an address.
    """
    if named == BUNDLED:
        return bundled_agent()
    if _ADDRESS.fullmatch(named) and not Path(named).exists():
        raise UsageError(
            f"{named} is no address of a server; write one that begins with http:// or https://."
        )
    card = catalog().models.get(named)
    if card is None or Path(named).exists():
        return Path(named).expanduser()
    if store.state(card) != "here":
        raise StoreError(f"{card.name} is not here; `productresearch models fetch {card.name}` fetches it.")
    return store.path(card)
