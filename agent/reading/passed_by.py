"""What a question says of the thing itself and no need takes up: "a *carry-on* suitcase *for a week*".

Nothing is made of it. It is told beside the picks, so that nobody takes for weighed what was not.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from agent.reading.category import name_words
from agent.reading.drafts import Drafts, is_measured
from agent.reading.scope import Scopes, references
from agent.reading.spots import RELATIVES, Passage, Spot
from agent.reading.tokens import key_of

_USE_WORDS = 8
_ITEM_WORDS = 5
_PEOPLE = frozenset({"me", "myself", "us", "him", "her", "them", "my", "his", "our", "their", "your"})
_ASKERS = frozenset({"i", "im", "ive", "id", "we", "he", "she", "you", "what", "which", "who", "how", "any"})


def passed_by(passage: Passage, scope: Scopes, drafts: Drafts) -> tuple[str, ...]:
    """The words before the thing's name, what stands behind it, and items of which no need takes a word."""
    spots = passage.spots
    hidden = drafts.used | drafts.titled | scope.told | scope.free
    names = name_words(passage.words.card)
    named = next((at for at, s in enumerate(spots) if s.category or key_of(s.text) in names), None)
    if named is None:
        return ()
    compared = (passage.text(first, end) for first, end in references(passage.spots))
    told = (*_around(passage, named, hidden, drafts), *_items(passage, named, hidden), *compared)
    wished = [draft.value.casefold() for draft in drafts.needs if draft.on == "other"]
    return tuple(said for said in dict.fromkeys(told) if not _is_wished(said.casefold(), wished))


def _is_wished(said: str, wished: Sequence[str]) -> bool:
    """Whether the words are one of a wish's, or hold a wish and more."""
    return any(said in wish.split() or (wish in said and wish != said) for wish in wished)


def _around(passage: Passage, named: int, hidden: set[int], drafts: Drafts) -> Iterator[str]:
    spots = passage.spots
    told: list[str] = []
    a_pair_of = named > 1 and spots[named - 1].text.casefold() == "of" and spots[named - 2].stop
    for at in range(named - (3 if a_pair_of else 1), -1, -1):
        if spots[at].pause or spots[at].stop:
            break
        if _tells(spots[at]) and at not in hidden:
            told.insert(0, passage.text(at, at + 1))
    yield from told
    behind = named + 1
    while behind < len(spots) and spots[behind].category:
        behind += 1
    places = [behind, *(at for at in range(behind + 1, len(spots)) if _begins(spots, at))]
    yield from filter(None, (_use(passage, at, hidden, drafts) for at in places))
    for at in (at for at in range(behind, len(spots)) if at == behind or at - 1 in drafts.used):
        said = _after_is(spots, at)
        if said < len(spots) and _tells(spots[said]) and said not in hidden:
            yield passage.text(said, said + 1)


def _begins(spots: Sequence[Spot], at: int) -> bool:
    """Whether a use may begin here, or a clause on the noun before it."""
    word, before = spots[at].text.casefold(), spots[at - 1]
    return word == "for" or (word in RELATIVES and (before.unknown or before.category))


def _tells(spot: Spot) -> bool:
    """Whether a word says something of the thing by itself."""
    return spot.unknown or "praise" in spot.tags


def _use(passage: Passage, first: int, hidden: set[int], drafts: Drafts) -> str:
    """What begins here and goes to the next pause or need ("for a week", "without wheels"), if unmeasured."""
    spots = passage.spots
    end = first
    while end < len(spots) and not (spots[end].pause or spots[end].link or end in hidden):
        if end > first and _begins(spots, end):
            break
        end += 1
    clause = end > first and end not in hidden and _is_clause(spots, first)
    while end > first + 1 and _leads(spots[end - 1]):
        end -= 1  # to a need
    text = passage.text(first, end)
    said = text.casefold().split()
    opens = clause or said[:1] == ["for"] or (end > first and _adds(spots[first:end]))
    is_use = opens and 1 < end - first <= _USE_WORDS and (clause or _PEOPLE.isdisjoint(said))
    return text if is_use and not is_measured(spots, end - 1, drafts) else ""


def _is_clause(spots: Sequence[Spot], first: int) -> bool:
    """Whether a relative clause begins here whose verb is not "is"."""
    return spots[first].text.casefold() in RELATIVES and _after_is(spots, first) == len(spots)


def _after_is(spots: Sequence[Spot], first: int) -> int:
    """Where a clause says what the thing is to be ("that is very …"); the end where there is none."""
    said = [spot.text.casefold().replace("'", "") for spot in spots[first : first + 2]]
    at = first + len(said)
    if not (said[:1] == ["thats"] or (said[:1] in (["that"], ["which"]) and said[1:] in (["is"], ["are"]))):
        return len(spots)
    at -= said[0] == "thats"
    while at < len(spots) and "too" in spots[at].tags:
        at += 1
    return at


def _leads(spot: Spot) -> bool:
    return any(tag in ("with", "room", "between") or tag.endswith("_before") for tag in spot.tags)


def _adds(spots: Sequence[Spot]) -> bool:
    """Whether words behind a name say something more of the thing: "with …", "without …", "good for …"."""
    opens = {"with", "not", "rating_high"} & spots[0].tags
    return bool(opens) and any(_tells(spot) or spot.senses for spot in spots[1:])


def _items(passage: Passage, named: int, hidden: set[int]) -> Iterator[str]:
    """Members of a list behind the name of which no need takes up a word ("…, women, small wrist, …")."""
    spots = passage.spots
    ends = [at for at, spot in enumerate(spots) if spot.pause or spot.link == "and"]
    for before, end in pairwise([*ends, len(spots)]):
        if before < named or spots[before].link not in (",", "and"):
            continue
        item = range(before + 1, end)
        said = passage.text(before + 1, end).casefold().replace("'", "").split()
        denied = any({"not", "refuse"} & spots[at].tags for at in item)
        kind = any(spots[at].category for at in item)  # what it is not to look like may be its kind
        other = any(spots[at].amount for at in item) or (kind and not denied)
        telling = kind or any(_tells(spots[at]) or spots[at].senses for at in item)
        short = len(said) <= (_USE_WORDS if denied else _ITEM_WORDS) and (_PEOPLE | _ASKERS).isdisjoint(said)
        if telling and short and not other and hidden.isdisjoint(item):
            yield passage.text(before + 1, end)
