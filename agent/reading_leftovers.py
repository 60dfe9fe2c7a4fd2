"""What no need covers: model names for the title, wishes that no record can decide, and the search query."""

from collections.abc import Sequence

from agent.reading_amounts import Amount
from agent.reading_limits import Draft, Drafts, limit_of
from agent.reading_scope import Scopes, denied
from agent.reading_spots import Passage, Spot

MOST_WISHES = 3
MOST_QUERY_WORDS = 24
_WISH_WORDS = 9


def read_models(passage: Passage, scope: Scopes, drafts: Drafts) -> None:
    """Model names such as "RTX 4090" or "WH-1000XM4": letters and digits that nothing else explains."""
    at = 0
    while at < len(passage.spots):
        run = _model_run(passage, at, scope, drafts)
        if run:
            last = run[-1] + 1
            op = "!=" if denied(passage.spots, at) else "="
            draft = Draft(at, "title", "=" if op == "=" else "!=", passage.text(at, last)[:120])
            drafts.needs.append(draft)
            drafts.used.update(run)
        at = run[-1] + 1 if run else at + 1


def _model_run(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> list[int]:
    """Places of a model name that starts here: an unknown word with its numbers."""
    spots = passage.spots
    if not spots[at].unknown or at in drafts.used | scope.told | scope.free:
        return []
    run, digits, glued = [at], any(c.isdigit() for c in spots[at].text), True
    for k in range(at + 1, min(len(spots), at + 6)):
        spot = spots[k]
        first = passage.tokens[spot.first]
        if k in drafts.used or not (
            _is_bare(spot.amount) or (first.glued and (spot.unknown or spot.text == "-"))
        ):
            break
        if not first.glued and not _is_bare(spot.amount):
            break
        digits = digits or spot.amount is not None
        glued = glued and first.glued
        run.append(k)
    while run and spots[run[-1]].text == "-":
        run.pop()
    if not digits or len(run) < 2:
        return []
    return run if glued or _looks_like_model(passage, run) else []


def _is_bare(amount: Amount | None) -> bool:
    return amount is not None and not amount.unit and not amount.money and amount.low == amount.high


def _looks_like_model(passage: Passage, run: Sequence[int]) -> bool:
    """Whether a word and a number apart are a name: a capital letter, or a number as only names have."""
    word, number = passage.spots[run[0]], passage.spots[run[1]]
    amount = number.amount
    if limit_of(passage.spots, run[1]).bound or amount is None:
        return False
    return word.text[:1].isupper() or amount.high >= 1000


def read_unplaced(passage: Passage, scope: Scopes, drafts: Drafts) -> None:
    """Limits that no attribute takes ("under 2 kg" where no weight is known) become wishes."""
    spots = passage.spots
    for at, spot in enumerate(spots):
        if spot.amount is None or spot.amount.weak or at in drafts.used | scope.told:
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
        if _led(spots[first:last]) and len(text) <= 120:
            drafts.needs.append(Draft(at, "other", "has", text, hard=False))
            given += 1
        at = last


def _leftover(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> bool:
    return passage.spots[at].unknown and at not in drafts.used | scope.told | scope.free


def _wish_span(passage: Passage, at: int, scope: Scopes, drafts: Drafts) -> tuple[int, int]:
    """From the word of wishing before a leftover to the last leftover of its run."""
    spots = passage.spots
    first, last = at, at + 1
    while first and at - first < 3 and _fills(spots[first - 1], first - 1, drafts):
        first -= 1
    while first < at and spots[first].stop:
        first += 1
    k = last
    while k < len(spots) and k - first < _WISH_WORDS:
        if _leftover(passage, k, scope, drafts):
            last = k + 1
        elif not _fills(spots[k], k, drafts):
            break
        k += 1
    return first, last


def _fills(spot: Spot, at: int, drafts: Drafts) -> bool:
    """Whether a spot may stand inside a wish: small words and words of wishing, no pause and no need."""
    if spot.pause or spot.amount or spot.senses or spot.category or at in drafts.used:
        return False
    return spot.stop or (bool(spot.tags) and not any(t.endswith(("_before", "_after")) for t in spot.tags))


def _led(spots: Sequence[Spot]) -> bool:
    return any({"wish", "with", "not", "for_ahead"} & s.tags for s in spots)


def query_of(passage: Passage, scope: Scopes, drafts: Drafts) -> str:
    """Leftover content words, in order; the category as said where nothing else is left."""
    spots = passage.spots
    words = [
        spot.text
        for at, spot in enumerate(spots)
        if at not in drafts.used | scope.told | scope.free
        and (spot.unknown or (spot.amount is not None and not spot.amount.weak))
        and not denied(spots, at)
    ]
    kept = list(dict.fromkeys(words))[:MOST_QUERY_WORDS]
    if not kept:
        kept = list(dict.fromkeys(s.text for s in spots if s.category))[:1]
    return " ".join(kept)[:300].strip()
