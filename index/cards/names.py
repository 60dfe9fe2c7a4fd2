"""Which categories a question names, by comparing words alone: no model and no list of goods.

A category is called by its last path part, by what its column schema says that people call it, and by the
parts of names such as "TV & Video". What its products say of the question is left to `card_builder`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from itertools import takewhile
from typing import NamedTuple

from index.cards.word_forms import stem
from index.retrieval.fulltext import question_words

Path = tuple[str, ...]

_WORD = re.compile(r"[^\W_]+")
_SPOKEN = re.compile(r"[^\W_]+|[.!?;](?=\s)")
"""Words and the ends of sentences, which no reference crosses."""
_PARTS = re.compile(r"\s*(?:&|,|/|\band\b)\s*", re.IGNORECASE)
_TOGETHER, _NEAR, _APART, _HEAD = 1.0, 0.7, 0.45, 0.35
"""All words of a name side by side, close together, anywhere; or only its last word, its head in English."""
_AFTER_TURN = 0.4
_LONGER = 0.25
"""Added for each further word of a name: "case fan" says more than "case"."""
_ALIKE = 0.85
_ARTICLE = {"any": 0.1, "owned": -0.1}
_ARTICLE_REACH = 4
"""Words before a name that are looked at for an article."""
_TURN_REACH = 8
"""And for a turning word: "WITH at least 96 gigabytes of memory"."""
_LATER, _LATEST = 0.02, 0.2
"""Taken off for each word before the name, and at most."""
_PARENT = 0.15


class Mention(NamedTuple):
    """A place where a question names a category."""

    path: Path
    start: int
    end: int
    """Past the last word; a name whose words stand apart spans from its first to its last."""
    whole: bool
    score: float


class CategoryNames:
    """The names of all categories, by their last word."""

    def __init__(self, paths: Iterable[Path], also: Mapping[Path, Sequence[str]]) -> None:
        self.names: dict[Path, set[tuple[str, ...]]] = {}
        self._by_head: defaultdict[str, list[tuple[Path, tuple[str, ...]]]] = defaultdict(list)
        self._joined: defaultdict[str, list[tuple[Path, tuple[str, ...]]]] = defaultdict(list)
        for path in paths:
            self.names[path] = set(_variants(path[-1], also.get(path, ())))
            for name in sorted(self.names[path]):
                self._by_head[name[-1]].append((path, name))
                self._joined["".join(name)].append((path, name))

    def scores(self, question: str) -> dict[Path, float]:
        """How surely the question names each category; categories that it does not name are left out."""
        said = _SPOKEN.findall(question[:4000].casefold())
        words = [stem(word) for word in said]
        mentions = _without_covered([*self._apart(words), *self._together(words)])
        asking = [word in question_words("function") for word in said]
        mentions = [m for m in mentions if not all(asking[m.start : m.end])]
        best: dict[Path, float] = {}
        for mention in mentions:
            parents = {word for part in mention.path[:-1] for word in stems(part)}
            score = mention.score + (_PARENT if parents & set(words) else 0.0)
            best[mention.path] = max(best.get(mention.path, 0.0), score)
        return best

    def respelled(self, question: str, strange: Iterable[str]) -> str:
        """The question with strange words, such as "keybord", put as the name's words that they resemble."""
        vocabulary = {word for names in self.names.values() for name in names for word in name}
        for word in strange:
            for meant in get_close_matches(word, vocabulary, n=1, cutoff=_ALIKE):
                question = re.sub(rf"\b{word}\b", meant, question, flags=re.IGNORECASE)
        return question

    def called(self, name: str) -> list[Path]:
        """Categories of exactly this name, or of this path or the end of one, written with `>`."""
        *parents, leaf = (stems(part) for part in name.split(">"))
        return [
            path
            for path, names in self.names.items()
            if "".join(leaf) in map("".join, names)
            and len(parents) < len(path)
            and [stems(part) for part in path[len(path) - 1 - len(parents) : -1]] == parents
        ]

    def _together(self, words: list[str]) -> list[Mention]:
        """Names whose words stand side by side, written as one word or as several."""
        found = []
        for start in range(len(words)):
            for end in range(start + 1, min(start + 6, len(words)) + 1):
                for path, name in self._joined.get("".join(words[start:end]), ()):
                    score = _TOGETHER + _LONGER * (len(name) - 1)
                    found.append(Mention(path, start, end, True, _placed(score, words, start)))
        return found

    def _apart(self, words: list[str]) -> list[Mention]:
        """Names whose words stand apart in the question, or of which only the last one does."""
        places: defaultdict[str, list[int]] = defaultdict(list)
        for place, word in enumerate(words):
            places[word].append(place)
        return [
            Mention(path, at[0], at[0] + 1, False, _placed(_apart_score(name, places), words, at[0]))
            for head, at in places.items()
            for path, name in self._by_head.get(head, ())
            if len(name) > 1
        ]


