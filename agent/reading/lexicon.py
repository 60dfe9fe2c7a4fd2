"""General English for reading questions: the closed-class words of `lexicon.toml`, ready to be looked up.

It knows limits, negations, softeners, number and money words; nothing of products.
"""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from agent.reading.tokens import Token, singular, tokenise

NOTHING: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Lexicon:
    """The tables of `lexicon.toml`."""

    phrases: dict[str, tuple[tuple[tuple[str, ...], frozenset[str]], ...]]
    """By first word: the whole phrase and what it does, longest first."""
    fillers: frozenset[str]
    """Words that may stand inside a phrase."""
    abbreviated: frozenset[str]
    abbreviated_always: frozenset[str]
    """Words that are written short with a point."""
    numbers: dict[str, float]
    scales: dict[str, float]
    thousand_marks: frozenset[str]
    money: dict[str, str]
    coins: dict[str, str]
    """Hundredths of money, and the sign of the whole."""
    stop: frozenset[str]
    vague: frozenset[str]
    """Words that mean a value only beside the attribute's name, singular."""
    everyday: frozenset[str]
    """Common words that are also names of makers, which count as such only where written so."""
    spellings: dict[str, str]
    mendable: tuple[str, ...]
    """Words that a misspelt word may be mended to on any card."""
    breaks: frozenset[str]
    asks_after_and: frozenset[str]
    turns: frozenset[str]
    """Words after which something else than the thing asked for is named."""
    asking: frozenset[str]
    asks: frozenset[str]
    """Verbs before what is asked for."""
    opening: frozenset[str]

    def phrase_at(self, tokens: Sequence[Token], at: int) -> tuple[int, frozenset[str]]:
        """Where the longest phrase that starts here ends, and its tags; `at` itself where there is none."""
        for words, tags in self.phrases.get(tokens[at].word, ()):
            end = _matched(words, tokens, at, self.fillers)
            if end:
                return end, tags
        return at, NOTHING

    def known(self, word: str) -> bool:
        """Whether a word belongs to general English, so that it is no misspelt value."""
        return word in self.stop or word in self.phrases or word in self.numbers or word in self.money


def _matched(words: tuple[str, ...], tokens: Sequence[Token], at: int, fillers: frozenset[str]) -> int:
    """Where the phrase ends, or 0; a hyphen or a filler inside is passed over."""
    for place, word in enumerate(words):
        if at < len(tokens) and tokens[at].text == "-" and word != "-":
            at += 1
        if place and at < len(tokens) and tokens[at].word in fillers and word not in fillers:
            at += 1
        if at >= len(tokens) or tokens[at].word != word:
            return 0
        at += 1
    return at


@cache
def lexicon() -> Lexicon:
    """The lexicon, read once."""
    table = tomllib.loads(files("agent.reading").joinpath("lexicon.toml").read_text(encoding="utf-8"))
    words = table["words"]
    return Lexicon(
        phrases=_phrases(table["phrases"], table["sets"]),
        fillers=frozenset(words["fillers"].split()),
        abbreviated=frozenset(words["abbreviated"].split()),
        abbreviated_always=frozenset(words["abbreviated_always"].split()),
        numbers={w: float(n) for w, n in table["amounts"]["words"].items()},
        scales={w: float(n) for w, n in table["amounts"]["scales"].items()},
        thousand_marks=frozenset(table["amounts"]["thousand_marks"]),
        money={word: sign for sign, said in table["money"].items() for word in said},
        coins={word: sign for sign, said in table["coins"].items() for word in said},
        stop=frozenset(t.word for t in tokenise(words["stop"])),
        vague=frozenset(singular(t.word) for t in tokenise(words["vague"])),
        everyday=frozenset(words["everyday"].split()),
        spellings=dict(words["spellings"]),
        mendable=tuple(words["mendable"].split()),
        breaks=frozenset(table["talk"]["breaks"]),
        asks_after_and=frozenset(table["talk"]["asks_after_and"]),
        turns=frozenset(table["talk"]["turns"]),
        asks=frozenset(table["talk"]["asks"]),
        asking=frozenset(table["talk"]["asking"]),
        opening=frozenset(table["talk"]["opening"]),
    )


def _phrases(
    table: dict[str, list[str]], sets: dict[str, list[str]]
) -> dict[str, tuple[tuple[tuple[str, ...], frozenset[str]], ...]]:
    tags: dict[tuple[str, ...], set[str]] = {}
    for tag, said in table.items():
        for phrase in (p for text in said for p in _filled(text, sets)):
            words = tuple(t.word for t in tokenise(phrase) if t.kind != "mark" or t.text != "-")
            tags.setdefault(words, set()).add(tag)
    by_first: dict[str, list[tuple[tuple[str, ...], frozenset[str]]]] = {}
    for words, does in sorted(tags.items(), key=lambda item: -len(item[0])):
        by_first.setdefault(words[0], []).append((words, frozenset(does)))
    return {first: tuple(entries) for first, entries in by_first.items()}


def _filled(phrase: str, sets: dict[str, list[str]]) -> list[str]:
    """A phrase with each word of the set that it names in braces."""
    name = phrase.partition("{")[2].partition("}")[0]
    return [phrase.replace(f"{{{name}}}", word) for word in sets[name]] if name else [phrase]
