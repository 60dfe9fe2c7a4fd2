"""What the micro agent learns from: rendered sessions over drawn worlds, written once and read many times.

Four kinds stand in a corpus: `cards` (lines about products, for the copying curriculum), `readings` (many
questions on one catalogue card, each with its plan), `plans` (one question, its card and the plan) and `work`
(whole supervised dialogues in one voice). Everything is made by `distill` with rules in the seats; texts are
rendered by the wire, so tokenizing them is all that is left to do.
"""

import gzip
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from itertools import chain
from pathlib import Path
from random import Random
from typing import NamedTuple, Protocol

from pydantic import Field

from agent.card_text import reading_line
from agent.desk import Desk
from agent.observe import attribute_text, price_text, rating_text
from agent.opening import history_lines, unread
from agent.policy import step_of
from agent.reading.read import QuestionError, Reading, read
from agent.trajectory import Entry, Question, Step
from agent.wire import Span, entry_spans
from distill.dataset.contexts import contexts
from distill.dialogue import Dialogue, State
from distill.drawing.streams import home_tasks, random_tasks
from distill.drawing.tasks import Tally
from distill.filtering.record import FilterSettings, Kept
from distill.filtering.stages import Rejected, examine
from distill.internalizing.internalize import internalize
from distill.internalizing.rewriting import RulesRewriter
from distill.internalizing.variants import Variant, VariantName
from distill.running.casting import Casting, CastSpec
from distill.seats.oracle import oracle
from distill.seats.rules_user import RulesUser
from distill.stage import CLOCK, hold, opened
from distill.supervisor import STATES
from distill.task import Split, Task
from distill.worlds.open import Worlds
from index.product import Product, Record
from index.search import Index
from models.engine import Piece
from models.template import ChatTemplate

Rendered = list[Span]
"""A sample: pieces of text, each trusted or not, learnt or not."""

ON_A_CARD = 6
"""Questions on one card."""


class CorpusSpec(Record):
    """What to draw; the same spec over the same home gives the same corpus."""

    tasks: int = Field(gt=0)
    seed: int
    home_share: float = Field(default=0.4, ge=0, le=1)
    """Share of tasks over the catalogue of the home; the rest are over random worlds."""
    split: Split = "train"
    unread: float = Field(default=0.15, ge=0, le=1)
    """Share of plans and readings without the reading by code: the model learns to read for itself."""
    faults: float = Field(default=0.25, ge=0, le=1)
    """Share of dialogues with planted faults, which become reflections."""
    variant: VariantName = "internalized"
    states: frozenset[State] = STATES
    """Steps that a supervisor looks at; none for unsupervised dialogues."""
    context: int = Field(default=0, ge=0)
    """Tokens of a context in which dialogues are begun anew, each piece a sample; 0 keeps them whole."""
    filtered: bool = True
    """Whether a dialogue has to pass the filter, or only to come to its report."""


class _Drawn(NamedTuple):
    """A task, the index of its world, and the random draw that belongs to it."""

    task: Task
    shop: Index
    draw: Random


class Reach(Protocol):
    """Who says how much of an oracle's plan can be learnt: `reach.Learner`, which needs llama.cpp."""

    def reaches(self, task: Task, index: Index, plan: Step, desk: Desk) -> Step:
        """The plan with what can be learnt of it."""
        ...


def plans(
    home: Path, spec: CorpusSpec, template: ChatTemplate, reach: Reach | None = None
) -> Iterator[Rendered]:
    """Questions with the plans that understand them, or with what is within reach of these."""
    for task, index, draw in _drawn(home, spec):
        trajectory, desk = opened(task, index, "oracle")
        (asked,) = trajectory.entries
        assert isinstance(asked, Question)
        if draw.random() < spec.unread:
            asked = unread(asked, desk)
        step = step_of(oracle(task).next(trajectory, desk))
        step = step if reach is None else reach.reaches(task, index, step, desk)
        yield entry_spans((asked, step), template, begins=True)


def readings(
    home: Path, spec: CorpusSpec, template: ChatTemplate, reach: Reach | None = None
) -> Iterator[Rendered]:
    """Questions on the card of the first of them, each with its plan, or with what is within reach of it.

    Five times as much of such a sample is learnt as of a session that is cut after its plan.
    """
    waiting: dict[tuple[str, tuple[str, ...]], list[_Drawn]] = {}
    for drawn in _drawn(home, spec):
        same = waiting.setdefault((drawn.task.world, drawn.task.category), [])
        same.append(drawn)
        if len(same) == ON_A_CARD:
            yield _reading(same, template, spec, reach)
            same.clear()


