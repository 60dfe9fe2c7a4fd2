"""From words to needs: values and brands of the card, alternatives taken together, negations heeded."""

from collections.abc import Collection, Sequence
from math import log2

from agent.plan import PlanOp
from agent.reading.drafts import Draft, Drafts
from agent.reading.lexicon import lexicon
from agent.reading.ranks import ranked
from agent.reading.scope import Scopes, denied, denied_after
from agent.reading.spots import Passage, Spot
from agent.reading.tokens import key_of
from agent.reading.vocabulary import Sense, Vocabulary
from index.conditions import spaced

_MOST_JOINED = 8
_YES_NO = frozenset({"yes", "no", "true", "false", "none"})
_HALVES = frozenset({"semi", "half", "non", "not", "un", "quasi", "partly"})
_TURNS = frozenset({"not", "soft", "hard", "free_before", "with", "wish", "praise"})
"""What ends a list of alternatives."""


def silenced(passage: Passage, scope: Scopes, drafts: Drafts) -> frozenset[int]:
    """Spots that make no need because they are told or indifferent; entered as used."""
    silent = scope.told | scope.free
    drafts.used.update(at for at in silent if passage.spots[at].senses or passage.spots[at].tags)
    return silent


def read_values(passage: Passage, silent: frozenset[int], drafts: Drafts) -> None:
    """Values and brands, alternatives taken together."""
    spots = passage.spots
    for at in range(len(spots)):
        if at in silent or at in drafts.used or (spots[at].category and not _tells(passage, at)):
            continue
        sense = _meant(passage, at, drafts)
        if sense is None:
            continue
        chain, either = _alternatives(passage, at, sense, silent)
        attribute = passage.words.attribute(sense.attribute)
        allowed, said = ranked(spots, chain, _values_at(passage, chain, sense), attribute)
        if allowed:
            drafts.needs.append(Draft(at, sense.attribute, "=", "|".join(allowed)[:120]))
            drafts.used.update((*chain, *said))
            continue
        no = denied(spots, at) or denied_after(spots, chain[-1])
        groups = [chain] if either or no or sense.kind == "brand" else [[k] for k in chain]
        for group in groups:
            drafts.needs.append(_value_need(passage, group, sense, no))
            drafts.needs += _made_by(passage, group, sense) if no else _not_half(passage, group, sense)
        drafts.used.update(chain)
        drafts.used.update(_supporting(spots, chain, sense.attribute))


def _tells(passage: Passage, at: int) -> bool:
    """Whether a word for the category is also one value of several ("SSD"), and no other is named."""
    here = [s.attribute for s in passage.spots[at].senses if s.kind == "value" and s.full]
    elsewhere = (s for k, spot in enumerate(passage.spots) if k != at for s in spot.senses)
    named = {s.attribute for s in elsewhere if s.kind == "value" and s.full}
    return any(name not in named for name in here)


def _made_by(passage: Passage, group: Sequence[int], sense: Sense) -> list[Draft]:
    """Who refuses a maker of parts refuses what that maker sells under its own name too."""
    if sense.kind == "brand":
        return []
    spots = passage.spots
    brands = [s.value for k in group for s in spots[k].senses if s.kind == "brand" and s.full]
    return [Draft(group[0], "brand", "!=", "|".join(brands)[:120])] if brands else []


def _not_half(passage: Passage, group: Sequence[int], sense: Sense) -> list[Draft]:
    """Who asks for "open" does not ask for the "semi-open" that the words of a value hold as well."""
    attribute = passage.words.attribute(sense.attribute)
    asked = {spaced(value) for value in _values_at(passage, group, sense)}
    held = [spaced(value) for value in attribute.values] if attribute and attribute.kind == "text" else []
    less = [v for v in held if v.partition(" ")[0] in _HALVES and v.partition(" ")[2] in asked]
    less = [v for v in [*less, *_further_models(held, asked)] if v not in asked]
    return [Draft(group[0], sense.attribute, "!=", "|".join(less)[:120])] if less else []


def _value_need(passage: Passage, group: Sequence[int], sense: Sense, no: bool) -> Draft:
    """One need for one value or for alternatives."""
    attribute = passage.words.attribute(sense.attribute)
    values = _values_at(passage, group, sense)
    if attribute is not None and attribute.kind == "flag" and values[0].casefold() in _YES_NO:
        yes = (values[0].casefold() not in ("no", "false", "none")) != no
        return Draft(group[0], sense.attribute, "=", "yes" if yes else "no")
    op: PlanOp = "!=" if no else "="
    if attribute is not None and values[0].casefold() in _YES_NO and attribute.kind != "flag":
        there = values[0].casefold() in ("yes", "true")
        return Draft(group[0], sense.attribute, "has" if there != no else "lacks")
    if attribute is not None and attribute.kind == "number":
        values = values[:1]
    return Draft(group[0], sense.attribute, op, "|".join(dict.fromkeys(values))[:120])


