"""What code puts beside a question: the catalogue card, and what the rules understood of the question."""

from collections.abc import Sequence

from agent.observe import shorten
from agent.plan import PARTED, PlanNeed, number_text
from agent.reading.read import Reading
from index.card import CardAttribute, CategoryCard

VALUES_SHOWN = 10
_READ = "Read by code, to be checked: "
_LONGEST_VALUE = 60


def card_text(cards: Sequence[CategoryCard]) -> str:
    """Candidate categories, best first, each with what can be asked of it."""
    if not cards:
        return "Catalogue card: the catalogue is empty."
    return "\n".join(["Catalogue card", *(_category_text(card) for card in cards)])


def reading_line(reading: Reading) -> str:
    """What code made of the words said so far, in one line under the card; empty where that is no need."""
    if not reading.needs:
        return ""
    return _READ + f"{PARTED} ".join([*filter(None, [reading.category]), *map(_need_text, reading.needs)])


def without_reading(text: str) -> str:
    """A card's text without the line of `reading_line`, for a policy that has to understand by itself."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(_READ))


def _need_text(need: PlanNeed) -> str:
    return need.model_copy(update={"value": shorten(need.value, _LONGEST_VALUE)}).line()


def _category_text(card: CategoryCard) -> str:
    facts = [f"{card.tag} {' > '.join(card.path)}", f"{card.count} products"]
    if card.price_low is not None and card.price_high is not None:
        span = f"{number_text(card.price_low)}..{number_text(card.price_high)} {card.currency}"
        facts.append(f"price {span} ({card.priced:.0%})")
    if card.rated:
        facts.append(f"rating ({card.rated:.0%})")
    return "\n".join([", ".join(facts), *(f"- {_attribute_text(a)}" for a in card.attributes)])


def _attribute_text(attribute: CardAttribute) -> str:
    share = f"({attribute.coverage:.0%})"
    if attribute.kind == "flag":
        return f"{attribute.name} yes/no {share}"
    if attribute.kind == "number" and attribute.low is not None and attribute.high is not None:
        span = f"{number_text(attribute.low)}..{number_text(attribute.high)}"
        return f"{attribute.name} {span} {attribute.unit}".rstrip() + f" {share}"
    values = ", ".join(shorten(v, 24) for v in attribute.values[:VALUES_SHOWN])
    return f"{attribute.name}: {values} {share}"
