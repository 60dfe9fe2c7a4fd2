"""A question as tokens: words, numbers and marks, and the keys under which phrases are compared.

A key joins the words of a phrase, so that "Wi-Fi 6", "wifi 6" and "WiFi6" are one; numbers stay apart from
each other. What tokens mean is left to the lexicon and the card's vocabulary.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

LONGEST = 6000
"""Characters that are read: nobody's wish is longer, and a pasted page must not stall the reading."""

GLUE = frozenset("-./:&*'‐‑–®™")
"""Marks that may stand inside a phrase when no blank is around them ("M.2-2280")."""

_PATTERN = re.compile(
    r"(?<![\w.])\.\d+|\d+(?:[.,'’](?=\d)\d+)*|[^\W\d_]+(?:['’ʼ][^\W\d_]+)*|\n|[^\w\s]|_",
)
_APOSTROPHES = str.maketrans("", "", "'’ʼ")


@dataclass(frozen=True, slots=True)
class Token:
    """One word, number or mark of a question."""

    text: str
    word: str
    """Casefolded, without apostrophes."""
    kind: Literal["word", "number", "mark"]
    glued: bool
    """Whether no blank stands before it."""


def tokenise(text: str) -> list[Token]:
    """Tokens of a text, in order; compatibility forms such as `½` or full-width digits are unfolded."""
    tokens: list[Token] = []
    plain = unicodedata.normalize("NFKC", text)
    end = -1
    for found in _PATTERN.finditer(plain):
        written = found[0]
        kind: Literal["word", "number", "mark"] = "mark"
        if written[0].isdigit() or (written[0] == "." and len(written) > 1):
            kind = "number"
        elif written[0].isalpha():
            kind = "word"
        folded = written.casefold()
        folded = folded.translate(_APOSTROPHES) if kind == "word" else folded
        tokens.append(Token(written, folded, kind, found.start() == end))
        end = found.end()
    return tokens


def cut(text: str) -> tuple[str, bool]:
    """The part of a text that is read, and whether something was left out.

    Of a long text the beginning and the end are kept: a wish stands before or after what was pasted.
    """
    if len(text) <= LONGEST:
        return text, False
    head, tail = text[: LONGEST * 2 // 3], text[-LONGEST // 3 :]
    head = head.rsplit(None, 1)[0] if " " in head else head
    tail = tail.split(None, 1)[1] if " " in tail.strip() else tail
    return f"{head}\n{tail}", True


def singular(word: str) -> str:
    """A word without its plural ending and in one spelling; the same rule serves both sides."""
    if len(word) > 5 and "our" in word:
        word = word.replace("our", "or")
    if len(word) <= 3 or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies") and len(word) > 4:
        return word[:-3] + "y"
    if word.endswith(("ches", "shes", "xes", "sses", "zes")):
        return word[:-2]
    return word[:-1]


def atom(token: Token) -> str:
    """A token as it stands in a key."""
    if token.kind == "number":
        return re.sub(r"\.0+$", "", token.word)
    return singular(token.word)


def joined(atoms: Iterable[str]) -> str:
    """The key of a phrase."""
    key = ""
    for part in atoms:
        key += f" {part}" if key and key[-1].isdigit() and part[0].isdigit() else part
    return key


def key_of(text: str) -> str:
    """The key of a phrase as a card writes it."""
    return joined(atom(t) for t in tokenise(text) if t.kind != "mark")


def keys_from(tokens: Sequence[Token], start: int, longest: int) -> list[tuple[int, str]]:
    """Every phrase that starts at a token: where it ends and its key, shortest first."""
    found: list[tuple[int, str]] = []
    atoms: list[str] = []
    at = start
    while at < len(tokens) and len(atoms) < longest:
        token = tokens[at]
        if token.kind != "mark":
            atoms.append(atom(token))
            found.append((at + 1, joined(atoms)))
        elif not atoms or not _is_glue(tokens, at):
            break
        at += 1
    return found


def _is_glue(tokens: Sequence[Token], at: int) -> bool:
    if tokens[at].text in ("+", '"', "″", "”"):
        return tokens[at].glued
    inside = at + 1 < len(tokens) and tokens[at].glued and tokens[at + 1].glued
    return inside and tokens[at].text in GLUE


def text_of(tokens: Sequence[Token]) -> str:
    """Tokens as they were written, blanks evened out."""
    return "".join(t.text if t.glued or not at else f" {t.text}" for at, t in enumerate(tokens)).strip()
