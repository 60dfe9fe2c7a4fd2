"""The policy of a model: it reads the trajectory over the wire and writes steps under the grammar.

The engine's context only grows: what the model wrote stays as the tokens it wrote, and each new entry is
appended once. When the budget is spent, `compact` begins it anew.
"""

from collections.abc import Generator, Iterator

from agent.compaction import compact
from agent.desk import Desk
from agent.grammar import step_grammar
from agent.policy import PolicyError
from agent.trajectory import Compaction, Entry, Step, Trajectory
from agent.wire import END_THINK, THINK, WireError, entry_spans, parse
from models.engine import Cancel, Engine, Piece, Sampling
from models.template import ChatTemplate

THINK_BUDGET = 160
WRITE_BUDGET = 1600
"""Tokens; enough for the longest report that the grammar allows a fluent model to want."""


class ModelPolicy:
    """Steps written by an engine."""

    def __init__(
        self,
        engine: Engine,
        template: ChatTemplate,
        sampling: Sampling,
        cancel: Cancel | None = None,
        think_budget: int = THINK_BUDGET,
        system: str | None = None,
    ) -> None:
        """`system` stands in place of the wire's instructions, for a teacher."""
        self._engine = engine
        self._template = template
        self._sampling = sampling
        self._cancel = cancel
        self._think_budget = think_budget
        self._system = system
        self._told = 0
        """Entries of the trajectory that stand in the context."""
        self._own: Step | None = None
        """The last step written here; its tokens are in the context already."""

    @property
    def author(self) -> str:
        """The model's name."""
        return self._engine.name

    def compaction(self, trajectory: Trajectory, desk: Desk) -> Compaction | None:
        """A new beginning, where the next step would not fit the context any more."""
        news = entry_spans(self._news(trajectory), self._template, not self._told, self._system)
        coming = self._engine.count([span.piece for span in news])
        size = self._engine.context_size
        reserve = min(self._think_budget + WRITE_BUDGET, size // 2)
        if self._engine.usage.context + coming + reserve <= size:
            return None
        return compact(trajectory, desk)

    def next(self, trajectory: Trajectory, desk: Desk) -> Generator[str, None, Step]:
        """Think freely, then act under the grammar of what the desk allows."""
        self._tell(trajectory)
        if not self._template.opens_thinking:
            self._engine.append([Piece(THINK, trusted=True)])
        thinking = self._engine.think(END_THINK.strip(), self._think_budget, self._sampling, self._cancel)
        thought = yield from _collect(thinking)
        self._engine.append([Piece(END_THINK, trusted=True)])
        standing = [done.call for done in trajectory.standing_calls]
        taught = self._engine.wire is not None
        grammar = step_grammar(desk, standing, trajectory.called_again, decided=taught)
        action = yield from _collect(
            self._engine.write(grammar, self._write_budget(), self._sampling, self._cancel)
        )
        self._engine.append(self._template.close())
        try:
            step = parse(f"{THINK}{thought.strip()}{END_THINK}{action}")
        except WireError as error:
            raise PolicyError(str(error)) from error
        self._own = step
        return step

    def _write_budget(self) -> int:
        return max(1, min(WRITE_BUDGET * 4, self._engine.context_size - self._engine.usage.context - 8))

    def _tell(self, trajectory: Trajectory) -> None:
        """Append what is new; begin anew after a compaction."""
        news = self._news(trajectory)
        begins = not self._told
        last = next((i for i in reversed(range(len(news))) if isinstance(news[i], Compaction)), None)
        if last is not None:
            self._engine.reset()
            news, begins = news[last:], True
        self._engine.append([s.piece for s in entry_spans(news, self._template, begins, self._system)])
        self._told = len(trajectory.entries)

    def _news(self, trajectory: Trajectory) -> list[Entry]:
        news = list(trajectory.entries[self._told :])
        if news and self._told and news[0] == self._own:
            news = news[1:]
        return news


def _collect(deltas: Iterator[str]) -> Generator[str, None, str]:
    parts = []
    for delta in deltas:
        parts.append(delta)
        yield delta
    return "".join(parts)
