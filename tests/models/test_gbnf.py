"""Grammar expressions: the trie accepts its texts and nothing else."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.gbnf import literal, trie


def as_regex(expression: str) -> re.Pattern[str]:
    """The subset of GBNF that `trie` writes, read as a regular expression."""
    pattern = ""
    for token in re.findall(r'"(?:\\.|[^"\\])*"|\S|\s', expression):
        if token.startswith('"'):
            unescaped = re.sub(r"\\U([0-9A-F]{8})", lambda found: chr(int(found[1], 16)), token[1:-1])
            for escape, character in (('\\"', '"'), ("\\n", "\n"), ("\\r", "\r"), ("\\t", "\t")):
                unescaped = unescaped.replace(escape, character)
            pattern += "(?:" + re.escape(unescaped.replace("\\\\", "\\")) + ")"
        elif not token.isspace():
            pattern += token
    return re.compile(pattern)


def test_names_share_what_they_begin_with() -> None:
    assert trie(["P1.price", "P1.title", "P2"]) == '"P" ("1." ("price" | "title") | "2")'


def test_a_name_that_continues_another_makes_the_rest_optional() -> None:
    assert trie(["P1", "P12"]) == '"P1" ("2")?'


def test_quotes_and_control_characters_are_escaped() -> None:
    assert literal('a"b\\\n\x1b') == '"a\\"b\\\\\\n\\U0000001B"'


def test_no_alternative_is_an_error() -> None:
    with pytest.raises(ValueError, match="at least one"):
        trie([])


@given(st.lists(st.text("abP12.", max_size=5), min_size=1), st.text("abP12.", max_size=5))
def test_a_trie_accepts_its_texts_and_no_other(texts: list[str], other: str) -> None:
    accepted = as_regex(trie(texts))
    assert all(accepted.fullmatch(text) for text in texts)
    assert bool(accepted.fullmatch(other)) == (other in texts)
