"""Whether a text is in the language of another: by script, then by small words that languages do not share.

It is meant to catch a teacher that slips into another language, and says nothing against texts too short or
too odd to tell.
"""

import re
import tomllib
import unicodedata
from collections import Counter
from functools import cache, lru_cache
from importlib.resources import files

_LEAST_LETTERS = 12
"""Fewer letters show no script."""
_LEAST_WORDS = 3
"""Fewer small words show no language."""


def same_language(text: str, like: str) -> bool:
    """Whether nothing speaks against `text` being in the language of `like`."""
    script, wanted = _script(text), _script(like)
    if script and wanted and script != wanted:
        return False
    spoken, expected = _language(text), _language(like)
    return not (spoken and expected and spoken != expected)


def _script(text: str) -> str:
    """The script of most letters; empty where there are few or none prevails."""
    scripts = Counter(_letter_script(letter) for letter in text if letter.isalpha())
    if scripts.total() < _LEAST_LETTERS:
        return ""
    script, count = scripts.most_common(1)[0]
    return script if count > scripts.total() / 2 else ""


@lru_cache(maxsize=4096)
def _letter_script(letter: str) -> str:
    """The first word of the letter's name ("LATIN", "CYRILLIC"); Japanese is written in three scripts."""
    script = unicodedata.name(letter, "?").split()[0]
    return "CJK" if script in ("HIRAGANA", "KATAKANA") else script


def _language(text: str) -> str:
    """The language whose small words clearly prevail; empty where none does."""
    words = re.findall(r"\b[^\W\d_]+\b", text.casefold())
    found = Counter({name: sum(word in known for word in words) for name, known in _small_words().items()})
    (first, most), (_, second) = found.most_common(2)
    return first if most >= _LEAST_WORDS and most >= 2 * second else ""


@cache
def _small_words() -> dict[str, frozenset[str]]:
    text = files("distill").joinpath("seats/languages.toml").read_text(encoding="utf-8")
    return {name: frozenset(words) for name, words in tomllib.loads(text).items()}
