"""Records that were made elsewhere: held to their form, made inert, and without what no other machine has.

A catalogue from a folder or a server may hold anything; whoever takes it in writes these records anew.
"""

import sqlite3
from typing import Any, TypeVar

from index.product import Product, Record
from index.text.sanitize import plain_url, without_controls

AnyRecord = TypeVar("AnyRecord", bound=Record)


def valid(kind: type[AnyRecord], text: str) -> AnyRecord:
    """The record without control characters that an import would have taken out; raises ValidationError."""
    record = kind.model_validate_json(text)
    told = record.model_dump()
    inert = _inert(told)
    return record if inert == told else kind.model_validate(inert)


def without_local_images(product: Product) -> Product:
    """A picture on this machine is a path of the person's, and is on no other machine."""
    images = tuple(image for image in product.images if plain_url(image))
    return product if images == product.images else product.model_copy(update={"images": images})


def personal_sources(connection: sqlite3.Connection) -> set[str]:
    """Sources that told what the person did; all that they brought stays with the person."""
    return {name for (name,) in connection.execute("SELECT DISTINCT source FROM events")}


def _inert(value: Any) -> Any:
    if isinstance(value, str):
        return without_controls(value)
    if isinstance(value, dict):
        return {key: _inert(each) for key, each in value.items()}
    return tuple(map(_inert, value)) if isinstance(value, tuple) else value
