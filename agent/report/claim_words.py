"""The word lists of `claim_words.toml`."""

import tomllib
from functools import cache
from importlib.resources import files


@cache
def _lists() -> dict[str, str | dict[str, str]]:
    return tomllib.loads(files("agent.report").joinpath("claim_words.toml").read_text(encoding="utf-8"))


@cache
def words(name: str) -> tuple[str, ...]:
    """A list's words, in order; `below` and `above` are phrases."""
    text = _lists()[name]
    assert isinstance(text, str)
    return tuple(text.strip().split("|")) if "|" in text else tuple(text.split())


@cache
def money_words() -> dict[str, str]:
    """Names of currencies and their signs."""
    table = _lists()["money"]
    assert isinstance(table, dict)
    return table
