"""What is said of a model, a machine and how the one runs on the other, by the commands and on the screen."""

from models.catalog import ModelCard
from models.fit import RUNTIME, Fit, TrainingFit, room
from models.machine import Machine
from models.store import Pin

UNVERIFIED = "unverified"


def pin_word(card: ModelCard, pin: Pin | None) -> str:
    """Whether its file is pinned, and since when."""
    if card.verified:
        return "yes"
    return "when fetched" if pin else UNVERIFIED


def unverified_text(card: ModelCard) -> str:
    """What it means that nobody has pinned a model."""
    return (
        f"{card.title} ({card.licence}) is unverified: nobody has pinned it yet. What the hub has now is "
        "pinned, and you are told where it ever has something else."
    )


def machine_text(machine: Machine) -> str:
    """What this machine has for a model."""
    card = f", a {machine.accelerator} device" if machine.accelerator else ", no GPU"
    return (
        f"This machine: {machine.memory / 1e9:.1f} GB of memory, of which a model may take "
        f"{room(machine) / 1e9:.1f}; {machine.cores} cores that read {machine.bandwidth / 1e9:.1f} GB "
        f"a second{card}."
    )


def too_large_text(fit: Fit) -> str:
    """By how much a model does not fit."""
    return f"{(fit.needed - fit.room) / 1e9:.1f} GB too large"


def training_word(fit: TrainingFit | None) -> str:
    """What training an adapter takes; empty where nothing can."""
    if fit is None:
        return "not tried"
    needed = f"{fit.needed / 1e9:.1f} GB"
    return f"{needed}, weights in {fit.weights}" if fit.weights else f"no, needs {needed}"


def why_text(fit: Fit) -> str:
    """What the memory goes to, and how fast the model then writes."""
    cache = fit.needed - fit.card.bytes - RUNTIME
    parts = (
        f"{fit.card.bytes / 1e9:.1f} GB of weights, {cache / 1e9:.1f} of cache and {RUNTIME / 1e9:.1f} for "
        f"the runtime are {fit.needed / 1e9:.1f}, and a model may take {fit.room / 1e9:.1f}"
    )
    if not fit.runs:
        return f"Does not fit, even with the shortest context: {parts}."
    return (
        f"Runs with {fit.context:,} tokens of context: {parts}. About {fit.tokens_per_second:.1f} tokens a "
        "second, because each waits until these weights were read from memory."
    )
