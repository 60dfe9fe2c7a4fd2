"""A model by what a person calls it, and putting one in use: looked at, tried, and only then it answers.

For the command and the screen alike; both say how it went.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.wire import WIRE_VERSION
from models.bundled_agent import bundled_agent
from models.catalog import ModelCard
from models.engine import Cancel
from models.in_use import ModelsInUse
from models.store import ModelStore
from models.usable import Model, demand_usable
from tui.settings import Settings
from tui.told import UsageError
from tui.trial import Trial, try_model


def put_in_use(
    model: Model,
    in_use: ModelsInUse,
    settings: Settings,
    *,
    trial: bool = True,
    told: Callable[[str], None] = lambda _: None,
    written: Callable[[int], None] = lambda _: None,
    cancel: Cancel | None = None,
) -> Trial | None:
    """Put a model in use once it has researched a little, and say what it did; else the one before stays.

    `told` and `written` hear how the trial goes. Raises EngineError.
    """
    demand_usable(model, WIRE_VERSION)  # its faults have sentences of their own
    done = try_model(model, settings, told, written, cancel) if trial else None
    in_use.promote(model, "named by you", datetime.now(UTC), WIRE_VERSION)
    return done


def promote_again(adapter: Path, home: Path) -> Model:
    """Put an adapter that passed its comparison over the model in use; raises EngineError."""
    in_use = ModelsInUse(home, bundled_agent())
    model = Model(in_use.current.path, adapter)
    in_use.promote(model, "promoted again by you", datetime.now(UTC), WIRE_VERSION)
    return model


def demand_unused(card: ModelCard, store: ModelStore, in_use: ModelsInUse) -> None:
    """Raise UsageError for a model that answers."""
    entries = in_use.entries
    if entries and in_use.model(entries[-1]).path.resolve() == store.path(card).resolve():
        raise UsageError(f"{card.name} is in use; go back with `productresearch models rollback` first.")
