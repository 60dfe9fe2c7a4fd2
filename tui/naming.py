"""What `index attributes` prints and does: a category's card, its joined names, and names that may be one."""

import json
import sys

from agent.card_text import card_text
from index.card import CardAttribute, CategoryCard
from index.columns import attribute_name
from index.conditions import spaced
from index.errors import UnknownNameError
from index.identity.said import NameSaid
from index.search import Index
from index.text.sanitize import plain
from index.text.units import dimension
from tui.told import NOTHING_FITS, UsageError


def show_attributes(index: Index, category: str, *, as_json: bool) -> None:
    """What can be asked of a category, and which names are read as another."""
    card = index.card_for(category)
    joins = index.catalog.names_joined(card.path)
    if as_json:
        sys.stdout.write(card.model_dump_json(indent=2) + "\n")
        return
    sys.stdout.write(card_text([card]) + "\n")
    for join in joins:
        why = "you said so" if join.said else "synonyms"
        sys.stdout.write(f"joined: {plain(join.alias)} is read as {plain(join.name)} ({why})\n")


def decide(index: Index, category: str, *, join: str, split: str, undo: str) -> None:
    """Keep what was said of a name in a category, or take it back."""
    card = index.card_for(category)
    path = " > ".join(card.path)
    if undo:
        said = index.catalog.unsay_name(path, _stored(undo))
        _say(f"Taken back: what was said of {plain(said.alias)} in {plain(path)}.")
        return
    said = NameSaid(path, _stored(split), _stored(split)) if split else _joined(card, join)
    index.catalog.say_name(said)
    alias, name = plain(said.alias), plain(said.name)
    told = f"{alias} stays apart" if alias == name else f"{alias} is read as {name}"
    _say(f"In {plain(path)} {told} now; `index attributes` with `--undo {alias}` takes it back.")


def show_suggestions(index: Index, category: str, *, as_json: bool) -> int:
    """Names of a category that may be one, the likeliest first."""
    found = index.name_suggestions(category)
    for each in found:
        if as_json:
            told = {"score": round(each.score, 3), "alias": each.alias.name, "name": each.name.name}
            sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        else:
            pair = f"{plain(each.alias.name)}={plain(each.name.name)}"
            sys.stdout.write(f"{each.score:.2f}  {pair}  {_values(each.alias)} | {_values(each.name)}\n")
    _say(
        f"{len(found):,} pair{'s' * (len(found) != 1)} may be one; `--join A=B` reads A as B, "
        "`--split A` keeps it apart"
    )
    return 0 if found else NOTHING_FITS


def _joined(card: CategoryCard, join: str) -> NameSaid:
    """What `A=B` says; raises UnknownNameError, and UsageError where the two measure different things."""
    left, _, right = join.partition("=")
    alias, name = _stored(left), _stored(right)
    if not alias or not name or alias == name:
        raise UsageError(f"{join[:60]!r} names no two attributes; write --join A=B.")
    known = {attribute.name: attribute for attribute in card.attributes}
    for each in (alias, name):
        if each not in known:
            raise UnknownNameError(
                f"{' > '.join(card.path)} has no attribute {each!r}; there are: {', '.join(known) or 'none'}."
            )
    one, other = known[alias], known[name]
    if one.kind != other.kind or dimension(one.unit) != dimension(other.unit):
        raise UsageError(
            f"{alias} is {_measure(one)} and {name} is {_measure(other)}; they cannot be one attribute."
        )
    return NameSaid(" > ".join(card.path), alias, name)


def _measure(attribute: CardAttribute) -> str:
    kinds = {"flag": "yes or no", "text": "text", "number": "a number"}
    return f"{kinds[attribute.kind]}{f' in {attribute.unit}' if attribute.unit else ''}"


def _values(attribute: CardAttribute) -> str:
    if attribute.kind == "number":
        return f"{attribute.low:g}..{attribute.high:g} {attribute.unit}".rstrip()
    return ", ".join(map(plain, attribute.values[:4])) or "yes/no"


def _stored(written: str) -> str:
    return attribute_name(spaced(written))


def _say(sentence: str) -> None:
    sys.stderr.write(f"{sentence}\n")
