"""A question's words put right before they are read: misspelt words, and words written in several ways.

The right words are the card's own, those of its units, and the few of general English that limits hang on.
How far a misspelling may lie from the right word is decided in `reading_typos`.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import lru_cache

from agent.reading.lexicon import lexicon
from agent.reading.tokens import Token, atom, singular
from agent.reading.typos import mend, swapped
from agent.reading.vocabulary import Vocabulary, vocabulary
from index.card import CategoryCard
from index.text.units import spellings_of

_WORD = re.compile(r"[^\W\d_]+")
_SIDES = frozenset({"by", "x", "×", "*"})


def mended(tokens: Sequence[Token], words: Vocabulary, names: Sequence[str]) -> tuple[Token, ...]:
    """Tokens with misspelt words put right and spellings evened out; `names` are those of the category."""
    spellings = lexicon().spellings
    even = _sided([replace(t, word=spellings.get(t.word, t.word)) for t in tokens], words)
    known = _known(words.card, tuple(names))
    unknown = [t.word for t in even if t.kind == "word" and t.word not in known and atom(t) not in known]
    right = mend(unknown, sorted(known))
    right |= mend((w for w in unknown if w not in right), lexicon().mendable)
    right |= _without_ly(unknown, known)
    put_right = [replace(t, text=right[t.word], word=right[t.word]) if t.word in right else t for t in even]
    return tuple(_confused(put_right, words))


@lru_cache(maxsize=64)
def _known(card: CategoryCard, names: tuple[str, ...]) -> frozenset[str]:
    """Single words that are right beside a card."""
    words = vocabulary(card)
    said = [*names, *card.brands]
    for attribute in card.attributes:
        said += [attribute.name, *attribute.also, *attribute.low_words, *attribute.high_words]
        said += [alias for alias, _ in attribute.aliases]
    said += [s.value for senses in words.senses.values() for s in senses]
    said += [unit for a in card.attributes if a.unit for unit in spellings_of(a.unit)]
    single = {key for key in words.senses if key.isalpha()}
    whole = {w for text in said for w in _WORD.findall(text.casefold())}
    return frozenset(single | whole | {singular(w) for w in whole})


def _without_ly(unknown: Iterable[str], known: frozenset[str]) -> dict[str, str]:
    """Adverbs of what the card knows ("quietly")."""
    return {
        word: stem
        for word in unknown
        for stem in (word[:-2], word[:-1])
        if word[-2:] == "ly" and stem in known
    }


def _sided(tokens: list[Token], words: Vocabulary) -> list[Token]:
    """ "3440 by 1440" as the card writes such values, "3440x1440"."""
    if not any(re.search(r"\dx\d", v) for a in words.card.attributes for v in a.values):
        return tokens
    for at in range(1, len(tokens) - 1):
        before, side, after = tokens[at - 1 : at + 2]
        if (
            side.word in _SIDES
            and before.kind == after.kind == "number"
            and "." not in before.word + after.word
        ):
            tokens[at] = replace(side, text="x", word="x", kind="word", glued=True)
            tokens[at + 1] = replace(after, glued=True)
    return tokens


def _confused(tokens: list[Token], words: Vocabulary) -> list[Token]:
    """Right words that are others misspelt: adjectives with letters swapped, alone in a clause ("quite")."""
    adjectives = {key for key, senses in words.senses.items() if any(s.kind == "adjective" for s in senses)}
    for at, token in enumerate(tokens):
        if token.kind != "word" or len(token.word) < 4 or not lexicon().known(token.word):
            continue
        right = next((a for a in sorted(adjectives) if swapped(token.word, a)), "")
        if right and _alone(tokens, at):
            tokens[at] = replace(token, word=right)
    return tokens


def _alone(tokens: Sequence[Token], at: int) -> bool:
    """Whether a word has a clause to itself, "please" not counted."""
    rest = [t for t in tokens[at + 1 :] if t.word != "please"][:1]
    return at > 0 and tokens[at - 1].kind == "mark" and all(t.kind == "mark" for t in rest)
