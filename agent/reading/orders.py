"""From words to needs: adjectives, superlatives, yes/no attributes and attributes that are only named.

Price and rating have their words in the lexicon, attributes theirs on the card.
"""

from collections.abc import Sequence

from agent.plan import PlanOp
from agent.reading.category import category_keys
from agent.reading.drafts import Draft, Drafts
from agent.reading.scope import denied, denied_after
from agent.reading.spots import RELATIVES, Passage, Spot
from agent.reading.tokens import key_of
from agent.reading.values import named_beside, weight
from agent.reading.vocabulary import Sense, Vocabulary
from index.conditions import NO_WORDS

_LINKING = frozenset({"is", "are", "was", "were", "looks", "gets", "seems"})
_ORDERS: tuple[PlanOp, ...] = ("lowest", "highest", "low", "high")
"""Each is called as the words that ask for it are tagged."""
_FAR = 5
"""Spots behind a name in which its order stands."""
_LOOKING = frozenset({"look", "looks", "looking", "feel", "feels", "sound", "sounds"})
_IT = frozenset({"it", "they", "one", "ones", "that", "this"})


def read_orders(passage: Passage, silent: frozenset[int], drafts: Drafts) -> None:
    """Adjectives and superlatives of the card, and those of price and rating."""
    card = passage.words.card
    for at, spot in enumerate(passage.spots):
        if at in silent or at in drafts.used:
            continue
        built_in = _built_in(passage.spots, at, bool(card.rated))
        praised = _praised(passage, at) if built_in and built_in.on == "rating" else None
        if praised:
            drafts.needs.append(praised[1])
            drafts.used.update((at, praised[0]))
        elif built_in:
            drafts.needs.append(built_in)
            drafts.used.add(at)
        elif spot.has("adjective") and not spot.category and not _of_another(passage.spots, at):
            drafts.needs.append(_adjective(passage, at, drafts.follows))
            drafts.used.add(at)
        elif eased := _eased(passage, at):
            drafts.needs.append(eased)
            drafts.used.update((at, at + 1))


def _of_another(spots: Sequence[Spot], at: int) -> bool:
    """Whether an adjective describes something else ("small hands", "my desk is tiny", "for a heavy …")."""
    if at > 1 and "for_ahead" in spots[at - 1].tags and spots[at - 2].category:
        return True
    if _is_how(spots, at):
        return True
    k = at + 1
    while k < len(spots) and (spots[k].unknown or spots[k].senses or spots[k].text == "-"):
        k += 1
    described = k > at + 1 and spots[at + 1].unknown
    if described and not (k < len(spots) and spots[k].category):
        return True
    if not at or spots[at - 1].text.casefold() not in _LINKING:
        return False
    subject = []
    for spot in reversed(spots[: at - 1]):
        if spot.pause:
            break
        subject.append(spot)
    foreign = any(s.unknown for s in subject)
    return foreign and not any(s.category or s.senses or s.text.casefold() in _IT for s in subject)


def _is_how(spots: Sequence[Spot], at: int) -> bool:
    """Whether an adjective says how something is done ("that packs small", "which folds down flat")."""
    verb = at - 1 - (at > 0 and spots[at - 1].text.casefold() in ("down", "up"))
    return verb > 0 and spots[verb].unknown and spots[verb - 1].text.casefold() in RELATIVES


def _built_in(spots: Sequence[Spot], at: int, rated: bool) -> Draft | None:
    """Words that ask for cheap or well rated products."""
    tags, no = spots[at].tags, denied(spots, at)
    if spots[at].senses or _is_of_a_use(spots, at) or _is_a_look(spots, at):
        return None
    as_can_be = _as_possible(spots, at)
    if "price_lowest" in tags or ("price_lower" in tags and _is_alone(spots, at)):
        return Draft(at, "price", "lowest", hard=False)
    if "price_low" in tags or "price_lower" in tags:
        return None if no else Draft(at, "price", "lowest" if as_can_be else "low", hard=False)
    if "price_high" in tags:
        return Draft(at, "price", "low", hard=False) if no else None
    if "rating_highest" in tags:
        return Draft(at, "rating", "highest", hard=False)
    if "rating_high" in tags and rated and not no and not _praises_a_part(spots, at):
        return Draft(at, "rating", "high", hard=False)
    return None


