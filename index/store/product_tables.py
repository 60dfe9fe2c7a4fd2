"""One chunk of products written into its tables: the product, offers, attributes, identifiers, text, pending.

The caller holds the transaction and has decided what is to be written.
"""

import sqlite3
from collections.abc import Sequence, Set

from index.product import Product
from index.store import rows
from index.store.database import renew
from index.store.pending import mark
from index.store.prepared import PreparedProduct
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


def write_products(
    connection: sqlite3.Connection,
    chunk: Sequence[PreparedProduct],
    generation: int,
    unchanged: Set[str] = frozenset(),
) -> None:
    """Write products inside the caller's transaction; `generation` is the one it will commit.

    Of those whose ids are `unchanged` only the dates moved on.
    """
    stored = _stored(connection, [p.id for p in chunk])
    categories = _category_ids(connection, {p.category for p in chunk})
    keys = _keys(connection, chunk, stored)
    connection.executemany(
        _UPSERT,
        [(keys[p.id], p.id, p.source, categories[p.category], *_columns(p)) for p in chunk],
    )
    known = {key for key, _ in stored.values()}
    _replace_details(connection, [(keys[p.id], p) for p in chunk if p.id not in unchanged], categories, known)
    told = [p for p in chunk if p.id not in stored or stored[p.id][1] != p.text_digest]
    _replace_texts(connection, [(keys[p.id], p.text) for p in told], known)
    mark(connection, (p.id for p in told), generation, forget=False)


def rewrite_texts(connection: sqlite3.Connection) -> None:
    """Make the full-text index of the products anew inside the caller's transaction."""
    renew(connection, "products_fts")
    found = connection.execute("SELECT key, record FROM products ORDER BY key")
    while some := found.fetchmany(_ROWS_AT_ONCE):
        products = ((key, Product.model_validate_json(record)) for key, record in some)
        texts = [(key, tuple(map(in_pairs, rows.indexed_text(product)))) for key, product in products]
        _replace_texts(connection, texts, set())


def _stored(connection: sqlite3.Connection, ids: list[str]) -> dict[str, tuple[int, str]]:
    marks = ", ".join("?" * len(ids))
    found = connection.execute(f"SELECT id, key, text_digest FROM products WHERE id IN ({marks})", ids)
    return {product_id: (key, text_digest) for product_id, key, text_digest in found}


def _keys(
    connection: sqlite3.Connection, chunk: Sequence[PreparedProduct], stored: dict[str, tuple[int, str]]
) -> dict[str, int]:
    (last,) = connection.execute("SELECT coalesce(max(key), 0) FROM products").fetchone()
    keys = {product_id: key for product_id, (key, _) in stored.items()}
    for product in chunk:
        if product.id not in keys:
            last += 1
            keys[product.id] = last
    return keys


def _category_ids(connection: sqlite3.Connection, paths: set[str]) -> dict[str, int | None]:
    ids: dict[str, int | None] = {"": None}
    for path in sorted(paths - {""}):
        connection.execute("INSERT INTO categories (path) VALUES (?) ON CONFLICT DO NOTHING", (path,))
        (ids[path],) = connection.execute("SELECT id FROM categories WHERE path = ?", (path,)).fetchone()
    return ids


def _columns(product: PreparedProduct) -> tuple[object, ...]:
    title, brand, rating, rating_count, record = product.columns
    return title, brand, rating, rating_count, product.seen, product.digest, product.text_digest, record


def _replace_details(
    connection: sqlite3.Connection,
    products: list[tuple[int, PreparedProduct]],
    categories: dict[str, int | None],
    known: set[int],
) -> None:
    outdated = [(key,) for key, _ in products if key in known]
    for table in ("offers", "attributes", "identifiers"):
        connection.executemany(f"DELETE FROM {table} WHERE product = ?", outdated)
    connection.executemany(
        "INSERT INTO offers VALUES (?, ?, ?)", [(key, *offer) for key, p in products for offer in p.offers]
    )
    # A name given twice counts once, its first value, as in Product.attribute.
    connection.executemany(
        "INSERT OR IGNORE INTO attributes VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [(key, categories[p.category], *attribute) for key, p in products for attribute in p.attributes],
    )
    connection.executemany(
        "INSERT INTO identifiers VALUES (?, ?)",
        [(value, key) for key, p in products for value in p.identifiers],
    )


def _replace_texts(
    connection: sqlite3.Connection, texts: list[tuple[int, tuple[str, ...]]], known: set[int]
) -> None:
    connection.executemany(
        "DELETE FROM products_fts WHERE rowid = ?", [(key,) for key, _ in texts if key in known]
    )
    connection.executemany(
        "INSERT INTO products_fts (rowid, title, brand, category, attributes, description) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        [(key, *text) for key, text in texts],
    )
