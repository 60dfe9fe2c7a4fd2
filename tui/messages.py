"""What the worker threads tell the app: small messages with nothing in them that the screen must work out.

They name no class of the floors below at run time, so the app can be painted before those are imported.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.message import Message

if TYPE_CHECKING:
    from agent.report.record import Report
    from tui.bench import Bench


@dataclass
class Opened(Message):
    """The settings are read; questions can be researched."""

    bench: "Bench"


@dataclass
class Unopened(Message):
    """The settings cannot be read, so the app cannot go on."""

    error: Exception


@dataclass
class Stocked(Message):
    """What the catalogue holds, in a line."""

    line: str


@dataclass
class Began(Message):
    """A run has begun or goes on; the next question follows it up."""

    session: str


@dataclass
class Told(Message):
    """One line of the run's course."""

    line: Text


@dataclass
class Wrote(Message):
    """Text of a step as it comes into being."""

    text: str


@dataclass
class Bound(Message):
    """The needs as code understood them, a line each; hard ones come with True."""

    needs: tuple[tuple[str, bool], ...]


@dataclass
class Reported(Message):
    """The report, and its Markdown."""

    report: "Report"
    markdown: str


@dataclass
class Stopped(Message):
    """The run has stopped because the person asked for it."""


@dataclass
class Failed(Message):
    """Something could not be done; the sentence is for the person."""

    sentence: str


@dataclass
class ProductAsked(Message):
    """The person wants to see everything known of a product."""

    record: str


@dataclass
class CompareAsked(Message):
    """The person wants to see products side by side."""

    records: tuple[str, ...]


@dataclass
class DemoAsked(Message):
    """The person wants the demo shop in an empty catalogue."""


@dataclass
class CatalogueChanged(Message):
    """Something was put into the catalogue or taken out."""
