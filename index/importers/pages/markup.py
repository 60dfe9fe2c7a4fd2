"""What a page marks up for machines, read by extruct: JSON-LD, microdata, RDFa and OpenGraph, all as things.

Every syntax is read only where the page uses it and within a bound on the work. Nothing here fetches a
context or a vocabulary: extruct is given a tree, and its RDFa reader does not expand vocabularies.
"""

from collections.abc import Callable
from typing import Any

import lxml.html
from lxml import etree

from index.importers.pages.json_ld import JsonLdError, parse_json_ld
from index.importers.pages.saved_html import SavedHtml
from index.importers.pages.things import Thing, things_in

_SCRIPTS = 200
_MOST_COPIED = 2_000_000
"""Elements that the microdata reader may visit: it copies what stands within each property."""
_MOST_RDFA = 20_000
"""Elements of a page whose RDFa is read; at that size it takes seconds."""
_PRODUCT_GRAPH = {
    "og:title": "name",
    "og:description": "description",
    "og:image": "image",
    "og:url": "url",
    "product:brand": "brand",
    "product:category": "category",
    "product:retailer_item_id": "sku",
    "product:gtin": "gtin",
    "product:ean": "gtin",
    "product:upc": "gtin",
    "product:isbn": "isbn",
    "product:mfr_part_no": "mpn",
    "product:color": "color",
    "product:material": "material",
    "product:pattern": "pattern",
    "product:size": "size",
}
_OFFER_GRAPH = {
    "product:price:amount": "price",
    "og:price:amount": "price",
    "product:sale_price:amount": "price",
    "product:price:currency": "priceCurrency",
    "og:price:currency": "priceCurrency",
    "product:availability": "availability",
    "og:availability": "availability",
}


class Markup:
    """What one page marks up; `notes` says what of it could not be read."""

    def __init__(self, page: SavedHtml) -> None:
        self._page = page
        self.notes: list[str] = []

    def json_ld(self) -> tuple[Thing, ...]:
        """The things of the page's JSON-LD scripts; a damaged script is skipped."""
        values: list[object] = []
        skipped = 0
        for script in self._page.tree.iter("script"):
            if "ld+json" in script.get("type", "").lower():
                try:
                    values += parse_json_ld(script.text_content())
                except JsonLdError:
                    skipped += 1
            if len(values) > _SCRIPTS:
                break
        if skipped:
            self.notes.append(f"{skipped} JSON-LD {'script is' if skipped == 1 else 'scripts are'} damaged.")
        return things_in(values)

    def microdata(self) -> tuple[Thing, ...]:
        """The things of the page's microdata."""
        tree = self._page.tree
        if tree.find(".//*[@itemscope]") is None:
            return ()
        if _copied(tree) > _MOST_COPIED:
            self.notes.append("Its microdata is nested too much to be read.")
            return ()
        from extruct.w3cmicrodata import MicrodataExtractor  # 0.4 s, for pages that have any

        return self._read("microdata", lambda: MicrodataExtractor().extract_items(tree, self._page.url))

    def rdfa(self) -> tuple[Thing, ...]:
        """The things of the page's RDFa."""
        if not any(
            "Product" in typed.get("typeof", "") for typed in self._page.tree.iterfind(".//*[@typeof]")
        ):
            return ()
        if self._page.elements > _MOST_RDFA:
            self.notes.append("It is too large for its RDFa to be read.")
            return ()
        # Half a second, for pages that have any.
        from extruct.rdfa import RDFaExtractor

        source = etree.tostring(self._page.tree, encoding="unicode", method="html")
        return self._read("RDFa", lambda: RDFaExtractor().extract(source, base_url=self._page.url))

    def open_graph(self) -> tuple[Thing, ...]:
        """The product that the page's OpenGraph tags describe, if they do."""
        # No library for eight tags: extruct's reader leaves out those whose prefix nobody declared.
        told: dict[str, str] = {}
        for tag in self._page.tree.iterfind(".//meta[@content]"):
            name = (tag.get("property") or tag.get("name") or "").strip().lower()
            told.setdefault(name, tag.get("content", "").strip())
        offer = {_OFFER_GRAPH[name]: (text,) for name, text in told.items() if name in _OFFER_GRAPH and text}
        if "price" not in offer and not told.get("og:type", "").startswith("product"):
            return ()
        members: dict[str, tuple[Thing | str, ...]] = {
            _PRODUCT_GRAPH[name]: (text,) for name, text in told.items() if name in _PRODUCT_GRAPH and text
        }
        if "price" in offer:
            members["offers"] = (Thing(frozenset({"Offer"}), offer),)
        return (Thing(frozenset({"Product"}), members),)

    def _read(self, syntax: str, read: Callable[[], list[Any]]) -> tuple[Thing, ...]:
        try:
            return things_in(read())
        except Exception:  # whatever a page brings the library to
            self.notes.append(f"Its {syntax} is damaged and was left out.")
            return ()


def _copied(tree: lxml.html.HtmlElement) -> int:
    """How many elements stand within the properties and items of the page, counted once for each of them."""
    copied = 0
    sizes = [0]
    for event, element in etree.iterwalk(tree, events=("start", "end")):
        if event == "start":
            sizes.append(1)
            continue
        size = sizes.pop()
        sizes[-1] += size
        marks = ("itemprop" in element.attrib) + ("itemscope" in element.attrib)
        references = len(element.get("itemref", "").split())
        copied += size * marks + references * 1000
    return copied
