"""What the catalogue says differently since a session was left, told when it is taken up again.

The evidence ledger holds snapshots; a resumed session compares them with today's records, says what changed,
and goes on with what is true now. Finished reports keep the snapshots that they rest on.
"""

from agent.desk import Desk
from agent.ledger import SeenProduct, record_digest
from agent.observe import attribute_text, price_text, rating_text
from index.errors import NotFoundError
from index.product import Product

SHOWN = 3
"""Changes told of one product."""


def refresh(desk: Desk) -> list[str]:
    """Bring the products on the desk up to date; one sentence for each that changed."""
    told = []
    for seen in desk.evidence.whole_products():
        try:
            now = desk.index.catalog.product(seen.record.id)
        except NotFoundError:
            desk.dismissed.add(seen.record.id)
            told.append(f"{seen.tag} {seen.record.title} is no longer in the catalogue.")
            continue
        if record_digest(seen) != record_digest(SeenProduct(tag=seen.tag, record=now)):
            desk.evidence.show_product(now, seen.opened)
            told += _sentence(seen.tag, seen.record, now)
    return told


def _sentence(tag: str, before: Product, now: Product) -> list[str]:
    facts = [
        (name, old, new)
        for name, old, new in (
            ("price", price_text(before), price_text(now)),
            ("rating", rating_text(before), rating_text(now)),
            ("title", before.title, now.title),
            *_attributes(before, now),
        )
        if old != new
    ]
    if not facts:
        return []
    changes = ", ".join(f"{name} {old} → {new}" for name, old, new in facts[:SHOWN])
    return [f"{tag} {now.title} has changed since: {changes}."]


def _attributes(before: Product, now: Product) -> list[tuple[str, str, str]]:
    old = {a.name: attribute_text(a) for a in before.attributes}
    new = {a.name: attribute_text(a) for a in now.attributes}
    return [(name, old.get(name, "unknown"), new.get(name, "unknown")) for name in {**old, **new}]