def _reading(
    same: Sequence[_Drawn], template: ChatTemplate, spec: CorpusSpec, reach: Reach | None
) -> Rendered:
    first = same[0]
    trajectory, desk = opened(first.task, first.shop, "oracle")
    told = first.draw.random() >= spec.unread
    entries: list[Entry] = []
    for at, (task, index, _) in enumerate(same):
        asked = trajectory.entries[0] if at == 0 else _asked_alone(task, desk)
        assert isinstance(asked, Question)
        asked = asked if told else unread(asked, desk)
        alone = trajectory.model_copy(update={"entries": (asked,)})
        step = step_of(oracle(task).next(alone, desk))
        entries += [asked, step if reach is None else reach.reaches(task, index, step, desk)]
    return entry_spans(entries, template, begins=True)


def _asked_alone(task: Task, desk: Desk) -> Question:
    """A question with what code read of it and the person's history, without the card."""
    desk.reading = Reading()
    with suppress(QuestionError):
        desk.reading = read(task.question, desk.cards)
    lines = [reading_line(desk.reading), *history_lines(task.persona.history)]
    return Question(text=task.question, card="\n".join(filter(None, lines)), at=CLOCK)


def work(
    home: Path, spec: CorpusSpec, template: ChatTemplate, reach: Reach | None = None
) -> Iterator[Rendered]:
    """Whole dialogues that are worth learning from, as the spec has them; in one voice by default.

    Steps that were not taken and poor reports are in them, and not learnt; nor is the first plan where
    somebody says what is within reach, since an oracle wrote it. What later plans change, the person said.
    """
    casting = Casting(CastSpec(states=spec.states, fault_share=spec.faults, seed=spec.seed))
    for task, index, _ in _drawn(home, spec):
        cast, _ = casting.cast(task, index)
        kept = _kept(task, hold(task, index, cast).dialogue, index, filtered=spec.filtered)
        if kept is None:
            continue
        told, _ = internalize(kept, RulesRewriter(spec.seed), spec.seed)
        whole = told.variant(spec.variant)
        if reach is not None:
            whole = whole.model_copy(update={"masked": (*whole.masked, _first_plan(whole))})
        for variant in contexts(kept, whole, index, spec.context) if spec.context else [whole]:
            unlearnt = {*variant.masked, *variant.sent_back}
            spans = entry_spans(variant.trajectory.entries, template, begins=True, unlearnt=unlearnt)
            if any(span.supervised for span in spans):  # a piece may end with its first plan
                yield spans


def _first_plan(variant: Variant) -> int:
    """Where the plan stands that was not sent back and that no answer or change had gone before."""
    steps = enumerate(variant.trajectory.entries)
    return next(at for at, entry in steps if at not in variant.sent_back and _is_plan(entry))


def _is_plan(entry: Entry) -> bool:
    return isinstance(entry, Step) and entry.call is not None and entry.call.name == "plan"


def _kept(task: Task, dialogue: Dialogue, index: Index, *, filtered: bool) -> Kept | None:
    """A dialogue to learn from; None where it is none."""
    if filtered:
        passed = examine(task, dialogue, index, FilterSettings())
        return None if isinstance(passed, Rejected) else passed.kept
    if dialogue.stop != "reported":
        return None
    return Kept(task=task, dialogue=dialogue, reports=(*dialogue.earlier, dialogue.final))


def cards(home: Path, spec: CorpusSpec) -> Iterator[Rendered]:
    """Lines about products, each a sample of its own, for copying; one product for each task of the spec."""
    for _, index, draw in _drawn(home, spec):
        product = index.catalog.product(draw.choice(sorted(index.catalog.product_ids())))
        yield [Span(Piece(_card(product, draw)), True)]


def _card(product: Product, draw: Random) -> str:
    facts = [f"{a.name} {attribute_text(a)}" for a in product.attributes]
    draw.shuffle(facts)
    parts = [f"P{draw.randrange(1, 40)}", product.title, price_text(product), rating_text(product)]
    return " | ".join([*parts, ", ".join(facts[:5])]) + "\n"


def _drawn(home: Path, spec: CorpusSpec) -> Iterator[_Drawn]:
    """The tasks of a spec, those of the home first."""
    at_home = round(spec.tasks * spec.home_share)
    own: Iterable[Task] = ()
    if at_home:
        own = home_tasks(home, (), at_home, spec.seed, RulesUser, Tally(), split=spec.split)
    others = random_tasks(home, spec.tasks - at_home, spec.seed, RulesUser, Tally(), spec.split)
    worlds = Worlds(home)
    try:
        for task in chain(own, others):
            yield _Drawn(task, worlds.index(task.world), Random(f"{spec.seed}:{task.id}"))
    finally:
        worlds.close()


def write_corpus(samples: Iterable[Rendered], path: Path) -> int:
    """Keep samples in a file, a line each; returns their number. Pieces are `[text, trusted, learnt]`."""
    count = 0
    with gzip.open(path, "wt", encoding="utf-8", compresslevel=3) as out:
        for spans in samples:
            row = [[s.piece.text, s.piece.trusted, s.supervised] for s in spans]
            out.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")
            count += 1
    return count


def read_corpus(path: Path) -> Iterator[Rendered]:
    """The samples of a file, in order."""
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield [Span(Piece(text, trusted), learnt) for text, trusted, learnt in json.loads(line)]
