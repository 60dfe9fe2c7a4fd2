"""What a persona shows without saying it: the brand bought again, the fault that things were returned for.

A reason counts in another category only where that category's card knows its words.
"""

from collections.abc import Sequence

from agent.plan import PlanNeed
from distill.task import Persona
from index.card import CategoryCard
from index.conditions import spaced

RETURNED = " returned "
_TOO, _ENOUGH, _NOT, _BAD = "too ", " enough", "not ", "bad "


def shown_wishes(persona: Persona, card: CategoryCard) -> list[PlanNeed]:
    """Soft needs that the history shows, the strongest first, each once."""
    wishes = [w for line in reversed(persona.history) if (w := _wish_of(line, card)) is not None]
    known = {brand.casefold(): brand for brand in card.brands}
    liked = [known[b.casefold()] for b in persona.brands if b.casefold() in known][:1]
    wishes += [PlanNeed(on="brand", op="=", value=brand, hard=False) for brand in liked]
    if persona.spending == "low" and card.priced:
        wishes.append(PlanNeed(on="price", op="low", hard=False))
    by_attribute = {(w.on, w.value if w.on == "other" else ""): w for w in reversed(wishes)}
    return list(reversed(by_attribute.values()))


def reason_of(line: str) -> str:
    """Why something came back, as a line of the history says; empty where it does not."""
    if RETURNED not in line or ": " not in line:
        return ""
    return line.rpartition(": ")[2]


def _wish_of(line: str, card: CategoryCard) -> PlanNeed | None:
    reason = reason_of(line)
    if reason.startswith(_TOO):
        return _on_word(reason.removeprefix(_TOO), card, wanted=False)
    if reason.startswith(_NOT) and reason.endswith(_ENOUGH):
        return _on_word(reason.removeprefix(_NOT).removesuffix(_ENOUGH), card, wanted=True)
    if reason.startswith(_BAD):
        return PlanNeed(on="other", op="has", value=f"good {reason.removeprefix(_BAD)}", hard=False)
    return None


def _on_word(word: str, card: CategoryCard, *, wanted: bool) -> PlanNeed | None:
    """Towards a word or away from it; None where it speaks of no attribute of the card, or of several."""
    speaking = [
        a for a in card.attributes if a.kind == "number" and _among(word, (*a.low_words, *a.high_words))
    ]
    if len(speaking) != 1:
        return None
    (attribute,) = speaking
    low = _among(word, attribute.low_words if wanted else attribute.high_words)
    return PlanNeed(on=attribute.name, op="low" if low else "high", hard=False)


def _among(word: str, words: Sequence[str]) -> bool:
    return spaced(word) in map(spaced, words)


def alone(words: Sequence[str], card: CategoryCard) -> list[str]:
    """Those of an attribute's words that speak of no other attribute of the card."""
    return [w for w in words if sum(w in (*a.low_words, *a.high_words) for a in card.attributes) == 1]
