"""Splits prose into sentences, so that a review or page can be quoted sentence by sentence.

Rules only: a full stop ends a sentence where a new one could begin, not after an abbreviation, an initial
or inside a number. Finding what a sentence is about is left to search.
"""

import re

MAX_SENTENCES = 200
MAX_LENGTH = 600

_END = re.compile(r"[.!?…]+[\"'”’)\]]*(?=\s)|[。！？]+[」』”]?|\n")
_ABBREVIATIONS = re.compile(
    r"approx|apr|aug|ave|ca|cf|co|corp|dec|dept|dr|e\.g|eg|est|etc|feb|fig|ft|i\.e|ie|inc|incl|jan|jr|lbs?|ltd|max|"
    r"min|mrs?|ms|no|nov|oct|oz|pp?|prof|resp|sept?|sq|sr|st|tel|vol|vs|bzw|ggf|inkl|usw|z\.b"
)
_STARTS = re.compile(r"\s*[\"'“‘(\[¿¡]*(?:[^\W_]|[-•*#&@$€£+])")


def split_sentences(text: str) -> tuple[str, ...]:
    """The sentences of inert text in order, each at most MAX_LENGTH characters, at most MAX_SENTENCES."""
    sentences: list[str] = []
    start = 0
    for end in _END.finditer(text):
        if end[0] != "\n" and not _ends(text, start, end):
            continue
        sentences.append(text[start : end.end()])
        start = end.end()
    sentences.append(text[start:])
    folded = (" ".join(sentence.split()) for sentence in sentences)
    pieces = (piece for sentence in folded for piece in _bounded(sentence))
    return tuple(piece for piece in pieces if any(c.isalnum() for c in piece))[:MAX_SENTENCES]


def _ends(text: str, start: int, end: re.Match[str]) -> bool:
    if end[0][0] in "。！？":
        return True
    following = text[end.end() :].lstrip()[:1]
    if not following or not _STARTS.match(following):
        return True
    if not end[0].startswith("."):
        return not following.islower() or end[0][0] in "!?"
    word = text[start : end.start()].rsplit(maxsplit=1)[-1:] or [""]
    before = word[0].lstrip("(\"'“‘[").casefold()
    abbreviated = _ABBREVIATIONS.fullmatch(before) or (
        len(before) == 1 and before.isalpha() and before != "i"
    )
    return not abbreviated and (not following.islower() or end[0] not in (".",) or len(before) > 3)


def _bounded(sentence: str) -> list[str]:
    """A sentence without a full stop for pages is cut at blanks."""
    pieces = []
    while len(sentence) > MAX_LENGTH:
        cut = sentence.rfind(" ", MAX_LENGTH // 2, MAX_LENGTH)
        cut = cut if cut > 0 else MAX_LENGTH
        pieces.append(sentence[:cut].rstrip())
        sentence = sentence[cut:].lstrip()
    return [*pieces, sentence]
