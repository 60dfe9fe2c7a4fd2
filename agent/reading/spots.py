"""A question laid out as spots: stretches of tokens with what each could be, in order and without overlap.

The longest reading of a stretch wins: "at least" is a limit, "2TB" an amount, "tempered glass" a value.
Which need comes of it is decided by the neighbours, in the files that attach.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from agent.reading.amounts import Amount, amount_at, unit_at
from agent.reading.lexicon import NOTHING, lexicon
from agent.reading.tokens import Token, atom, joined, key_of, keys_from, text_of
from agent.reading.vocabulary import LONGEST_PHRASE, Sense, Vocabulary

HARD_BREAKS = frozenset(".!?;\n。！？")
RELATIVES = frozenset({"that", "which"})
"""Words with which a clause on the thing begins."""
SOFT_BREAKS = frozenset(",()[]—–:、，")


@dataclass(frozen=True, slots=True)
class Spot:
    """One stretch of a question."""

    first: int
    last: int
    """Tokens from `first` up to, not including, `last`."""
    text: str
    senses: tuple[Sense, ...] = ()
    amount: Amount | None = None
    tags: frozenset[str] = NOTHING
    """What general English does with it."""
    category: bool = False
    pause: int = 0
    """1 where a clause ends here, 2 where a sentence does."""
    stop: bool = False
    """Whether it says nothing by itself."""
    glued: bool = False
    """Whether no blank stands before it."""
    link: str = ""
    """`or`, `and` or `,` where it joins its neighbours."""

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of it: a content word that no card and no general English explains."""
        return not (
            self.senses or self.amount or self.tags or self.category or self.pause or self.stop or self.link
        )

    def has(self, kind: str) -> bool:
        """Whether one of its senses is of this kind."""
        return any(s.kind == kind for s in self.senses)


@dataclass(frozen=True, slots=True)
class Passage:
    """A question as laid out beside one card."""

    tokens: tuple[Token, ...]
    spots: tuple[Spot, ...]
    words: Vocabulary
    titles: frozenset[str] = NOTHING
    """Words that stand in titles of the category."""

    def text(self, first: int, last: int) -> str:
        """Spots from `first` up to `last` as written."""
        if first >= last:
            return ""
        return text_of(self.tokens[self.spots[first].first : self.spots[last - 1].last])


def lay_out(
    tokens: tuple[Token, ...],
    words: Vocabulary,
    categories: Mapping[str, bool],
    titles: Iterable[str] = (),
) -> Passage:
    """The spots of a question; `categories` holds keys of the chosen category's names and heads."""
    spots: list[Spot] = []
    at = 0
    while at < len(tokens):
        spot = _spot_at(tokens, at, words, categories, spots)
        spots.append(spot)
        at = spot.last
    return Passage(tokens, tuple(_unshouted(_quiet_vague(spots))), words, frozenset(titles))


def _spot_at(
    tokens: Sequence[Token],
    at: int,
    words: Vocabulary,
    categories: Mapping[str, bool],
    before: Sequence[Spot],
) -> Spot:
    """The longest reading that starts at a token."""
    token = tokens[at]
    keys = keys_from(tokens, at, LONGEST_PHRASE) if token.kind != "mark" else []
    named = next((end for end, key in reversed(keys) if key in categories), at)
    if named > at and (_numbered(tokens[at:named], words) or _splits(tokens, at, named, words, categories)):
        named = at
    sensed, senses = _sense_at(tokens, keys, words, at)
    patterned, value = _pattern_at(tokens, at, words)
    if not value and sensed > at + 1:
        patterned, value = _numbered_value(tokens, sensed, senses, words)
    if patterned > sensed or (patterned == sensed and all(s.kind != "value" for s in senses)):
        sensed, senses = (patterned, (value,)) if value else (sensed, senses)
    ranging = any("between" in s.tags for s in before[-1:])
    counted = amount_at(tokens, at, words, ranging)
    phrase, tags = _phrase_at(tokens, at, words)
    longest = max(named, sensed, counted[0] if counted else at, phrase)
    if longest > at and named == longest:
        return _made(tokens, at, named, senses=senses if sensed == named else (), category=True)
    if longest > at and sensed == longest and not (counted and counted[0] == sensed and _partial(senses)):
        return _made(tokens, at, sensed, senses=senses, tags=tags if phrase == sensed else NOTHING)
    if counted and counted[0] == longest and not (counted[1].weak and counted[0] == at + 1):
        return _made(tokens, at, counted[0], amount=counted[1])
    if phrase > at and phrase >= longest:
        return _linked(_made(tokens, at, phrase, tags=tags))
    if counted and token.word not in ("a", "an", "half"):
        return _made(tokens, at, counted[0], amount=counted[1])
    return _linked(_made(tokens, at, at + 1))


