"""What a question says of the thing itself and no need takes up: "a *carry-on* suitcase *for a week*".

Nothing is made of it. It is told beside the picks, so that nobody takes for weighed what was not.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from agent.reading.category import name_words
from agent.reading.drafts import Drafts, is_measured
from agent.reading.scope import Scopes
from agent.reading.spots import Passage, Spot
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
    told = (*_around(passage, named, hidden, drafts), *_items(passage, named, hidden))
    return tuple(dict.fromkeys(told))


def _around(passage: Passage, named: int, hidden: set[int], drafts: Drafts) -> Iterator[str]:
    spots = passage.spots
    told: list[str] = []
    for at in range(named - 1, -1, -1):
        if spots[at].pause or spots[at].stop:
            break
        if spots[at].unknown and at not in hidden:
            told.insert(0, passage.text(at, at + 1))
    yield from told
    behind = named + 1
    while behind < len(spots) and spots[behind].category:
        behind += 1
    places = [behind, *(at for at in range(behind + 1, len(spots)) if spots[at].text.casefold() == "for")]
    yield from filter(None, (_use(passage, at, hidden, drafts) for at in places))


def _use(passage: Passage, first: int, hidden: set[int], drafts: Drafts) -> str:
    """What begins here and goes to the next pause or need ("for a week", "without wheels"), if unmeasured."""
    spots = passage.spots
    end = first
    while end < len(spots) and not (spots[end].pause or spots[end].link or end in hidden):
        end += 1
    while end > first + 1 and {"with", "room"} & spots[end - 1].tags:
        end -= 1  # what they lead to is a need
    text = passage.text(first, end)
    said = text.casefold().split()
    opens = said[:1] == ["for"] or (end > first and _adds(spots[first:end]))
    is_use = opens and 1 < end - first <= _USE_WORDS and _PEOPLE.isdisjoint(said)
    return text if is_use and not is_measured(spots, end - 1, drafts) else ""


def _adds(spots: Sequence[Spot]) -> bool:
    """Whether words behind a name say something more of the thing: "with …", "without …", "good for …"."""
    opens = {"with", "not", "rating_high"} & spots[0].tags
    return bool(opens) and any(spot.unknown for spot in spots[1:])


def _items(passage: Passage, named: int, hidden: set[int]) -> Iterator[str]:
    """Members of a list behind the name of which no need takes up a word ("…, women, small wrist, …")."""
    spots = passage.spots
    ends = [at for at, spot in enumerate(spots) if spot.pause or spot.link == "and"]
    for before, end in pairwise([*ends, len(spots)]):
        if before < named or spots[before].link not in (",", "and"):
            continue
        item = range(before + 1, end)
        said = passage.text(before + 1, end).casefold().replace("'", "").split()
        free = hidden.isdisjoint(item) and not any(spots[at].category or spots[at].amount for at in item)
        telling = any(spots[at].unknown or spots[at].senses for at in item)
        if free and telling and len(said) <= _ITEM_WORDS and (_PEOPLE | _ASKERS).isdisjoint(said):
            yield passage.text(before + 1, end)
