"""Rows of an XML feed: the items of RSS and the entries of Atom, with the shopping elements in them.

The feed is cut into its items before any XML is parsed, so that one that is no XML is rejected alone, memory
stays bounded, and a feed that breaks off keeps what stands before. Columns are the elements' names without
their namespaces; where two elements of an item share a name, the more special one counts.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from typing import Any

from index.importers.faults import FileFaultError, RowError
from index.importers.lines import MAX_LINE, Stream
from index.importers.rows import Nesting, Rejected, Row, flatten

_CHUNK = 1 << 16
_KEPT = 2_000
_HEAD_LIMIT = 256 * 1024
_ITEM = rb"<((?:[\w.-]{1,40}:)?(?:item|entry))(?=[\s/>])"
_UNSEEN = {b"<!--": b"-->", b"<![CDATA[": b"]]>"}
"""What hides tags, and how it ends."""
_TAG_LIMIT = 200
MOST_DEEP = 100
"""Elements within each other in an item; each that is open takes half a kilobyte."""
_ENCODING = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.-]{1,40})[\"']")
_DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
_ROOT = re.compile(r"<(?![?!])\s*(?:[\w.-]+:)?([\w.-]+)")
_ROOTS = frozenset({"rss", "feed", "rdf"})
_PLAIN_NAMESPACES = (
    "",
    "http://www.w3.org/2005/Atom",
    "http://purl.org/atom/ns#",
    "http://purl.org/rss/1.0/",
)
_XHTML = "{http://www.w3.org/1999/xhtml}"
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
_BARE_AMPERSAND = re.compile(r"&(?!(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);)")
_PREFIX = re.compile(r"</?([A-Za-z_][\w.-]{0,40}):")
_NAMED_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)[A-Za-z][A-Za-z0-9]{1,31};")


def is_feed(head: str) -> bool:
    """Whether a file that begins so is a feed: by its root element."""
    found = _ROOT.search(re.sub(r"<!--.*?-->", "", head, flags=re.DOTALL))
    return found is not None and found[1].casefold() in _ROOTS


def read_feed(stream: Stream, nesting: Nesting) -> Iterator[Row | Rejected]:
    """Each item as a row; raises FileFaultError for a feed that defines entities of its own."""
    pieces = _Pieces(stream)
    head = pieces.head()
    text = _Text(stream, head)
    namespaces = _namespaces(stream, text.of(head))
    for number, (item, fault) in enumerate(pieces.items(), start=1):
        if fault:
            yield Rejected(number, fault, "")
        else:
            yield _row(number, text.of(item), namespaces, nesting)


class _Text:
    """Bytes of a feed as text, in the encoding that it declares."""

    def __init__(self, stream: Stream, head: bytes) -> None:
        self._stream = stream
        declared = _ENCODING.search(head)
        name = declared[1].decode("ascii").casefold() if declared else "utf-8"
        # UTF-16 comes as UTF-8 here, whatever the declaration says.
        self._encoding = "utf-8" if name.startswith(("utf-16", "utf16", "utf-8", "utf8")) else name

    def of(self, text: bytes) -> str:
        if self._encoding != "utf-8":
            try:
                return text.decode(self._encoding)
            except (LookupError, UnicodeError):
                self._encoding = "utf-8"
        return self._stream.decoded(text)


class _Pieces:
    """The feed cut at its items; comments and CDATA sections are not looked into."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._chunks = stream.chunks(_CHUNK)
        self._rest = b""

    def head(self) -> bytes:
        """Everything before the first item."""
        mark = _mark(_ITEM)
        while (found := _visible(mark, self._rest)) is None:
            if len(self._rest) > _HEAD_LIMIT or not self._read():
                return self._rest
        head, self._rest = self._rest[: found.start()], self._rest[found.start() :]
        return head

    def items(self) -> Iterator[tuple[bytes, str]]:
        """Each item from its first to its last tag, or what is wrong with it."""
        first = re.match(_ITEM, self._rest)
        if first is None:
            return
        tag = re.escape(first[1])
        begin, mark = _mark(rb"<" + tag + rb"(?=[\s/>])"), _mark(rb"</?" + tag + rb"(?:\s*>|(?=[\s/>]))")
        while self._skip_to(begin):
            length = 0
            while (found := _visible(mark, self._rest, 1)) is None:
                if len(self._rest) > MAX_LINE:
                    # Too long to keep: only what could be the beginning of its end is.
                    length += len(self._rest) - _TAG_LIMIT
                    self._rest = b" " + self._rest[1 - _TAG_LIMIT :]
                if not self._read():
                    self._break_off()
                    return
            # An item whose own end is missing ends where the next one begins.
            cut = found.end() if found[0].startswith(b"</") else found.start()
            item, self._rest = self._rest[:cut], self._rest[cut:]
            length += len(item)
            limit = f"it is {length / 1e6:.1f} MB long; a row may have {MAX_LINE / 1e6:.0f} MB"
            yield (b"", limit) if length > MAX_LINE else (item, "")

    def _skip_to(self, begin: re.Pattern[bytes]) -> bool:
        while (found := _visible(begin, self._rest)) is None:
            if len(self._rest) > MAX_LINE:
                self._rest = self._rest[-_TAG_LIMIT:]
            if not self._read():
                return False
        self._rest = self._rest[found.start() :]
        return True

    def _read(self) -> bool:
        more = next(self._chunks, b"")
        self._rest += more
        return bool(more)

    def _break_off(self) -> None:
        self._stream.broken = self._stream.broken or (
            f"{self._stream.file.path.name} ends in the middle of an item: the rows before it were imported; "
            "fetch the file again for the rest."
        )


