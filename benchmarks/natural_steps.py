"""Steps of weak researchers to be labelled: random weights under the grammar, and rules that misread.

`python -m benchmarks.natural_steps HOME OUT` draws them over the demo shop in HOME, each with what came
before it, and no label. Whether a step is sound is then judged by reading, before any check has seen it.
`benchmarks.supervision` holds the checks against the labelled file, `tests/distill/natural_steps.jsonl`.
"""

import json
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

from agent.model_policy import ModelPolicy
from agent.policy import Policy
from agent.rules import RulesPolicy
from agent.trajectory import Step
from distill.drawing.streams import home_tasks
from distill.drawing.tasks import Tally
from distill.seats.rules_critic import RulesCritic
from distill.seats.rules_user import RulesUser
from distill.stage import Cast, hold
from distill.supervisor import Supervision
from distill.task import HOME, Task
from distill.worlds.open import open_world
from index.product import Record
from index.search import Index
from models.engine import Sampling
from models.llama import LlamaEngine
from models.template import ChatTemplate
from tests.gguf_factory import Architecture, write_gguf

TASKS = 60
STEPS_OF_ONE = 3
"""Steps taken from one dialogue, so that many are seen."""
UNSEEN = Supervision(states=frozenset())


class NaturalStep(Record):
    """One step with what came before it."""

    id: str
    author: str
    question: str
    before: tuple[Step, ...]
    """Steps that were taken before it, in order."""
    step: Step
    sound: bool | None = None
    """Whether a careful supervisor would let it pass; None until somebody has judged it."""
    reason: str = ""


class Researcher(NamedTuple):
    """A weak researcher and how much of it is taken."""

    name: str
    policy: Policy
    most_steps: int


def researchers(folder: Path, seed: int) -> Iterator[Researcher]:
    """Random weights of two kinds, and the rules reading for themselves."""
    kinds: tuple[Architecture, ...] = ("qwen3", "lfm2")
    for kind in kinds:
        path = write_gguf(folder / f"{kind}.gguf", arch=kind, vocab=2048, context=16384)
        engine = LlamaEngine.open(path, context_size=16384)
        template = ChatTemplate.from_source(engine.chat_template)
        sampling = Sampling(temperature=1.0, seed=seed)
        yield Researcher(f"random {kind}", ModelPolicy(engine, template, sampling, think_budget=12), 7)
        engine.close()
    yield Researcher("rules reader", RulesPolicy(), 32)


def draw(task: Task, index: Index, who: Researcher, rng: Random) -> Iterator[NaturalStep]:
    """A few steps of one unsupervised dialogue, its first among them."""
    cast = Cast(RulesUser(index), who.policy, RulesCritic(task), UNSEEN, max_steps=who.most_steps)
    entries = hold(
        task.model_copy(update={"change": None, "follow_up": None}), index, cast
    ).dialogue.trajectory.entries
    steps = [e for e in entries if isinstance(e, Step)]
    later = range(1, len(steps))
    for at in sorted({0, *rng.sample(later, min(STEPS_OF_ONE - 1, len(later)))}):
        yield NaturalStep(
            id=f"{who.name.replace(' ', '-')}-{task.id}-{at}",
            author=who.name,
            question=task.question,
            before=tuple(steps[:at]),
            step=steps[at],
        )


def main() -> None:
    home, out = Path(sys.argv[1]), Path(sys.argv[2])
    rng = Random("natural steps")
    with open_world(HOME, home) as index, tempfile.TemporaryDirectory() as folder:
        tasks = list(home_tasks(home, (), TASKS, 23, RulesUser, Tally()))
        with out.open("w", encoding="utf-8") as file:
            for at, who in enumerate(researchers(Path(folder), 5)):
                for task in tasks[at::3]:
                    for step in draw(task, index, who, rng):
                        file.write(json.dumps(step.model_dump(mode="json"), ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
