"""JSON-LD as it stands in pages: comments, CDATA, trailing commas and several objects in one script.

What can be mended without guessing is mended; a script that is still no JSON is skipped and counted. Numbers
stay texts, so that a price is what the page wrote.
"""

import json
import re
from html import unescape

_LONGEST = 2_000_000
_WRAPPING = re.compile(r"(?:/[/*]\s{0,9})?(?:<!\[CDATA\[|\]\]>)(?:\s{0,9}\*/)?")
# An unclosed string or comment runs to the end, so that no character is looked at twice.
_TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*(?:"|\Z))|//[^\n]*|/\*.*?(?:\*/|\Z)|<!--.*?(?:-->|\Z)', re.DOTALL
)
_COMMA = re.compile(r'(?P<string>"(?:[^"\\]|\\.)*(?:"|\Z))|,(?=\s*[}\]])', re.DOTALL)
_WRONG_ESCAPE = re.compile(r"\\(?:u(?![0-9a-fA-F]{4})|([^\"\\/bfnrtu]))|(\\.)", re.DOTALL)
_BETWEEN = re.compile(r"[\s,;]*")


class JsonLdError(ValueError):
    """A script holds no JSON that could be read."""


def parse_json_ld(script: str) -> list[object]:
    """The JSON values of one script, in order; raises JsonLdError where none can be read."""
    if len(script) > _LONGEST:
        raise JsonLdError(f"it is longer than {_LONGEST / 1e6:.0f} MB")
    text = _WRAPPING.sub("", script.lstrip("\ufeff")).strip()
    if text.startswith("<!--") and text.find("-->") in (-1, len(text) - 3):
        text = text.removeprefix("<!--").removesuffix("-->")
    if '"' not in text and "&quot;" in text:
        text = unescape(text)
    try:
        return _values(text)
    except (ValueError, RecursionError):
        pass
    try:
        return _values(_mended(text))
    except (ValueError, RecursionError) as error:
        raise JsonLdError("it is no JSON") from error


def _values(text: str) -> list[object]:
    """One value after the other; a script often holds several objects with nothing or a comma between."""
    values: list[object] = []
    position = _skipped(text, 0)
    while position < len(text):
        value, position = _DECODER.raw_decode(text, position)
        values.append(value)
        position = _skipped(text, position)
    if not values:
        raise ValueError("nothing stands there")
    return values


def _skipped(text: str, position: int) -> int:
    found = _BETWEEN.match(text, position)
    return found.end() if found else position


def _mended(text: str) -> str:
    bare = _TOKEN.sub(lambda token: _string(token["string"]) if token["string"] else " ", text)
    return _COMMA.sub(lambda token: token["string"] or "", bare)


def _string(string: str) -> str:
    """A string without escapes that JSON does not know, such as the one before an apostrophe."""
    return _WRONG_ESCAPE.sub(lambda escape: escape[2] or escape[1] or "u", string)


_DECODER = json.JSONDecoder(strict=False, parse_float=str, parse_int=str, parse_constant=lambda _: None)
