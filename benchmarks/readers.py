"""Who is asked for a first plan, and the figures of what it understood."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from agent.desk import Desk
from agent.opening import unread
from agent.policy import Policy, PolicyError, step_of
from agent.rules import RulesPolicy
from agent.tools import execute
from agent.trajectory import Question, Trajectory
from benchmarks.supervision import Nobody
from distill.evaluate.figures import Figure, shown
from distill.evaluate.intervals import bootstrap
from distill.evaluate.metrics import NeedScores
from models.engine import Sampling

BUNDLED = Path("models/bundled/micro-agent.gguf")


class Reader(NamedTuple):
    """Who plans."""

    name: str
    policy: Callable[[], Policy]
    told: bool = True
    """Whether the line that code read stands under the card."""


RULES = Reader("rules", RulesPolicy)


def by_model(path: Path, threads: int) -> Iterator[Reader]:
    """A model file, told what code read and not told."""
    # llama.cpp and the template language are loaded for a model alone.
    from agent.model_policy import ModelPolicy
    from models.llama import LlamaEngine
    from models.template import ChatTemplate

    engine = LlamaEngine.open(path, context_size=8192, threads=threads)
    template = ChatTemplate.from_source(engine.chat_template)

    def policy() -> Policy:
        engine.reset()
        return ModelPolicy(engine, template, Sampling())

    yield Reader(engine.name, policy)
    yield Reader(f"{engine.name}, nothing read by code", policy, told=False)


def plan(reader: Reader, trajectory: Trajectory, desk: Desk) -> None:
    """Have the first step taken on a desk; a text that is no step leaves it without a plan."""
    if not reader.told:
        (question,) = trajectory.entries
        assert isinstance(question, Question)
        trajectory = trajectory.model_copy(update={"entries": (unread(question, desk),)})
    try:
        step = step_of(reader.policy().next(trajectory, desk))
    except PolicyError:
        return
    if step.call is not None:
        execute(step.call, desk, Nobody())


def need_figures(found: Sequence[NeedScores]) -> Iterator[str]:
    """Each figure with its interval over questions."""
    for name in ("precision", "recall", "f1"):
        figure = Figure(name, f"needs {name.capitalize() if name == 'f1' else name}")
        yield f"{figure.heading} {shown(bootstrap([getattr(s, name) for s in found], name), figure)}"
