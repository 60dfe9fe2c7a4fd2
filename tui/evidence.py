"""What a claim rests on: the records as they stood when they were seen, and what holds of them now."""

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress

from agent.ledger import Seen, SeenPage, SeenProduct, SeenReview
from agent.report.facts import Cite, facts
from index.errors import NotFoundError
from index.search import Index
from index.text.sanitize import plain
from tui.shown import Passage

_QUOTED = re.compile(r"“([^”]+)”")
_LONGEST = 400
"""Characters of a description or a page that are shown."""


def passages(text: str, cites: Sequence[Cite], seen: Sequence[Seen], index: Index) -> Iterator[Passage]:
    """The records behind a claim's text, in its order."""
    by_tag = {each.tag: each for each in seen}
    for cite in cites:
        kept = by_tag.get(cite.tag)
        each = kept if kept and kept.record.id == cite.record_id else _of_today(cite, index)
        if each is None:
            yield Passage(cite.tag, (), source_line(cite), ((False, "It is no longer in the catalogue."),))
        else:
            yield _passage(text, cite, each, index)


def source_line(cite: Cite) -> str:
    """File, row and day of a record."""
    return plain(f"{cite.file} row {cite.row}, seen {cite.seen}, record {cite.record_id}")


def _passage(text: str, cite: Cite, seen: Seen, index: Index) -> Passage:
    says = _says(seen)
    meant = [line for value, line in says if _stands_in(value, text)]
    others = [line for _, line in says if line not in meant]
    checks = [*_quotes(text, seen), *_copied(meant, seen), _today(seen, index)]
    title = " ".join(filter(None, [f"[{cite.tag}]" if cite.tag else "", plain(_title(seen))]))
    return Passage(title, tuple(map(plain, [*meant, *others])), source_line(cite), tuple(checks))


def _of_today(cite: Cite, index: Index) -> Seen | None:
    """A record that no session has seen, as the catalogue has it; None where it has gone."""
    catalog = index.catalog
    with suppress(NotFoundError):
        match cite.kind:
            case "product":
                return SeenProduct(tag=cite.tag, record=catalog.product(cite.record_id))
            case "review":
                return SeenReview(tag=cite.tag, record=catalog.review(cite.record_id))
            case "page":
                return SeenPage(tag=cite.tag, record=catalog.page(cite.record_id))
    return None


def _title(seen: Seen) -> str:
    return seen.record.title or seen.tag


def _says(seen: Seen) -> list[tuple[str, str]]:
    """What a record says: values, each with the line in which it is shown."""
    match seen:
        case SeenProduct():
            return [(f.text, f"{f.name.replace('_', ' ')}: {f.text}") for f in facts(seen)]
        case SeenReview(record=review):
            stars = [(f"{review.rating:g} of 5", f"{review.rating:g} of 5 stars")] if review.rating else []
            return [(s, s) for s in review.sentences] + stars
        case SeenPage(record=page):
            return [(s, s) for s in page.sentences][:_LONGEST]


def _stands_in(value: str, text: str) -> bool:
    return len(value) > 1 and plain(value).casefold() in text.casefold()


def _quotes(text: str, seen: Seen) -> Iterator[tuple[bool, str]]:
    if isinstance(seen, SeenProduct):
        return
    said = plain(" ".join(seen.record.sentences))
    for quote in _QUOTED.findall(text):
        if quote.rstrip("…") in said:
            yield True, "The quotation stands in it word for word."


def _copied(meant: Sequence[str], seen: Seen) -> Iterator[tuple[bool, str]]:
    if meant and isinstance(seen, SeenProduct):
        yield True, f"Copied by code from its record: {plain('; '.join(meant[:4]))}."


def _today(seen: Seen, index: Index) -> tuple[bool, str]:
    """Whether the catalogue still says what was seen."""
    catalog, record = index.catalog, seen.record
    try:
        match seen:
            case SeenProduct():
                same = catalog.product(record.id) == record
            case SeenReview():
                same = catalog.review(record.id) == record
            case SeenPage():
                same = catalog.page(record.id) == record
    except NotFoundError:
        return False, "It is no longer in the catalogue; this is what it said when it was seen."
    if same:
        return True, "The catalogue still says so."
    return False, "Its record has changed since; this is what it said when it was seen."
