"""Tells a page by its first bytes, for `index.importers.opening`."""

import re

_BEGINS = re.compile(
    r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|div|main|article|section|header|p|h1|table)\b",
    re.IGNORECASE,
)
_BLANK = re.compile(r"\s*")
_DECLARATION = re.compile(r"<\?xml[^>]{0,200}\?>")


def is_html(head: str) -> bool:
    """Whether a file begins as a page does, after a declaration and comments."""
    text = head.lstrip()
    declared = _DECLARATION.match(text)
    position = _begin(text, declared.end() if declared else 0)
    while text.startswith("<!--", position):
        end = text.find("-->", position)
        if end < 0:
            return False
        position = _begin(text, end + 3)
    return _BEGINS.match(text, position) is not None


def _begin(text: str, position: int) -> int:
    blank = _BLANK.match(text, position)
    return blank.end() if blank else position
