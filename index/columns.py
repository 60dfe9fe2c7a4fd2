"""Column schemas: a TOML file that says what a file's columns mean.

Names, units, ranges, identity, vocabulary and per-category meanings stand in the schema, so no code names
an attribute. Proposing a schema for a file without one is left to `proposals`, reading cells to `importers`.
"""

import difflib
import tomllib
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from index.column_groups import ColumnPair, Variants
from index.importers.faults import SchemaError
from index.importers.rows import Nesting
from index.meanings import Meaning
from index.product import EventKind, Judged, Record
from index.text.units import UnitError, canonical_unit

Kind = Literal["products", "reviews", "pages", "prices", "events"]
Role = Literal[
    "attribute", "ignore", "id", "title", "brand", "category", "price", "was", "currency", "rating",
    "rating_count", "description", "bullets", "url", "image", "gtin", "mpn", "sku", "asin",
    "seller", "availability", "date", "product", "text", "verified", "helpful", "writer", "prices",
    "total", "order", "quantity", "status", "event",
]  # fmt: skip
PRICE_ROLES: frozenset[Role] = frozenset({"price", "was", "prices", "total"})
EVERYTHING = "*"
"""In `identity`: every column that is not a price, not ignored and does not follow the price."""


class Vocabulary(Record):
    """The words people use for an attribute; what `index.meanings.Meaning` keeps."""

    also: tuple[str, ...] = ()
    low_words: tuple[str, ...] = ()
    high_words: tuple[str, ...] = ()
    aliases: dict[str, str] = Field(default_factory=dict)
    """What people say for a value, and the value meant."""
    better: Literal["", "low", "high"] = ""
    order: tuple[str, ...] = ()
    """Values of words from the worst to the best, where people say "gold or better"."""

    @property
    def meaning(self) -> Meaning:
        """This vocabulary as the catalogue stores it, casefolded."""
        return Meaning(
            also=_folded(self.also),
            low_words=_folded(self.low_words),
            high_words=_folded(self.high_words),
            aliases=tuple((said.casefold(), meant.casefold()) for said, meant in self.aliases.items()),
            better=self.better,
            order=_folded(self.order),
        )


class Part(Vocabulary):
    """One attribute made from a part of a column."""

    name: str = ""
    unit: str = ""
    """Unit of bare numbers; quantities in another unit are converted to it."""
    range: Literal["", "low", "high", "all"] = ""
    """Which end of a two-number list or of "5-9 h" is judged; empty: a list is a list of words."""

    @field_validator("unit")
    @classmethod
    def _unit_is_known(cls, unit: str) -> str:
        try:
            return canonical_unit(unit) if unit else ""
        except UnitError as error:
            raise ValueError(str(error)) from error

    @property
    def judged(self) -> Judged:
        """The end of a range that is held against a limit."""
        return self.range or "all"


class Column(Part):
    """What one column of the file means."""

    role: Role = "attribute"
    kind: Literal["", "number", "text", "flag"] = ""
    """Set where the values do not show it: `text` keeps "2.5" a word."""
    parts: tuple[Part, ...] = ()
    """Attributes made from the places of a list; a part without a name is left out."""
    product: Part | None = None
    """An attribute that is the product of the list's numbers (2 × 16 GB)."""
    join: str = ""
    """Text between the places of a list that is one value ("x" makes 2560x1440)."""
    numbers: Part | None = None
    """What a bare number means in a column of words."""
    when_number: str = ""
    """The word that such a number stands for."""
    when_missing: Literal["", "no"] = ""
    """`no` where an empty cell says that the product has none."""
    when_false: str = ""
    """The word for `false` in a column of words; then every word counts as `true`."""
    value_words: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Further words of every value that holds the key as whole words."""
    decimal: Literal["", ".", ","] = ""
    scale: float = Field(default=5, gt=0)
    """Highest rating."""
    formats: tuple[str, ...] = ()
    """Forms of dates as strptime reads them; ISO dates and Unix times need none."""
    values: dict[str, str] = Field(default_factory=dict)
    """For `event` and `status`: what the source writes (`*`: anything else), and the kind of event meant, or
    none: such a row is no record."""
    holds: Literal["", "json", "pairs"] = ""
    """Where the cell holds several named values, of which each becomes a column: an object of JSON, or
    `name=value,name=value`."""
    between: str = ","
    """What stands between two such pairs."""
    equals: str = "="
    """What stands between a name and its value; of `section:name:value` the section is left out."""
    within: str = ""
    """What stands between several values of one name."""
    option: bool = False
    """Whether the value, or what the cell holds, tells one variant of a product from another."""
    starts: str = ""
    """For a price: the column with the first day on which it holds, or with `first/last` as ISO dates."""
    ends: str = ""
    """The column with the last such day."""
    follows_price: bool = False
    """Made from the price: never part of an identity, and two rows that differ only here are one product."""

    @field_validator("values")
    @classmethod
    def _values_are_events(cls, values: dict[str, str]) -> dict[str, str]:
        unknown = set(values.values()) - {*_EVENT_KINDS, "none"}
        if unknown:
            raise ValueError(f"{sorted(unknown)[0]} is no kind of event")
        return {said.casefold(): meant for said, meant in values.items()}


class Brand(Record):
    """How to find the brand in a title."""

    known: tuple[str, ...] = ()
    """Brands of several words, or written otherwise than the title's first word."""
    first_word: bool = False
    """Whether the first word is the brand where no known one fits."""


