"""Which models a bundle takes: the one in use, those that were named, and no traces of a person's past."""

from dataclasses import dataclass, field
from pathlib import Path

from models.bundled_agent import bundled_agent
from models.catalog import ModelCard, catalog
from models.file_mark import file_mark
from models.gguf_file import gguf_metadata
from models.in_use import ModelsInUse
from models.store import ModelStore, Pin
from models.usable import Model
from tui.bundling.contents import FETCHED, NAMED
from tui.model_file import model_file
from tui.told import UsageError


@dataclass
class Picked:
    """Files to copy by their places in the bundle, and what was left out."""

    files: dict[str, Path] = field(default_factory=dict)
    model: str = ""
    adapter: str = ""
    pins: dict[str, Pin] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    """Names of files that learned from the person's past."""
    unknown: list[str] = field(default_factory=list)
    """Names of files of the person's, of which nobody here knows what they learned from."""


def pick_models(home: Path, named: list[str], *, with_history: bool) -> Picked:
    """Decide; raises EngineError where a model is not here whole, and UsageError for two of one name."""
    store, picked = ModelStore(home), Picked()
    in_use = _without_past(home, ModelsInUse(home, bundled_agent()).current, picked, with_history)
    picked.model = _add(home, store, in_use.path, picked)
    if in_use.adapter is not None:
        picked.adapter = _add(home, store, in_use.adapter, picked)
    embedders = [card.name for card in catalog().models.values() if _only_embeds(card, store)]
    for name in (*named, *embedders):
        path = model_file(name, store)
        if stems_from_past(home, path) and not with_history:
            picked.left_out.append(path.name)
        else:
            _add(home, store, path, picked)
    return picked


def stems_from_past(home: Path, path: Path) -> bool:
    """Whether a retraining made a file, also where it was copied elsewhere since."""
    made = [p for pattern in ("retrain", "models/retrained-*") for p in home.glob(pattern)]
    if any(path.resolve().is_relative_to(folder.resolve()) for folder in made):
        return True
    weights = (file for folder in made for file in folder.rglob("*.gguf"))
    mark = file_mark(path) if path.is_file() else ""
    return any(file_mark(file) == mark for file in weights if file.is_file())


def _without_past(home: Path, model: Model, picked: Picked, with_history: bool) -> Model:
    if with_history:
        return model
    adapter = model.adapter
    if adapter is not None and stems_from_past(home, adapter):
        picked.left_out.append(adapter.name)
        adapter = None
    if stems_from_past(home, model.path):
        picked.left_out.append(model.path.name)
        return Model(bundled_agent())
    return Model(model.path, adapter)


def _only_embeds(card: ModelCard, store: ModelStore) -> bool:
    return card.roles == ("embedder",) and store.state(card) == "here"


def _add(home: Path, store: ModelStore, path: Path, picked: Picked) -> str:
    """Its place in the bundle, which is the one that it will have in a home."""
    gguf_metadata(path)  # its faults have sentences of their own, and no other file may come along
    place = _place(home, store, path, picked)
    if picked.files.setdefault(place, path).resolve() != path.resolve():
        raise UsageError(f"Two models are called {path.name}; give one of them another name.")
    return place


def _place(home: Path, store: ModelStore, path: Path, picked: Picked) -> str:
    for card in catalog().models.values():
        if store.path(card).resolve() == path.resolve():
            picked.pins[card.name] = store.verify(card)
            return f"{FETCHED}/{card.name}/{card.file}"
    if stems_from_past(home, path):
        # Where a home has what it learned from a past, so that it is shown and forgotten there too.
        return f"models/retrained-{file_mark(path)[:10]}/{path.name}"
    if path.resolve() != bundled_agent().resolve() and path.name not in picked.unknown:
        picked.unknown.append(path.name)
    return f"{NAMED}/{path.name}"
