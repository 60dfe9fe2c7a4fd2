"""Which of three options an owner takes, or none: the first pick of a research among those three alone."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pydantic import ValidationError

from agent.loop import Reported, Research
from agent.opening import begin
from agent.past import lines_of
from agent.policy import Policy
from benchmarks.owner_shops import option_row
from benchmarks.owner_study.setting import CONTEXT, THREADS, Setting, Values
from benchmarks.people_requests import SOURCE, Choice, read_choices, stocked
from distill.evaluate.contestants import of_engine
from distill.evaluate.figures import Figure
from distill.evaluate.run import MAX_STEPS
from distill.seats.roles import History
from distill.stage import CLOCK, Nowhere
from index.product import Event, Origin, Record
from index.search import Index
from models.llama import LlamaEngine
from models.usable import Model
from tui.person import Absent

_ASKED_ABOUT = frozenset({2, 7, 8})
"""Of a kind's nine choices, of which the first three take none: those that are asked about afterwards."""
_BEGAN = datetime(2025, 1, 1, 9, tzinfo=UTC)


class Chosen(Record):
    """What a model took in one choice."""

    setting: str
    choice: str
    right: bool
    suits: bool
    """Whether any option suits."""
    none: bool
    """Whether it took none."""


class Choices:
    """An owner's choices that come after their past."""

    figures = (
        Figure("right", "right"),
        Figure("right_where_one_suits", "right where one suits"),
        Figure("none_where_none_suits", "none taken where none suits"),
        Figure("none_where_one_suits", "none taken where one suits"),
    )

    def __init__(self, folder: Path, history: History, choices: Sequence[Choice]) -> None:
        self._folder, self._past, self._choices = folder, lines_of(history.events), choices
        self.many = len(choices)

    def sat(self, model: Model, setting: Setting) -> Values:
        """Whether the right option was taken in every choice."""
        path = self._folder / "choices.jsonl"
        known = {(c.setting, c.choice): c for c in _chosen(path)}
        engine = None
        for number, choice in enumerate(self._choices, start=1):
            if (setting.name, str(number)) in known:
                continue
            engine = engine or LlamaEngine.open(
                model.path, context_size=CONTEXT, threads=THREADS, adapters=model.adapters
            )
            policy = of_engine(setting.name, engine).policy(None, 0)  # type: ignore[arg-type]
            taken = self._taken(number, choice, policy, told=setting.told)
            said = Chosen(
                setting=setting.name,
                choice=str(number),
                right=taken == choice.gt,
                suits=choice.gt is not None,
                none=taken is None,
            )
            with path.open("a", encoding="utf-8") as file:
                file.write(f"\n{said.model_dump_json()}")
            known[setting.name, said.choice] = said
        if engine is not None:
            engine.close()
        return _values([c for (name, _), c in known.items() if name == setting.name])

    def _taken(self, number: int, choice: Choice, policy: Policy, *, told: bool) -> str | None:
        """The letter of the first pick."""
        home = self._folder / "options" / str(number)
        rows = (option_row(letter, choice.product, features) for letter, features in choice.options.items())
        with Index.open(home, meaning=False) if home.exists() else stocked(home, rows) as index:
            past = self._past if told else ()
            trajectory, desk = begin(choice.task, index, policy.author, 0, CLOCK, past)
            research = Research(policy, Absent(), Nowhere(), trajectory, desk, MAX_STEPS)
            report = next((e.report for e in research.run() if isinstance(e, Reported)), None)
        picks = report.picks if report is not None else ()
        return picks[0].cite.record_id.removeprefix(f"{SOURCE}:") if picks else None


def choosers() -> Iterator[tuple[History, list[Choice]]]:
    """Every person of the first phase: what they took, kind after kind, and the choices to ask about."""
    by_user: defaultdict[str, defaultdict[str, list[Choice]]] = defaultdict(lambda: defaultdict(list))
    for choice in read_choices().of_phase(0):
        by_user[choice.user][choice.product].append(choice)
    for user, kinds in by_user.items():
        parted = [(at in _ASKED_ABOUT, c) for of_kind in kinds.values() for at, c in enumerate(of_kind)]
        took = [c for later, c in parted if not later and c.gt is not None]
        events = tuple(_event(user, number, choice) for number, choice in enumerate(took, start=1))
        yield History(user=user, events=events), [c for later, c in parted if later]


def _event(user: str, number: int, choice: Choice) -> Event:
    at = _BEGAN + timedelta(days=number)
    features = choice.options[choice.gt or "A"]
    return Event(
        id=f"choices:{user}:{number}",
        origin=Origin(source="choices", file=user, row=number, seen=at.date()),
        kind="order",
        at=at,
        text=str(option_row("", choice.product, features)["title"]),
        category=choice.product,
    )


def _chosen(path: Path) -> Iterator[Chosen]:
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else ():
        try:
            yield Chosen.model_validate_json(line)
        except ValidationError:
            continue  # a kill has cut it


def _values(chosen: Sequence[Chosen]) -> Values:
    suits, nothing = [c for c in chosen if c.suits], [c for c in chosen if not c.suits]
    return {
        "right": {c.choice: float(c.right) for c in chosen},
        "right_where_one_suits": {c.choice: float(c.right) for c in suits},
        "none_where_none_suits": {c.choice: float(c.none) for c in nothing},
        "none_where_one_suits": {c.choice: float(c.none) for c in suits},
    }
