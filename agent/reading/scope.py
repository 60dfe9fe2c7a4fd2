"""How far words of attitude reach: what is denied, only wished for, indifferent, or merely told.

"Not white", "ideally under 65 W", "RGB doesn't matter", "my old one had 8 GB": the reach is the clause, up to
a pause, a link or the next word of the same kind.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.reading.spots import Spot

_PARTS_A_LABEL = frozenset("-–—:")
"""Marks between a label and what is said of it ("timer - no thanks")."""
_NO = frozenset({"no", "none", "false"})
_FARTHEST = 24
"""Spots over which a negation is looked for."""


@dataclass(frozen=True, slots=True)
class Scopes:
    """For each spot, what the words around it make of it."""

    soft: frozenset[int]
    free: frozenset[int]
    """Indifferent to the person."""
    told: frozenset[int]
    """Part of a story and no wish."""
    spent: frozenset[int]
    """Told of money that was paid."""
    context: frozenset[int]
    """After "for my …": what the product is to go with."""
    inherited: frozenset[int]
    """Told of a thing that is to be replaced by one like it."""


def scopes(spots: Sequence[Spot]) -> Scopes:
    """The scopes of a question."""
    clauses = _clauses(spots)
    told: set[int] = set()
    spent: set[int] = set()
    inherited: set[int] = set()
    again = any("again" in s.tags for s in spots)
    for first, last in clauses:
        tags = frozenset(t for k in range(first, last) for t in spots[k].tags)
        if "past" in tags and "wanted" not in tags and "hard" not in tags:
            lost = again and any(s.category for s in spots[first:last]) and "past_ahead" not in tags
            (inherited if lost else told).update(range(first, last))
            if "spent" in tags:
                spent.update(range(first, last))
        told.update(_ahead(spots, first, last, "past_ahead"))
    told.update(k for start, end in references(spots) for k in range(start, end))
    reach = {name: _reach(spots, name) for name in ("soft", "free")}
    context = {k for first, last in clauses for k in _until_wish(spots, first, last, "for_ahead")}
    return Scopes(
        soft=frozenset(reach["soft"]),
        free=frozenset(reach["free"]),
        told=frozenset(told),
        spent=frozenset(spent),
        context=frozenset(context - reach["soft"]),
        inherited=frozenset(inherited - told),
    )


def references(spots: Sequence[Spot]) -> list[tuple[int, int]]:
    """What is named to be compared with ("like the …, but cheaper"), each from its lead to its end."""
    found = []
    for start, spot in enumerate(spots):
        if "reference_ahead" not in spot.tags or denied(spots, start):
            continue
        end = start + 1
        while end < len(spots) and not _ends_reference(spots[end]):
            end += 1
        found.append((start, end))
    return found


def _ends_reference(spot: Spot) -> bool:
    limits = any(tag == "with" or tag.endswith("_before") for tag in spot.tags)
    measured = spot.amount is not None and bool(spot.amount.unit or spot.amount.money)
    return bool(limits or spot.pause or spot.link or spot.category or measured)


def denied(spots: Sequence[Spot], at: int, carried: bool = False) -> bool:
    """Whether a spot stands under a negation; `carried` where "or" already joins it to what is denied."""
    k, unknown, joined = at - 1, 0, carried
    while k >= max(0, at - _FARTHEST):
        spot = spots[k]
        if "not" in spot.tags and not spot.senses:
            return not _doubled(spots, k)
        if spot.link == "or":
            joined = True
        elif spot.pause or spot.amount or spot.category or "with" in spot.tags or spot.link == "and":
            return False
        elif spot.senses and not joined:
            near = {s.attribute for s in spot.senses} & {s.attribute for s in spots[at].senses}
            supporting = all(s.kind in ("name", "part") for s in spot.senses) and near
            if not supporting:
                return False
        elif spot.senses:
            joined = False
        elif spot.unknown or (
            spot.tags and not spot.stop and "too" not in spot.tags and "any" not in spot.tags
        ):
            unknown += 1
            if unknown > 1:
                return False
        k -= 1
    return False


def _doubled(spots: Sequence[Spot], at: int) -> bool:
    """ "Not without": two negations are none."""
    return at > 0 and "not" in spots[at - 1].tags


def denied_after(spots: Sequence[Spot], at: int) -> bool:
    """ "RGB-free", "any colour but white" and "timer: no"."""
    after = spots[at + 1 : at + 3]
    texts = [s.text for s in after]
    if _answered(spots, at) in _NO:
        return True
    if texts[:1] == ["-"] and len(after) > 1 and "not_after" in after[1].tags:
        return True
    if any("not_behind" in s.tags for s in after if not s.pause or s.tags):
        return all(s.stop or s.tags or s.text in _PARTS_A_LABEL for s in after[:1])
    before = spots[max(0, at - 4) : at]
    turned = any(s.text.casefold() in ("but", "except") for s in before[-2:])
    return turned and any("any" in s.tags for s in before)


def _answered(spots: Sequence[Spot], at: int) -> str:
    """The one word that a colon puts behind a name, as in a list ("timer: no"); empty where none does."""
    colon = at + 1 < len(spots) and spots[at + 1].text == ":"
    alone = colon and at + 2 < len(spots) and (at + 3 == len(spots) or spots[at + 3].pause > 0)
    return spots[at + 2].text.casefold() if alone else ""


def sentence_of(spots: Sequence[Spot], at: int) -> tuple[int, int]:
    """Where the sentence of a spot begins and ends."""
    first = next((k + 1 for k in range(at - 1, -1, -1) if spots[k].pause == 2), 0)
    last = next((k for k in range(at, len(spots)) if spots[k].pause == 2), len(spots))
    return first, last


def _clauses(spots: Sequence[Spot]) -> list[tuple[int, int]]:
    """Runs between pauses; commas that only list do not part a clause from its verb."""
    ends = [
        k
        for k, s in enumerate(spots)
        if s.pause == 2 or (s.pause == 1 and ("turn" in s.tags or s.link == ","))
    ]
    starts = [0, *(e + 1 for e in ends)]
    return [(first, last) for first, last in zip(starts, [*ends, len(spots)], strict=True) if first < last]


def _ahead(spots: Sequence[Spot], first: int, last: int, tag: str) -> set[int]:
    """What follows a word of this tag up to the clause's end."""
    start = next((k for k in range(first, last) if tag in spots[k].tags), None)
    if start is None:
        return set()
    end = next((k for k in range(start + 1, last) if "with" in spots[k].tags), last)
    return set(range(start, end))


