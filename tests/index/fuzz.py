"""Bytes that are led by what they reach, into the importer of one form (atheris, a front to libFuzzer).

    python -m tests.index.fuzz FORM [-runs=N] [other options of libFuzzer]

A run fails by anything but an import or one sentence about the file, by taking longer than 20 seconds or more
memory than two gigabytes, and by losing one of the sound rows that stand before and behind the bytes in a
table or in JSON lines. What it begins with is made here: one sound file of the form.
"""

import contextlib
import json
import resource
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from io import BytesIO
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["index"]):
    from index.catalog import Catalog
    from index.errors import CatalogueError
    from index.importers.faults import ImportFaultError
    from index.importers.opening import FORMS, recognize
    from index.importers.pages.page_file import PAGE_FORMS, page_schema
    from index.importers.pages.reading import PageJob, read_page_file
    from index.ingest import ingest
    from tests.index.importing import LAMPS, jsonl

OPTIONS = ["-max_len=4096", "-timeout=20", "-rss_limit_mb=0", "-print_final_stats=1"]
MOST_MEMORY = 1 << 31
"""Bytes; libFuzzer's own limit counts what the process held that started this one."""
SOUND = [{"id": f"sound {n}", "name": f"Sound lamp {n}", "price": "3 EUR", "flux": 800} for n in range(100)]
FRONT = 50
"""So many of them stand in front of the bytes, the others behind."""


def table(delimiter: str, lamps: Sequence[Mapping[str, object]]) -> bytes:
    """Rows of a table."""
    return "".join(f"{delimiter.join(map(str, lamp.values()))}\n" for lamp in lamps).encode()


def around(delimiter: str) -> tuple[bytes, bytes]:
    """The sound rows of a table, beneath its header and at its end."""
    header = f"{delimiter.join(SOUND[0])}\n".encode()
    return header + table(delimiter, SOUND[:FRONT]), b"\n" + table(delimiter, SOUND[FRONT:])


AROUND = {
    "jsonl": (jsonl(SOUND[:FRONT]).encode(), b"\n" + jsonl(SOUND[FRONT:]).encode()),
    "csv": around(","),
    "tsv": around("\t"),
}
"""Sound rows, which must come out of the file whatever stands between them."""


def main(form: str, options: list[str]) -> None:
    """Run until the options say that it is enough."""
    resource.setrlimit(resource.RLIMIT_DATA, (MOST_MEMORY, MOST_MEMORY))
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        corpus = home / "corpus"
        corpus.mkdir()
        (corpus / "sound").write_bytes(sound_file(form))
        with Catalog.open(home / "catalog.sqlite") as catalog:
            # What is told of a file in words would fill the terminal.
            atheris.Setup([sys.argv[0], *OPTIONS, *options, str(corpus)], target(form, home, catalog))
            atheris.Fuzz()


def target(form: str, home: Path, catalog: Catalog) -> Callable[[bytes], None]:
    """What libFuzzer calls with each input."""
    path = home / f"fuzzed.{form}"

    def page(content: bytes) -> None:
        path.write_bytes(content)
        with contextlib.suppress(ImportFaultError):
            for _ in read_page_file(PageJob(recognize(path, form), page_schema({}), "")):
                pass

    def rows(content: bytes) -> None:
        front, behind = AROUND.get(form, (b"", b""))
        path.write_bytes(front + content + behind)
        try:
            report = ingest(path, catalog, schema=LAMPS if form in AROUND else None, form=form, dry_run=True)
        except (ImportFaultError, CatalogueError):
            assert form not in AROUND, "the file was refused for what stands between sound rows"
        else:
            assert form not in AROUND or report.new >= len(SOUND), "a sound row was lost"

    return page if FORMS[form] in PAGE_FORMS else rows


def sound_file(form: str) -> bytes:
    """A small file of the form."""
    if form in AROUND:
        return AROUND[form][0][:200]
    if form == "json":
        return json.dumps({"products": [SOUND[0], {**SOUND[1], "sizes": ["S", "L"]}]}).encode()
    if form == "feed":
        return (
            b'<?xml version="1.0"?><rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>'
            b"<title>Lamps</title><item><g:id>1</g:id><title>Lamp</title><g:price>3 EUR</g:price></item>"
            b"</channel></rss>"
        )
    if form == "parquet":
        return _parquet()
    if form == "pdf":
        return _pdf()
    if form == "html":
        return (
            b'<html><head><title>Lamp</title><script type="application/ld+json">{"@type": "Product", "name": '
            b'"Lamp", "offers": {"price": "3", "priceCurrency": "EUR"}}</script></head><body '
            b'itemscope itemtype="http://schema.org/Product"><h1 itemprop="name">Lamp</h1><p>It is bright.'
        )
    return b"# Lamps\n\nThe lamp is bright. [Its page](https://lamps.example/1) says 800 lm.\n"


def _parquet() -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    made = BytesIO()
    pq.write_table(pa.Table.from_pylist(SOUND), made)
    return made.getvalue()


def _pdf() -> bytes:
    from pypdf import PdfWriter

    made, writer = BytesIO(), PdfWriter()
    writer.add_blank_page(width=100, height=100)
    writer.write(made)
    return made.getvalue()


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
