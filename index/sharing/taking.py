"""Records of a shared index written into the catalogue, and taken out of it.

The caller holds the transaction and has held the records to their form.
"""

import sqlite3
from collections.abc import Iterable, Sequence

from index.product import Page, Product, Review
from index.sharing.kinds import SEPARATOR, Imported, Prices, SaidOfColumns, SharedRecord
from index.store.pending import mark
from index.store.prepared import prepared_price, prepared_product, prepared_text
from index.store.product_tables import write_products
from index.store.record_tables import write_text


def take_in(connection: sqlite3.Connection, records: Sequence[SharedRecord], generation: int) -> None:
    """Write records in place of those of their ids; `generation` is the catalogue's own."""
    products = [record for record in records if isinstance(record, Product)]
    take_away(connection, [("product", p.id) for p in products if _moved(connection, p)], generation)
    write_products(connection, [prepared_product(product) for product in products], generation)
    for record in records:
        if isinstance(record, Review | Page):
            write_text(connection, prepared_text(record))
        elif isinstance(record, Prices):
            _write_prices(connection, record)
        elif isinstance(record, SaidOfColumns):
            told = (record.source, record.category, record.attribute, record.meaning.model_dump_json())
            connection.execute("INSERT OR REPLACE INTO column_meanings VALUES (?, ?, ?, ?)", told)
        elif isinstance(record, Imported):
            _write_import(connection, record)


def take_away(connection: sqlite3.Connection, named: Iterable[tuple[str, str]], generation: int) -> None:
    """Delete records by kind and id; what is not there is gone already."""
    for kind, record_id in named:
        if kind in ("product", "page"):
            table = f"{kind}s"
            connection.execute(
                f"DELETE FROM {table}_fts WHERE rowid = (SELECT key FROM {table} WHERE id = ?)", (record_id,)
            )
        if kind in ("product", "page", "review"):
            connection.execute(f"DELETE FROM {kind}s WHERE id = ?", (record_id,))
        if kind == "product":
            mark(connection, [record_id], generation, forget=True)
        elif kind == "prices":
            connection.execute("DELETE FROM prices WHERE product_id = ?", (record_id,))
        elif kind == "meaning":
            connection.execute(
                f"DELETE FROM column_meanings WHERE source || '{SEPARATOR}' || category || '{SEPARATOR}' "
                "|| attribute = ?",
                (record_id,),
            )
        elif kind == "import":
            connection.execute(
                f"DELETE FROM imports WHERE source || '{SEPARATOR}' || digest = ?", (record_id,)
            )


def tidy(connection: sqlite3.Connection) -> None:
    """Delete categories that no product stands in any more."""
    connection.execute(
        "DELETE FROM categories WHERE id NOT IN (SELECT category FROM products WHERE category > 0)"
    )


def _moved(connection: sqlite3.Connection, product: Product) -> bool:
    """Whether the id is stored as another source's: such a product is another one."""
    found = connection.execute("SELECT source FROM products WHERE id = ?", (product.id,)).fetchone()
    return found is not None and found[0] != product.origin.source


def _write_prices(connection: sqlite3.Connection, prices: Prices) -> None:
    connection.execute("DELETE FROM prices WHERE product_id = ?", (prices.product_id,))
    for seen in prices.seen:
        price = prepared_price(seen)._replace(product_id=prices.product_id)
        connection.execute("INSERT OR IGNORE INTO prices VALUES (?, ?, ?, ?, ?, ?)", price)


def _write_import(connection: sqlite3.Connection, done: Imported) -> None:
    connection.execute("DELETE FROM imports WHERE source = ? AND digest = ?", (done.source, done.digest))
    finished = done.finished.isoformat() if done.finished else None
    connection.execute(
        "INSERT INTO imports (source, file, digest, started, finished, rows_done) VALUES (?, ?, ?, ?, ?, ?)",
        (done.source, done.file, done.digest, done.started.isoformat(), finished, done.rows_done),
    )
