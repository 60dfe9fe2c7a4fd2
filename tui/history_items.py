"""A person's past item by item, as `history show WHAT` lists it; each with what it is deleted by."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from agent.ledger import SeenProduct
from agent.session import Sessions
from finetune.retrain.asked import steered
from index.catalog import Catalog
from index.text.sanitize import plain

Listing = tuple[Sequence[str], Iterable[Sequence[str]]]
"""Titles of the columns, and the rows."""
_ALL: Final = -1


def orders(home: Path) -> Listing:
    """Imported orders, returns and searches, newest first."""
    path, rows = home / "catalog.sqlite", list[Sequence[str]]()
    if path.exists():
        with Catalog.open(path) as catalog:
            for event in catalog.events(_ALL):
                what = plain(event.text) or event.product_id
                rows.append((f"{event.at:%Y-%m-%d}", event.kind, what, event.origin.source))
    return ("day", "kind", "what", "from"), rows


def verdicts(home: Path) -> Listing:
    """What was taken or refused."""
    rows = list[Sequence[str]]()
    for sessions in _stored(home):
        for verdict in sessions.verdicts():
            seen = (each for each in sessions.evidence(verdict.session) if isinstance(each, SeenProduct))
            titles = (each.record.title for each in seen if each.record.id == verdict.product)
            what = plain(next(titles, verdict.product))
            rows.append((f"{verdict.at:%Y-%m-%d}", verdict.session, verdict.verdict, what))
    return ("day", "session", "verdict", "what"), rows


def corrections(home: Path) -> Listing:
    """What the person put right by their own hand in a session."""
    rows = list[Sequence[str]]()
    for sessions in _stored(home):
        for listed in sessions.list():
            moved = steered(listed.id, sessions)
            day = f"{listed.started:%Y-%m-%d}"
            rows += [(day, listed.id, "need", plain(bound)) for bound in moved.put_right]
            rows += [(day, listed.id, "more like", product) for product in moved.liked]
            rows += [(day, listed.id, "not this", product) for product in moved.left_out]
    return ("day", "session", "put right", "what"), rows


def questions(home: Path) -> Listing:
    """What was asked."""
    found = [
        (f"{each.started:%Y-%m-%d}", each.id, plain(each.question))
        for s in _stored(home)
        for each in s.list()
    ]
    return ("day", "session", "question"), found


def training(home: Path) -> Listing:
    """What retrainings left."""
    return ("what", "kept in"), [(folder.name, str(folder)) for folder in training_folders(home)]


def training_folders(home: Path) -> list[Path]:
    """What retrainings left: their work, and models that were made of the person's past."""
    begun = home / "retrain"
    return [*([begun] if begun.exists() else []), *sorted((home / "models").glob("retrained-*"))]


def _stored(home: Path) -> Iterable[Sessions]:
    path = home / "sessions.sqlite"
    if path.exists():
        with closing(Sessions(path)) as sessions:
            yield sessions


ITEMS: Final[Mapping[str, Callable[[Path], Listing]]] = {
    "orders": orders,
    "verdicts": verdicts,
    "corrections": corrections,
    "questions": questions,
    "training": training,
}
