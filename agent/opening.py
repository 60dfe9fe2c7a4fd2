"""How a session begins and how a follow-up question enters one; the same for the command line and the app."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from agent.card_text import card_text, reading_line, without_reading
from agent.desk import Desk
from agent.past import MOST_SHOWN, past_needs, worth_telling
from agent.reading.read import MOST_NEEDS, QuestionError, Reading, read
from agent.session import new_id
from agent.trajectory import Question, Trajectory
from agent.wire import WIRE_VERSION
from index.card import CategoryCard
from index.search import Index

__all__ = ["EmptyCatalogueError", "QuestionError", "begin", "follow_up"]

LONGEST_QUESTION = 4000
"""Characters; about a thousand tokens, an eighth of the smallest context."""


class EmptyCatalogueError(QuestionError):
    """There is nothing to research in."""


HISTORY = "The person's history"
"""The line after which the person's past is told."""


def begin(
    question: str, index: Index, author: str, seed: int, now: datetime, history: Sequence[str] = ()
) -> tuple[Trajectory, Desk]:
    """A new session with its question and catalogue card; raises QuestionError.

    `history` is the person's past, a line an event, oldest first; of it the researcher is told, beside the
    card, what says most there.
    """
    text = _checked(question)
    cards = index.card(text)
    if not cards and index.catalog.counts().products:
        raise EmptyCatalogueError(
            "No product of the catalogue has a category, and without one there are no attributes to compare; "
            "import the file anew with `--map category=COLUMN`."
        )
    if not cards:
        raise EmptyCatalogueError(
            "The catalogue is empty: add products with `productresearch index add FILE`, "
            "or try the demo with `productresearch index demo`."
        )
    desk = Desk(index=index, cards=cards)
    history = worth_telling(history, cards)
    with suppress(QuestionError):
        desk.reading = _with_past(read(text, cards), history, desk)
    beside = _joined(card_text(cards), reading_line(desk.reading), *history_lines(history))
    asked = Question(text=text, card=beside, at=now)
    trajectory = Trajectory(
        id=new_id(now), wire=WIRE_VERSION, started=now, author=author, seed=seed, entries=(asked,)
    )
    return trajectory, desk


def follow_up(question: str, trajectory: Trajectory, desk: Desk, author: str, now: datetime) -> Trajectory:
    """The session with one more question; needs, tags and evidence stay. Raises QuestionError."""
    text = _checked(question)
    known = {card.path for card in desk.cards}
    added = [card for card in desk.index.card(text, limit=1) if card.path not in known]
    new = tuple(_retagged(card, len(desk.cards) + n) for n, card in enumerate(added, start=1))
    desk.cards += new
    desk.stop, desk.asked = False, True
    desk.hear(text)
    beside = _joined(card_text(new) if new else "", reading_line(desk.reading))
    asked = Question(text=text, card=beside, at=now)
    return trajectory.model_copy(update={"author": author}).and_then(asked)


def unread(asked: Question, desk: Desk) -> Question:
    """A question beside which code has read nothing: for whoever has to understand by itself."""
    desk.reading = Reading()
    return asked.model_copy(update={"card": without_reading(asked.card)})


def history_lines(history: Sequence[str]) -> list[str]:
    """What the researcher is told of the person's past; nothing where nothing is known."""
    return [HISTORY, *(f"- {line}" for line in history)] if history else []


def without_history(asked: Question) -> Question:
    """A question beside which nothing is told of the person's past, which stands there last."""
    return asked.model_copy(update={"card": asked.card.partition(f"\n{HISTORY}\n")[0]})


def _with_past(reading: Reading, past: Sequence[str], desk: Desk) -> Reading:
    """A reading with what the person's past shows of attributes of which the question says nothing."""
    card = next((card for card in desk.cards if card.tag == reading.category), None)
    if card is None or not past:
        return reading
    said = {need.on for need in reading.needs if need.on != "other"}
    shown = [n for n in past_needs(past, card, desk.index) if n.on not in said and n not in reading.needs]
    room = min(MOST_SHOWN, MOST_NEEDS - len(reading.needs))
    past_said = tuple(shown[:room])
    return reading.model_copy(update={"needs": (*reading.needs, *past_said), "past": past_said})


def _joined(*lines: str) -> str:
    return "\n".join(line for line in lines if line)


def _retagged(card: CategoryCard, number: int) -> CategoryCard:
    return card.model_copy(update={"tag": f"C{number}"})


def _checked(question: str) -> str:
    text = question.strip()
    if not text:
        raise QuestionError('The question is empty; ask something such as "a light tent for two under 200".')
    if len(text) > LONGEST_QUESTION:
        raise QuestionError(
            f"The question has {len(text):,} characters; ask in at most {LONGEST_QUESTION:,} what you need."
        )
    return text
