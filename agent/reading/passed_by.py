"""What a question says of the thing itself and no need takes up: "a *carry-on* suitcase *for a week*".

Nothing is made of it. It is told beside the picks, so that nobody takes for weighed what was not.
"""

from agent.reading.category import name_words
from agent.reading.drafts import Drafts, is_measured
from agent.reading.scope import Scopes
from agent.reading.spots import Passage
from agent.reading.tokens import key_of

_USE_WORDS = 6
_PEOPLE = frozenset({"me", "myself", "us", "him", "her", "them", "my", "his", "our", "their", "your"})


def passed_by(passage: Passage, scope: Scopes, drafts: Drafts) -> tuple[str, ...]:
    """The words before the thing's name, and the use right behind it, as far as no need takes them up."""
    spots = passage.spots
    names = name_words(passage.words.card)
    named = next((at for at, s in enumerate(spots) if s.category or key_of(s.text) in names), None)
    if named is None:
        return ()
    hidden = drafts.used | drafts.titled | scope.told | scope.free
    told: list[str] = []
    for at in range(named - 1, -1, -1):
        if spots[at].pause or spots[at].stop:
            break
        if spots[at].unknown and at not in hidden:
            told.insert(0, passage.text(at, at + 1))
    behind = named + 1
    while behind < len(spots) and spots[behind].category:
        behind += 1
    use = _use(passage, behind, hidden, drafts)
    return (*told, use) if use else tuple(told)


def _use(passage: Passage, first: int, hidden: set[int], drafts: Drafts) -> str:
    """The words from the "for" behind a name to the next pause or need, none where the need measures it."""
    spots = passage.spots
    end = first
    while end < len(spots) and not (spots[end].pause or spots[end].link or end in hidden):
        end += 1
    text = passage.text(first, end)
    said = text.casefold().split()
    is_use = said[:1] == ["for"] and 1 < end - first <= _USE_WORDS and _PEOPLE.isdisjoint(said)
    return text if is_use and not is_measured(spots, end - 1, drafts) else ""
