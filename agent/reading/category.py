"""Which card a question is about: the category it names, else what its values and units fit."""

from collections.abc import Sequence

from agent.reading.lexicon import lexicon
from agent.reading.tokens import Token, key_of, keys_from, singular
from agent.reading.vocabulary import LONGEST_PHRASE, vocabulary
from index.card import CategoryCard

_ASKED_REACH = 14
"""Words before a category's name that are looked at for who asks or has it."""
_ASKED, _OWNED = 0.8, 2.0
_RETURNED = 2.0
"""What coming back to a thing adds, so that the head of its name is enough ("back to the drives")."""
_MENTIONED = 0.15
"""What any mention by its whole name says."""
_PART = 4.0
"""What is counted in a list is a part of the thing asked for ("white, 3 fans")."""
_OWN_WORD, _SHARED_WORD, _MOST_FIT = 0.8, 0.25, 3.0
"""What a phrase says for a card that alone knows it, or that shares it with others; and at most in all."""


def choose(tokens: Sequence[Token], cards: Sequence[CategoryCard]) -> CategoryCard:
    """The card that the question speaks of; the earlier of equals."""
    scores = _scores(tokens, cards)
    scored = [(scores[place] - 0.6 * place, -place, card) for place, card in enumerate(cards)]
    return max(scored, key=lambda s: s[:2])[2]


def named(tokens: Sequence[Token], cards: Sequence[CategoryCard]) -> CategoryCard | None:
    """The card whose category the question names in full, if any."""
    scored = [(_name_score(tokens, card), -place, card) for place, card in enumerate(cards)]
    best = max(scored, key=lambda s: s[:2], default=None)
    return best[2] if best is not None and best[0] >= 3.0 else None


def rivals(tokens: Sequence[Token], cards: Sequence[CategoryCard]) -> list[CategoryCard]:
    """Cards between which nothing in the question decides."""
    if any(_name_score(tokens, card) > 0 for card in cards):
        return []
    scores = list(zip(_scores(tokens, cards[:4]), cards[:4], strict=True))
    best = max((score for score, _ in scores), default=0.0)
    close = [card for score, card in scores if score > best - 0.3]
    return close if len(close) > 1 else []


def category_keys(card: CategoryCard) -> dict[str, bool]:
    """Keys of what a category is called: True for its names, False for the head of a long one ("drive")."""
    keys = {key_of(name): True for name in [*card.path[-1:], *card.also] if key_of(name)}
    for name in card.path[-1:]:
        words = name.replace("-", " ").replace("_", " ").split()
        for start in range(1, len(words)):
            keys.setdefault(key_of(" ".join(words[start:])), False)
    keys.pop("", None)
    return keys


def name_words(card: CategoryCard) -> set[str]:
    """Words of what a category is called; in a question they mean the category and no product's title."""
    names = " ".join([*card.path[-1:], *card.also]).casefold()
    return set(names.replace("-", " ").replace("_", " ").split())


def _scores(tokens: Sequence[Token], cards: Sequence[CategoryCard]) -> list[float]:
    """For each card how plainly it is named and how much of the question it knows."""
    knowing = [_known_at(tokens, card) for card in cards]
    scores = []
    for card, known in zip(cards, knowing, strict=True):
        fit = 0.0
        for at, length in known.items():
            rivals = max(sum(other.get(at, 0) >= length for other in knowing) - 1, 0)
            fit += (_SHARED_WORD if rivals else _OWN_WORD) * length
        scores.append(_name_score(tokens, card) + min(fit, _MOST_FIT))
    return scores


def _name_score(tokens: Sequence[Token], card: CategoryCard) -> float:
    """How plainly the question names the category; longer names say more, asides less."""
    whole = {key_of(n) for n in [*card.path[-1:], *card.also]}
    head = category_keys(card)
    best = 0.0
    for at in range(len(tokens)):
        for end, key in keys_from(tokens, at, LONGEST_PHRASE):
            if key not in head:
                continue
            weight = 3.0 + 0.8 * (end - at) if key in whole else 1.2 + 0.5 * (end - at)
            turned = _RETURNED if _returns(tokens, at) else _asked(tokens, at) - _aside(tokens, at)
            heard = weight + turned - 0.004 * min(at, 100)
            best = max(best, heard, _MENTIONED if key in whole else 0.0)
    parents = {singular(w) for part in card.path[:-1] for w in part.casefold().split()}
    near = 0.3 if parents & {singular(t.word) for t in tokens} else 0.0
    return best + near if best else near


def _returns(tokens: Sequence[Token], at: int) -> bool:
    """Whether one comes back to it ("back to the drives")."""
    before = [token.word for token in tokens[max(0, at - 3) : at] if token.word not in ("the", "my", "a")]
    return before[-2:] == ["back", "to"]


def _asked(tokens: Sequence[Token], at: int) -> float:
    """More for what is asked for ("I need the board"), less for what is there ("I've got a tiny case")."""
    talk = lexicon()
    for k in range(at - 1, max(-1, at - _ASKED_REACH), -1):
        word = tokens[k].word
        if word in ".;!?\n" or tokens[k].kind == "number" or word in talk.money:
            break
        if word in talk.asks:
            return _ASKED
        end, tags = talk.phrase_at(tokens, k)
        if "owning" in tags and end <= at:
            return -_OWNED
    return 0.0


def _aside(tokens: Sequence[Token], at: int) -> float:
    """What a mention loses after a turning word ("a charger FOR a phone"), not after "looking for a"."""
    talk = lexicon()
    if (
        at > 1
        and (tokens[at - 1].kind == "number" or tokens[at - 1].word in talk.numbers)
        and tokens[at - 2].text == ","
    ):
        return _PART
    for k in range(at - 1, max(-1, at - 5), -1):
        word = tokens[k].word
        if word in ",.;!?":
            break
        if word in talk.turns:
            asking = k > 0 and tokens[k - 1].word in talk.asking
            return 0.0 if asking or (word in talk.opening and k == 0) else 3.0
    return 0.0


def _known_at(tokens: Sequence[Token], card: CategoryCard) -> dict[int, int]:
    """Where phrases begin that are values or names of the card, and how many words they have."""
    talk, words = lexicon(), vocabulary(card.model_copy(update={"title_words": ()}))
    known: dict[int, int] = {}
    for at in range(len(tokens)):
        for end, key in keys_from(tokens, at, LONGEST_PHRASE):
            senses = words.senses.get(key, ())
            if not senses or key in talk.stop or key in talk.vague:
                continue
            plain = ("value", "name", "part")
            kinds = plain if _everyday(tokens[at:end]) else (*plain, "brand")
            if any(s.full or end > at + 1 for s in senses if s.kind in kinds):
                known[at] = end - at
    return known


def _everyday(tokens: Sequence[Token]) -> bool:
    """Whether words are such as everybody says, and are not written as a maker's name."""
    talk = lexicon()
    common = all(talk.known(t.word) or t.word in talk.everyday for t in tokens if t.kind == "word")
    return common and not any(t.text[:1].isupper() for t in tokens)
