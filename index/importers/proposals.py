"""Proposes a column schema for a file that has none: roles by column name, units by name and values.

Which names mean which role stands in `schemas/roles.toml`; files of a known form are recognized by the
columns that the other schemas there name. The person sees every proposal in the dry run and can map a
column or write a schema instead.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from functools import cache
from itertools import islice
from pathlib import Path

from index.column_groups import Variants
from index.columns import Column, ColumnSchema, Kind, Role, attribute_name, parse_schema
from index.importers.cells import is_missing, text_of
from index.importers.column_hints import (
    MOSTLY,
    common_currency,
    is_number,
    is_range,
    path_separator,
    unit_in_name,
    unit_of_values,
)
from index.importers.faults import SchemaError
from index.importers.lines import SourceFile
from index.importers.row_sources import RowSource
from index.importers.rows import Cell, Nesting, Row
from index.importers.unfolding import Unfolding, loose_name
from index.product import Record

_SAMPLE = 200
_SCHEMAS = Path(__file__).parents[1] / "schemas"


class Proposal(Record):
    """What one column is taken to mean."""

    column: str
    role: Role
    name: str = ""
    """The attribute's name."""
    unit: str = ""
    example: str = ""

    def __str__(self) -> str:
        """One line for the dry run."""
        meant = f"attribute {self.name}" if self.role == "attribute" else self.role
        unit = f" in {self.unit}" if self.unit else ""
        return f"{self.column} → {meant}{unit}" + (f" (as in {self.example!r})" if self.example else "")


def propose(file: SourceFile, mapping: Mapping[str, str]) -> tuple[ColumnSchema, tuple[Proposal, ...]]:
    """The schema that fits a file best and how each column is read; raises SchemaError where nothing fits."""
    rows = sample(file, Nesting(_containers(), variants=_table()["variants"]))
    rows = [each for row in rows for each in (row, *row.variants)]
    headers = list(dict.fromkeys(name for row in rows for name in row.cells))
    if not headers:
        raise SchemaError(
            f"{file.path.name} holds no row that can be read; see what it is with a text editor."
        )
    known = _known(headers)
    if known:
        unfolding = Unfolding(known)
        rows = [unfolding.renamed(row) for row in rows]
        headers = list(dict.fromkeys(name for row in rows for name in row.cells))
        own = {"source": source_name(file.path)} if known.named_by_file else {}
        schema = mapped(known.model_copy(update=own), mapping)
        if not schema.currency and not any(schema.with_roles("currency")):
            schema = schema.model_copy(update={"currency": common_currency(schema.columns, rows)})
        _check_currency(file, schema, rows)
    else:
        schema = mapped(_by_name(file, rows, headers), mapping, headers)
        if any(row.variants for row in rows):
            schema = schema.model_copy(update={"variants": Variants(within=tuple(_table()["variants"]))})
        schema = schema.model_copy(
            update={"currency": schema.currency or common_currency(schema.columns, rows)}
        )
        _check(file, schema, rows, headers)
    if schema.kind == "products" and not schema.category:
        # What has no category has no card, and nothing can be researched in it.
        schema = schema.model_copy(update={"category": (schema.source,)})
    return schema, tuple(_proposal(schema, name, rows) for name in headers if _told(schema, name))


def mapped(schema: ColumnSchema, mapping: Mapping[str, str], headers: Iterable[str] = ()) -> ColumnSchema:
    """The schema with columns put in roles by hand; raises SchemaError for what is no role or no column.

    `currency` may be an ISO code in place of a column; `about` names the source whose products the rows mean,
    `source` this source itself.
    """
    columns = dict(schema.columns)
    update: dict[str, object] = {}
    known = {*headers, *columns}
    for role, name in mapping.items():
        if role in ("about", "source"):
            update["joins" if role == "about" else "source"] = source_name(Path(name))
            continue
        if role not in Role.__args__:  # type: ignore[attr-defined]  # typing gives literals no public list
            raise SchemaError(
                f"{role} is nothing that a column can be; --map takes one of {', '.join(_MAPPABLE)}."
            )
        if role == "currency" and name not in known and re.fullmatch(r"[A-Z]{3}", name):
            update["currency"] = name
            continue
        if headers and name not in known:
            raise SchemaError(f"There is no column {name}; the file has {', '.join(sorted(known)[:40])}.")
        # The mapped column stands first, so it is the first that is asked for its role.
        columns = {
            name: Column.model_validate({"role": role}),
            **{k: v for k, v in columns.items() if k != name},
        }
    return schema.model_copy(update={**update, "columns": columns}) if mapping else schema


def sample(file: SourceFile, nesting: Nesting) -> list[Row]:
    """The first rows that can be read."""
    return [row for row in islice(RowSource(file, nesting), _SAMPLE) if isinstance(row, Row)]