def _phrase_at(tokens: Sequence[Token], at: int, words: Vocabulary) -> tuple[int, frozenset[str]]:
    """The phrase of general English here, leaving the neighbours what is theirs.

    In "and under $20" the "and" only joins; in "lowest price per gram" the price belongs to the name, and in
    "not over-ear" the "over" to the value.
    """
    end, tags = lexicon().phrase_at(tokens, at)
    if end < at + 2:
        return end, tags
    joins = tokens[at].word in ("and", "or") and end < len(tokens)
    counted = amount_at(tokens, end, words, False) if joins else None
    longer = [e for e, key in keys_from(tokens, end - 1, LONGEST_PHRASE) if e > end and _is_whole(words, key)]
    if not longer and not (counted and not counted[1].weak):
        return end, tags
    return lexicon().phrase_at(tokens[: at + 1 if joins else end - 1], at)


def _is_whole(words: Vocabulary, key: str) -> bool:
    """Whether a key is a name or all of a value; brands are called like anything ("must be quiet")."""
    return any(s.kind == "name" or (s.kind == "value" and s.full) for s in words.senses.get(key, ()))


def _numbered(tokens: Sequence[Token], words: Vocabulary) -> bool:
    """Whether a category is called by an attribute and its number ("DDR5"), which then is a need."""
    if len(tokens) != 2 or tokens[1].kind != "number":
        return False
    return any(s.kind == "name" for s in words.senses.get(atom(tokens[0]), ()))


def _splits(
    tokens: Sequence[Token], at: int, end: int, words: Vocabulary, categories: Mapping[str, bool]
) -> bool:
    """Whether a category's name is a value or attribute and a shorter name ("gaming keyboard")."""
    for middle in range(at + 1, end):
        first, rest = (
            joined(atom(t) for t in part if t.kind != "mark")
            for part in (tokens[at:middle], tokens[middle:end])
        )
        if categories.get(rest) and any(s.kind in ("value", "name") for s in words.senses.get(first, ())):
            return True
    return False


def _made(
    tokens: Sequence[Token],
    first: int,
    last: int,
    senses: tuple[Sense, ...] = (),
    amount: Amount | None = None,
    tags: frozenset[str] = NOTHING,
    category: bool = False,
) -> Spot:
    text = text_of(tokens[first:last])
    glued = tokens[first].glued
    spot = Spot(first, last, text, senses=senses, amount=amount, tags=tags, category=category, glued=glued)
    if senses or amount or category or last != first + 1:
        return spot
    token = tokens[first]
    follows = tokens[last] if last < len(tokens) else None
    if token.kind == "mark":
        loose = follows is None or not follows.glued
        if token.text == "." and _abbreviates(tokens, first):
            return replace(spot, stop=True)
        if token.text in HARD_BREAKS and (token.text != "." or loose):
            return replace(spot, pause=2)
        if token.text in SOFT_BREAKS or (token.text in "-‐" and loose and not token.glued):
            return replace(spot, pause=1, link="," if token.text == "," else "")
        return replace(spot, stop=True)
    talk = lexicon()
    if token.word in talk.breaks:
        return replace(spot, pause=1, tags=tags | {"turn"})
    if token.word == "and" and follows is not None and follows.word in talk.asks_after_and:
        return replace(spot, pause=1, link="and", tags=tags | {"turn"})
    model = follows is not None and follows.kind == "number" and follows.glued
    return replace(spot, stop=token.word in talk.stop and not model)


def _abbreviates(tokens: Sequence[Token], at: int) -> bool:
    """Whether a point only shortens the word before it ("pref. white"), or before an amount ("max. 4 kg")."""
    if not at or not tokens[at].glued or at + 1 >= len(tokens):
        return False
    if tokens[at - 1].word in lexicon().abbreviated_always:
        return True
    if tokens[at - 1].word not in lexicon().abbreviated:
        return False
    return tokens[at + 1].kind == "number" or tokens[at + 1].word in lexicon().money


def _unshouted(spots: list[Spot]) -> list[Spot]:
    """Without the end of sentence that a name's own mark seems to be ("Yahoo! mail")."""
    return [
        replace(spot, pause=0, stop=True)
        if spot.text == "!" and at and any(s.value.endswith("!") for s in spots[at - 1].senses)
        else spot
        for at, spot in enumerate(spots)
    ]


