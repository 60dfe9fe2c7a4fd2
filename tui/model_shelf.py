"""The models of a home as the screen lists them: which are here, which answers, and how they run here."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from models.catalog import BUNDLED, ModelCard, catalog
from models.fit import Fit, fit
from models.gguf_file import gguf_metadata
from models.in_use import InUseError, ModelsInUse
from models.machine import Machine
from models.store import ModelStore, Pin
from models.usable import Model
from tui.model_words import machine_text


@dataclass(frozen=True)
class Row:
    """A model of the list."""

    name: str
    """What it is called by in commands, or its file's name."""
    bytes: int
    """Of the whole file."""
    arrived: int
    """Bytes that are here."""
    model: Model | None = None
    """Its files, where they are here whole."""
    card: ModelCard | None = None
    """None for one that the catalogue does not name."""
    fit: Fit | None = None
    """None where the machine was not measured for it."""
    pin: Pin | None = None
    context: int = 0
    """Tokens that it was trained on, where its file or the catalogue says so."""
    in_use: bool = False

    @property
    def key(self) -> str:
        """What tells it from every other row: two files may have one name."""
        if self.model is None or self.card is not None or self.name == BUNDLED:
            return self.name
        over = "" if self.model.adapter is None else f" with {self.model.adapter}"
        return f"{self.model.path}{over}"


@dataclass(frozen=True)
class Shelf:
    """All models, the machine they run on, and whether there is one to go back to."""

    rows: tuple[Row, ...]
    machine: str
    can_go_back: bool
    fault: str = ""
    """What is wrong with the model in use, if anything."""


def shelf(store: ModelStore, in_use: ModelsInUse, bundled: Path, machine: Machine) -> Shelf:
    """Look at the files; a fault of the model in use is told in it. Raises StoreError and OSError."""
    answering, fault, can_go_back = None, "", True
    try:
        can_go_back = bool(in_use.entries)
        answering = in_use.current
    except InUseError as error:
        fault = str(error)
    rows = [*_along(bundled), *(_of_card(card, store, machine) for card in catalog().models.values())]
    rows = [_marked(row, answering) for row in rows]
    if answering is not None and not any(row.in_use for row in rows):
        rows.insert(0, _marked(_of_file(answering.name, answering), answering))
    return Shelf(tuple(rows), machine_text(machine), can_go_back, fault)


def _along(bundled: Path) -> Iterator[Row]:
    if bundled.is_file():
        yield _of_file(BUNDLED, Model(bundled))


def _of_file(name: str, model: Model) -> Row:
    size = model.path.stat().st_size
    return Row(name, size, size, model, context=gguf_metadata(model.path).context_length or 0)


def _of_card(card: ModelCard, store: ModelStore, machine: Machine) -> Row:
    pin = store.pin(card)
    if pin is not None:  # the catalogue knows the size of an unverified file only about
        card = card.model_copy(update={"bytes": pin.bytes})
    here = store.state(card) == "here"
    files = [store.path(card)] if here else store.partials(card)
    return Row(
        name=card.name,
        bytes=card.bytes,
        arrived=max((file.stat().st_size for file in files), default=0),
        model=Model(store.path(card)) if here else None,
        card=card,
        fit=fit(card, machine),
        pin=pin,
        context=card.context,
    )


def _marked(row: Row, answering: Model | None) -> Row:
    """The row, in use where its files are those that answer; with an adapter they are another model."""
    if answering is None or row.model is None or row.model.adapter != answering.adapter:
        return row
    return replace(row, in_use=row.model.path.resolve() == answering.path.resolve())