class CategorySchema(Record):
    """What differs in one category, and what people call it."""

    also: tuple[str, ...] = ()
    path: tuple[str, ...] = ()
    """The path to store; empty: as the file says."""
    columns: dict[str, Column] = Field(default_factory=dict)


class ColumnSchema(Record):
    """What a file holds and what its columns mean."""

    source: str = Field(min_length=1, max_length=80, pattern=r"^[^\s:]+$")
    described: str = ""
    """What a file of this form is, in words."""
    kind: Kind = "products"
    joins: str = ""
    """For reviews and prices: the source whose products they are about; empty: this one. For events: the
    source of the orders that the rows name by their numbers; read in one import, they say what it was."""
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    observed: date | None = None
    """Day on which the source said this; without it the file's own date."""
    identity: tuple[str, ...] = ()
    """Columns that together name a product; empty: the id column, or another number of the product."""
    unwrap: tuple[str, ...] = ()
    """Objects whose members count as columns of the row itself."""
    spread: tuple[str, ...] = ()
    """Lists of objects whose members each become a column of their own, a list: `images.large`."""
    named_by: dict[str, str] = Field(default_factory=dict)
    """Lists of objects, and the member that names each: its other members become columns of the row itself,
    `fat_100g` of one that is named fat."""
    category: tuple[str, ...] = ()
    """Category of rows that name none."""
    category_separator: str = ">"
    category_list: str = ""
    """What stands between several paths in one cell; the deepest counts."""
    brand: Brand = Brand()
    event: EventKind | Literal["none"] = "order"
    """What a row of an events file is where no column says it; none: such a row is no event."""
    recognize: tuple[tuple[str, ...], ...] = ()
    """A file with one of these sets of columns is read by this schema without being told."""
    named_by_file: bool = False
    """Whether a file that is recognized so is a source of its own, named after it."""
    loose_names: bool = False
    """Whether columns are known by their letters and digits alone: "Image Link" is image_link."""
    others: Literal["attribute", "ignore"] = "attribute"
    """What a column is that the schema does not name."""
    pairs: tuple[ColumnPair, ...] = ()
    variants: Variants | None = None
    columns: dict[str, Column] = Field(default_factory=dict)
    categories: dict[str, CategorySchema] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _no_id_from_a_price(self) -> Self:
        for name in self.identity:
            column = self.columns.get(name)
            if column and (column.role in PRICE_ROLES or column.follows_price):
                raise ValueError(
                    f"identity names {name}, which is a price: an id made from it would change with the price"
                )
        return self

    @property
    def nesting(self) -> Nesting:
        """How nested values become columns."""
        within = self.variants.within if self.variants else ()
        return Nesting(self.unwrap, self.spread, within, self.named_by)

    @property
    def about(self) -> str:
        """The source whose products the file is about."""
        return self.joins or self.source

    def columns_of(self, category: str) -> Mapping[str, Column]:
        """The columns as they are meant in one category, as the file writes it."""
        special = self.categories.get(category)
        return {**self.columns, **special.columns} if special else self.columns

    def with_roles(self, role: Role) -> Iterable[str]:
        """The columns of a role, in the schema's order."""
        return (name for name, column in self.columns.items() if column.role == role)