def _linked(spot: Spot) -> Spot:
    if "or" in spot.tags:
        return replace(spot, link="or")
    return replace(spot, link="and") if "and" in spot.tags and not spot.link else spot


def _partial(senses: tuple[Sense, ...]) -> bool:
    return all(not s.full for s in senses)


def _sense_at(
    tokens: Sequence[Token], keys: Sequence[tuple[int, str]], words: Vocabulary, at: int
) -> tuple[int, tuple[Sense, ...]]:
    stop = lexicon().stop
    for end, key in reversed(keys):
        senses = words.senses.get(key, ())
        if key in stop:
            senses = tuple(s for s in senses if s.kind == "name" or s.value == text_of(tokens[at:end]))
        if senses:
            return end, senses
    return at, ()


def _pattern_at(tokens: Sequence[Token], at: int, words: Vocabulary) -> tuple[int, Sense | None]:
    """A value beyond those on the card, of the form that its attribute's values have ("LGA1356")."""
    end = at + 1
    if end < len(tokens) and tokens[end].text == "-" and tokens[end].glued:
        end += 1
    if tokens[at].kind != "word" or end >= len(tokens) or tokens[end].kind != "number":
        return at, None
    found = next((name for name, word in words.patterns if word == tokens[at].word), "")
    if not found or lexicon().known(tokens[at].word):
        return at, None
    value = f"{tokens[at].word}{words.patterns[found, tokens[at].word]}{tokens[end].word}"
    end += 1
    if end < len(tokens) and (tokens[end].word in words.suffixes or _ends_model(tokens, end, words)):
        value, end = f"{value} {tokens[end].word}", end + 1
    return end, Sense("value", found, value, full=False)


def _ends_model(tokens: Sequence[Token], at: int, words: Vocabulary) -> bool:
    """Whether a short unknown word after a model's number goes with it ("RX 7800 XT")."""
    token = tokens[at]
    said = lexicon().known(token.word) or words.names(token.text) or unit_at(tokens, at, words)[0]
    as_name = token.text.isupper() or len(token.text) <= 3
    return token.kind == "word" and 1 < len(token.text) <= 5 and as_name and not said


def _numbered_value(
    tokens: Sequence[Token], end: int, senses: Sequence[Sense], words: Vocabulary
) -> tuple[int, Sense | None]:
    """A part of a value and a number that goes on from it ("Radeon RX" 7600)."""
    last, value = _pattern_at(tokens, end - 1, words)
    lead = next((s for s in senses if value and s.kind == "value" and s.attribute == value.attribute), None)
    if value is None or lead is None or not lead.value.casefold().endswith(tokens[end - 1].word):
        return end, None
    whole = lead.value[: len(lead.value) - len(tokens[end - 1].word)] + value.value
    return last, replace(value, value=whole)


def _quiet_vague(spots: list[Spot]) -> list[Spot]:
    """Take from common words the values they could be, where no name of the attribute stands beside them."""
    vague = lexicon().vague
    quiet: list[Spot] = []
    for at, spot in enumerate(spots):
        key = key_of(spot.text)
        if key not in vague or not spot.senses:
            quiet.append(spot)
            continue
        near = {
            s.attribute for k in _beside(spots, at) for s in spots[k].senses if s.kind in ("name", "part")
        }
        alone = _stands_out(spots, at)
        kept = tuple(s for s in spot.senses if s.kind != "value" or s.attribute in near or (alone and s.full))
        quiet.append(replace(spot, senses=kept, stop=not kept and key in lexicon().stop))
    return quiet


def _stands_out(spots: Sequence[Spot], at: int) -> bool:
    """Whether a word is a member of a list by itself, or describes the thing right before its name."""
    after = spots[at + 1] if at + 1 < len(spots) else None
    listed = (not at or spots[at - 1].pause > 0) and (after is None or after.pause > 0)
    counted = at > 0 and spots[at - 1].amount is not None
    describes = after is not None and after.category and not spots[at].has("name") and not counted
    return listed or describes


def _beside(spots: Sequence[Spot], at: int) -> list[int]:
    """Places up to two spots away in the same clause, what joins words not counted."""
    places: list[int] = []
    for step in (-1, 1):
        k, left = at + step, 2
        while (
            0 <= k < len(spots) and left and spots[k].pause < 2 and not (spots[k].pause and not spots[k].link)
        ):
            places.append(k)
            left -= 0 if spots[k].stop or spots[k].link else 1
            k += step
    return places
