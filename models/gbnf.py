"""Expressions of llama.cpp's grammar form (GBNF): literals, and long lists of names factored into tries.

A flat list of names costs llama.cpp one parse stack a name; a trie costs one a branch. Whole grammars are
written by who knows what they mean (`agent`).
"""

from collections.abc import Iterable, Iterator
from itertools import groupby

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def literal(text: str) -> str:
    """The text as a quoted GBNF literal."""
    return '"' + "".join(_escaped(character) for character in text) + '"'


def trie(alternatives: Iterable[str]) -> str:
    """An expression that accepts exactly these texts, sharing what they begin with.

    Raises ValueError for an empty list, which no text could satisfy.
    """
    distinct = sorted(set(alternatives))
    if not distinct:
        raise ValueError("a grammar needs at least one alternative")
    return _branches(distinct)


def _branches(texts: list[str]) -> str:
    """An expression for sorted texts; the empty one makes the rest optional."""
    optional = texts[0] == ""
    branches = list(_by_first_character(texts[optional:]))
    if not branches:
        return '""'
    if optional:
        return f"({' | '.join(branches)})?"
    return branches[0] if len(branches) == 1 else f"({' | '.join(branches)})"


def _by_first_character(texts: list[str]) -> Iterator[str]:
    for _, group in groupby(texts, key=lambda text: text[0]):
        members = list(group)
        shared = _shared_start(members[0], members[-1])
        rests = [text[len(shared) :] for text in members]
        yield literal(shared) if rests == [""] else f"{literal(shared)} {_branches(rests)}"


def _shared_start(first: str, last: str) -> str:
    """What all texts between two in sorted order begin with."""
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    return first[:length]


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    return f"\\U{ord(character):08X}"
