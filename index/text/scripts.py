"""Scripts that set no blanks between words: their runs are searched as overlapping pairs of characters.

A pair is the shortest word that Chinese, Japanese and Korean goods are called by, and trigrams, SQLite's own
answer, do not find it. Where words are set apart but joined with others and with particles, as in Korean,
pairs find their parts too.
"""

import re

_RUN = re.compile(r"[\u3005-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff]+")


def in_pairs(text: str) -> str:
    """The text with each such run as its pairs: 무선헤드폰 as 무선 선헤 헤드 드폰."""
    return text if text.isascii() else _RUN.sub(_pairs, text)


def _pairs(run: re.Match[str]) -> str:
    characters = run[0]
    pairs = [characters[at : at + 2] for at in range(len(characters) - 1)] or [characters]
    return f" {' '.join(pairs)} "
