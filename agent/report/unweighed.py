"""Wishes that no record decides: what was said of them, and what the reviews of a product say of them."""

from collections.abc import Iterator, Sequence
from contextlib import suppress

from agent.desk import Desk
from agent.reading.read import QuestionError, Reading, read
from agent.report.record import Heard
from index.product import Product
from index.reviews.polarity import denies, tokens
from index.reviews.reading import sides


def undecided(questions: Sequence[str], desk: Desk) -> list[str]:
    """Wishes of the ledger and of the questions that reviews may tell; a refusal is praised by nobody."""
    ledger = [need.said for need in desk.needs if need.attribute == "other"]
    wishes = dict.fromkeys([*ledger, *unweighed(questions, desk)])
    return [wish for wish in wishes if not any(map(denies, tokens(wish)))]


def heard(product: Product, wishes: Sequence[str], desk: Desk) -> Iterator[Heard]:
    """What reviews of a product say of each wish, where any takes a side."""
    reading = desk.reviews(product)
    for wish in wishes:
        said = sides(reading.of(wish))
        if said:
            yield Heard(wish=wish, praised=said["positive"], criticised=said["negative"], mixed=said["mixed"])


def unweighed(questions: Sequence[str], desk: Desk) -> list[str]:
    """What was said of the thing in words that no record decides and no need of the ledger holds."""
    readings = list(_readings(questions, desk))
    # A plan that decides by more than was read may have taken up what was passed by.
    read_on = {need.on for reading in readings for need in reading.needs}
    took_up = {need.attribute for need in desk.needs} - {"other", *read_on}
    wishes: list[str] = []
    for reading in readings:
        wishes += () if took_up else reading.passed_by
        wishes += [need.value for need in reading.needs if need.on == "other"]
    held = {need.said for need in desk.needs}
    return [wish for wish in dict.fromkeys(wishes) if wish not in held]


def _readings(questions: Sequence[str], desk: Desk) -> Iterator[Reading]:
    for question in questions:
        with suppress(QuestionError):
            yield read(question, desk.cards)