def _is_of_a_use(spots: Sequence[Spot], at: int) -> bool:
    """Whether a word goes on to what the thing is to be so for ("good with carpets", "cheap to run")."""
    behind = spots[at + 1].text.casefold() if at + 1 < len(spots) else ""
    if spots[at].text.casefold() in ("good", "great"):
        return behind in ("with", "for", "at", "on", "in")
    use = spots[at + 2].text.casefold() if behind == "to" and at + 2 < len(spots) else "buy"
    return "price_low" in spots[at].tags and use != "buy"


def _is_a_look(spots: Sequence[Spot], at: int) -> bool:
    """Whether a word tells how something looks, which no price tells ("doesn't look cheap")."""
    k = at - 1
    while k >= 0 and "too" in spots[k].tags:
        k -= 1
    return k >= 0 and spots[k].text.casefold() in _LOOKING


def _praised(passage: Passage, at: int) -> tuple[int, Draft] | None:
    """What has a better side and is praised, and where: "good battery life", "the best battery life"."""
    spots = passage.spots
    for k in range(at + 1, min(len(spots), at + 3)):
        if not (spots[k].stop or spots[k].has("name")):
            return None
        named = (passage.words.attribute(s.attribute) for s in spots[k].senses if s.kind == "name")
        attribute = next((a for a in named if a and a.kind == "number" and a.better), None)
        if attribute is not None and not spots[k].category:
            low = attribute.better == "low"
            if spots[at].text.casefold() == "best":
                return k, Draft(at, attribute.name, "lowest" if low else "highest", hard=False)
            return k, Draft(at, attribute.name, "low" if low else "high", hard=False)
    return None


def _praises_a_part(spots: Sequence[Spot], at: int) -> bool:
    """Whether "good" is said of something that only reading can judge ("good build quality")."""
    first, end = at, at + 1
    while first and spots[first - 1].unknown:
        first -= 1
    if first < at and not (first and "rating_high" in spots[first - 1].tags):
        return False
    while end < len(spots) and (
        spots[end].unknown
        or (end > at + 1 and "rating_high" in spots[end].tags)
        or (end > at + 2 and spots[end].has("part") and not spots[end].category)
    ):
        end += 1
    return end - first > 1 and (end == len(spots) or spots[end].pause > 0)


def _is_alone(spots: Sequence[Spot], at: int) -> bool:
    """Whether nothing is compared with ("cheaper", not "cheaper than …")."""
    return at + 1 >= len(spots) or "than" not in spots[at + 1].tags


def _as_possible(spots: Sequence[Spot], at: int) -> bool:
    """ "as quiet as possible"."""
    return any("possible" in s.tags for s in spots[at + 1 : at + 3])


def _adjective(passage: Passage, at: int, follows: bool) -> Draft:
    """The order or the share that an adjective of the card asks for."""
    spots = passage.spots
    beside = named_beside(spots, at)
    senses = [s for s in spots[at].senses if s.kind == "adjective"]
    sense = max(senses, key=lambda s: weight(s, beside, passage.words))
    before = spots[at - 1].text.casefold().rpartition(" ")[2] if at else ""
    no, less, excessive = denied(spots, at), before in ("less", "least"), before in ("too", "overly")
    low = (sense.side == "low") != (no or less or excessive)
    extreme = sense.degree == "most" or before in ("least", "most") or (follows and sense.degree == "more")
    if extreme or _as_possible(spots, at):
        return Draft(at, sense.attribute, "lowest" if low else "highest", hard=False)
    return Draft(at, sense.attribute, "low" if low else "high", hard=False)


def _eased(passage: Passage, at: int) -> Draft | None:
    """ "easy to" before a word of an attribute that the card calls easy; of anything else it is a wish."""
    word, _, to = passage.spots[at].text.casefold().partition(" ")
    if to != "to" or at + 1 == len(passage.spots):
        return None
    named = {s.attribute for s in passage.spots[at + 1].senses if s.kind in ("name", "part")}
    senses = passage.words.senses.get(key_of(word), ())
    sense = next((s for s in senses if s.kind == "adjective" and s.attribute in named), None)
    if sense is None:
        return None
    low = (sense.side == "low") != denied(passage.spots, at)
    return Draft(at, sense.attribute, "low" if low else "high", hard=False)


def read_names(passage: Passage, silent: frozenset[int], drafts: Drafts) -> None:
    """Attributes that are only named: flags, "with a …", "no …", "the highest …"."""
    spots = passage.spots
    for at, spot in enumerate(spots):
        names = [s for s in spot.senses if s.kind == "name"]
        if at in silent or at in drafts.used or not names or spot.category:
            continue
        need = _named(passage, at, names)
        if need is not None:
            drafts.needs.append(need)
            drafts.used.add(at)


