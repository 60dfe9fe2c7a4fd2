"""One unit for an attribute that two sources give in different ones, so that its numbers sort and compare."""

import sqlite3
from collections.abc import Sequence
from typing import NamedTuple


class Scale(NamedTuple):
    """From a stored unit to the attribute's commonest: `value * factor + shift`."""

    factor: float = 1.0
    shift: float = 0.0


class Scales(NamedTuple):
    """How an attribute's numbers come to one unit."""

    unit: str
    """The commonest unit."""
    by_unit: dict[str, Scale]
    """Units that do not measure the same are left out: their numbers are unknown here."""

    def sql(self, column: str) -> str:
        """The column in the common unit; NULL where its unit measures something else."""
        if list(self.by_unit.values()) == [Scale()]:
            return column
        cases = "".join(
            f" WHEN '{unit.replace(chr(39), chr(39) * 2)}' THEN {column} * {scale.factor!r} + {scale.shift!r}"
            for unit, scale in self.by_unit.items()
        )
        return f"CASE unit{cases} END" if cases else column


def scales(connection: sqlite3.Connection, attribute: str, categories: Sequence[int] | None = None) -> Scales:
    """The units of an attribute in these categories (None: all) and how they come to the commonest one."""
    scope = "" if categories is None else f"AND category IN ({', '.join(map(str, categories))})"
    found = connection.execute(
        "SELECT unit, count(*) FROM attributes WHERE name = ? "
        "AND (at_least IS NOT NULL OR at_most IS NOT NULL) "
        f"{scope} GROUP BY unit ORDER BY count(*) DESC, unit",
        (attribute,),
    )
    return to_commonest([unit for unit, _ in found])


def to_commonest(units: Sequence[str]) -> Scales:
    """Scales of units that stand commonest first."""
    if not units:
        return Scales("", {})
    by_unit = {units[0]: Scale()}
    for unit in units[1:]:
        scale = _scale(unit, units[0])
        if scale is not None:
            by_unit[unit] = scale
    return Scales(units[0], by_unit)


def _scale(unit: str, common: str) -> Scale | None:
    from index.text.units import UnitError, convert

    try:
        shift = convert(0.0, unit, common)
        return Scale(convert(1.0, unit, common) - shift, shift)
    except UnitError:
        return None
