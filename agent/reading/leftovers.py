"""What no need covers: model names for the title, and wishes that no record can decide."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from agent.reading.amounts import SPANS, Amount
from agent.reading.bounds import limit_of
from agent.reading.drafts import Draft, Drafts, is_measured
from agent.reading.scope import Scopes, denied, denied_after, sentence_of
from agent.reading.spots import Passage, Spot
from agent.reading.vocabulary import Vocabulary

MOST_WISHES = 3
MOST_TITLED = 6
"""Spots of titles, beyond which a long story would ask for a title of its own."""
_PEOPLE = frozenset(
    {"my", "his", "her", "our", "their", "your", "i", "he", "she", "we", "they", "im", "hes", "shes"}
)
_ASKING = frozenset({"what", "which", "who", "how", "should", "must"})
_WISH_WORDS = 9
_ITEM_WORDS = 6
_USE_WORDS = 4
"""Spots before a word in which the "for" of its use may stand."""
_NOUNS_DENIED_BY = frozenset(
    {"no", "without", "non", "sans", "w/o", "zero", "minus", "skip", "avoid", "excluding", "except"}
)


def read_titles(passage: Passage, scope: Scopes, drafts: Drafts) -> None:
    """Words that stand in product titles: model names, versions of what is asked for, denied features."""
    at = 0
    while at < len(passage.spots):
        run = _model_run(passage, at, scope, drafts)
        hard = bool(run) and _looks_like_model(passage, run) and not _has_models(passage.words)
        run = run or _version(passage, at, drafts) or _acronym(passage, at, scope, drafts)
        titled = [] if run else _titled(passage, at, scope, drafts)
        run = run or titled
        if run:
            no = denied(passage.spots, at) or denied_after(passage.spots, run[-1])
            if no and run == titled and not _denied_close(passage.spots, at):
                at = run[-1] + 1
                continue
            text = passage.text(at, run[-1] + 1)[:120]
            draft = Draft(at, "title", "!=" if no else "=", text, hard=hard or no)
            _enter_title(passage, draft, drafts)
            if hard or no:
                drafts.used.update(run)
            drafts.titled.update(run)
        at = run[-1] + 1 if run else at + 1


def _enter_title(passage: Passage, draft: Draft, drafts: Drafts) -> None:
    """Enter a need on the title, or make it an alternative of the one that "or" joins it to."""
    last = drafts.needs[-1] if drafts.needs else None
    joined = draft.at > 0 and passage.spots[draft.at - 1].link == "or"
    if last is not None and joined and last.on == "title" and last.op == draft.op:
        value = f"{last.value}|{draft.value}"[:120]
        drafts.needs[-1] = replace(last, value=value)
    else:
        drafts.needs.append(draft)


def _version(passage: Passage, at: int, drafts: Drafts) -> list[int]:
    """A category's name with a bare number after it ("Windows 11"), or a brand's number ("990 Pro")."""
    spots = passage.spots
    if spots[at].amount and at and spots[at - 1].has("brand") and at not in drafts.used:
        more = at + 1 < len(spots) and spots[at + 1].unknown
        return [at, at + 1] if more and _is_bare(spots[at].amount) else []
    if not spots[at].category or at + 1 >= len(spots) or at + 1 in drafts.used:
        return []
    return [at, at + 1] if _is_bare(spots[at + 1].amount) and not limit_of(spots, at + 1).bound else []


def _titled(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> list[int]:
    """A content word that titles of the category have, said of the thing itself ("on a usb stick")."""
    spot = passage.spots[at]
    said = spot.unknown and spot.text.casefold() in passage.titles and len(spot.text) > 1
    if (
        not said
        or at in drafts.used | scope.told | scope.free | scope.context
        or len(drafts.titled) > MOST_TITLED
    ):
        return []
    first, last = sentence_of(passage.spots, at)
    of_it = any(s.category or k in drafts.used for k, s in enumerate(passage.spots[first:last], start=first))
    return [at] if of_it and not _of_people(passage.spots, at) else []


def _denied_close(spots: Sequence[Spot], at: int) -> bool:
    """Whether a word is itself denied ("not the dvd"), and not another before it ("no room in the box")."""
    k = at - 1
    while k >= 0 and spots[k].text.casefold() in ("a", "an", "the", "any"):
        k -= 1
    return (k >= 0 and "not" in spots[k].tags) or denied_after(spots, at)


def _of_people(spots: Sequence[Spot], at: int) -> bool:
    """Whether a word is what somebody has or does ("for his friends", "I go by bike")."""
    before = [s.text.casefold() for s in spots[max(0, at - 2) : at]]
    return bool(_PEOPLE & set(before)) or before[-1:] == ["by"] or _of_use(spots, at)


def _of_use(spots: Sequence[Spot], at: int) -> bool:
    """Whether nothing but words that no need takes stands between a "for" and a word."""
    for spot in reversed(spots[max(0, at - _USE_WORDS) : at]):
        if spot.text.casefold() == "for" or "for_ahead" in spot.tags:
            return True
        named = any(sense.kind != "adjective" for sense in spot.senses)
        if spot.pause or spot.link or spot.amount or named or spot.category or "with" in spot.tags:
            return False
    return False


def _acronym(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> list[int]:
    """A short unknown word that is denied: what titles spell out ("no RGB", "RGB-free")."""
    spot = passage.spots[at]
    if not spot.unknown or at in drafts.used | scope.told | scope.free or not 2 <= len(spot.text) <= 4:
        return []
    before = passage.spots[at - 1].text.casefold() if at else ""
    no = before in _NOUNS_DENIED_BY and denied(passage.spots, at)
    return [at] if no or denied_after(passage.spots, at) else []


def _model_run(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> list[int]:
    """Places of a model name that starts here: an unknown word with its numbers."""
    spots = passage.spots
    if not spots[at].unknown or at in drafts.used | scope.told | scope.free or _multiplies(passage, at):
        return []
    run, digits = [at], False
    for k in range(at + 1, min(len(spots), at + 6)):
        spot = spots[k]
        first = passage.tokens[spot.first]
        if k in drafts.used or not (
            _is_bare(spot.amount) or (first.glued and (spot.unknown or spot.text == "-"))
        ):
            break
        if not first.glued and not _is_bare(spot.amount):
            break
        digits = digits or any(c.isdigit() for c in spot.text)
        run.append(k)
    while run and spots[run[-1]].text == "-":
        run.pop()
    counted = len(run) > 1 and _counts(passage, run[-1])
    return run if digits and not counted and not limit_of(spots, run[1]).bound else []


def _counts(passage: Passage, at: int) -> bool:
    """Whether a number says how many of what comes next, and is no name's ("lasts 10 years", "3 times")."""
    end = passage.spots[at].last
    follows = passage.tokens[end].word if end < len(passage.tokens) else ""
    return follows == "times" or follows in SPANS


