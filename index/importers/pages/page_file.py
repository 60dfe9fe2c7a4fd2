"""One saved page, note or PDF on its way into the catalogue, as `ingest` asks for it."""

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

from index.columns import ColumnSchema, parse_schema
from index.importers.faults import SchemaError
from index.importers.lines import SourceFile
from index.importers.pages.apart import read_apart
from index.importers.pages.reading import Note, PageJob
from index.importers.place import Place
from index.importers.proposals import source_name
from index.importers.rejects import Rejects
from index.importers.rows import Rejected
from index.product import Page, Product, Review
from index.text.sanitize import plain_url

PAGE_FORMS = frozenset({"html", "markdown", "text", "pdf"})
_SCHEMA = Path(__file__).parents[2] / "schemas" / "saved_page.toml"


def page_schema(mapping: Mapping[str, str]) -> ColumnSchema:
    """The schema of saved pages under the source that `mapping` names; raises SchemaError for other roles."""
    schema = _page_schema()
    for role, name in mapping.items():
        if role not in ("source", "url"):
            raise SchemaError(
                f"A saved page has no columns, so --map cannot give it {role}; "
                "it takes source=NAME and url=ADDRESS."
            )
        if role == "source":
            schema = schema.model_copy(update={"source": source_name(Path(name))})
        elif not plain_url(name):
            raise SchemaError(f"{name!r} is no web address; it begins with https:// or http://.")
    return schema


class PageFile:
    """A page, note or PDF; what is counted and noted while its records are made is read afterwards."""

    repeated = 0
    skipped = 0

    def __init__(self, file: SourceFile, schema: ColumnSchema, url: str, rejects: Rejects) -> None:
        self.file = file
        self.schema = schema
        self.rejects = rejects
        self.read = 0
        self.notes: list[str] = []
        self._job = PageJob(file, schema, url)

    def beside(self, _: Place) -> bytes:
        """What outside of the file makes its records others: the address that a person gave it."""
        return self._job.url.encode()

    def records(self) -> Iterator[Product | Review | Page]:
        """The records of the file; what cannot be one is rejected. Raises FileFaultError."""
        for found in read_apart(self._job):
            if isinstance(found, Note):
                self.notes.append(found.text)
                continue
            self.read += 1
            if isinstance(found, Rejected):
                self.rejects.add(found)
            else:
                yield found


@cache
def _page_schema() -> ColumnSchema:
    return parse_schema(_SCHEMA.read_text(encoding="utf-8"), _SCHEMA.name)