def load_schema(path: Path) -> ColumnSchema:
    """Read a column schema; raises SchemaError with the nearest known name for an unknown key."""
    try:
        return parse_schema(path.read_text(encoding="utf-8"), path.name)
    except (OSError, UnicodeDecodeError) as error:
        raise SchemaError(
            f"The column schema {path} cannot be read; check the path and that it is UTF-8."
        ) from error


def parse_schema(text: str, name: str) -> ColumnSchema:
    """Read a column schema from its text; `name` stands in the messages."""
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise SchemaError(f"The column schema {name} is not TOML: {error}.") from error
    try:
        return ColumnSchema.model_validate(_with_inherited_columns(raw))
    except ValidationError as error:
        raise SchemaError(f"The column schema {name} is wrong: {_sentence(error)}.") from error


def schema_meanings(schema: ColumnSchema) -> Iterable[tuple[tuple[str, ...], str, Meaning]]:
    """Category path (empty: all), attribute (empty: the category) and vocabulary, where there is any."""
    for attribute, meaning in _column_meanings(schema.columns):
        yield (), attribute, meaning
    for name, special in schema.categories.items():
        path = special.path or split_category(name, schema.category_separator)
        if special.also:
            yield path, "", Meaning(also=_folded(special.also))
        for attribute, meaning in _column_meanings(special.columns):
            yield path, attribute, meaning


def split_category(text: str, separator: str) -> tuple[str, ...]:
    """The path that a category's text names."""
    parts = text.split(separator) if separator else [text]
    return tuple(part.strip() for part in parts if part.strip())


def _column_meanings(columns: Mapping[str, Column]) -> Iterable[tuple[str, Meaning]]:
    for name, column in columns.items():
        if column.role != "attribute":
            continue
        made = [column.model_copy(update={"name": column.name or name}), *column.parts]
        made += [part for part in (column.product, column.numbers) if part]
        yield from (
            (attribute_name(part.name), part.meaning)
            for part in made
            if part.name and part.meaning != Meaning()
        )


@lru_cache(maxsize=4096)
def attribute_name(text: str) -> str:
    """The stored name of an attribute: lower-case words joined by underscores, at most 60 characters."""
    return "_".join("".join(c if c.isalnum() else " " for c in text.casefold()).split())[:60].strip("_")


def _with_inherited_columns(raw: dict[str, Any]) -> dict[str, Any]:
    """A category's column says only what differs from the same column of the file."""
    columns, categories = raw.get("columns"), raw.get("categories")
    if not isinstance(columns, dict) or not isinstance(categories, dict):
        return raw
    merged = {}
    for name, special in categories.items():
        own = special.get("columns") if isinstance(special, dict) else None
        if isinstance(own, dict):
            inherited = {
                key: {**columns[key], **value}
                if isinstance(columns.get(key), dict) and isinstance(value, dict)
                else value
                for key, value in own.items()
            }
            special = {**special, "columns": inherited}
        merged[name] = special
    return {**raw, "categories": merged}


def _sentence(error: ValidationError) -> str:
    """The first fault, with its place and for an unknown key the nearest known one."""
    fault = error.errors()[0]
    place = ".".join(str(step) for step in fault["loc"])
    if fault["type"] != "extra_forbidden":
        message = str(fault["msg"]).removeprefix("Value error, ")
        return f"{place}: {message}" if place else message
    key = str(fault["loc"][-1])
    known = {name for model in _PARTS for name in model.model_fields}
    near = difflib.get_close_matches(key, sorted(known), n=1, cutoff=0.0)
    return f"{place} is unknown; the nearest known key is {near[0]}"


def _folded(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.casefold() for word in words)


_PARTS: tuple[type[Record], ...] = (ColumnSchema, CategorySchema, Column, Brand, ColumnPair, Variants)
_EVENT_KINDS: tuple[EventKind, ...] = ("order", "search", "view", "click", "cart", "return", "wish")
