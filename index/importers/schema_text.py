"""Writes a column schema as TOML, so that a proposal can be saved, corrected and used with `--schema`."""

import json
from collections.abc import Mapping

from index.columns import ColumnSchema


def schema_text(schema: ColumnSchema) -> str:
    """The schema as TOML that `columns.parse_schema` reads back to an equal one."""
    told = schema.model_dump(mode="json", exclude_defaults=True)
    columns = told.pop("columns", {})
    categories = told.pop("categories", {})
    lines = [f"{key} = {_value(value)}" for key, value in told.items()]
    if schema.observed:
        lines = [f"observed = {schema.observed}" if line.startswith("observed") else line for line in lines]
    lines += _tables("columns", columns)
    for name, category in categories.items():
        inner = category.pop("columns", {})
        lines += _tables("categories", {name: category})
        lines += _tables(f"categories.{_key(name)}.columns", inner)
    return "\n".join(lines) + "\n"


def _tables(prefix: str, tables: Mapping[str, Mapping[str, object]]) -> list[str]:
    lines: list[str] = []
    for name, values in tables.items():
        lines += ["", f"[{prefix}.{_key(name)}]"]
        lines += [f"{_key(key)} = {_value(value)}" for key, value in values.items()]
    return lines


def _value(value: object) -> str:
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{_key(key)} = {_value(item)}" for key, item in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    # JSON's strings, numbers and booleans are TOML's, but for the delete character.
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")


def _key(name: str) -> str:
    bare = name.isascii() and name.replace("-", "").replace("_", "").isalnum()
    return name if bare else _value(name)
