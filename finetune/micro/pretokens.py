"""The `qwen2` pre-tokenizer with digits one by one, in the standard library's regular expressions.

Python's `re` knows no Unicode properties, so letters, numbers and white space are written out as character
classes from `unicodedata`. Characters that Unicode added after this Python was made count as unassigned.
"""

import re
import sys
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from functools import cache

PATTERN = (
    r"'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
"""The pattern for Hugging Face's `tokenizers`, as llama.cpp's `qwen2` has it.

Qwen's own file writes `(?i:'s|'t|...)`, which folds cases and so takes a long s for an s.
"""

# Unicode's White_Space; Python's `\s` also takes the separators U+001C to U+001F.
_SPACE = "\t-\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000"
_CONTRACTIONS = r"'(?:[sStTmMdD]|[rR][eE]|[vV][eE]|[lL][lL])"
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")


def splitter(text: str) -> Callable[[str], list[str]]:
    """What cuts this text into pre-tokens, which joined are the text again."""
    return _compiled(bool(_ASTRAL.search(text))).findall


@cache
def _compiled(astral: bool) -> re.Pattern[str]:
    """Without characters past U+FFFF `re` needs one look-up a character, and hundreds with them."""
    last = sys.maxunicode if astral else 0xFFFF
    categories = [unicodedata.category(chr(code))[0] for code in range(last + 1)]
    letter = _class(code for code, category in enumerate(categories) if category == "L")
    number = _class(code for code, category in enumerate(categories) if category == "N")
    return re.compile(
        rf"{_CONTRACTIONS}|[^\r\n{letter}{number}]?[{letter}]+|[{number}]"
        rf"| ?[^{_SPACE}{letter}{number}]+[\r\n]*|[{_SPACE}]*[\r\n]+"
        rf"|[{_SPACE}]+(?![^{_SPACE}])|[{_SPACE}]+"
    )


def _class(codes: Iterable[int]) -> str:
    """The inside of a character class."""
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in _ranges(codes))


def _ranges(codes: Iterable[int]) -> Iterator[tuple[int, int]]:
    first = last = -1
    for code in codes:
        if code != last + 1 or first < 0:
            if first >= 0:
                yield first, last
            first = code
        last = code
    if first >= 0:
        yield first, last
