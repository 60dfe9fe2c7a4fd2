"""Makes text from outside inert: no terminal escapes, no invisible controls, no markup, bounded length.

It runs once, at import, on every string that becomes part of a record. What only looks dangerous to a
model (`<|im_start|>`, `{{P1.price}}`, "ignore your instructions") stays as the plain text it is: the
tokenizer and the report treat record text as data. Formulas are defused where a spreadsheet is written.
"""

import re
import tomllib
import unicodedata
from functools import cache
from html import unescape
from pathlib import Path

TITLE_LIMIT = 400
LINE_LIMIT = 2_000
TEXT_LIMIT = 20_000

_INERT = re.compile(r"[!-%'-;=?-~]+(?: [!-%'-;=?-~]+)*")
"""Printable ASCII without "&", "<" or ">" and with single blanks: nothing below could change it."""

_ESCAPES = re.compile(
    r"(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]"  # CSI: colours, cursor movement
    r"|(?:\x1b[\]PX^_]|[\x9d\x90\x98\x9e\x9f])[^\x07\x1b\x9c]{0,4096}(?:\x07|\x1b\\|\x9c)"  # OSC, DCS, APC
    r"|\x1b[ -/]*[0-~]"
)
_VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
"""Format characters that are drawn (Arabic number signs); all others are invisible."""
_JOINERS = re.compile(r"(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
"""Zero-width joiners beside ASCII; between other letters and in emoji they carry meaning."""

_TAG = re.compile(
    r"<\s{0,4}(/?)\s{0,4}([A-Za-z][A-Za-z0-9]{0,12})"
    r"((?:[\s/]+[^\s\"'<>/=]+(?:\s{0,4}=\s{0,4}(?:\"[^\"]*\"|'[^']*'|[^\s\"'<>]+))?)*)[\s/]*>"
)
_DECLARATION = re.compile(r"<[!?][A-Za-z\[][^<>]{0,400}>")
_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SPACES = re.compile(r"[^\S\n]+")
_NEWLINES = re.compile(r" ?\n[ \n]*")


def plain(text: str, limit: int = LINE_LIMIT) -> str:
    """One line of inert text, at most `limit` characters."""
    if len(text) <= limit and _INERT.fullmatch(text):
        return text
    return plain_lines(text, limit).replace("\n", " ")


def plain_lines(text: str, limit: int = TEXT_LIMIT) -> str:
    """Inert text that keeps line breaks, those of block markup included."""
    if not text:
        return text
    # Markup and entities only shrink, so four times the limit leaves enough and bounds the work.
    text = text[: 4 * limit]
    if "<" in text or "&" in text:
        text = _without_markup(text)
    text = unicodedata.normalize("NFC", _without_controls(text))
    text = _NEWLINES.sub("\n", _SPACES.sub(" ", text)).strip()
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def plain_url(text: str) -> str:
    """A web address as inert text; empty for other schemes, so no `javascript:` link is ever stored."""
    url = _without_controls(text).strip()
    acceptable = len(url) <= LINE_LIMIT and re.match(r"https?://[^\s<>\"'`\\]+$", url, re.IGNORECASE)
    return url if acceptable else ""


def without_controls(text: str) -> str:
    """Text of a record that was made elsewhere: what was made inert there stays exactly as it is."""
    return text if _INERT.fullmatch(text) else text.translate(_CONTROLS)


def _without_markup(text: str) -> str:
    # Feeds escape HTML twice, and removing a tag can join the halves of another: repeat until stable.
    for _ in range(6):
        before = text
        # A control inside a tag hides it here and would let it out later: `<scr\\x00ipt>`.
        text = _without_bodies(_without_controls(text), "<!--", "-->")
        for name in ("script", "style"):
            text = _without_bodies(text, f"<{name}", f"</{name}")
        text = _DECLARATION.sub(" ", _TAG.sub(_tag_text, text))
        text = _ENTITY.sub(lambda entity: unescape(entity[0]), text)
        if text == before:
            break
    return text


def _tag_text(tag: re.Match[str]) -> str:
    """What stands in place of a tag: a line break for blocks, nothing for inline, itself if not HTML."""
    name, attributes = tag[2].lower(), tag[3]
    block, inline = _tags()
    if name in block:
        return "\n"
    if name not in inline:
        return tag[0]
    # "a <b and c> d" is arithmetic: one-letter tags carry attributes with values or none.
    return tag[0] if len(name) == 1 and attributes.strip() and "=" not in attributes else ""


@cache
def _tags() -> tuple[frozenset[str], frozenset[str]]:
    names = tomllib.loads(Path(__file__).with_name("html_tags.toml").read_text(encoding="utf-8"))
    return frozenset(names["block"]), frozenset(names["inline"])


def _without_bodies(text: str, start: str, end: str) -> str:
    """Drop everything from `start` to `end`; what is never closed stays."""
    lower = text.lower()
    # Lower-casing can change the length ("İ"), and then positions in one are not positions in the other.
    lower = lower if len(lower) == len(text) else text
    kept, position = [], 0
    while (opened := lower.find(start, position)) >= 0 and (closed := lower.find(end, opened)) >= 0:
        kept.append(text[position:opened])
        beyond = text.find(">", closed)
        position = len(text) if beyond < 0 else beyond + 1
    return " ".join([*kept, text[position:]])


def _without_controls(text: str) -> str:
    text = _ESCAPES.sub("", text).translate(_CONTROLS)
    return _JOINERS.sub("", text) if "\u200c" in text or "\u200d" in text else text


class _Controls(dict[int, str | None]):
    """What `str.translate` does with each character; decided once per character that is met."""

    def __missing__(self, code: int) -> str | None:
        self[code] = _translated(chr(code))
        return self[code]


def _translated(character: str) -> str | None:
    if character in "\r\n\v\f\x1c\x1d\x1e\x85\u2028\u2029":
        return "\n"
    if character == "\t":
        return " "
    category = unicodedata.category(character)
    if category == "Cf":
        return character if character in _VISIBLE_FORMAT or character in "\u200c\u200d" else None
    selector = 0xE0100 <= ord(character) <= 0xE01EF
    noncharacter = ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
    return None if category in ("Cc", "Cs") or selector or noncharacter else character


_CONTROLS = _Controls()
