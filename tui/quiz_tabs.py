"""The options of a question as tabs: one for each attribute that an option only names.

Nobody can answer "weight" with a word, so its tab offers bounds of which each takes another part of what is
there, or the commonest values, and says what each would leave.
"""

from collections.abc import Iterator, Sequence
from typing import Final

from agent.desk import Desk
from agent.plan import number_text
from index.card import CardAttribute, CategoryCard
from index.conditions import in_words
from index.text.sanitize import plain
from index.text.units import unit_text
from tui.shown import Choice, QuizTab

VALUES: Final = 4
"""What is offered of one attribute."""
SHARES: Final = (0.25, 0.5, 0.75)
"""Where bounds lie among the numbers that are known."""
MOST, LEAST = "at most", "at least"


def tabs_of(options: Sequence[str], desk: Desk | None) -> tuple[QuizTab, ...]:
    """A tab for each attribute that is named, with the other options at its end; else one tab of them all."""
    card = desk.category if desk else None
    named = {option: a for option in options if card and (a := _attribute(option, card))}
    rest = tuple(_choice(option, desk, closes=True) for option in options if option not in named)
    if desk is None or card is None or not named:
        return (QuizTab("", rest),)
    tabs = []
    for title, attribute in named.items():
        said = [(words, f"{title} {words}") for words in _said(attribute, card, desk)]
        if attribute.kind == "flag":
            said = [(title, title), (f"not {title}", f"not {title}")]
        offered = (_choice(words, desk, answer) for words, answer in said)
        tabs.append(QuizTab(title, (*(o for o in offered if o.left != 0), *rest), _span(attribute)))
    return tuple(tabs)


def _attribute(option: str, card: CategoryCard) -> CardAttribute | None:
    if option == "price" and card.price_low is not None:
        number = {"unit": card.currency, "low": card.price_low, "high": card.price_high, "better": "low"}
        return CardAttribute.model_validate(
            {"name": "price", "kind": "number", "coverage": card.priced, **number}
        )
    return next((a for a in card.attributes if in_words(a.name) == option), None)


def _choice(words: str, desk: Desk | None, answer: str = "", *, closes: bool = False) -> Choice:
    left = None if desk is None else desk.count_after(answer or words)
    return Choice(words, left, answer or words, closes=closes)


def _said(attribute: CardAttribute, card: CategoryCard, desk: Desk) -> Iterator[str]:
    """What can be said of an attribute after its name, at most `VALUES`."""
    if attribute.kind == "text":
        yield from map(plain, attribute.values[:VALUES])
    known = desk.index.numbers(card.path, attribute.name) if attribute.kind == "number" else ()
    if not known:
        return
    bounds = list(dict.fromkeys(known[round((len(known) - 1) * share)] for share in SHARES))
    match attribute.better:
        case "low":
            sides = [(MOST, bound) for bound in bounds]
        case "high":
            sides = [(LEAST, bound) for bound in reversed(bounds)]
        case _:
            sides = [(MOST, bounds[0]), *((LEAST, bound) for bound in bounds[1:] or bounds)]
    for side, bound in sides:
        yield f"{side} {number_text(bound)} {unit_text(attribute.unit)}".rstrip()


def _span(attribute: CardAttribute) -> str:
    """What there is of an attribute, in short."""
    if attribute.kind == "number" and attribute.low is not None and attribute.high is not None:
        span = f"{number_text(attribute.low)} to {number_text(attribute.high)}"
        return f"{span} {unit_text(attribute.unit)}".strip()
    return ", ".join(plain(value) for value in attribute.values)
