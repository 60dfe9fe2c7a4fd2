"""The text of a page that a person read it for, without menus, footers and what is hidden."""

import lxml.html
from lxml import etree

from index.importers.pages.saved_html import SavedHtml, visible
from index.text.sanitize import plain_lines

_LONGEST = 1_000_000
_MOST_ELEMENTS = 25_000
"""Beyond, trafilatura takes more than two seconds, and the whole text has to do."""
_TOO_LITTLE = 200
"""Characters below which the main text was not found: a page of a product has little prose."""
_BLOCKS = frozenset(
    {
        "p",
        "div",
        "li",
        "tr",
        "br",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "section",
        "article",
        "table",
        "dt",
        "dd",
    }
    | {"ul", "ol", "dl", "header", "footer", "main", "aside", "nav", "blockquote", "pre", "figure", "form"}
)


def main_text(page: SavedHtml) -> str:
    """The page's text as inert lines; empty where it has none. The page's tree is changed."""
    tree = visible(page.tree)
    for paragraph in tree.iter("p"):
        # trafilatura leaves out links with little text, in the middle of a sentence too.
        etree.strip_tags(paragraph, "a")
    found = _main(tree) if page.elements <= _MOST_ELEMENTS else ""
    if len(found) < _TOO_LITTLE:
        whole = _whole(tree)
        found = whole if len(whole) > len(found) else found
    return plain_lines(found, _LONGEST)


def _main(tree: lxml.html.HtmlElement) -> str:
    import trafilatura  # 0.3 s, and only for pages

    try:
        text = trafilatura.extract(tree, include_comments=False, favor_recall=True, fast=True)
    except Exception:  # whatever a page brings the library to, its whole text can still be read
        return ""
    return text or ""


def _whole(tree: lxml.html.HtmlElement) -> str:
    """All that can be read, a line for each block."""
    pieces: list[str] = []
    for element in tree.iter():
        if element.tag in _BLOCKS:
            pieces.append("\n")
        elif element.tag in ("td", "th"):
            pieces.append(" ")
        pieces.append(element.text or "")
        pieces.append(element.tail or "")
    return "".join(pieces)
