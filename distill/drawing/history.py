"""Behaviour histories out of other people's files: a small schema says how records become events.

Only the fields that a schema names are read, and of them none is kept that could say who or where somebody
is beyond an id. The person's own events come from the catalogue; drawn shoppers stand in `shoppers`.

HistoryError    a schema or a file of histories cannot be read
"""

import gzip
import json
import tomllib
import zlib
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Literal

from pydantic import Field, JsonValue, ValidationError

from distill.drawing.splits import OWNER
from distill.errors import DataError
from distill.seats.roles import History
from index.catalog import Catalog
from index.importers.cells import finite, is_missing, leading_number, moment_of
from index.importers.faults import RowError
from index.importers.identity import hashed
from index.product import Event, EventKind, Origin, Price, Record, first_fault
from index.text.money import parse_price
from index.text.numerals import QuantityError
from index.text.sanitize import TITLE_LIMIT, plain

Meant = EventKind | Literal["none"]
_MOST_OWN = 100_000
"""More events than a person's exports hold."""


class HistoryError(DataError):
    """A schema or a file of histories cannot be read; the message is for the person."""


class Rule(Record):
    """A field whose value decides the kind of an event, whatever its word says."""

    field: str
    equals: JsonValue
    kind: Meant


class KindSchema(Record):
    """How the kind of an event is told."""

    default: Meant = "none"
    """Where neither a rule nor a word says it."""
    field: str = ""
    words: dict[str, Meant] = Field(default_factory=dict)
    """What stands in the field, casefolded, and what it means."""
    rules: tuple[Rule, ...] = ()
    """The first that holds decides."""


class FieldSchema(Record):
    """Where an event's parts stand: paths with points, looked up in the innermost record first."""

    user: str
    time: str = ""
    text: tuple[str, ...] = ()
    """Of these the first that says something; an object is written as its names and values."""
    details: tuple[str, ...] = ()
    """Added to the text, after commas."""
    product: str = ""
    price: str = ""
    currency: str = ""
    quantity: str = ""
    category: str = ""
    interests: str = ""


class HistorySchema(Record):
    """How one kind of file holds what people did."""

    source: str = Field(min_length=1, max_length=80, pattern=r"^[^\s:]+$")
    records: Literal["lines", "list", "values"] = "lines"
    """JSON lines, one JSON list, or the values of one JSON object."""
    walk: tuple[str, ...] = ()
    """Names of nested lists, from the outside in: ["orders", "items"]."""
    gathered: bool = False
    """Whether a user's events lie apart, so that the whole file is read before the first history."""
    currency: str = Field(default="", pattern=r"^([A-Z]{3})?$")
    observed: date = date(2000, 1, 1)
    """The day of events without a time."""
    separator: str = ""
    """Between interests that stand in one text."""
    fields: FieldSchema
    kind: KindSchema = KindSchema()


def read_histories(path: Path, schema: Path) -> Iterator[History]:
    """Every user's history, users in the order of the file and events by time; raises HistoryError.

    Users of whom the file tells nothing are left out.
    """
    read = read_schema(schema)
    records = _records(path, read)
    if not read.gathered:
        histories = (_history(*_parts(number, record, read, path)) for number, record in records)
        yield from (h for h in histories if h.events or h.interests)
        return
    users: dict[str, tuple[list[Event], list[str]]] = {}
    for number, record in records:
        user, events, interests = _parts(number, record, read, path)
        known = users.setdefault(user, ([], []))
        known[0].extend(events)
        known[1].extend(interests)
    for user, (some, likes) in users.items():
        if some or likes:
            yield _history(user, some, likes)


