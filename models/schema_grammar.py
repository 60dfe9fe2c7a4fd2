"""The strict grammar (GBNF) of a record: its JSON on one line, every field in order, every text bounded.

llama.cpp's own converter lets raw line ends into strings, which no JSON reader takes back, and writes a bound
of n characters as n nested groups. What the fields mean is left to whoever made the record.
"""

import json
from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from models.engine import GrammarError
from models.gbnf import literal, trie

Schema = Mapping[str, object]

_CHARACTER = r"""char ::= [^"\\<>\x00-\x1f\x7f-\x9f\u2028\u2029]"""
"""No escapes, no line ends and no angle brackets: nothing in it can pass for a control token or a tag."""
_DIGITS = 6
"""Of a number before and after its point."""


def schema_grammar(answer: type[BaseModel]) -> str:
    """The grammar of a record's JSON, rule `root`.

    Raises GrammarError where a text or list has no upper bound, or the schema holds what is not known here.
    """
    writer = _Writer(answer.model_json_schema())
    root = writer.expression(writer.schema)
    return "\n".join([f"root ::= {root}", _CHARACTER, *writer.rules()]) + "\n"


def longest(answer: type[BaseModel]) -> int:
    """Characters that no text exceeds which the grammar of a record allows."""
    schema = answer.model_json_schema()
    return _length(schema, schema)


class _Writer:
    """Expressions for the parts of one schema."""

    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self._named: dict[str, str] = {}

    def rules(self) -> Iterator[str]:
        """The rules that expressions referred to."""
        return (f"{name} ::= {expression}" for name, expression in self._named.items())

    def expression(self, schema: Schema) -> str:
        """What a value of this schema looks like."""
        schema = _resolved(schema, self.schema)
        if "const" in schema or "enum" in schema:
            return trie(json.dumps(value, ensure_ascii=False) for value in _values(schema))
        match schema.get("type"):
            case "object":
                return self._object(schema)
            case "array":
                return self._array(schema)
            case "string":
                least, most = _bounds(schema, "Length")
                return f'"\\"" char{{{least},{most}}} "\\""'
            case "integer":
                return _integer(schema)
            case "number":
                return f'"-"? [0-9]{{1,{_DIGITS}}} ("." [0-9]{{1,{_DIGITS}}})?'
            case "boolean":
                return '("true" | "false")'
            case kind:
                raise GrammarError(f"a field of the kind {kind!r} has no grammar here")

    def _object(self, schema: Schema) -> str:
        fields = _mapping(schema.get("properties"))
        parts = [
            f"{literal(json.dumps(name, ensure_ascii=False) + ': ')} {self._rule(_mapping(field))}"
            for name, field in fields.items()
        ]
        between = f" {literal(', ')} "
        return f'"{{" {between.join(parts)} "}}"'

    def _array(self, schema: Schema) -> str:
        least, most = _bounds(schema, "Items")
        item = self._rule(_mapping(schema.get("items")))
        more = f"({literal(', ')} {item}){{{max(0, least - 1)},{most - 1}}}"
        filled = f'"[" {item} {more} "]"'
        return filled if least else f'({filled} | "[]")'

    def _rule(self, schema: Schema) -> str:
        """The name of a rule for a value; equal values share one."""
        expression = self.expression(schema)
        found = next((name for name, known in self._named.items() if known == expression), "")
        if not found:
            found = f"value{len(self._named)}"
            self._named[found] = expression
        return found


def _integer(schema: Schema) -> str:
    """Closed ranges of up to a hundred whole numbers are listed; others are bounded by their digits."""
    low, high = schema.get("minimum"), schema.get("maximum")
    if isinstance(low, int) and isinstance(high, int) and high - low < 100:
        return trie(str(number) for number in range(low, high + 1))
    return f'("0" | "-"? [1-9] [0-9]{{0,{_DIGITS - 1}}})'


def _length(schema: Schema, whole: Schema) -> int:
    schema = _resolved(schema, whole)
    if "const" in schema or "enum" in schema:
        return max(len(json.dumps(value, ensure_ascii=False)) for value in _values(schema))
    match schema.get("type"):
        case "object":
            fields = _mapping(schema.get("properties"))
            return 2 + sum(len(name) + 6 + _length(_mapping(field), whole) for name, field in fields.items())
        case "array":
            return 2 + _bounds(schema, "Items")[1] * (2 + _length(_mapping(schema.get("items")), whole))
        case "string":
            return 2 + _bounds(schema, "Length")[1]
        case _:
            return 2 * _DIGITS + 2


def _bounds(schema: Schema, of: str) -> tuple[int, int]:
    least, most = schema.get(f"min{of}", 0), schema.get(f"max{of}")
    if not isinstance(least, int) or not isinstance(most, int) or most < 1:
        raise GrammarError(f"{schema.get('title', 'a field')} needs max{of}: what is unbounded may never end")
    return least, most


def _values(schema: Schema) -> list[object]:
    values = schema.get("enum", [schema.get("const")])
    return values if isinstance(values, list) else []


def _resolved(schema: Schema, whole: Schema) -> Schema:
    reference = schema.get("$ref")
    if not isinstance(reference, str):
        return schema
    return _mapping(_mapping(whole.get("$defs")).get(reference.rpartition("/")[2]))


def _mapping(value: object) -> Schema:
    return value if isinstance(value, Mapping) else {}
