"""Is what was asked kept? Sessions of five and six questions, with what must hold after each of them.

    python -m benchmarks.follow_ups [MODEL.gguf] [--threads 2]

The rules, the model as it comes, and the same model free to amend what code read of a follow-up are asked the
same over an embedded demo shop, every question researched to its report. After each the kind of product and
the hard needs in force are held against those that stand here, written from what the person means.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple

from agent.desk import Desk
from agent.loop import Research
from agent.model_policy import ModelPolicy
from agent.opening import begin, follow_up
from agent.policy import Policy
from agent.rules import RulesPolicy
from benchmarks.micro_agent import CONTEXT, Silent, make_shop
from benchmarks.readers import BUNDLED
from distill.stage import Nowhere
from index.search import Index
from models.engine import Sampling
from models.llama import LlamaEngine
from models.template import ChatTemplate


class Asked(NamedTuple):
    """A question, and what must hold after it."""

    text: str
    kind: str
    hard: frozenset[str]


def _session(*asked: tuple[str, str, Sequence[str]]) -> tuple[Asked, ...]:
    return tuple(Asked(text, kind, frozenset(hard)) for text, kind, hard in asked)


_LONG = ("noise_cancelling = yes", "battery_life >= 30 h")
_WORN = (*_LONG, "wearing_style = over-ear", "water_resistance = ipx4 or ipx5")
_BURRS = ("price < 150 USD", "burr_material = steel")
_TENT = ("sleeps = 2", "freestanding = yes")
SESSIONS = (
    _session(
        (
            "noise cancelling headphones that last 30 hours under 200",
            "Headphones",
            (*_LONG, "price < 200 USD"),
        ),
        ("only over-ear, and IPX4 or better", "Headphones", (*_WORN, "price < 200 USD")),
        ("which of these is the most comfortable for glasses?", "Headphones", (*_WORN, "price < 200 USD")),
        ("ok but I can go up to 250 if they are lighter", "Headphones", (*_WORN, "price <= 250 USD")),
        ("what do people complain about with the first one?", "Headphones", (*_WORN, "price <= 250 USD")),
    ),
    _session(
        ("quiet coffee grinder under 150", "Coffee Grinders", ("price < 150 USD",)),
        ("with steel burrs", "Coffee Grinders", _BURRS),
        ("is the second one easy to clean?", "Coffee Grinders", _BURRS),
        ("forget the noise", "Coffee Grinders", _BURRS),
        (
            "and now I also need a kettle, gooseneck, under 80",
            "Kettles",
            ("spout = gooseneck", "price < 80 USD"),
        ),
        ("back to the grinders: only black ones", "Coffee Grinders", (*_BURRS, "color = black")),
    ),
    _session(
        ("a tent for two people under 250 dollars", "Tents", ("sleeps = 2", "price < 250 USD")),
        ("it must be freestanding", "Tents", (*_TENT, "price < 250 USD")),
        ("which of them do people praise for the rain?", "Tents", (*_TENT, "price < 250 USD")),
        (
            "it may weigh 4 kg at most",
            "Tents",
            (*_TENT, "price < 250 USD", "packed_weight <= 4 kg"),
        ),
        ("make that under 200", "Tents", (*_TENT, "price < 200 USD", "packed_weight <= 4 kg")),
    ),
)


class Free(LlamaEngine):
    """The same model, taken for one of others."""

    @property
    def wire(self) -> int | None:
        """None, so that a follow-up's plan is its own."""
        return None


def main() -> None:
    """Print a line for each who was asked, and what went wrong above it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("model", type=Path, nargs="?", default=BUNDLED)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    asked = parser.parse_args()
    engines = [
        kind.open(asked.model, context_size=CONTEXT, threads=asked.threads) for kind in (LlamaEngine, Free)
    ]
    with tempfile.TemporaryDirectory() as folder:
        make_shop(Path(folder))
        with Index.open(Path(folder)) as index:
            _print("rules", RulesPolicy, index)
            for name, engine in zip(("", ", free to amend follow-ups"), engines, strict=True):
                _print(f"{engine.name}{name}", partial(_by, engine), index)


def _by(engine: LlamaEngine) -> Policy:
    engine.reset()
    return ModelPolicy(engine, ChatTemplate.from_source(engine.chat_template), Sampling())


def _print(name: str, policy: Callable[[], Policy], index: Index) -> None:
    began = time.perf_counter()
    kept = [each for session in SESSIONS for each in held(session, policy(), index)]
    print(f"{name}: {sum(kept)} of {len(kept)} as meant, {time.perf_counter() - began:.0f} s", flush=True)


def held(session: Sequence[Asked], policy: Policy, index: Index) -> list[bool]:
    """Whether kind and hard needs are as meant after each question."""
    now = datetime.now(UTC)
    trajectory, desk = begin(session[0].text, index, policy.author, 0, now)
    kept = []
    for at, asked in enumerate(session):
        if at:
            trajectory = follow_up(asked.text, trajectory, desk, policy.author, now)
        research = Research(policy, Silent(), Nowhere(), trajectory, desk)
        for _ in research.run():
            pass
        trajectory = research.trajectory
        kept.append(_is_as_meant(asked, desk))
    return kept


def _is_as_meant(asked: Asked, desk: Desk) -> bool:
    hard = frozenset(need.bound for need in desk.needs if need.hard)
    if (desk.kind, hard) == (asked.kind, asked.hard):
        return True
    wrong = "; ".join(sorted(hard - asked.hard)) or "nothing"
    print(
        f"  {asked.text!r}: {desk.kind}, lacks {sorted(asked.hard - hard)}, has besides {wrong}", flush=True
    )
    return False


if __name__ == "__main__":
    main()