def source_name(path: Path) -> str:
    """The name of a source that nobody named: its file's, without endings."""
    stem = path.name
    for ending in (".gz", ".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".txt", ".parquet", ".xml"):
        stem = stem.removesuffix(ending)
    return re.sub(r"[^\w.\-]+", "-", stem.casefold()).strip("-")[:80] or "import"


def _by_name(file: SourceFile, rows: list[Row], headers: list[str]) -> ColumnSchema:
    roles = {name: _roles().get(_folded(name)) for name in headers}
    if file.form == "feed" and "price" not in roles.values():
        roles |= _article_roles(roles)
    kind = _kind(roles, headers)
    if kind in ("reviews", "prices"):
        about = next((n for wanted in _product_names() for n in headers if _folded(n) == wanted), None)
        roles |= {about: "product"} if about else {}
    if kind == "reviews":
        roles |= {n: "writer" for n in headers if roles[n] is None and _folded(n) in _table()["writer"]}
    columns = {}
    for name in headers:
        role = roles[name]
        values = [row.cells[name] for row in rows if not is_missing(row.cells.get(name))]
        columns[name] = Column.model_validate({"role": role}) if role else _attribute(name, values)
    return ColumnSchema(
        source=source_name(file.path),
        kind=kind,
        unwrap=_containers(),
        category_separator=path_separator(columns, rows),
        columns=columns,
    )


def _article_roles(roles: Mapping[str, Role | None]) -> dict[str, Role | None]:
    """Where a feed without prices has its articles' text, which may stand there whole and shortened."""
    written = [name for wanted in _table()["article"] for name in roles if _folded(name) == wanted]
    return {name: "ignore" if place else "text" for place, name in enumerate(written)}


def _kind(roles: Mapping[str, Role | None], headers: list[str]) -> Kind:
    given = set(roles.values())
    about_product = any(_folded(name) in _product_names() for name in headers)
    if "prices" in given and "title" not in given:
        return "prices"
    if about_product and "text" in given and "price" not in given:
        return "reviews"
    if about_product and {"price", "date"} <= given and "title" not in given:
        return "prices"
    if "text" in given and not given & {"price", "brand", "rating"}:
        return "pages"
    return "products"


def _attribute(name: str, values: list[Cell]) -> Column:
    """A column of no known role: its attribute's name and unit, by its own name and its values."""
    texts = [value for value in values if isinstance(value, str)]
    numbers = sum(isinstance(value, int | float) or is_number(value) for value in values)
    if numbers >= MOSTLY * len(values):
        stem, unit = unit_in_name(name)
        return Column(name=attribute_name(stem), unit=unit)
    pairs = [value for value in values if isinstance(value, list)]
    if pairs and len(pairs) > (1 - MOSTLY) * len(values) and all(map(is_range, pairs)):
        stem, unit = unit_in_name(name)
        return Column(name=attribute_name(stem), unit=unit, range="all")
    return Column(name=attribute_name(name), unit=unit_of_values(texts))


def _check(file: SourceFile, schema: ColumnSchema, rows: list[Row], headers: list[str]) -> None:
    given = {column.role for column in schema.columns.values()}
    shown = ", ".join(headers[:20])
    if schema.kind == "products" and "title" not in given:
        raise SchemaError(
            f"No column of {file.path.name} is known as a product's name; say which with --map title=COLUMN "
            f"(it has {shown})."
        )
    _check_currency(file, schema, rows)


def _check_currency(file: SourceFile, schema: ColumnSchema, rows: list[Row]) -> None:
    priced = [n for n, c in schema.columns.items() if c.role in ("price", "prices")]
    bare = any(not is_missing(row.cells.get(name)) for row in rows for name in priced)
    if bare and not schema.currency and not any(schema.with_roles("currency")):
        raise SchemaError(
            f"The prices of {file.path.name} name no currency; say which, as in --map currency=USD."
        )


def _proposal(schema: ColumnSchema, name: str, rows: list[Row]) -> Proposal:
    column = schema.columns[name]
    example = next((text for row in rows if (text := text_of(row.cells.get(name), 60))), "")
    made = attribute_name(column.name or name) if column.role == "attribute" else ""
    return Proposal(column=name, role=column.role, name=made, unit=column.unit, example=example)


def _told(schema: ColumnSchema, name: str) -> bool:
    """Whether records of this kind read the column at all."""
    column = schema.columns.get(name)
    return column is not None and (schema.kind == "products" or column.role != "attribute")


def _known(headers: list[str]) -> ColumnSchema | None:
    """The built-in schema of which most columns are there, or None where no set of columns is there."""
    exact, loose = set(headers), set(map(loose_name, headers))
    found: list[tuple[int, ColumnSchema]] = []
    for schema in _built_in():
        for wanted in schema.recognize:
            names = set(map(loose_name, wanted)) if schema.loose_names else set(wanted)
            if names <= (loose if schema.loose_names else exact):
                found.append((len(names), schema))
    return max(found, key=lambda each: each[0], default=(0, None))[1]


def _folded(name: str) -> str:
    return re.sub(r"[^\w.]|_", "", name.casefold())


@cache
def _table() -> dict[str, list[str]]:
    return tomllib.loads((_SCHEMAS / "roles.toml").read_text(encoding="utf-8"))


@cache
def _roles() -> dict[str, Role]:
    roles: dict[str, Role] = {}
    for role, names in _table().items():
        if role not in ("product", "writer", "containers", "variants", "article"):
            roles.update({name: Column.model_validate({"role": role}).role for name in names})
    return roles


def _containers() -> tuple[str, ...]:
    return tuple(_table()["containers"])


def _product_names() -> list[str]:
    return _table()["product"]


@cache
def _built_in() -> tuple[ColumnSchema, ...]:
    files = sorted(path for path in _SCHEMAS.glob("*.toml") if path.name != "roles.toml")
    return tuple(parse_schema(path.read_text(encoding="utf-8"), path.name) for path in files)


_MAPPABLE = (
    "title",
    "price",
    "brand",
    "category",
    "rating",
    "rating_count",
    "currency",
    "description",
    "id",
    "date",
)