def _until_wish(spots: Sequence[Spot], first: int, last: int, tag: str) -> set[int]:
    """What follows "for my", up to a "with" or a limit; nothing where the thing asked for comes after."""
    inside: set[int] = set()
    for start in (
        k for k in range(first, last) if tag in spots[k].tags and not _leads_to_name(spots, k, last)
    ):
        for k in range(start + 1, last):
            if spots[k].category:
                return set()
            if "with" in spots[k].tags or spots[k].pause or any("before" in t for t in spots[k].tags):
                break
            inside.add(k)
    return inside


def _leads_to_name(spots: Sequence[Spot], at: int, last: int) -> bool:
    """Whether an attribute is named next: "for the switches I want …" tells no company."""
    following = next((s for s in spots[at + 1 : last] if not s.stop), None)
    return following is not None and following.has("name")


def _reach(spots: Sequence[Spot], name: str) -> set[int]:
    """What a softener or a word of indifference reaches: what follows it, else what stands before it."""
    reached: set[int] = set()
    for at, spot in enumerate(spots):
        if name == "free" and "moot" in spot.tags:
            reached.update(_refused(spots, at))
        ahead = name in spot.tags or f"{name}_before" in spot.tags
        behind = f"{name}_after" in spot.tags or (name in spot.tags and name == "soft")
        if not ahead and not behind:
            continue
        ends = at + 1 < len(spots) and spots[at + 1].pause > 0 and spots[at + 1].text != ":"
        closes = behind and ends and at > 0 and not spots[at - 1].pause
        after = _forward(spots, at) if ahead and not closes else []
        before = _backward(spots, at) if behind else []
        after_only_told = f"{name}_after" in spot.tags and any(_bears(spots[k]) for k in before)
        chosen = before if after_only_told or not any(_bears(spots[k]) for k in after) else after
        reached.update(chosen)
    return reached


def _refused(spots: Sequence[Spot], at: int) -> range:
    """What "no … needed" does without."""
    for k in range(at - 1, max(-1, at - 5), -1):
        if spots[k].pause:
            break
        if spots[k].text.casefold() == "no":
            return range(k, at)
    return range(0)


def _bears(spot: Spot) -> bool:
    """Whether a need can come of a spot."""
    needs = {"price_low", "rating_high", "price_lowest", "rating_highest"} & spot.tags
    return bool(spot.senses or spot.amount or needs)


def _forward(spots: Sequence[Spot], at: int) -> list[int]:
    """Spots that a word looks ahead on; a comma right after it is passed over."""
    run: list[int] = []
    for k in range(at + 1, len(spots)):
        spot = spots[k]
        if spot.pause == 2 or "turn" in spot.tags or ("hard" in spot.tags and run):
            break
        if spot.pause == 1 and any(_bears(spots[r]) for r in run) and not _lists_on(spots, k):
            break
        if spot.pause == 1 and run and any(_bears(spots[r]) for r in run) and not _bears(spots[k - 1]):
            break
        run.append(k)
    return run


def _lists_on(spots: Sequence[Spot], at: int) -> bool:
    """Whether a comma only parts the members of "white, black or red"."""
    ahead = spots[at + 1 : at + 4]
    return any(s.link == "or" for s in ahead)


def _backward(spots: Sequence[Spot], at: int) -> list[int]:
    """Spots that a word looks back on, up to the comma, link or preposition before them."""
    run: list[int] = []
    for k in range(at - 1, -1, -1):
        spot = spots[k]
        bearing = any(_bears(spots[r]) for r in run)
        ends = spot.pause == 2 or (bearing and (spot.pause or spot.link == "and" or "with" in spot.tags))
        if ends or (bearing and spot.category):
            break
        run.append(k)
    return run
