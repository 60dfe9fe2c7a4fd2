"""How many products of real saved pages are read right, and how many damaged scripts are mended.

    python -m benchmarks.saved_pages [FOLDER]

The folder holds pages with what another reader makes of them beside each (`product.html`, `product.json`),
pages whose JSON-LD is whole, damaged ones with their JSON (`.jsonld`), and OpenGraph properties as JSON, of
which a page is made. Names, brands, numbers, prices, currencies, ratings and sellers are compared, fact by
fact. By default it is `import-fixtures` in $PRODUCTRESEARCH_SHARED_DATA.
"""

import argparse
import html
import json
import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from index.importers.opening import recognize
from index.importers.pages.json_ld import JsonLdError, parse_json_ld
from index.importers.pages.page_file import page_schema
from index.importers.pages.reading import PageJob, read_page_file
from index.product import Product

Facts = Mapping[str, object]
_SCRIPT = re.compile(r"<script[^>]*ld\+json[^>]*>(.*?)</script>", re.DOTALL)


class Measured(NamedTuple):
    """One page: which facts were expected, and which were not read as expected."""

    name: str
    expected: int
    wrong: tuple[str, ...]


def main() -> None:
    """Read every page and print what came of it."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    data = os.environ.get("PRODUCTRESEARCH_SHARED_DATA", "../shared/data")
    parser.add_argument("folder", nargs="?", type=Path, default=Path(data) / "import-fixtures")
    folder: Path = parser.parse_args().folder
    pages = measured_pages(folder)
    for page in pages:
        print(f"{page.name:40} {page.expected - len(page.wrong)} of {page.expected} facts", *page.wrong)
    right = sum(not page.wrong for page in pages)
    print(f"products read right in every fact: {right} of {len(pages)}")
    mended, scripts = mended_scripts(folder)
    print(f"damaged JSON-LD scripts read as they were meant: {mended} of {scripts}")


def measured_pages(folder: Path) -> list[Measured]:
    """Every page of which another reader says what its product is."""
    found = []
    for path in sorted(folder.glob("html-schema-org/*.html")):
        beside = path.with_name(f"{path.stem.removesuffix('_microdata')}.json")
        if beside.exists():
            first = json.loads(beside.read_text(encoding="utf-8"))[0]
            found.append(_measured(path, dict(_facts(_bare(first)))))
    for path in sorted(folder.glob("html-jsonld-product/*.html")):
        (script,) = _SCRIPT.findall(path.read_text(encoding="utf-8"))
        found.append(_measured(path, dict(_facts(json.loads(script)))))
    return [*found, *map(_of_graph, sorted(folder.glob("html-schema-org/opengraph*.json")))]


def mended_scripts(folder: Path) -> tuple[int, int]:
    """How many damaged scripts give what stands beside them, of how many."""
    mended, paths = 0, sorted(folder.glob("html-jsonld-broken/*.html"))
    for path in paths:
        (script,) = _SCRIPT.findall(path.read_text(encoding="utf-8"))
        meant = json.loads(path.with_suffix(".jsonld").read_text(encoding="utf-8"))
        try:
            mended += parse_json_ld(script) == (meant if isinstance(meant, list) else [meant])
        except JsonLdError:
            continue
    return mended, len(paths)


def _measured(path: Path, facts: Facts) -> Measured:
    job = PageJob(recognize(path), page_schema({}), "")
    products = [found for found in read_page_file(job) if isinstance(found, Product)]
    told = dict(_told(products[0])) if len(products) == 1 else {}
    return Measured(path.name, len(facts), tuple(name for name in facts if told.get(name) != facts[name]))


def _of_graph(path: Path) -> Measured:
    (graph,) = json.loads(path.read_text(encoding="utf-8"))
    tags = "".join(
        f'<meta property="{html.escape(name)}" content="{html.escape(value)}">'
        for name, value in graph["properties"]
    )
    said = dict(graph["properties"])
    facts = {
        "title": said["og:title"],
        "sku": said["product:retailer_item_id"],
        "price": float(said["product:price:amount"]),
        "currency": said["product:price:currency"],
    }
    with tempfile.TemporaryDirectory() as folder:
        page = Path(folder) / path.with_suffix(".html").name
        page.write_text(f"<html><head>{tags}</head><body></body></html>", encoding="utf-8")
        return _measured(page, facts)


def _bare(item: Any) -> Any:
    """What another reader says, without its own wrapping."""
    if isinstance(item, dict):
        return {key: _bare(value) for key, value in item.get("properties", item).items()}
    return [_bare(value) for value in item] if isinstance(item, list) else item


def _facts(said: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    brand, offers, rating = said.get("brand"), said.get("offers", {}), said.get("aggregateRating", {})
    yield "title", said["name"]
    yield "brand", brand["name"] if isinstance(brand, dict) else brand
    if "mpn" in said:
        yield "mpn", said["mpn"]
    yield "price", float(offers.get("price", offers.get("lowPrice")))
    yield "currency", offers["priceCurrency"]
    if "seller" in offers:
        yield "seller", offers["seller"]["name"]
    yield "rating", float(rating["ratingValue"])
    yield "rating_count", int(rating.get("reviewCount", rating.get("ratingCount")))


def _told(product: Product) -> Iterator[tuple[str, object]]:
    yield from product.model_dump(include={"title", "brand", "mpn", "sku", "rating", "rating_count"}).items()
    if product.price:
        yield "price", product.price.amount
        yield "currency", product.price.currency
        yield "seller", product.offers[0].seller


if __name__ == "__main__":
    main()
