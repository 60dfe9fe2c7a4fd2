"""A saved page as a tree: its bytes bounded and decoded, its address and the day on which it was saved.

Where a page was saved in one piece it holds its pictures as text; they are dropped before it is parsed. What
is hidden from a reader is no part of its text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import lxml.html
from lxml import etree

from index.importers.faults import FileFaultError
from index.importers.lines import SourceFile
from index.importers.pages.addresses import absolute, host_of, page_address
from index.importers.pages.contents import bounded_bytes, decoded
from index.text.sanitize import TITLE_LIMIT, plain

MOST_BYTES = 64_000_000
"""Of a page as it was saved, pictures included."""
MOST_MARKUP = 8_000_000
MOST_ELEMENTS = 120_000
_PICTURE = re.compile(rb"data:[\w/+.;=-]{0,100},[A-Za-z0-9+/=%_-]{200,}")
_SAID_HERE = re.compile(rb"<meta[^>]{0,200}charset\s{0,4}=\s{0,4}[\"']?([\w-]{2,30})", re.IGNORECASE)
_SAVED_FROM = re.compile(r"\s*saved from url=\(\d{1,6}\)(\S+)")
_SINGLE_FILE = re.compile(r"\burl:\s{0,9}(\S+)")
_SAVED_ON = re.compile(r"\bsaved date:\s{0,9}\w{3} (\w{3} \d\d? \d{4} \d\d:\d\d:\d\d GMT[+-]\d{4})")
_COMMENT_LIMIT = 4_000
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0(?![.\d])", re.IGNORECASE)
_SPACES = re.compile(r"\s+")
_ESCAPE = re.compile(r"\x1b\[[0-?]{0,40}[ -/]{0,8}[@-~]")
"""Of a terminal; its first character alone would leave the rest of it in the text."""
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufffe\uffff]")
_UNREAD = ("script", "style", "template", "noscript", "svg", "iframe", "object", "head")


@dataclass(frozen=True)
class SavedHtml:
    """A page that was parsed."""

    tree: lxml.html.HtmlElement
    elements: int
    url: str
    """Its web address as far as it says one."""
    title: str
    saved: date | None
    """The day on which it says that it was saved."""


def read_html(file: SourceFile, url: str) -> SavedHtml:
    """Parse a page; raises FileFaultError where it is too large or nothing of it can be read."""
    text = _text(file)
    # What a parser would take for a declaration of the encoding stands in what is text already.
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        tree = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise FileFaultError(f"{file.path} holds nothing that could be read as a page.") from error
    elements = sum(1 for _ in tree.iter())
    if elements > MOST_ELEMENTS:
        raise FileFaultError(
            f"{file.path} has {elements:,} elements, more than the {MOST_ELEMENTS:,} that a page may have."
        )
    comments = [comment.text[:_COMMENT_LIMIT] for comment in _comments(tree) if comment.text]
    return SavedHtml(
        tree,
        elements,
        url or _address(tree, comments),
        _title(tree),
        next((day for text in comments if (day := _day(text))), None),
    )


def visible(tree: lxml.html.HtmlElement) -> lxml.html.HtmlElement:
    """The tree without what a reader does not see; the tree given is changed."""
    for element in list(tree.iter(etree.Element)):
        if element.tag in ("html", "body") or element.getparent() is None:
            continue
        hidden = element.get("hidden") is not None or "sf-hidden" in element.get("class", "")
        if hidden or element.tag in _UNREAD or _HIDDEN.search(element.get("style", "")[:2000]):
            # Taken out, its tail would be added to one text again and again.
            element.clear(keep_tail=True)
    etree.strip_tags(tree, etree.Comment, etree.ProcessingInstruction)
    for element in tree.iter():
        if element.tag != "pre":
            element.text = _spaced(element.text or "")
        element.tail = _spaced(element.tail or "")
    return tree


def _spaced(text: str) -> str:
    """The text as a browser would set it; without the controls that a tree does not take."""
    return _CONTROLS.sub("", _SPACES.sub(" ", _ESCAPE.sub("", text)))


def _text(file: SourceFile) -> str:
    raw = bounded_bytes(file, MOST_BYTES)
    if file.utf16:
        raw = raw.decode(file.utf16, "replace").encode()
    raw = _PICTURE.sub(b"data:,", raw)
    if len(raw) > MOST_MARKUP:
        raise FileFaultError(
            f"{file.path} holds {len(raw) / 1e6:.0f} MB of markup without its pictures; a page may have "
            f"{MOST_MARKUP / 1e6:.0f} MB."
        )
    said = _SAID_HERE.search(raw[:8192])
    return decoded(raw, said[1].decode("ascii") if said and not file.utf16 else "")


def _comments(tree: lxml.html.HtmlElement) -> Iterator[etree._Comment]:
    """The first comments, those before the root included."""
    before = list(tree.itersiblings(etree.Comment, preceding=True))
    yield from reversed(before[:20])
    for number, comment in enumerate(tree.iter(etree.Comment)):
        if number >= 20:
            return
        yield comment


def _address(tree: lxml.html.HtmlElement, comments: list[str]) -> str:
    """Where the page was saved from; what it calls itself counts only where that is of the same host."""
    canonical = str(tree.xpath("string((//link[@rel='canonical']/@href)[1])"))
    shared = str(tree.xpath("string((//meta[@property='og:url']/@content)[1])"))
    found = (form.search(text) for text in comments for form in _FORMS)
    saved = next(filter(None, (page_address(match[1]) for match in found if match)), "")
    own = next(filter(None, (page_address(absolute(text, saved)) for text in (canonical, shared))), "")
    return own if not saved or host_of(own) == host_of(saved) else saved


def _title(tree: lxml.html.HtmlElement) -> str:
    shared = tree.xpath("string((//meta[@property='og:title']/@content)[1])")
    own = tree.xpath("string((//title)[1])")
    heading = tree.xpath("string((//h1)[1])")
    return next(filter(None, (plain(str(text), TITLE_LIMIT) for text in (own, shared, heading))), "")


def _day(comment: str) -> date | None:
    found = _SAVED_ON.search(comment)
    if found is None:
        return None
    try:
        return datetime.strptime(found[1], "%b %d %Y %H:%M:%S GMT%z").astimezone(UTC).date()
    except ValueError:
        return None


_FORMS = (_SAVED_FROM, _SINGLE_FILE)
