"""The catalogues that are searched, and for each the questions with the products that answer them.

Answers are known by who wrote the question (shoppingbench), or are computed from the raw rows by a predicate
that knows nothing of our reading of them.
"""

import gzip
import json
import random
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.retrieval.scoring import Task
from index.catalog import Catalog
from index.columns import Column, ColumnSchema, load_schema
from index.ingest import ingest
from index.product import Attribute, Offer, Origin, Price, Product

SEEN = date(2025, 1, 1)
HERE = Path(__file__).parent
PARTS_SCHEMA = HERE.parents[1] / "tests" / "schemas" / "pc_parts.toml"
MOST_GOLD = 50
"""A question that more products answer asks for nothing in particular."""

Row = dict[str, Any]


class Shelf(NamedTuple):
    """A catalogue and what is asked of it."""

    name: str
    fill: Callable[[Catalog], None]
    tasks: Callable[[Catalog], list[Task]]


def shelves(data: Path) -> dict[str, Shelf]:
    """Every catalogue by name."""
    bench = data / "shoppingbench"
    questions = bench / "dev" / "queries_qrels.jsonl.gz"
    gold = bench / "gold_products.jsonl.gz"
    parts = data / "pc-parts" / "pc_parts.jsonl.gz"
    every = (
        Shelf("titles", lambda c: _write(c, _listings(gold, titles=True)), lambda _: _asked(questions)),
        Shelf("listings", lambda c: _write(c, _listings(gold)), lambda _: _asked(questions)),
        Shelf("parts", lambda c: _import(c, parts, PARTS_SCHEMA), lambda c: _computed(c, parts)),
        _shop("magento", data / "magento-sample" / "products.jsonl"),
        _shop("retail", data / "retail-demo-store" / "products.jsonl.gz"),
        Shelf("languages", lambda c: _write(c, _told()), lambda _: _translated()),
    )
    return {shelf.name: shelf for shelf in every}


def _shop(name: str, file: Path) -> Shelf:
    return Shelf(name, lambda c: _import(c, file, HERE / f"{name}.toml"), lambda c: _own(c, file, name))


def lines(path: Path) -> Iterator[Row]:
    """Records of a JSONL file, packed or not; only "\\n" ends a line, descriptions hold U+2028."""
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8", newline="\n") as file:
        for line in file:
            yield json.loads(line)


def _write(catalog: Catalog, products: Iterable[Product]) -> None:
    with catalog.importing("bench", "bench", "bench") as batch:
        for one in products:
            batch.add(one)


def _import(catalog: Catalog, file: Path, schema: Path) -> None:
    ingest(file, catalog, schema=schema)


def _asked(file: Path) -> list[Task]:
    return [Task(row["query"], frozenset(row["gold_product_ids"]), row["intent"]) for row in lines(file)]


def _listings(file: Path, *, titles: bool = False) -> Iterator[Product]:
    """Gold products as records: each attribute and option by name, or their titles alone."""
    for place, row in enumerate(lines(file), start=1):
        one = _listing(row, place)
        yield one.model_copy(update={"attributes": (), "description": "", "category": ()}) if titles else one


def _listing(row: Row, place: int) -> Product:
    values: dict[str, list[str]] = {}
    options = [o if isinstance(o, dict) else {"option": o} for o in row["sku_options"]]
    for told in (row["attributes"], *options):
        for name, value in told.items():
            values.setdefault(name, []).extend(map(str, value if isinstance(value, list) else [value]))
    brand = values.pop("brand", [row.get("brand") or ""])[0]
    category = row.get("category") or ""
    return Product(
        id=row["product_id"],
        origin=Origin(source="bench", file="gold_products", row=place, seen=SEEN),
        title=row["title"],
        brand=brand,
        category=tuple(category.split(" > ")) if category else (),
        attributes=tuple(
            Attribute(name=name, raw=", ".join(dict.fromkeys(told)), words=tuple(map(str.casefold, told)))
            for name, told in values.items()
        ),
        description=row.get("description") or "",
    )


