"""What `models list`, `fit`, `fetch`, `verify` and `remove` print."""

import json
import sys
from datetime import UTC, datetime
from typing import get_args

from models.catalog import BUNDLED, Role, catalog
from models.fetching import Progress, fetch
from models.fit import Fit, TrainingFit, fits, recommended, training_fit
from models.in_use import ModelsInUse
from models.machine import measure
from models.store import ModelStore, StoreError
from tui.bytes_told import BytesTold
from tui.distilling.saying import Ticker, table
from tui.model_words import machine_text, pin_word, too_large_text, training_word, unverified_text
from tui.using_models import demand_unused


def list_models(store: ModelStore, *, as_json: bool) -> None:
    """Every model that has a name, and whether it is here."""
    cards = catalog().models.values()
    if as_json:
        told = [{**card.model_dump(mode="json"), "state": store.state(card)} for card in cards]
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return
    table(
        ("model", "for", "GB", "context", "licence", "pinned", "here"),
        [
            (
                card.name,
                ", ".join(card.roles),
                f"{card.bytes / 1e9:.1f}",
                f"{card.context:,}",
                card.licence,
                pin_word(card, store.pin(card)),
                {"here": "yes", "partial": "in part", "absent": "no"}[store.state(card)],
            )
            for card in cards
        ],
    )


def fit_models(*, as_json: bool) -> None:
    """What runs on this machine and how fast, before anything is fetched."""
    machine = measure()
    found = fits(catalog().models.values(), machine)
    if as_json:
        told = [_told(each, training_fit(each.card, machine)) for each in found]
        sys.stdout.write(json.dumps(told) + "\n")
        return
    sys.stderr.write(f"{machine_text(machine)}\n")
    table(
        (
            "model",
            "runs",
            "quantization",
            "context",
            "GB with it",
            "tokens a second, about",
            "training an adapter, about",
        ),
        [(*_fit_row(each), training_word(training_fit(each.card, machine))) for each in found],
    )
    for role in get_args(Role):
        name = recommended(role, catalog(), machine)
        what = "the one that came along" if name == BUNDLED else name
        sys.stderr.write(f"As {role}: {what}\n")
    sys.stderr.write(
        "The one that came along trains on any machine; `productresearch retrain --dry-run` says what the "
        "model in use would take.\n"
    )


def _told(fit: Fit, training: TrainingFit | None) -> dict[str, object]:
    return {
        "name": fit.card.name,
        "quantization": fit.card.quantization,
        "context": fit.context,
        "needed": fit.needed,
        "room": fit.room,
        "tokens_per_second": round(fit.tokens_per_second, 1),
        "training": training and {"weights": training.weights, "needed": training.needed},
    }


def _fit_row(fit: Fit) -> tuple[str, ...]:
    needed = f"{fit.needed / 1e9:.1f}"
    weights = fit.card.quantization
    if not fit.runs:
        return (fit.card.name, f"no, {too_large_text(fit)}", weights, "", needed, "")
    return (fit.card.name, "yes", weights, f"{fit.context:,}", needed, f"{fit.tokens_per_second:.1f}")


def fetch_model(name: str, store: ModelStore) -> None:
    """Fetch one, with its progress on stderr."""
    card = catalog().model(name)
    if not card.verified and store.pin(card) is None:
        sys.stderr.write(f"{unverified_text(card)}\n")
    told = BytesTold()
    with Ticker(every=_GIGABYTE) as ticker:
        pin = fetch(card, store, datetime.now(UTC), lambda progress: _tell(ticker, told, progress))
    sys.stderr.write(f"{card.name} is here: revision {pin.revision[:12]}, SHA-256 {pin.sha256[:12]}…\n")
    sys.stdout.write(f"{store.path(card)}\n")


_GIGABYTE = 10**9


def _tell(ticker: Ticker, told: BytesTold, progress: Progress) -> None:
    line = f"{progress.doing} {told.line(*progress)}"
    ticker.tell(progress.done, line, last=progress.doing == "checking" and progress.done == progress.total)


def verify_models(name: str | None, store: ModelStore) -> None:
    """Hold every byte of one model, or of all that are here, against what was fetched."""
    known = catalog()
    chosen = [known.model(name)] if name else [c for c in known.models.values() if store.state(c) == "here"]
    faults = []
    for card in chosen:
        try:
            pin = store.verify(card)
            sys.stdout.write(f"{card.name}: as it was fetched, SHA-256 {pin.sha256}\n")
        except StoreError as fault:
            faults.append(str(fault))
    if not chosen:
        sys.stderr.write("No model was fetched.\n")
    if faults:
        raise StoreError("\n".join(faults))


def remove_model(name: str, store: ModelStore, in_use: ModelsInUse) -> None:
    """Delete one, unless it answers."""
    card = catalog().model(name)
    demand_unused(card, store, in_use)
    freed = store.remove(card)
    sys.stderr.write(f"{freed / 1e9:.2f} GB are free again.\n" if freed else f"{card.name} was not here.\n")
