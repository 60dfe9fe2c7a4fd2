"""What the list of models says of each in a line, and the pane beneath it of one in full; all of it plain."""

from collections.abc import Iterator

from index.text.sanitize import plain
from models.catalog import BUNDLED
from tui.model_shelf import Row
from tui.model_words import UNVERIFIED, pin_word, too_large_text, unverified_text, why_text

HEADS = ("Model", "GB", "Here", "Runs here", "Pinned")
UNKNOWN = "–"
THOUSAND = 1024


def cells(row: Row) -> tuple[str, ...]:
    """The texts of a line, one for each head."""
    pinned = pin_word(row.card, row.pin) if row.card is not None else UNKNOWN
    size = f"{row.bytes / 1e9:.2f}" if row.bytes < 1e9 else f"{row.bytes / 1e9:.1f}"
    return (plain(row.name), size, _here(row), _runs(row), pinned)


def _here(row: Row) -> str:
    if row.in_use:
        return "in use"
    if row.model is not None:
        return "yes"
    return f"{100 * row.arrived / row.bytes:.0f} %" if row.arrived else "no"


def _runs(row: Row) -> str:
    """The quantization, the context and the rate, or why not."""
    if row.fit is None:
        return f"{row.context // THOUSAND}k" if row.context else UNKNOWN
    if not row.fit.runs:
        return too_large_text(row.fit)
    rate = row.fit.tokens_per_second
    quick = f"{rate:.0f}" if rate >= 10 else f"{rate:.1f}"
    return f"{row.fit.card.quantization} {row.fit.context // THOUSAND}k ~{quick}/s"


def lines(row: Row) -> Iterator[str]:
    """Everything that is known of a model, the name first."""
    card = row.card
    if card is None:
        yield f"{plain(row.name)}, {row.bytes / 1e6:,.0f} MB"
    else:
        yield f"{card.title} for {', '.join(card.roles)}, {card.licence}"
        yield f"From {card.repository}: {card.file}, {row.bytes / 1e9:.2f} GB"
        yield _pin_line(row)
    if row.fit is not None:
        yield why_text(row.fit)
    elif row.context:
        yield f"Trained on {row.context:,} tokens of context."
    if card is not None and card.calls != "hermes":
        yield f"Its own form of tool calls ({card.calls}) is held to ours by the grammar."
    if row.name == BUNDLED:
        yield "It came along with the installation."
    elif row.model is not None:
        yield f"Here: {plain(row.model.name)} ({plain(str(row.model.path.parent))})"
    elif row.arrived:
        yield f"{row.arrived / 1e9:.2f} GB of it are here; fetching goes on from there."


def _pin_line(row: Row) -> str:
    assert row.card is not None
    if row.pin is not None:
        return (
            f"Pinned when it was fetched on {row.pin.fetched:%Y-%m-%d}: revision {row.pin.revision[:12]}, "
            f"SHA-256 {row.pin.sha256[:12]}…"
        )
    if row.card.verified:
        return f"Pinned: revision {row.card.revision[:12]}, SHA-256 {row.card.sha256[:12]}…"
    return (
        f"{UNVERIFIED.capitalize()}: nobody has pinned it yet; what the hub has when you fetch it is pinned."
    )


def asked_text(row: Row, hub: str) -> str:
    """What is asked before anything is fetched: how much, from where, on whose terms."""
    assert row.card is not None
    left = max(row.bytes - row.arrived, 0)
    about = "" if row.card.verified or row.pin is not None else "about "
    rest = f", of which {row.arrived / 1e9:.2f} are here" if row.arrived else ""
    terms = "" if row.card.verified else f"\n\n{unverified_text(row.card)}"
    return (
        f"Fetch {row.card.title}?\n\nThis reads {about}{left:,} bytes ({row.bytes / 1e9:.2f} GB{rest}) of "
        f"{row.card.file} from the repository {row.card.repository} at {plain(hub)}. Licence: "
        f"{row.card.licence}. The badge above counts it.{terms}"
    )