def _computed(catalog: Catalog, file: Path, count: int = 200, seed: int = 7) -> list[Task]:
    """Questions with two or three bounds and a price, each around a part that exists."""
    schema = load_schema(PARTS_SCHEMA)
    rows = list(lines(file))
    by_category: dict[str, list[Row]] = {}
    for row in rows:
        by_category.setdefault(row["category"], []).append(row)
    ids = _ids_by_row(catalog, rows)
    dice = random.Random(seed)
    priced = [row for row in rows if isinstance(row.get("price"), int | float)]
    tasks: list[Task] = []
    while len(tasks) < count:
        model = dice.choice(priced)
        bounds = _bounds(model, schema, dice)
        if len(bounds) < 2:
            continue
        dearest = _rounded(float(model["price"]) * dice.uniform(1.0, 1.3))
        fitting = [
            row
            for row in by_category[model["category"]]
            if isinstance(row.get("price"), int | float)
            and row["price"] <= dearest
            and all(bound.meets(row) for bound in bounds)
        ]
        gold = frozenset(ids[_key(row)] for row in fitting if _key(row) in ids)
        if 0 < len(gold) <= MOST_GOLD:
            said = ", ".join(bound.said for bound in bounds)
            kind = model["category"].replace("-", " ")
            tasks.append(Task(f"{kind}, {said}, at most ${dearest}", gold, f"{len(bounds)} bounds"))
    return tasks


class _Bound(NamedTuple):
    said: str
    meets: Callable[[Row], bool]


def _bounds(model: Row, schema: ColumnSchema, dice: random.Random) -> list[_Bound]:
    """Two or three limits that a part itself meets, on columns that hold one number."""
    columns = schema.columns_of(model["category"])
    numbers = [name for name in model if not name.startswith("price") and _number(model, name) is not None]
    chosen = dice.sample(numbers, min(len(numbers), dice.choice((2, 3))))
    return [_bound(name, float(model[name]), columns.get(name), dice) for name in chosen]


def _bound(name: str, value: float, column: Column | None, dice: random.Random) -> _Bound:
    unit = f" {column.unit}" if column and column.unit else ""
    spoken = name.replace("_", " ")
    least = dice.random() < 0.5
    said = f"{spoken} {'at least' if least else 'at most'} {value:g}{unit}"

    def meets(row: Row) -> bool:
        own = _number(row, name)
        return own is not None and (own >= value if least else own <= value)

    return _Bound(said, meets)


def _number(row: Row, name: str) -> float | None:
    value = row.get(name)
    return None if isinstance(value, bool) or not isinstance(value, int | float) else float(value)


def _rounded(price: float) -> int:
    return max(5, int(price / 5 + 1) * 5)


def _key(row: Row) -> str:
    return json.dumps(row, sort_keys=True)


def _ids_by_row(catalog: Catalog, rows: Sequence[Row]) -> dict[str, str]:
    """Product ids by the row as published; rows that the file repeats word for word are one product."""
    return {_key(rows[p.origin.row - 1]): p.id for p in catalog.all_products()}


def _own(catalog: Catalog, file: Path, name: str) -> list[Task]:
    """Our own questions of a catalogue; who answers them is computed from its rows."""
    rows = list(lines(file))
    ids = {p.origin.row: p.id for p in catalog.all_products()}
    tasks = []
    for asked in _toml("questions.toml")[name]:
        gold = frozenset(
            ids[place] for place, row in enumerate(rows, start=1) if place in ids and _answers(row, asked)
        )
        if not gold:
            raise SystemExit(f"Nothing answers {asked['ask']!r}; look at its predicate.")
        tasks += [Task(said, gold, kind) for kind, said in _spoken(asked)]
    return tasks


def _spoken(asked: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The ways in which a question is put, by what they ask of the search."""
    yield "plain", asked["ask"]
    for kind in ("typo", "plural", "german", "korean", "other"):
        if kind in asked:
            yield kind, asked[kind]


def _answers(row: Row, asked: Mapping[str, Any]) -> bool:
    fields = {**row, **(row.get("attributes") or {})}
    where = all(
        any(one.casefold() in _flat(fields.get(field)) for one in wanted)
        for field, wanted in asked.get("where", {}).items()
    )
    price = row.get("price")
    cheap = "at_most" not in asked or (isinstance(price, int | float) and price <= asked["at_most"])
    words = all(word.casefold() in _flat(row) for word in asked.get("words", ()))
    return where and cheap and words


def _flat(value: object) -> str:
    return json.dumps(value, ensure_ascii=False).casefold()


def _told() -> Iterator[Product]:
    for place, row in enumerate(_toml("languages.toml")["products"], start=1):
        yield Product(
            id=row["id"],
            origin=Origin(source="bench", file="languages.toml", row=place, seen=SEEN),
            title=row["title"],
            brand=row.get("brand", ""),
            category=(row["category"],),
            offers=(Offer(price=Price(amount=row["price"], currency=row["currency"], seen=SEEN)),),
            description=row.get("text", ""),
        )


def _translated() -> list[Task]:
    return [
        Task(row["ask"], frozenset(row["gold"]), row["kind"]) for row in _toml("languages.toml")["questions"]
    ]


def _toml(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))
