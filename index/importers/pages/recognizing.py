"""Tells a page or note from a table by its first bytes, for `index.importers.opening`."""

import re

_HTML = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}\?>\s*)?(?:<!--.*?-->\s*)*"
    r"<(?:!doctype\s+html|html|head|body|title|meta|link|script|style|div|main|article|section|header|p|h1|table)\b",
    re.IGNORECASE | re.DOTALL,
)


def is_html(head: str) -> bool:
    """Whether a file begins as a page does, comments before it included."""
    return _HTML.match(head) is not None