class FactNames:
    """Names of attributes, as hints: what a question asks for is sold where there is such a thing."""

    def __init__(self, called: Iterable[tuple[Path, str]]) -> None:
        self._paths: defaultdict[tuple[str, ...], set[Path]] = defaultdict(set)
        for path, name in called:
            self._paths[tuple(stems(name.replace("_", " ")))].add(path)

    def scores(self, question: str) -> dict[Path, float]:
        """For each category 1 for an attribute that it alone has, a half for one that two have, at most 1."""
        words = stems(question)
        runs = {tuple(words[at : at + length]) for at in range(len(words)) for length in range(1, 5)}
        scores: defaultdict[Path, float] = defaultdict(float)
        for run in sorted(runs):
            for path in self._paths.get(run, ()):
                scores[path] = min(1.0, scores[path] + 1 / len(self._paths[run]))
        return scores


def stems(text: str) -> list[str]:
    """The words of a text in order, each without its plural ending."""
    return [stem(word) for word in _WORD.findall(text[:4000].casefold())]


def _variants(leaf: str, also: Sequence[str]) -> Iterable[tuple[str, ...]]:
    for text in (leaf, *also, *_PARTS.split(leaf)):
        words = tuple(stems(text))
        if words:
            yield words


def _apart_score(name: tuple[str, ...], places: Mapping[str, Sequence[int]]) -> float:
    """How much it says that some words of a name, its last one among them, stand in a question."""
    first = [places[word][0] for word in name if word in places]
    if len(first) < len(name):
        return _HEAD
    return _NEAR if max(first) - min(first) <= len(name) + 1 else _APART


def _placed(score: float, words: list[str], start: int) -> float:
    """The score, less for what is named late or after a turning word, more for any one of its kind."""
    before = _before(words, start)
    turns = [place for place, word in enumerate(before) if word in question_words("turning")]
    if turns and not set(before[turns[0] + 1 : turns[0] + 2]) & question_words("seeking"):
        score *= _AFTER_TURN
    near = before[:_ARTICLE_REACH]
    article = next((kind for word in near for kind in _ARTICLE if word in question_words(kind)), "")
    return score + _ARTICLE.get(article, 0.0) - min(_LATER * start, _LATEST)


def _before(words: list[str], start: int) -> list[str]:
    """The words before a place in its sentence, the nearest first."""
    nearest = words[max(start - _TURN_REACH, 0) : start][::-1]
    return list(takewhile(str.isalnum, nearest))


def _without_covered(mentions: list[Mention]) -> list[Mention]:
    """Leave out names that only stand inside a longer name: "case" in "case fan"."""
    spans = {(m.start, m.end) for m in mentions if m.whole}
    return [
        m
        for m in mentions
        if not any(
            start <= m.start and m.end <= end and end - start > m.end - m.start for start, end in spans
        )
        or (not m.whole and any(w.path == m.path and w.whole for w in mentions))
    ]