def _further_models(held: Sequence[str], asked: Collection[str]) -> list[str]:
    """Models whose name goes on after the one asked for: "4070 ti" where "4070" is one by itself."""
    further = []
    for value in (
        v for v in asked if " " in v and v.rpartition(" ")[2].isdigit() and len(v.rpartition(" ")[2]) > 2
    ):
        if any(h == value or h.endswith(f" {value}") for h in held):
            ends = (f" {h} ".partition(f" {value} ")[2].split() for h in held)
            further += [f"{value} {end[0]}" for end in ends if end and end[0].isalpha() and len(end[0]) > 1]
    return list(dict.fromkeys(further))


def _values_at(passage: Passage, group: Sequence[int], sense: Sense) -> list[str]:
    """What the spots of a group say of one attribute."""
    found = (_sense_of(passage.spots[k], sense.attribute, sense.kind) for k in group)
    return [part.strip() for s in found if s is not None for part in s.value.split("|")]


def _sense_of(spot: Spot, attribute: str, kind: str) -> Sense | None:
    return next((s for s in spot.senses if s.attribute == attribute and s.kind == kind), None)


def _meant(passage: Passage, at: int, drafts: Drafts) -> Sense | None:
    """The value or brand that a spot means, by names beside it, then by how whole and common it is."""
    spots, words = passage.spots, passage.words
    senses = [s for s in spots[at].senses if s.kind in ("value", "brand")]
    if any(s.kind == "brand" for s in senses) and _is_plain_english(passage, at):
        senses = [s for s in senses if s.kind != "brand"]
    if any(s.kind == "value" and s.full for s in senses) and not _before_is(spots, at, "brand_name"):
        senses = [s for s in senses if s.kind != "brand"]
    if spots[at].category:
        senses = [s for s in senses if s.kind == "value" and s.full]
    adjective = any(s.kind == "adjective" for s in spots[at].senses)
    named = any(s.kind == "name" for s in spots[at].senses)
    if not senses or ((adjective or named) and not any(s.full for s in senses)):
        return None
    beside = named_beside(spots, at) or _bound_before(spots, at, drafts)
    return max(senses, key=lambda s: weight(s, beside, words))


def _bound_before(spots: Sequence[Spot], at: int, drafts: Drafts) -> dict[str, float]:
    """What the same word meant where it was said before ("brown switches, any brand of brown")."""
    key = key_of(spots[at].text)
    same = {k for k in range(at) if spots[k].senses and key_of(spots[k].text) == key}
    return {d.on: 3.0 for d in drafts.needs if d.at in same}


def weight(sense: Sense, beside: dict[str, float], words: Vocabulary) -> float:
    attribute = words.attribute(sense.attribute)
    coverage = attribute.coverage if attribute else 0.9
    # Of attributes that share a value, the one with more values is the thing's own and not that of a part.
    rich = 0.15 * log2(1 + len(attribute.values)) if attribute else 0.0
    return beside.get(sense.attribute, 0.0) + sense.full + 0.8 * coverage + rich - 0.01 * sense.rank


def named_beside(spots: Sequence[Spot], at: int) -> dict[str, float]:
    """Attributes named right after a spot ("red switches") or right before it ("in colour red")."""
    beside: dict[str, float] = {}
    for step, weight in ((1, 3.0), (-1, 2.0)):
        k, left = at + step, 2
        while 0 <= k < len(spots) and left and (not spots[k].pause or spots[k].text == ":" or spots[k].link):
            if step == 1 and spots[k].link and k + 1 < len(spots) and _alike(spots[k + 1], spots[at]):
                k += 2
                continue
            valued = spots[k].has("value") and not spots[k].has("name")
            if spots[k].link or spots[k].amount or "with" in spots[k].tags or valued:
                break
            for sense in spots[k].senses:
                if sense.kind in ("name", "part"):
                    share = weight if sense.kind == "name" else weight / 2
                    beside[sense.attribute] = max(beside.get(sense.attribute, 0.0), share)
            left -= not spots[k].stop
            k += step
    return beside


