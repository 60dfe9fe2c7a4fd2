"""The comparison grid: the same lines for every product, and what a person does with them.

Reading the records is for a worker thread; sorting, leaving out and writing down are quick and change
nothing, they give a new grid. How the grid looks is left to the screen.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from agent.desk import Desk
from agent.ledger import Need, SeenProduct
from agent.observe import shorten
from agent.report import comparison as compared
from agent.report.facts import BUILT_IN, cite
from agent.report.markdown import HEAD, SIGNS, escape
from agent.report.record import Cell, Column, NeedRow
from index.conditions import in_words
from index.search import Index
from index.text.sanitize import plain
from tui.narration import need_text

FIRST, THEN = ("price", "rating"), ("brand",)
"""Lines before and after the needs; the attributes follow, those that most products give first."""
WORST_LAST = ("met", "", "unknown", "unmet")


@dataclass(frozen=True)
class Line:
    """One fact or one need, with a cell for every product."""

    key: str
    """Name of the fact, or tag of the need."""
    name: str
    """What a person reads at its beginning."""
    cells: tuple[Cell, ...]
    need: bool = False

    @property
    def differs(self) -> bool:
        """Whether the products are not all alike in it."""
        return len({(cell.text.casefold(), cell.verdict) for cell in self.cells}) > 1

    @property
    def said(self) -> bool:
        """Whether it is worth a line: any product says something, or the person asked for it."""
        return self.need or any(cell.known for cell in self.cells)


@dataclass(frozen=True)
class Grid:
    """Products in columns, facts and needs in lines."""

    columns: tuple[Column, ...]
    lines: tuple[Line, ...]
    judged: bool = False
    """Whether there is a hard need, so that products fit or miss."""
    gone: tuple[str, ...] = ()
    """Ids that the catalogue no longer holds."""

    @property
    def record_ids(self) -> tuple[str, ...]:
        """The compared products, in the order of the columns."""
        return tuple(column.cite.record_id for column in self.columns)


def read(index: Index, record_ids: Sequence[str], needs: Sequence[Need], tags: Mapping[str, str]) -> Grid:
    """Compare the products that the catalogue holds; `tags` are those of a session, by record id."""
    asked = list(dict.fromkeys(record_ids))
    records = index.catalog.known_products(asked)
    products = [SeenProduct(tag=tags.get(record.id, ""), record=record) for record in records]
    held = {record.id for record in records}
    desk = Desk(index=index, needs=list(needs))
    return Grid(
        columns=compared.columns(products, (), desk),
        lines=tuple(line for line in _lines(products, desk) if line.said),
        judged=any(need.hard and need.condition for need in needs),
        gone=tuple(record_id for record_id in asked if record_id not in held),
    )


def _lines(products: Sequence[SeenProduct], desk: Desk) -> list[Line]:
    given = Counter(a.name for p in products for a in p.record.attributes if a.name not in BUILT_IN)
    attributes = [name for name, _ in given.most_common()]
    return [
        *(_fact(name, products) for name in FIRST),
        *(_need(row, desk, products) for row in compared.needs(products, desk)),
        *(_fact(name, products) for name in (*THEN, *attributes)),
    ]


def _fact(name: str, products: Sequence[SeenProduct]) -> Line:
    return Line(name, plain(in_words(name)), tuple(compared.cell(name, product) for product in products))


def _need(row: NeedRow, desk: Desk, products: Sequence[SeenProduct]) -> Line:
    need = next(need for need in desk.needs if need.tag == row.tag)
    silent = (Cell(text="for you to judge", known=False, cite=cite(product)) for product in products)
    return Line(row.tag, plain(in_words(need_text(need))), row.cells or tuple(silent), need=True)


def ordered(grid: Grid, key: str, *, descending: bool) -> Grid:
    """The products by what one line says: numbers by size, words by the alphabet; the silent come last."""
    line = next(line for line in grid.lines if line.key == key)
    places = range(len(grid.columns))
    known = sorted(
        (at for at in places if line.cells[at].known),
        key=lambda at: _size(line.cells[at]),
        reverse=descending,
    )
    return _chosen(grid, [*known, *(at for at in places if not line.cells[at].known)])


def _size(cell: Cell) -> tuple[int, bool, str, float, str]:
    return (
        WORST_LAST.index(cell.verdict),
        cell.number is None,
        cell.unit,
        cell.number or 0.0,
        cell.text.casefold(),
    )


def without(grid: Grid, record_id: str) -> Grid:
    """The other products, and the lines that they have."""
    rest = _chosen(grid, [at for at, kept in enumerate(grid.record_ids) if kept != record_id])
    return replace(rest, lines=tuple(line for line in rest.lines if line.said))


def _chosen(grid: Grid, places: Sequence[int]) -> Grid:
    return replace(
        grid,
        columns=tuple(grid.columns[at] for at in places),
        lines=tuple(replace(line, cells=tuple(line.cells[at] for at in places)) for line in grid.lines),
    )


def head(column: Column) -> str:
    """A product's name over its column, after its tag where it has one."""
    return plain(f"{column.tag} {column.title}")


def cell_text(cell: Cell) -> str:
    """What stands in a cell: the sign of its verdict, then the fact."""
    return plain(f"{SIGNS[cell.verdict]} {cell.text}")


def cell_proof(line: Line, column: Column, cell: Cell) -> str:
    """A cell as a sentence of its own."""
    return f"{head(column)}: {line.name}: {cell_text(cell)}"


def markdown(grid: Grid, lines: Sequence[Line]) -> str:
    """These lines of the grid as a Markdown table; ends with a newline."""
    heads = [escape(shorten(head(column), HEAD)) for column in grid.columns]
    rows = [[line.name, *map(cell_text, line.cells)] for line in lines]
    table = [["", *heads], ["---"] * (len(heads) + 1), *(list(map(escape, row)) for row in rows)]
    return "".join(f"| {' | '.join(row)} |\n" for row in table)
