"""Pages as shops write them and browsers save them, and what an import makes of them."""

import json
import os
from collections.abc import Mapping
from datetime import UTC, date, datetime
from pathlib import Path

from index.catalog import Catalog
from index.importers.import_report import ImportReport
from index.importers.opening import recognize
from index.importers.pages.page_file import page_schema
from index.importers.pages.reading import Found, PageJob, read_page_file
from index.product import Page, Product, Review
from tests.index.importing import imported, opened, written

SHOP = "https://shop.example/lamps/17"
GTIN = "4006381333931"
LAMP: Mapping[str, object] = {
    "@context": "https://schema.org/",
    "@type": "Product",
    "name": "Reading lamp",
    "sku": "L-17",
    "offers": {"@type": "Offer", "price": "49.90", "priceCurrency": "EUR"},
}
PROSE = "<p>This lamp stands on a desk and lights a book without blinding anyone. It folds.</p>"


def page(*linked: object, body: str = PROSE, head: str = "", url: str = SHOP) -> str:
    """A page with these JSON-LD scripts: texts as they are, all else as JSON."""
    scripts = "".join(
        f'<script type="application/ld+json">{item if isinstance(item, str) else json.dumps(item)}</script>'
        for item in linked
    )
    address = f'<link rel="canonical" href="{url}">' if url else ""
    whole_head = f"<head><title>A page</title>{address}{head}{scripts}</head>"
    return f"<!doctype html><html>{whole_head}<body>{body}</body></html>"


def saved(
    home: Path, content: str | bytes, name: str = "page.html", on: date | None = None, **mapping: str
) -> ImportReport:
    """Import a page that was saved on a day."""
    path = written(home, name, content)
    if on is not None:
        moment = datetime(on.year, on.month, on.day, 12, tzinfo=UTC).timestamp()
        os.utime(path, (moment, moment))
    return imported(home, path, schema=None, mapping=mapping)


def products(home: Path) -> list[Product]:
    """Every product in the catalogue."""
    with opened(home) as catalog:
        return list(catalog.all_products())


def product(home: Path, content: str | bytes) -> Product:
    """The one product of a page, read in this process."""
    (only,) = (found for found in read(home, content) if isinstance(found, Product))
    return only


def read(home: Path, content: str | bytes) -> list[Found]:
    """All that a page gives, read in this process."""
    return list(read_page_file(PageJob(recognize(written(home, "page.html", content)), page_schema({}), "")))


def pages(home: Path) -> list[Page]:
    """Every page in the catalogue."""
    with opened(home) as catalog:
        return [Page.model_validate_json(record) for record in _records(catalog, "pages")]


def reviews(home: Path) -> list[Review]:
    """Every review in the catalogue."""
    with opened(home) as catalog:
        return [Review.model_validate_json(record) for record in _records(catalog, "reviews")]


def _records(catalog: Catalog, table: str) -> list[str]:
    return [record for (record,) in catalog.select(f"SELECT record FROM {table} ORDER BY key")]


def pdf(*texts: str, title: str = "") -> bytes:
    """A PDF with one page for each text; an empty one is a page without any."""
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    pages_made = []
    for text in texts:
        lines = "".join(f"({_escaped(line)}) Tj T* " for line in text.split("\n"))
        content = f"BT /F1 12 Tf 14 TL 40 700 Td {lines}ET" if text else ""
        objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        font = "/Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >>"
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents {len(objects)} 0 R "
            f"/Resources << {font} >> >>"
        )
        pages_made.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(pages_made)}] /Count {len(pages_made)} >>"
    objects.append(f"<< /Title ({_escaped(title)}) >>")
    body, places = "%PDF-1.4\n", []
    for number, held in enumerate(objects, start=1):
        places.append(len(body))
        body += f"{number} 0 obj\n{held}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    trailer = f"<< /Size {len(objects) + 1} /Root 1 0 R /Info {len(objects)} 0 R >>"
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\n"
    return f"{body}{end}startxref\n{len(body)}\n%%EOF\n".encode("latin-1")


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
