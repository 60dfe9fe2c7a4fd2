"""What a screen asks of the app: to show evidence, to open a product, to copy a text.

A screen does not know what else the app can show; it posts one of these, and they bubble up to the app.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    from agent.report.facts import Cite


@dataclass
class CiteAsked(Message):
    """Show where something stands: the record, its file and row, and the day on which it was seen."""

    cite: "Cite"
    text: str
    """What is to be proved, as inert text: the product, the name of the fact and the fact."""


@dataclass
class ProductAsked(Message):
    """Show everything that is known of a product."""

    record_id: str


@dataclass
class CopyAsked(Message):
    """Put a text on the clipboard."""

    text: str
