"""What is told of a source: how old it is, and what goes with it when it is taken out."""

from datetime import date

from index.catalog import SourceSummary
from tui.import_text import counted

MONTH, YEAR = 30.44, 365.25
"""Days on average."""


def age_text(day: date | None, today: date) -> str:
    """How long ago a day was, as people say it."""
    if day is None:
        return ""
    days = (today - day).days
    if days < 1:
        return "today"
    if days < 2 * MONTH:
        return f"{days} day{'s' * (days > 1)}"
    return f"{days / MONTH:.0f} months" if days < 2 * YEAR else f"{days / YEAR:.0f} years"


def removal_text(source: SourceSummary) -> str:
    """What will go, or has gone."""
    counts = {
        "products": source.products,
        "reviews": source.reviews,
        "pages": source.pages,
        "events": source.events,
    }
    return counted(counts) or "nothing but its name"