def _multiplies(passage: Passage, at: int) -> bool:
    """Whether a word glued to the number before it is a sign of multiplication ("2x16")."""
    first = passage.tokens[passage.spots[at].first]
    return first.glued and bool(at and passage.spots[at - 1].amount) and first.word in ("x", "×")


def _is_bare(amount: Amount | None) -> bool:
    return amount is not None and not amount.unit and not amount.money and amount.low == amount.high


def _looks_like_model(passage: Passage, run: Sequence[int]) -> bool:
    """Whether a word and a number apart are a name: a capital letter, or a number as only names have."""
    word, rest = passage.spots[run[0]], run[1:]
    large = any((amount := passage.spots[k].amount) and amount.high >= 1000 for k in rest)
    return word.text[:1].isupper() or large or all(passage.spots[k].glued for k in rest)


def _has_models(words: Vocabulary) -> bool:
    """Whether an attribute of the card holds model names, so that titles need not."""
    numbered = {name for name, _ in words.patterns}
    kept = (a for a in words.card.attributes if a.name in numbered and a.coverage > 0.9)
    return any(sum(any(c.isdigit() for c in v) for v in a.values) > len(a.values) / 2 for a in kept)


def read_unplaced(passage: Passage, scope: Scopes, drafts: Drafts) -> None:
    """Limits that no attribute takes ("under 2 kg" where no weight is known) become wishes."""
    spots = passage.spots
    for at, spot in enumerate(spots):
        if spot.amount is None or spot.amount.weak or at in drafts.used | drafts.titled | scope.told:
            continue
        limit = limit_of(spots, at)
        if not limit.bound and not spot.amount.unit:
            continue
        first = min((at, *limit.used))
        last = max((at, *limit.used)) + 1
        while last < len(spots) and spots[last].unknown and last < at + 4:
            last += 1
        drafts.needs.append(Draft(at, "other", "has", passage.text(first, last)[:120], hard=False))
        drafts.used.update(range(first, last))


