"""Saved pages found by their words, each with the sentences that speak of the query."""

import math
import sqlite3
from collections import Counter

from index.cards.word_forms import stem
from index.product import Page, Record
from index.retrieval.fulltext import match_expression, words_of

SENTENCES_SHOWN = 3


class PageHit(Record):
    """One page found."""

    page: Page
    score: float
    """Higher is better; comparable within one search only."""
    sentences: tuple[int, ...]
    """Indices of the page's best sentences, in reading order."""


def find_pages(connection: sqlite3.Connection, query: str, limit: int) -> tuple[PageHit, ...]:
    """Pages with any of the query's words, best first."""
    expression = match_expression(words_of(query))
    if not expression:
        return ()
    found = connection.execute(
        "SELECT pages.record, -bm25(pages_fts, 3.0, 1.0) FROM pages_fts "
        "JOIN pages ON pages.key = pages_fts.rowid "
        "WHERE pages_fts MATCH ? ORDER BY bm25(pages_fts, 3.0, 1.0), pages_fts.rowid LIMIT ?",
        (expression, limit),
    )
    return tuple(_hit(Page.model_validate_json(record), score, query) for record, score in found)


def _hit(page: Page, score: float, query: str) -> PageHit:
    return PageHit(page=page, score=score, sentences=best_sentences(page.sentences, query, SENTENCES_SHOWN))


def best_sentences(sentences: tuple[str, ...], query: str, limit: int) -> tuple[int, ...]:
    """Indices of the sentences that hold most of the query's words, rare words counting more."""
    wanted = {stem(word) for word in words_of(query)}
    held = [wanted & {stem(word) for word in words_of(sentence)} for sentence in sentences]
    spread = Counter(word for words in held for word in words)
    weight = {word: math.log(1 + len(sentences) / count) for word, count in spread.items()}
    scores = [sum(weight[word] for word in sorted(words)) for words in held]
    best = sorted((i for i in range(len(scores)) if scores[i] > 0), key=lambda i: (-scores[i], i))[:limit]
    return tuple(sorted(best))
