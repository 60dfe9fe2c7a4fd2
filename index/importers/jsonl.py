"""Rows of a file with one JSON object a line."""

import json
from collections.abc import Iterator

from index.importers.faults import RowError
from index.importers.lines import Lines
from index.importers.rows import Nesting, Rejected, Row, row_of

_KEPT = 2_000
"""Characters of a rejected row that are kept."""


def read_jsonl(lines: Lines, nesting: Nesting) -> Iterator[Row | Rejected]:
    """Each object as a row; a line that is no object is rejected and the rest goes on."""
    for line in lines:
        if line.fault:
            yield Rejected(line.number, line.fault, line.text)
        elif line.text.strip():
            yield read_object(line.number, line.text, nesting)


def read_object(number: int, text: str, nesting: Nesting) -> Row | Rejected:
    """The row that the text of one JSON object is."""
    try:
        record = _DECODER.decode(text)
        if not isinstance(record, dict):
            raise RowError("it is JSON, but no object")
        return row_of(number, record, nesting)
    except RowError as error:
        return Rejected(number, str(error), text[:_KEPT])
    except json.JSONDecodeError as error:
        return Rejected(number, f"it is no JSON: {error.msg} at character {error.pos + 1}", text[:_KEPT])
    except RecursionError:
        return Rejected(number, "it is nested too deep", text[:_KEPT])
    except ValueError:
        return Rejected(number, "it holds a number that no one can mean", text[:_KEPT])


def _refuse(constant: str) -> None:
    raise RowError(f"{constant} is no value of JSON")


_DECODER = json.JSONDecoder(parse_constant=_refuse)
