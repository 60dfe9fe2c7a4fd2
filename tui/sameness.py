"""What `index same` prints and does: things of which several records tell, and pairs that may be one."""

import json
import sys
from pathlib import Path
from typing import NamedTuple

from agent import observe
from index.catalog import Catalog
from index.identity.alike import Suggestion, Told
from index.identity.merging import Difference
from index.product import Product
from index.text.sanitize import plain
from tui.told import NOTHING_FITS


class Deed(NamedTuple):
    """What the person says of products; one of the three."""

    accept: tuple[str, str] | None
    refuse: tuple[str, str] | None
    undo: str


def decide(home: Path, deed: Deed) -> None:
    """Keep what was said, or take it back, and say what follows."""
    with _catalog(home) as catalog:
        if pair := deed.accept or deed.refuse:
            catalog.say_same(*pair, same=pair is deed.accept)
            one, other = map(plain, pair)
            _say(
                f"{one} and {other} are {'one thing' if pair is deed.accept else 'two things'} now; "
                f"`index same --undo {one}` takes it back."
            )
            return
        for said in catalog.unsay_same(deed.undo):
            word = "one" if said.same else "two"
            _say(f"Taken back: that {plain(said.one)} and {plain(said.other)} are {word}.")


def show_same(home: Path, product_id: str, *, as_json: bool) -> int:
    """The records of each thing with their offers, and what differs; and what the person said."""
    with _catalog(home) as catalog:
        things = catalog.same_things()
        if product_id:
            catalog.product(product_id)  # a sentence for one that is not there
            things = [ids for ids in things if product_id in ids]
        for ids in things:
            records, differing = catalog.told_products(ids), catalog.differences(ids[0])
            sys.stdout.write(_thing_json(records, differing) if as_json else _thing_text(records, differing))
        if not as_json:
            for said in catalog.pairs_said():
                word = "one thing" if said.same else "two things"
                _say(f"you said: {plain(said.one)} and {plain(said.other)} are {word}")
    _say(f"{len(things):,} thing{'s' * (len(things) != 1)} of which several records tell")
    return 0 if things else NOTHING_FITS


def show_suggestions(home: Path, product_id: str, limit: int, *, as_json: bool) -> int:
    """Pairs that may be one thing, the likeliest first."""
    with _catalog(home) as catalog:
        if product_id:
            catalog.product(product_id)
        found = catalog.same_suggestions(limit, of=product_id)
    for pair in found:
        sys.stdout.write(_pair_json(pair) if as_json else _pair_text(pair))
    _say(
        f"{len(found):,} pair{'s' * (len(found) != 1)} may be one; "
        "`index same --accept A B` joins two, `--refuse A B` keeps them apart"
    )
    return 0 if found else NOTHING_FITS


def differing_text(differing: tuple[Difference, ...]) -> str:
    """What the records of one thing say differently, with their sources."""
    return plain(observe.differences_text(differing))


def _thing_text(records: list[Product], differing: tuple[Difference, ...]) -> str:
    lines = [plain(records[0].title)]
    for record in records:
        told = f"{observe.price_text(record)}, seen {record.origin.seen}"
        lines.append(f"  {plain(record.id)}  {told}  {plain(record.title)}")
    lines += [f"  {differing_text(differing)}"] if differing else []
    return "\n".join(lines) + "\n"


def _thing_json(records: list[Product], differing: tuple[Difference, ...]) -> str:
    different = {
        each.name: [{"source": source, "raw": said.raw} for source, said in each.said] for each in differing
    }
    told = {"records": [record.id for record in records], "differences": different}
    return json.dumps(told, ensure_ascii=False) + "\n"


def _pair_text(pair: Suggestion) -> str:
    return f"{pair.score:.2f}  {_told_text(pair.one)}\n      {_told_text(pair.other)}\n"


def _told_text(told: Told) -> str:
    price = f"  {told.price[0]:.2f} {told.price[1]}" if told.price else ""
    return f"{plain(told.id)}  {plain(told.title)}{price}"


def _pair_json(pair: Suggestion) -> str:
    told = {"score": round(pair.score, 3), "one": pair.one.id, "other": pair.other.id}
    return json.dumps(told, ensure_ascii=False) + "\n"


def _catalog(home: Path) -> Catalog:
    return Catalog.open(home / "catalog.sqlite")


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