def read_schema(path: Path) -> HistorySchema:
    """The schema in a file; raises HistoryError."""
    try:
        return HistorySchema.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise HistoryError(f"The schema {path.name} cannot be read: {error.strerror}.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise HistoryError(f"The schema {path.name} is no TOML: {error}.") from error
    except ValidationError as error:
        raise HistoryError(f"The schema {path.name} is wrong at {first_fault(error)}.") from error


def own_history(catalog: Catalog) -> History:
    """The person's own events, as imported."""
    return History(user=OWNER, events=tuple(reversed(catalog.events(_MOST_OWN))))


def _history(user: str, events: Sequence[Event], interests: Sequence[str]) -> History:
    ordered = sorted(events, key=lambda e: e.at)
    return History(user=user, events=tuple(ordered), interests=tuple(dict.fromkeys(interests)))


def _records(path: Path, schema: HistorySchema) -> Iterator[tuple[int, Mapping[str, JsonValue]]]:
    """The file's records with their numbers, from 1."""
    for number, record in _values(path, schema):
        if not isinstance(record, dict):
            raise HistoryError(f"Record {number} of {path.name} is no JSON object.")
        yield number, record


def _values(path: Path, schema: HistorySchema) -> Iterator[tuple[int, JsonValue]]:
    try:
        with path.open("rb") as raw:
            packed = raw.read(2) == b"\x1f\x8b"
        opened = gzip.open if packed else open
        with opened(path, "rt", encoding="utf-8-sig") as file:
            if schema.records != "lines":
                yield from enumerate(_whole(_parsed(file.read(), path.name), path, schema), start=1)
                return
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, _parsed(line, f"Line {number} of {path.name}")
    except OSError as error:
        raise HistoryError(f"{path.name} cannot be read: {error.strerror or error}.") from error
    except (EOFError, zlib.error) as error:
        raise HistoryError(f"{path.name} is a damaged gzip file: {error}.") from error
    except UnicodeDecodeError as error:
        raise HistoryError(f"{path.name} is no UTF-8 text.") from error


def _parsed(text: str, what: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    # Besides what is no JSON: a number of thousands of digits, and lists nested without end.
    except (ValueError, RecursionError) as error:
        raise HistoryError(f"{what} is no JSON: {error}.") from error
    return value


def _whole(document: JsonValue, path: Path, schema: HistorySchema) -> Sequence[JsonValue]:
    if schema.records == "list" and isinstance(document, list):
        return document
    if schema.records == "values" and isinstance(document, dict):
        return list(document.values())
    raise HistoryError(f"{path.name} holds no {schema.records} as the schema says; see `records` in it.")


def _parts(
    number: int, record: Mapping[str, JsonValue], schema: HistorySchema, path: Path
) -> tuple[str, list[Event], list[str]]:
    """User, events and interests of one record."""
    named = _text(_found(schema.fields.user, (record,)))
    if not named:
        raise HistoryError(f"Record {number} of {path.name} names no user: it has no {schema.fields.user!r}.")
    try:
        events = [e for nest in _nests((record,), schema.walk) for e in _event(nest, number, schema, path)]
    except (RowError, QuantityError) as error:
        raise HistoryError(f"Record {number} of {path.name} cannot be read: {error}.") from error
    except ValidationError as error:
        raise HistoryError(f"Record {number} of {path.name} cannot be read: {first_fault(error)}.") from error
    # Some sources make the id of the person's name.
    return f"{schema.source}-{hashed(named)[:12]}", events, _interests(record, schema)


Nest = tuple[Mapping[str, JsonValue], ...]
"""A record inside those that hold it, outermost first."""


def _nests(nest: Nest, walk: Sequence[str]) -> Iterator[Nest]:
    if not walk:
        yield nest
        return
    inner = nest[-1].get(walk[0])
    for each in inner if isinstance(inner, list) else ():
        if isinstance(each, dict):
            yield from _nests((*nest, each), walk[1:])


def _found(path: str, nest: Nest) -> JsonValue:
    """What stands at a path in the innermost record that has it; nothing where there is no path."""
    for record in reversed(nest) if path else ():
        value: JsonValue = dict(record)
        for name in path.split("."):
            value = value.get(name) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None


def _text(value: JsonValue) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{name} {text}" for name, each in value.items() if (text := _text(each)))
    if isinstance(value, list):
        return ", ".join(filter(None, map(_text, value)))
    return "" if value is None else plain(str(value), TITLE_LIMIT)


def _kind(nest: Nest, schema: KindSchema) -> Meant:
    for rule in schema.rules:
        if _found(rule.field, nest) == rule.equals:
            return rule.kind
    return schema.words.get(_text(_found(schema.field, nest)).casefold(), schema.default)


def _event(nest: Nest, number: int, schema: HistorySchema, path: Path) -> tuple[Event, ...]:
    fields, kind = schema.fields, _kind(nest, schema.kind)
    text = next(filter(None, (_text(_found(f, nest)) for f in fields.text)), "")
    text = ", ".join(filter(None, [text, *(_text(_found(f, nest)) for f in fields.details)]))
    product = _text(_found(fields.product, nest))
    if kind == "none" or not (text or product):
        return ()
    quantity = _number(_found(fields.quantity, nest))
    at = _moment(_found(fields.time, nest), schema)
    price = _price(nest, schema, at)
    told = "\x1f".join([kind, _text(_found(fields.user, nest)), at.isoformat(), product, text, str(quantity)])
    event = Event(
        id=f"{schema.source}:{kind}:{hashed(told)}",
        origin=Origin(source=schema.source, file=path.name, row=number, seen=at.date()),
        kind="return" if quantity is not None and quantity < 0 else kind,
        at=at,
        text=plain(text, TITLE_LIMIT),
        product_id=product,
        quantity=max(1, round(abs(quantity))) if quantity is not None else 1,
        price=price,
        category=_text(_found(fields.category, nest)),
    )
    return (event,)


def _moment(value: JsonValue, schema: HistorySchema) -> datetime:
    read = moment_of(value) if isinstance(value, str | int | float) else None
    return read or datetime.combine(schema.observed, time(), UTC)


def _number(value: JsonValue) -> float | None:
    return leading_number(value) if isinstance(value, str | int | float) else None


def _price(nest: Nest, schema: HistorySchema, at: datetime) -> Price | None:
    value = _found(schema.fields.price, nest)
    currency = _text(_found(schema.fields.currency, nest)) or schema.currency
    if not isinstance(value, str | int | float) or isinstance(value, bool) or is_missing(value):
        return None
    if isinstance(value, str):
        amount, currency = parse_price(value, currency)
    elif currency:
        amount = finite(value)
    else:
        return None
    return Price(amount=abs(amount), currency=currency, seen=at.date())


def _interests(record: Mapping[str, JsonValue], schema: HistorySchema) -> list[str]:
    value = _found(schema.fields.interests, (record,))
    if isinstance(value, str) and schema.separator:
        return [text for part in value.split(schema.separator) if (text := plain(part.strip(), TITLE_LIMIT))]
    many = value if isinstance(value, list) else [value]
    return [text for each in many if (text := _text(each))]
