"""Things that a page describes for machines, in one shape whatever the syntax was.

JSON-LD, microdata and RDFa say the same in three forms; here their names lose the vocabulary's address, their
references are followed and single values and lists become the same. What a product is is left to `telling`.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from html import unescape

_DEEPEST = 12
_MOST = 20_000
"""Things and values of one page; a long list of products has a few thousand."""
_LONGEST = 40_000
_VOCABULARIES = ("http://schema.org/", "https://schema.org/", "http://www.schema.org/", "schema:")


@dataclass(frozen=True)
class Thing:
    """One described thing."""

    kinds: frozenset[str]
    """What it is in the vocabulary's words, such as `Product`."""
    members: Mapping[str, tuple["Thing | str", ...]]

    def things(self, *names: str) -> Iterator["Thing"]:
        """The things under these names."""
        return (value for name in names for value in self.members.get(name, ()) if isinstance(value, Thing))

    def texts(self, *names: str) -> Iterator[str]:
        """The values under these names as texts, those of things by what they are called."""
        values = (value for name in names for value in self.members.get(name, ()))
        return filter(None, (value if isinstance(value, str) else value.called for value in values))

    def text(self, *names: str) -> str:
        """The first of the values under these names, or nothing."""
        return next(self.texts(*names), "")

    @property
    def called(self) -> str:
        """The thing's own name, or what it is the address of."""
        values = (self.members.get(name, ()) for name in ("name", "contentUrl", "url", "value"))
        return next((value for found in values for value in found if isinstance(value, str)), "")


def things_in(values: Iterable[object]) -> tuple[Thing, ...]:
    """The things that parsed JSON-LD, microdata or RDFa describes at its top."""
    roots = list(_roots(values, 0))
    reading = _Reading({str(root["@id"]): root for root in roots if "@id" in root and len(root) > 1})
    return tuple(thing for root in roots if (thing := reading.thing(root, 0)) is not None)


def within(things: Iterable[Thing]) -> Iterator[Thing]:
    """These things and all that are described within them."""
    for thing in things:
        yield thing
        yield from within(v for values in thing.members.values() for v in values if isinstance(v, Thing))


def _roots(values: object, depth: int) -> Iterator[Mapping[str, object]]:
    if depth > _DEEPEST:
        return
    if isinstance(values, Mapping):
        graph = values.get("@graph")
        if graph is not None:
            yield from _roots(graph, depth + 1)
        if graph is None or len(values.keys() - {"@graph", "@context", "@id"}) > 0:
            yield values
    elif isinstance(values, Iterable) and not isinstance(values, str):
        for value in values:
            yield from _roots(value, depth + 1)


class _Reading:
    """Makes things of one page; knows what its references mean and how much was made."""

    def __init__(self, known: Mapping[str, Mapping[str, object]]) -> None:
        self._known = known
        self._left = _MOST

    def thing(self, raw: Mapping[str, object], depth: int) -> Thing | None:
        """The thing that an object describes, or None where it is too deep or too much."""
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            return None
        if "@id" in raw and not raw.keys() - {"@id", "@type"}:
            raw = self._known.get(str(raw["@id"]), raw)
        # Microdata keeps what a thing says apart from what it is.
        said = raw.get("properties")
        inner = said if isinstance(said, Mapping) and "type" in raw else raw
        types = raw.get("@type", raw.get("type"))
        members: dict[str, tuple[Thing | str, ...]] = {}
        for key, value in inner.items():
            name = _short(str(key))
            if not name.startswith("@") and (values := tuple(self._values(value, depth + 1))):
                members[name] = (*members.get(name, ()), *values)
        return Thing(frozenset(map(_short, _type_names(types))), members)

    def _values(self, value: object, depth: int) -> Iterator[Thing | str]:
        self._left -= 1
        if depth > _DEEPEST or self._left < 0:
            return
        if isinstance(value, str):
            text = unescape(value[:_LONGEST]).strip()
            yield from [text] if text else []
        elif isinstance(value, bool):
            yield "true" if value else "false"
        elif isinstance(value, Mapping):
            held = next((key for key in ("@value", "@list", "@set") if key in value), "")
            if held:
                yield from self._values(value[held], depth + 1)
            elif value.keys() == {"@id"} and str(value["@id"]) not in self._known:
                yield str(value["@id"])
            elif (thing := self.thing(value, depth)) is not None:
                yield thing
        elif isinstance(value, list | tuple):
            for item in value:
                yield from self._values(item, depth + 1)


def _type_names(types: object) -> Iterator[str]:
    if isinstance(types, str):
        yield from types.split()
    elif isinstance(types, list):
        yield from (str(name) for name in types)


def _short(name: str) -> str:
    for vocabulary in _VOCABULARIES:
        name = name.removeprefix(vocabulary)
    return name