def read_items(passage: Passage, scope: Scopes, drafts: Drafts) -> None:
    """Items of a list of which nothing was read ("…, easy to use, …") are wishes as a whole."""
    spots = passage.spots
    ends = [k for k, s in enumerate(spots) if s.pause]
    for before, end in pairwise([*ends, len(spots)]):
        first = next((k for k in range(before + 1, end) if spots[k].text[:1].isalnum()), end)
        item = range(first, end)
        labels = end < len(spots) and spots[end].text == ":"
        text = passage.text(first, end)
        if labels or not 2 <= len(text.split()) <= _ITEM_WORDS:
            continue
        if _is_wish(spots[first:end]) and all(_unread(passage, k, scope, drafts) for k in item):
            drafts.needs.append(Draft(first, "other", "has", text[:120], hard=False))
            drafts.used.update(item)


def _is_wish(spots: Sequence[Spot]) -> bool:
    """Whether words say what a thing is to be, and nothing of people."""
    praises = any(s.unknown or {"wish", "praise", "rating_high"} & s.tags for s in spots)
    return praises and not (_PEOPLE | _ASKING) & {s.text.casefold() for s in spots}


def _unread(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> bool:
    spot = passage.spots[at]
    hidden = drafts.used | drafts.titled | scope.told | scope.free
    read = any(sense.kind != "part" for sense in spot.senses) or spot.amount or spot.category
    return at not in hidden and not read


def read_others(passage: Passage, scope: Scopes, drafts: Drafts) -> None:
    """A few wishes that no record decides ("comfortable with glasses"), where words of wishing lead them."""
    spots = passage.spots
    at, given = 0, 0
    while at < len(spots) and given < MOST_WISHES:
        if not _leftover(passage, at, scope, drafts):
            at += 1
            continue
        first, last = _wish_span(passage, at, scope, drafts)
        text = passage.text(first, last)
        if len(text) <= 120 and _led(spots[first:last]) and not is_measured(spots, last, drafts):
            drafts.needs.append(Draft(at, "other", "has", text, hard=False))
            given += 1
        at = last


def _leftover(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> bool:
    hidden = drafts.used | drafts.titled | scope.told | scope.free
    return passage.spots[at].unknown and at not in hidden


def _wish_span(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> tuple[int, int]:
    """From the word of wishing before a leftover to the last leftover of its run."""
    spots = passage.spots
    first, last = at, at + 1
    while first and at - first < 3 and _fills(spots[first - 1], first - 1, drafts):
        first -= 1
    while first < at and spots[first].stop and not {"rating_high", "refuse"} & spots[first].tags:
        first += 1
    k = last
    while k < len(spots) and k - first < _WISH_WORDS:
        praised = last == k and "rating_high" in spots[k].tags and k not in drafts.used
        if _leftover(passage, k, scope, drafts) or praised:
            last = k + 1
        elif not _fills(spots[k], k, drafts):
            break
        k += 1
    return first, last


def _fills(spot: Spot, at: int, drafts: Drafts) -> bool:
    """Whether a spot may stand inside a wish: small words and words of wishing, no pause and no need."""
    if spot.pause or spot.amount or spot.senses or spot.category or at in drafts.used:
        return False
    return (
        spot.stop
        or "wish" in spot.tags
        or (bool(spot.tags) and not any(t.endswith(("_before", "_after")) for t in spot.tags))
    )


def _led(spots: Sequence[Spot]) -> bool:
    return any({"wish", "praise", "with", "not", "for_ahead", "rating_high"} & s.tags for s in spots)