def _alike(one: Spot, other: Spot) -> bool:
    """Whether two spots can be values of one attribute ("brown or red switches")."""
    shared = {s.attribute for s in one.senses if s.kind == "value"}
    return any(s.attribute in shared for s in other.senses if s.kind == "value")


def _is_plain_english(passage: Passage, at: int) -> bool:
    """Whether a brand made of everyday words is written as such a word ("it must be quiet")."""
    spot = passage.spots[at]
    previous = passage.spots[at - 1].text.casefold() if at else ""
    shouted = any(s.value.endswith("!") for s in spot.senses) and passage.tokens[spot.last : spot.last + 1]
    if _before_is(passage.spots, at, "brand_name") or (shouted and shouted[0].text == "!"):
        return False
    if _is_common(spot) and spot.text not in {s.value for s in spot.senses if s.kind == "brand"}:
        return not _leads_category(passage.spots, at)
    if any(c.isupper() for c in spot.text):
        return False
    words = lexicon()
    parts = spot.text.split()
    adjectives = any(s.kind == "adjective" for p in parts for s in passage.words.senses.get(p, ()))
    everyday = any(words.known(p) for p in parts)
    return adjectives or everyday or previous in ("is", "its", "be", "so", "very", "are", "to")


def _is_common(spot: Spot) -> bool:
    """Whether a brand's name is a word of general English ("HIS"), which counts only as the brand writes it.

    Of several words it counts too where each is written as a name ("Be Quiet").
    """
    words, parts = lexicon(), spot.text.split()
    as_names = len(parts) > 1 and all(part[:1].isupper() for part in parts)
    return not as_names and all(words.known(p) or p in words.everyday for p in spot.text.casefold().split())


def _leads_category(spots: Sequence[Spot], at: int) -> bool:
    """Whether a word that says something of its own stands right before the category ("a galaxy phone")."""
    after = spots[at + 1] if at + 1 < len(spots) else None
    return after is not None and after.category and spots[at].text.casefold() not in lexicon().stop


def _before_is(spots: Sequence[Spot], at: int, tag: str) -> bool:
    return bool(at) and tag in spots[at - 1].tags


def _alternatives(passage: Passage, at: int, sense: Sense, silent: frozenset[int]) -> tuple[list[int], bool]:
    """Places of further values of the same attribute joined to this one, and whether "or" joins them."""
    spots = passage.spots
    chain, either, k = [at], False, at + 1
    pending, loose = "", 1
    while k < len(spots) and len(chain) < _MOST_JOINED:
        spot = spots[k]
        same = _sense_of(spot, sense.attribute, sense.kind)
        if same is not None and pending and k not in silent:
            chain.append(k)
            if pending == "or":
                either, loose = True, len(chain)
            pending = ""
        elif spot.link and "turn" not in spot.tags:
            pending = spot.link if "or" not in (pending, spot.link) else "or"
            loose = len(chain) if spot.link == "and" and loose == len(chain) else loose
        elif spot.pause or spot.tags & _TURNS or not (spot.stop or _names(spot, sense.attribute)):
            break
        k += 1
    return (chain if sense.kind == "brand" else chain[:loose]), either


def _names(spot: Spot, attribute: str) -> bool:
    return any(s.kind in ("name", "part") and s.attribute == attribute for s in spot.senses)


def _supporting(spots: Sequence[Spot], chain: Sequence[int], attribute: str) -> set[int]:
    """Names of the attribute beside its values: they have done their work."""
    near = {k for c in chain for k in range(c - 3, c + 3) if 0 <= k < len(spots)}
    return {k for k in near if _names(spots[k], attribute) and not spots[k].has("value")}


def read_unlisted_brands(passage: Passage, silent: frozenset[int], drafts: Drafts) -> None:
    """ "from Lenovo": a capitalised name after a word of making, which the card does not list."""
    spots = passage.spots
    letters = [c for t in passage.tokens for c in t.text if c.isalpha()]
    if letters and sum(c.isupper() for c in letters) > len(letters) / 2:
        return
    for at, spot in enumerate(spots):
        if "brand_name" not in spot.tags or at in silent:
            continue
        run = []
        for k in range(at + 1, min(len(spots), at + 3)):
            if not (spots[k].unknown and spots[k].text[:1].isupper()):
                break
            run.append(k)
        if run:
            no = denied(spots, at + 1)
            drafts.needs.append(
                Draft(run[0], "brand", "!=" if no else "=", passage.text(run[0], run[-1] + 1))
            )
            drafts.used.update(run)
