"""The person by rules: questions from the phrasing families, answers in the words of the needs themselves.

Reproducible: what is said follows from the brief's seed, and what is answered from the task's.
"""

import re
import tomllib
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files
from random import Random

from agent.plan import PlanNeed, bind
from agent.reading.tokens import singular
from distill.phrasing.said import names, stands_in
from distill.phrasing.writer import grouped, need_words, write_question
from distill.rubric import Rubric
from distill.seats.roles import Brief, History
from distill.task import Persona, Task, TrueNeed
from index.card import CardAttribute, CategoryCard
from index.conditions import Condition, Op, in_words, lower_slack, spaced, upper_slack
from index.search import Index
from index.text.money import parse_price
from index.text.units import QuantityError, UnitError, convert, parse_quantity

_NAMED, _VALUED = 2.0, 1.0
"""How much an attribute's name and one of its values say of what is asked."""


class RulesUser:
    """The seat of the user without a model."""

    name = "rules"

    def __init__(self, index: Index) -> None:
        self._index = index

    def persona(self, history: History, known: Persona) -> Persona:  # noqa: ARG002
        """What code knows of the person."""
        return known

    def question(self, brief: Brief, persona: Persona) -> str:  # noqa: ARG002
        """The question in the brief's family."""
        card = self._index.card_for(brief.category)
        return write_question(brief, card, Random(f"{brief.seed}:question"))

    def rubric(self, question: str, needs: Sequence[TrueNeed], rubric: Rubric) -> Rubric:  # noqa: ARG002
        """The rubric as the rules made it."""
        return rubric

    def answer(self, task: Task, needs: Sequence[TrueNeed], question: str, options: Sequence[str]) -> str:
        """The option that holds, or the words of the need that is asked about; empty without a wish."""
        kind = _of_kind(task.category, options)
        if kind:
            return kind
        card = self._index.card_for(task.category)
        if is_open(question):
            return _everything_kept(needs, card, Random(f"{task.seed}:{question}"))
        asked = _asked_about(question, options, needs, card)
        if not asked:
            return ""
        named = _names_it(asked[0].need, options)
        if named:
            return named
        holding = [o for o in options if all(self._holds(t.need, o, card) for t in asked)]
        if len(holding) == 1:
            return holding[0]
        rng = Random(f"{task.seed}:{question}")
        return asked[0].words or need_words([t.need for t in asked], card, rng)

    def _holds(self, need: PlanNeed, option: str, card: CategoryCard) -> bool:
        """Whether an option is what the need wants."""
        attribute = _attribute(need, card)
        if attribute is not None and attribute.kind == "flag":
            return _says(option, "no" if need.value == "no" else "yes")
        condition = bind(need, "T", card, self._index).condition
        if condition is not None and condition.number is not None:
            return _number_holds(condition, option, card)
        denied = need.op == "!="
        return stands_in(need, option, card) != denied


def is_open(question: str) -> bool:
    """Whether a question leaves it to the person what to speak of."""
    return _longest(asking()["open"], question) > 0


def _everything_kept(needs: Sequence[TrueNeed], card: CategoryCard, rng: Random) -> str:
    """What the person had not said yet, in their own words."""
    kept = {t.need: t.words for t in needs if t.reveal == "asked"}
    said = [kept[group[0]] or need_words(group, card, rng) for group in grouped(list(kept))]
    return ", ".join(said)


def _of_kind(category: Sequence[str], options: Sequence[str]) -> str:
    """The option that names the kind of thing that is wanted."""
    wanted = spaced(" ".join(category))
    return next((o for o in options if spaced(o) in (wanted, spaced(category[-1]))), "")


def _asked_about(
    question: str, options: Sequence[str], needs: Sequence[TrueNeed], card: CategoryCard
) -> list[TrueNeed]:
    """The need that the question is about, with the other end of its range; none where it is about none."""
    scored = [(_score(t.need, question, options, card), -at, t) for at, t in enumerate(needs)]
    best = max(scored, key=lambda s: s[:2], default=None)
    if best is None or best[0] <= 0:
        return []
    chosen = best[2]
    if chosen.need.on == "other":
        return [chosen]
    return [t for t in needs if t.need.on == chosen.need.on]


def _score(need: PlanNeed, question: str, options: Sequence[str], card: CategoryCard) -> float:
    """How much of a question and its options speaks of a need."""
    attribute = _attribute(need, card)
    called = asking().get(need.on, ()) if attribute is None else names(attribute)
    score = _NAMED * _longest(called, question)
    if need.on == "other":
        return score + _NAMED * _longest((need.value,), question)
    words = () if attribute is None else (*attribute.low_words, *attribute.high_words)
    values = (
        *need.value.split("|"),
        *(attribute.values if attribute else card.brands if need.on == "brand" else ()),
    )
    offered = sum(_longest(values, option) > 0 or _longest(called, option) > 0 for option in options)
    measured = attribute is not None and attribute.kind == "number" and bool(need.value)
    figure = measured and stands_in(need, question, card)
    return score + _VALUED * (_longest(words, question) + offered + figure)


def _names_it(need: PlanNeed, options: Sequence[str]) -> str:
    """The option that is the very attribute of the need ("What is 5 kg to be?")."""
    return next((o for o in options if spaced(o) == spaced(in_words(need.on))), "")


def _attribute(need: PlanNeed, card: CategoryCard) -> CardAttribute | None:
    return next((a for a in card.attributes if a.name == need.on), None)


def _longest(phrases: Iterable[str], text: str) -> int:
    """Words of the longest of the phrases that stands in a text, plurals alike."""
    words = f" {_key(text)} "
    return max((len(p.split()) for p in phrases if _key(p) and f" {_key(p)} " in words), default=0)


def _key(text: str) -> str:
    return " ".join(singular(word) for word in spaced(text).split())


def _says(option: str, word: str) -> bool:
    return _longest(asking()[word], option) > 0 and not _longest(
        asking()["no" if word == "yes" else "yes"], option
    )


def _number_holds(condition: Condition, option: str, card: CategoryCard) -> bool:
    """Whether the figure of an option is the one that the need names, or lies within its limit."""
    number = _number_in(option, condition, card)
    if number is None or condition.number is None:
        return False
    if condition.op is Op.IS:
        low, high = condition.span
        return lower_slack(low) <= number <= upper_slack(high)
    return abs(number - condition.number) <= abs(condition.number) * 1e-6


def _number_in(option: str, condition: Condition, card: CategoryCard) -> float | None:
    figure = re.search(r"[$€£]?\d.*", option)
    if not figure:
        return None
    try:
        if condition.attribute == "price":
            return parse_price(figure[0], card.currency)[0]
        quantity = parse_quantity(figure[0])
        unit = quantity.unit or condition.unit
        return convert(quantity.high, unit, condition.unit) if condition.unit else quantity.high
    except (QuantityError, UnitError):
        return None


@cache
def asking() -> dict[str, tuple[str, ...]]:
    """The words of `asking.toml`."""
    text = files("distill.phrasing").joinpath("asking.toml").read_text(encoding="utf-8")
    return {name: tuple(words) for name, words in tomllib.loads(text).items()}
