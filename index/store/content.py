"""What a catalogue holds, as one digest: the same for the same records, whenever and however often written.

The person's own events are left out: they say nothing of a product, and what is derived from the products
stays true when another order is imported.
"""

import sqlite3
from hashlib import sha256
from typing import Final

_HELD: Final = (
    "SELECT id, digest, seen FROM products ORDER BY key",
    "SELECT id, digest, seen FROM reviews ORDER BY key",
    "SELECT id, digest, seen FROM pages ORDER BY key",
    "SELECT product_id, seen, currency, amount, source FROM prices"
    " ORDER BY product_id, seen, currency, amount, source",
    "SELECT source, category, attribute, meaning FROM column_meanings ORDER BY source, category, attribute",
    "SELECT one, other, same FROM same_said ORDER BY one, other",
    "SELECT category, alias, name FROM names_said ORDER BY category, alias",
)
"""Everything that search, cards and records are derived from; a record stands there by its digest."""


def content_digest(connection: sqlite3.Connection) -> str:
    """A sha256, in hexadecimal digits, over all that a researcher could be told of products."""
    held = sha256()
    for statement in _HELD:
        held.update(statement.encode())
        for row in connection.execute(statement):
            held.update(repr(row).encode("utf-8", "surrogatepass"))
    return held.hexdigest()
