"""One chunk of products written into its tables: the product, offers, attributes, identifiers, text, pending.

The caller holds the transaction and has decided what is to be written; this file knows the columns.
"""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple

from index.product import Product
from index.store import rows
from index.store.database import renew
from index.store.pending import mark
from index.store.rows import IndexedText
from index.text.scripts import in_pairs

_UPSERT = """
    INSERT INTO products (
        key, id, source, category, title, brand, rating, rating_count, seen, digest, text_digest, record
    ) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET
        category = excluded.category, title = excluded.title, brand = excluded.brand,
        rating = excluded.rating, rating_count = excluded.rating_count, seen = excluded.seen,
        digest = excluded.digest, text_digest = excluded.text_digest, record = excluded.record
"""

_ROWS_AT_ONCE = 1000


class Waiting(NamedTuple):
    """A product to be written, with what is made of it."""

    product: Product
    digest: str
    text: IndexedText
    text_digest: str
    changed: bool
    """False where only its dates moved on."""

    @classmethod
    def of(cls, product: Product, digest: str = "", *, changed: bool = True) -> "Waiting":
        """The product with its digests; the first is worked out where it is not known yet."""
        text = rows.indexed_text(product)
        return cls(product, digest or rows.digest(product), text, rows.text_digest(text), changed)


def write_products(connection: sqlite3.Connection, chunk: Sequence[Waiting], generation: int) -> None:
    """Write products inside the caller's transaction; `generation` is the one it will commit."""
    stored = _stored(connection, [w.product.id for w in chunk])
    categories = _category_ids(connection, {w.product.category for w in chunk})
    keys = _keys(connection, chunk, stored)
    connection.executemany(_UPSERT, [_columns(w, keys[w.product.id], categories) for w in chunk])
    changed = [(keys[w.product.id], w.product) for w in chunk if w.changed]
    known = {key for key, _ in stored.values()}
    _replace_details(connection, changed, categories, known)
    told = [w for w in chunk if w.product.id not in stored or stored[w.product.id][1] != w.text_digest]
    _replace_texts(connection, [(keys[w.product.id], w.text) for w in told], known)
    mark(connection, (w.product.id for w in told), generation, forget=False)


def rewrite_texts(connection: sqlite3.Connection) -> None:
    """Make the full-text index of the products anew inside the caller's transaction."""
    renew(connection, "products_fts")
    found = connection.execute("SELECT key, record FROM products ORDER BY key")
    while some := found.fetchmany(_ROWS_AT_ONCE):
        products = ((key, Product.model_validate_json(record)) for key, record in some)
        _replace_texts(connection, [(key, rows.indexed_text(product)) for key, product in products], set())


def _stored(connection: sqlite3.Connection, ids: list[str]) -> dict[str, tuple[int, str]]:
    marks = ", ".join("?" * len(ids))
    found = connection.execute(f"SELECT id, key, text_digest FROM products WHERE id IN ({marks})", ids)
    return {product_id: (key, text_digest) for product_id, key, text_digest in found}


def _keys(
    connection: sqlite3.Connection, chunk: Sequence[Waiting], stored: dict[str, tuple[int, str]]
) -> dict[str, int]:
    (last,) = connection.execute("SELECT coalesce(max(key), 0) FROM products").fetchone()
    keys = {product_id: key for product_id, (key, _) in stored.items()}
    for waiting in chunk:
        if waiting.product.id not in keys:
            last += 1
            keys[waiting.product.id] = last
    return keys


def _category_ids(
    connection: sqlite3.Connection, categories: set[tuple[str, ...]]
) -> dict[tuple[str, ...], int | None]:
    ids: dict[tuple[str, ...], int | None] = {(): None}
    for category in sorted(categories - {()}):
        path = rows.category_path(category)
        connection.execute("INSERT INTO categories (path) VALUES (?) ON CONFLICT DO NOTHING", (path,))
        (ids[category],) = connection.execute("SELECT id FROM categories WHERE path = ?", (path,)).fetchone()
    return ids


def _columns(waiting: Waiting, key: int, categories: dict[tuple[str, ...], int | None]) -> tuple[object, ...]:
    product = waiting.product
    return (
        key,
        product.id,
        product.origin.source,
        categories[product.category],
        product.title,
        product.brand.casefold(),
        product.rating,
        product.rating_count,
        product.origin.seen.isoformat(),
        waiting.digest,
        waiting.text_digest,
        product.model_dump_json(),
    )


def _replace_details(
    connection: sqlite3.Connection,
    products: list[tuple[int, Product]],
    categories: dict[tuple[str, ...], int | None],
    known: set[int],
) -> None:
    outdated = [(key,) for key, _ in products if key in known]
    for table in ("offers", "attributes", "identifiers"):
        connection.executemany(f"DELETE FROM {table} WHERE product = ?", outdated)
    connection.executemany(
        "INSERT INTO offers VALUES (?, ?, ?)",
        [(key, o.price.currency, o.price.amount) for key, p in products for o in p.offers],
    )
    # A name given twice counts once, its first value, as in Product.attribute.
    connection.executemany(
        "INSERT OR IGNORE INTO attributes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                key,
                categories[p.category],
                a.name,
                a.unit,
                a.at_least,
                a.at_most,
                a.flag,
                rows.padded_words(a.words),
            )
            for key, p in products
            for a in p.attributes
        ],
    )
    connection.executemany(
        "INSERT INTO identifiers VALUES (?, ?)",
        [(value, key) for key, p in products for value in sorted(rows.identifiers(p))],
    )


def _replace_texts(
    connection: sqlite3.Connection, texts: list[tuple[int, IndexedText]], known: set[int]
) -> None:
    connection.executemany(
        "DELETE FROM products_fts WHERE rowid = ?", [(key,) for key, _ in texts if key in known]
    )
    connection.executemany(
        "INSERT INTO products_fts (rowid, title, brand, category, attributes, description) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [(key, *map(in_pairs, text)) for key, text in texts],
    )