def _named(passage: Passage, at: int, names: Sequence[Sense]) -> Draft | None:
    spots, words = passage.spots, passage.words
    name = max(names, key=lambda s: weight(s, {}, words)).attribute
    flags = [s.attribute for s in names if (a := words.attribute(s.attribute)) and a.kind == "flag"]
    no = denied(spots, at) or denied_after(spots, at)
    if flags:
        return Draft(at, flags[0], "=", "no" if no else "yes")
    if no:
        return Draft(at, name, "lacks")
    order = _order_before(spots, at, name) or _order_behind(spots, at, name)
    if order is not None:
        return order
    leads = at + 1 < len(spots) and spots[at + 1].category
    if (
        _is_listed(spots, at)
        or _is_asked_for(spots, at)
        or (_is_item(spots, at) and _is_lacked(words, name))
        or (leads and (_is_optional(words, name) or _in_name(passage, at)))
    ):
        return Draft(at, name, "has")
    return None


def _order_before(spots: Sequence[Spot], at: int, name: str) -> Draft | None:
    """ "the lowest noise", "a large cache"."""
    for k in range(at - 1, max(-1, at - 4), -1):
        if spots[k].pause or spots[k].link or spots[k].amount:
            break
        op = _order(spots[k])
        if op is not None:
            return Draft(at, name, op, hard=False)
    return None


def _order_behind(spots: Sequence[Spot], at: int, name: str) -> Draft | None:
    """ "noise: low", as in a list, and "the noise should be low"."""
    for k in range(at + 1, min(len(spots), at + _FAR)):
        op = _order(spots[k])
        if op is not None and (k + 1 == len(spots) or spots[k + 1].pause):
            return Draft(at, name, op, hard=False)
        if not (spots[k].stop or spots[k].text == ":" or "hard" in spots[k].tags):
            return None
    return None


def _order(spot: Spot) -> PlanOp | None:
    """What a word of more or less asks for, where it is none of the card's own."""
    return next((op for op in _ORDERS if op in spot.tags and not spot.senses), None)


def _is_asked_for(spots: Sequence[Spot], at: int) -> bool:
    """Whether the person asks that it be there: "with a …", "… included"."""
    if at + 1 < len(spots) and "with_after" in spots[at + 1].tags:
        return True
    if at and spots[at - 1].text.casefold() == "to" and " " in spots[at].text:
        return True
    for k in range(at - 1, max(-1, at - 4), -1):
        if {"with", "can"} & spots[k].tags:
            return True
        if (
            not spots[k].stop
            and not (spots[k].link == "and" and k > at - 2)
            and not {"hard", "any", "soft"} & spots[k].tags
        ):
            return False
    return False


def _is_listed(spots: Sequence[Spot], at: int) -> bool:
    """Whether a name alone is the last of what is asked for ("8 cores and integrated graphics")."""
    before = spots[at - 1] if at else None
    after = spots[at + 1] if at + 1 < len(spots) else None
    ends = after is None or after.pause > 0
    return before is not None and before.link in ("and", ",") and ends and any(s.amount for s in spots[:at])


def _is_item(spots: Sequence[Spot], at: int) -> bool:
    """Whether a name alone is said of the thing ("…, sweatproof, …", "that is sweatproof")."""
    before = spots[at - 1] if at else None
    after = spots[at + 1] if at + 1 < len(spots) else None
    begins = before is None or before.pause or before.link or before.text.casefold() in ("is", "are", "be")
    return bool(begins) and (after is None or after.pause > 0 or bool(after.link))


def _is_lacked(words: Vocabulary, name: str) -> bool:
    """Whether a value of an attribute is that there is nothing of the kind."""
    attribute = words.attribute(name)
    return attribute is not None and not NO_WORDS.isdisjoint(attribute.values)


def _in_name(passage: Passage, at: int) -> bool:
    """Whether an attribute's name and the word after it are a name of the category ("DVD drive")."""
    both = passage.spots[at].text + " " + passage.spots[at + 1].text
    return category_keys(passage.words.card).get(key_of(both), False)


def _is_optional(words: Vocabulary, name: str) -> bool:
    """Whether some products of the category do without it."""
    attribute = words.attribute(name)
    return attribute is not None and attribute.coverage < 0.97
