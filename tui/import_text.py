"""What is typed for an import and told of it, in the same words at the command line and on the screen."""

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePosixPath

from agent import observe
from index.gathering.found import LeftOut
from index.importers.import_report import ImportReport
from index.product import Event, Page, PriceObservation, Product, Review
from tui.told import UsageError

_NAMED = 5
"""Files of one reason that are named."""


def roles_of(pairs: Iterable[str]) -> dict[str, str]:
    """Roles and their columns from `role=column`; raises UsageError."""
    roles = {}
    for pair in pairs:
        role, equals, column = pair.partition("=")
        if not (role.strip() and equals and column.strip()):
            raise UsageError(f"--map takes role=column, such as price=amount, not {pair!r}.")
        roles[role.strip()] = column.strip()
    return roles


def report_line(report: ImportReport) -> str:
    """What was read, as what, and what became of its rows."""
    counts = {
        "rows read": report.read,
        "new": report.new,
        "changed": report.changed,
        "as before": report.same,
        "repeated": report.repeated,
        "skipped": report.skipped,
        "rejected": report.rejected,
    }
    held = report.records if report.kind == "pages" else {}
    what = counted(dict(held)) if held.keys() - {"pages"} else report.kind
    return f"{report.source}: {what} from {report.recognized_as}; {counted(counts) or 'nothing new'}"


def counted(counts: dict[str, int]) -> str:
    """Counts that are not 0, with what they count."""
    return ", ".join(_counted(name, count) for name, count in counts.items() if count)


def left_out_lines(left_out: Sequence[LeftOut]) -> Iterator[str]:
    """What is not imported, a reason a line; of many things of one reason the first are named."""
    by_reason: dict[str, list[str]] = defaultdict(list)
    for each in left_out:
        reason = each.reason.replace(each.name, "it").replace(PurePosixPath(each.name).name, "it")
        by_reason[reason].append(each.name)
    for reason, names in by_reason.items():
        more = f" and {len(names) - _NAMED:,} more" if len(names) > _NAMED else ""
        said = reason[:1].upper() + reason[1:]
        yield f"{', '.join(names[:_NAMED])}{more}: {said}"


def _counted(name: str, count: int) -> str:
    return f"{count:,} {name.removesuffix('s') if count == 1 else name}"


def examples(report: ImportReport) -> Iterator[str]:
    """The first records of a dry run, a line each."""
    for text in report.examples:
        match report.kind:
            case "products":
                yield _product_line(Product.model_validate_json(text))
            case "reviews":
                yield _review_line(Review.model_validate_json(text))
            case "prices":
                seen = PriceObservation.model_validate_json(text)
                yield f"{seen.product_id}: {seen.price.amount:.2f} {seen.price.currency}, {seen.price.seen}"
            case "events":
                event = Event.model_validate_json(text)
                yield f"{event.at.date()} {event.kind}: {event.text}"
            case "pages":
                yield _of_page(text)
            case _:
                yield observe.shorten(text, 200)


def _of_page(text: str) -> str:
    """What a saved page gave: a product, a review of one, or its text."""
    told = json.loads(text)
    if "product_id" in told:
        return _review_line(Review.model_validate(told))
    if "sentences" not in told:
        return _product_line(Product.model_validate(told))
    page = Page.model_validate(told)
    return observe.shorten(f"{page.title}: {' '.join(page.sentences[:3])}", 200)


def _review_line(review: Review) -> str:
    stars = "unrated" if review.rating is None else f"{review.rating:g} of 5"
    said = observe.shorten(" ".join((review.title, *review.sentences)).strip(), 120)
    return f"{review.product_id}, {stars}: {said}"


def _product_line(product: Product) -> str:
    facts = (f"{a.name} {observe.attribute_text(a)}" for a in product.attributes)
    parts = (product.title, product.brand, observe.price_text(product), " > ".join(product.category), *facts)
    return " | ".join(part for part in parts if part)