def _mark(pattern: bytes) -> re.Pattern[bytes]:
    return re.compile(b"|".join([pattern, *map(re.escape, _UNSEEN)]))


def _visible(mark: re.Pattern[bytes], text: bytes, start: int = 0) -> re.Match[bytes] | None:
    """The first match outside comments and CDATA sections; None too where one of those has no end yet."""
    while found := mark.search(text, start):
        closing = _UNSEEN.get(found[0])
        if closing is None:
            return found
        start = text.find(closing, found.end())
        if start < 0:
            return None
    return None


def _parser(target: object) -> Any:
    # Only feeds need it: 12 ms.
    from defusedxml.ElementTree import DefusedXMLParser

    return DefusedXMLParser(target=target, forbid_dtd=False, forbid_entities=True, forbid_external=True)


def _namespaces(stream: Stream, head: str) -> Mapping[str, str]:
    """The prefixes that the elements around the items declare; empty for the default one."""
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException

    target = _Prefixes()
    try:
        _parser(target).feed(_repaired(_DECLARATION.sub("", head)))
    except DefusedXmlException as error:
        raise FileFaultError(
            f"{stream.file.path} defines entities of its own, which no feed needs; it was not read."
        ) from error
    except ParseError:
        pass  # what stands around the items may be wrong; each item is judged by itself
    return target.prefixes


class _Prefixes:
    """Collects what namespaces are declared."""

    def __init__(self) -> None:
        self.prefixes: dict[str, str] = {}

    def start_ns(self, prefix: str, uri: str) -> None:
        self.prefixes.setdefault(prefix or "", uri)


def _row(number: int, item: str, namespaces: Mapping[str, str], nesting: Nesting) -> Row | Rejected:
    from xml.etree.ElementTree import ParseError

    from defusedxml.common import DefusedXmlException

    around = _around(item, namespaces)
    for text in (item, _repaired(item)):
        target = _Item()
        parser = _parser(target)
        try:
            parser.feed(f"{around}{text}</feed>")
            parser.close()
            return Row(number, flatten(target.cells(), nesting))
        except ParseError as error:
            fault = str(error).partition(":")[0]
        except DefusedXmlException:
            fault = "it defines entities"
        except RowError as error:
            return Rejected(number, str(error), item[:_KEPT])
    return Rejected(number, f"it is no XML: {fault}", item[:_KEPT])


def _around(item: str, namespaces: Mapping[str, str]) -> str:
    """A root element that declares every prefix that the item uses, as the feed's own does."""
    used = dict.fromkeys(_PREFIX.findall(item), "urn:undeclared") | dict(namespaces)
    told = (
        f'xmlns{":" * bool(prefix)}{prefix}="{escape(uri, quote=True)}"'
        for prefix, uri in used.items()
        if prefix not in ("xml", "xmlns")
    )
    return f"<feed {' '.join(told)}>"


def _repaired(item: str) -> str:
    """The item with what people's feeds most often have wrong: bare ampersands, HTML's entities, controls."""
    text = _CONTROLS.sub(" ", item)
    text = _NAMED_ENTITY.sub(lambda entity: unescape(entity[0]), text)
    return _BARE_AMPERSAND.sub("&amp;", text)


@dataclass
class _Element:
    name: str
    special: bool
    """Whether it belongs to a vocabulary of its own, such as that of products."""
    attributes: Mapping[str, str]
    text: list[str] = field(default_factory=list)
    children: "list[tuple[str, bool, object]]" = field(default_factory=list)

    def value(self) -> object:
        if self.children:
            return _grouped(self.children)
        text = "".join(self.text).strip()
        return text or self.attributes.get("href") or self.attributes.get("url") or ""


class _Item:
    """Builds the cells of one item while it is parsed."""

    def __init__(self) -> None:
        self._open = [_Element("", special=False, attributes={})]

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        if tag.startswith(_XHTML):
            return
        if len(self._open) > MOST_DEEP:
            raise RowError("it is nested too deep")
        namespace, _, name = tag.rpartition("}")
        special = namespace.removeprefix("{") not in _PLAIN_NAMESPACES
        self._open.append(_Element(name, special, attributes))

    def data(self, text: str) -> None:
        self._open[-1].text.append(text)

    def end(self, tag: str) -> None:
        if tag.startswith(_XHTML):
            self._open[-1].text.append(" ")
            return
        element = self._open.pop()
        link = element.attributes.get("rel", "alternate")
        name = element.name if link == "alternate" else f"{element.name}.{link}"
        self._open[-1].children.append((name, element.special, element.value()))

    def cells(self) -> Mapping[str, object]:
        """The item's elements; raises RowError where it has none."""
        for _, _, around in self._open[0].children:
            for value in around.values() if isinstance(around, dict) else ():
                if isinstance(value, dict):
                    return value
        raise RowError("it is an empty item")


def _grouped(children: Iterable[tuple[str, bool, object]]) -> dict[str, object]:
    """One value a name, a list where it is told more than once."""
    values: dict[str, list[object]] = {}
    special: set[str] = set()
    for name, is_special, value in children:
        if is_special and name not in special:
            special.add(name)
            values[name] = []
        if is_special or name not in special:
            values.setdefault(name, []).append(value)
    return {name: told[0] if len(told) == 1 else told for name, told in values.items()}
