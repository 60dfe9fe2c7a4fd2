"""What the bundled agent costs on this machine: tokens a second, seconds, memory, growing sessions.

    python -m benchmarks.micro_agent [MODEL.gguf] [--questions 12] [--threads 2] [--flash-attention] [--drawn]

The model answers questions over an embedded demo shop under its grammar, as `research` does; beside it stand
the rules over the same questions. The rate of writing is of thoughts, calls and reports from their first
token on; what is told is evaluated before that, and stands in the seconds of a run. `--drawn` asks the same
once more with every token drawn, also where the grammar leaves no choice. Memory is the highest resident set
of a process that runs one question.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from agent.loop import Observed, Research
from agent.model_policy import ModelPolicy
from agent.opening import begin
from agent.policy import Policy
from agent.rules import RulesPolicy
from benchmarks.memory import QUESTION, peak
from distill.stage import Nowhere
from index.search import Index
from models import llama
from models.constrain import Ahead, Constraint
from models.engine import Cancel, Sampling
from models.llama import LlamaEngine
from models.template import ChatTemplate

CONTEXT = 16_384
QUESTIONS = (
    QUESTION,
    "a light tent for two, waterproof, below 250 dollars",
    "office chair with armrests and lumbar support for a tall person, at most 300",
    "coffee grinder without dosing timer, easy to clean",
    "carry-on suitcase under 2.5 kg with a combination lock",
    "bluetooth speaker that survives rain, best rated first",
    "backpack for a 15 inch laptop, not nylon, up to 90 dollars",
    "a gift for a friend who runs: fitness watch with gps under $150",
    "robot vacuum for pet hair, quiet, self emptying",
    "board game for five players, about an hour, not too complex",
    "stroller that folds with one hand and is lighter than 8 kg",
    "24 inch monitor or larger with a height adjustable stand, cheapest",
)
LEAST_RATE, LONGEST_RUN, MOST_MEMORY = 400, 15, 500


class Timed(LlamaEngine):
    """An engine that times its own writing, without the evaluation of what it was told."""

    wrote, writing = 0, 0.0
    """Tokens, and seconds that they took."""

    def think(self, end: str, budget: int, sampling: Sampling, cancel: Cancel | None = None) -> Iterator[str]:
        """As the engine does."""
        return self._timed(super().think(end, budget, sampling, cancel))

    def write(
        self, grammar: str, budget: int, sampling: Sampling, cancel: Cancel | None = None
    ) -> Iterator[str]:
        """As the engine does."""
        return self._timed(super().write(grammar, budget, sampling, cancel))

    def _timed(self, text: Iterator[str]) -> Iterator[str]:
        for first in text:
            yield first
            break
        before, began = self.usage.generated, time.perf_counter()
        yield from text
        self.wrote += self.usage.generated - before
        self.writing += time.perf_counter() - began


class AllDrawn(Constraint):
    """A grammar that never says what must come next."""

    def ahead(self) -> Ahead:
        """Nothing."""
        return Ahead()


class Drawing(Timed):
    """An engine that asks the network for every token."""

    def write(
        self, grammar: str, budget: int, sampling: Sampling, cancel: Cancel | None = None
    ) -> Iterator[str]:
        """As the engine does, one token after another."""
        return self._timed(self._write(AllDrawn(self.vocabulary, grammar), budget, sampling, cancel))


class Silent:
    """A person who lets the research take its course."""

    def approve(self, needs: Sequence[object]) -> tuple[()]:  # noqa: ARG002
        """Take the plan."""
        return ()

    def wishes(self) -> tuple[()]:
        """Ask for nothing more."""
        return ()

    def answer(self, question: str, options: tuple[str, ...]) -> str:  # noqa: ARG002
        """Skip."""
        return ""


class Step(NamedTuple):
    """The context at a step and what was evaluated for it."""

    context: int
    evaluated: int


class Cost(NamedTuple):
    """One run."""

    seconds: float
    generated: int
    steps: tuple[Step, ...]


def cost(question: str, index: Index, policy: Policy, engine: LlamaEngine | None) -> Cost:
    """Research one question to its report."""
    now = datetime.now(UTC)
    trajectory, desk = begin(question, index, policy.author, 0, now)
    before = engine.usage.generated if engine else 0
    began = time.perf_counter()
    steps = tuple(_steps(Research(policy, Silent(), Nowhere(), trajectory, desk), engine))
    generated = engine.usage.generated - before if engine else 0
    return Cost(time.perf_counter() - began, generated, steps)


def _steps(research: Research, engine: LlamaEngine | None) -> Iterator[Step]:
    at = engine.usage if engine else None
    for event in research.run():
        if isinstance(event, Observed) and engine and at:
            now = engine.usage
            yield Step(now.context, now.evaluated - at.evaluated)
            at = now


def _by_model(engine: LlamaEngine) -> Policy:
    engine.reset()
    return ModelPolicy(engine, ChatTemplate.from_source(engine.chat_template), Sampling())


class Rate(NamedTuple):
    """Tokens a second while a model writes, and seconds of the median and the longest run."""

    rate: float
    median: float
    worst: float


def _all_drawn(model: Path, threads: int, questions: Sequence[str], index: Index) -> Rate:
    engine = Drawing.open(model, context_size=CONTEXT, threads=threads)
    seconds = [cost(q, index, _by_model(engine), engine).seconds for q in questions]
    return Rate(engine.wrote / engine.writing, statistics.median(seconds), max(seconds))


def make_shop(home: Path) -> None:
    """Fill a home with the demo shop, in a process of its own."""
    build = (
        f"from pathlib import Path; from benchmarks.startup import build; build(Path({str(home)!r}), 3000)"
    )
    subprocess.run([sys.executable, "-c", build], check=True)


def _growing(costs: Sequence[Cost]) -> str:
    """Tokens evaluated a step while the context is short, and while it is long."""
    steps = [step for each in costs for step in each.steps]
    parts = []
    for low, high in ((0, 2048), (2048, 4096), (4096, 8192), (8192, CONTEXT)):
        inside = [step.evaluated for step in steps if low <= step.context < high]
        if inside:
            parts.append(f"{low:,} to {high:,}: {statistics.mean(inside):.0f} ({len(inside)} steps)")
    return "; ".join(parts)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model", type=Path, nargs="?", default=Path("models/bundled/micro-agent.gguf"))
    parser.add_argument("--questions", type=int, default=12)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--flash-attention", action="store_true", help="where ours does without")
    parser.add_argument("--drawn", action="store_true", help="the same with every token drawn beside it")
    asked = parser.parse_args()
    if asked.flash_attention:
        llama._MOST_SCORES = 0
    questions = QUESTIONS[: asked.questions]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder) / "home"
        make_shop(home)
        # Before any model is loaded here: a child's peak counts what its parent held when it was forked.
        most, of_rules = peak(home, ["--engine", str(asked.model)]), peak(home, ["--engine", "rules"])
        with Index.open(home, meaning=False) as index:
            engine = Timed.open(asked.model, context_size=CONTEXT, threads=asked.threads)
            ours = [cost(q, index, _by_model(engine), engine) for q in questions]
            drawn = _all_drawn(asked.model, asked.threads, questions, index) if asked.drawn else None
            rules = [cost(q, index, RulesPolicy(), None) for q in questions]
        rate = sum(c.generated for c in ours) / sum(c.seconds for c in ours)
        seconds = [c.seconds for c in ours]
        writing = engine.wrote / engine.writing
        print(f"tokens a second while it writes, grammar included: {writing:.0f} (at least {LEAST_RATE})")
        given = engine.usage.given / engine.usage.generated
        print(f"  the grammar left no choice about {given:.0%} of all tokens")
        print(f"tokens a second of whole runs, prompts and tools included: {rate:.0f}")
        print(
            f"seconds a run: median {statistics.median(seconds):.1f}, worst {max(seconds):.1f} "
            f"(at most {LONGEST_RUN}); rules: median {statistics.median(c.seconds for c in rules):.2f}"
        )
        if drawn is not None:
            print(f"with every token drawn: {drawn.rate:.0f} tokens a second while it writes,")
            print(f"  seconds a run: median {drawn.median:.1f}, worst {drawn.worst:.1f}")
        print(f"tokens evaluated a step by context: {_growing(ours)}")
        print(f"peak memory of a run: {most:.0f} MB (at most {MOST_MEMORY})")
        print(f"  of the rules: {of_rules:.0f} MB; question: {QUESTION!r}")


if __name__ == "__main__":
    main()
