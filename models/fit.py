"""Which models this machine can run, said before anything is fetched.

A token waits until the weights that it passes through, and the context so far, were read from memory: its
time is their bytes over the bandwidth. What runs besides takes its share of memory first.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from models.catalog import BUNDLED, Catalog, ModelCard, Role
from models.machine import Machine

RUNTIME = 900_000_000
"""Bytes that llama.cpp and this program take beside weights and cache."""
_LEFT_ALONE, _SHARE_LEFT = 2_500_000_000, 0.25
"""Bytes, and the share of all memory, that other programs keep; the larger of the two."""
CONTEXTS = (65_536, 32_768, 16_384, 8_192)
"""Tokens, the best first; a research needs the last one at least."""
_UNKNOWN_KV = 150_000
"""Bytes of a token's cache where nobody told; what a dense model of four billion parameters takes."""
_STANDING = 8192
"""Tokens in the context of a research on its way, at which the speed is told."""
_REACHED = 0.7
"""Share of the bandwidth that generation reaches."""
_ON_A_GPU, _ON_A_CPU = (("16 bits", 2.0), ("4 bits", 0.6)), (("32 bits", 4.0),)
"""How weights stand in memory beneath an adapter, the finest first, and the bytes of each."""
_LEARNED = 4096
"""Tokens of a sample, of which one at a time is learned from."""
_ON_THE_WAY_BACK = 92_000
"""Bytes of a token for each billion of active weights: a dense model of four billion, with checkpointing and
without the head, by the formulas of `finetune.plan`."""


@dataclass(frozen=True)
class Fit:
    """How one model runs here."""

    card: ModelCard
    context: int
    """Tokens; 0 where it does not run."""
    needed: int
    """Bytes with this context, or with the least one."""
    room: int
    """Bytes that there are for it."""
    tokens_per_second: float
    """About so many are written with 8,192 tokens in the context; 0 where it does not run."""

    @property
    def runs(self) -> bool:
        """Whether it runs at all."""
        return self.context > 0


@dataclass(frozen=True)
class TrainingFit:
    """What an adapter over one model takes here; about, since no file is read."""

    weights: str
    """How they stand in memory ("16 bits"), the finest that fits; empty where none does."""
    needed: int
    """Bytes, of the finest that fits or of the coarsest."""


def training_fit(card: ModelCard, machine: Machine) -> TrainingFit | None:
    """How an adapter could be trained over it; None where nothing that runs here can train it."""
    if not card.trainers or (machine.accelerator == "metal" and "mlx" not in card.trainers):
        return None
    needed = 0
    for weights, each in _ON_A_GPU if machine.accelerator else _ON_A_CPU:
        learning = _LEARNED * _ON_THE_WAY_BACK * card.active
        needed = int(1.1 * (each * 1e9 * (card.parameters or card.active) + learning)) + RUNTIME
        if needed <= room(machine):
            return TrainingFit(weights, needed)
    return TrainingFit("", needed)


def room(machine: Machine) -> int:
    """Bytes that a model may take: of a graphics card all but a little, else what other programs leave."""
    if machine.accelerator == "cuda":
        return int(machine.accelerator_memory * 0.9)
    return machine.memory - int(max(_LEFT_ALONE, machine.memory * _SHARE_LEFT))


def fit(card: ModelCard, machine: Machine) -> Fit:
    """The longest of our contexts that fits, and how fast it then writes."""
    space = room(machine)
    for context in (c for c in CONTEXTS if c <= card.context):
        needed = _needed(card, context)
        if needed <= space:
            return Fit(card, context, needed, space, _speed(card, machine))
    return Fit(card, 0, _needed(card, CONTEXTS[-1]), space, 0.0)


def fits(cards: Iterable[ModelCard], machine: Machine) -> list[Fit]:
    """All of them, those that run first and the fastest first among these."""
    return sorted((fit(card, machine) for card in cards), key=lambda f: (-f.tokens_per_second, f.needed))


def recommended(role: Role, known: Catalog, machine: Machine) -> str:
    """What is recommended for the largest tier that this machine reaches and whose model runs here."""
    memory = machine.accelerator_memory if machine.accelerator == "cuda" else machine.memory
    tiers = known.recommended[role]
    for tier in sorted((tier for tier in tiers if tier * 1e9 <= memory), reverse=True):
        if tiers[tier] == BUNDLED or fit(known.model(tiers[tier]), machine).runs:
            return tiers[tier]
    return BUNDLED


def _needed(card: ModelCard, context: int) -> int:
    return card.bytes + context * (card.kv_bytes or _UNKNOWN_KV) + RUNTIME


def _speed(card: ModelCard, machine: Machine) -> float:
    cache = _STANDING * (card.kv_bytes or _UNKNOWN_KV)
    return _REACHED * machine.bandwidth / (card.bytes * card.active_share + cache)
