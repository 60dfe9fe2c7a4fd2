"""What the worker threads tell the app: small messages with nothing in them that the screen must work out.

They name no class of the floors below at run time, so the app can be painted before those are imported.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.text import Text
from textual.message import Message

from tui.shown import Block, Claim, Ledger, Meter, Passage, QuizTab

if TYPE_CHECKING:
    from agent.ledger import Need
    from agent.report.facts import Cite
    from agent.report.record import Report
    from tui.bench import Bench
    from tui.settings import Settings


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
    """What the catalogue holds, in a line; or why that cannot be said."""

    line: str
    products: int


@dataclass
class Remembered(Message):
    """Questions of earlier sessions, the oldest first; or why they cannot be read."""

    questions: tuple[str, ...]
    fault: str = ""


@dataclass
class LeftOff(Message):
    """The last question of the newest session was asked of late, and not answered."""

    session: str
    question: str


@dataclass
class Asking(Message):
    """A question that the session was asked earlier."""

    question: str


@dataclass
class Began(Message):
    """A run has begun or goes on; the next question follows it up."""

    session: str


@dataclass
class Told(Message):
    """One line of the run's course."""

    line: Text


@dataclass
class Acting(Message):
    """A tool is called: what was thought before it, and the call as a person reads it."""

    thought: str
    call: str


@dataclass
class Acted(Message):
    """What the call brought back."""

    summary: str
    seconds: float
    text: str
    failed: bool


@dataclass
class Wrote(Message):
    """Text of a step as it comes into being."""

    text: str


@dataclass
class Found(Message):
    """What was found so far, best first."""

    blocks: tuple[Block, ...]


@dataclass
class Drafted(Message):
    """More of the report as it is being written, before it is checked; empty text begins it anew."""

    text: str


@dataclass
class Bound(Message):
    """The needs as they stand, with what they leave."""

    ledger: Ledger


@dataclass
class Approving(Message):
    """The plan waits for the person: changes, or that it may go on."""


@dataclass
class Asked(Message):
    """A question to the person."""

    question: str
    tabs: tuple[QuizTab, ...]


@dataclass
class Unread(Message):
    """Words of the person in which no need could be read."""

    words: str


@dataclass
class Metered(Message):
    """What the model costs just now."""

    meter: Meter


@dataclass
class Reported(Message):
    """The report, its Markdown, and its blocks for the screen."""

    report: "Report"
    markdown: str
    blocks: tuple[Block, ...]
    needs: "tuple[Need, ...]"
    """The ledger that it answers."""


@dataclass
class Evidenced(Message):
    """What a claim rests on."""

    claim: Claim
    passages: tuple[Passage, ...]


@dataclass
class Stopped(Message):
    """The run has stopped because the person asked for it."""


@dataclass
class Failed(Message):
    """Something could not be done; the sentence is for the person."""

    sentence: str


# -- what a screen asks of the app; these bubble up to it ----------------------------------------------


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
    needs: "tuple[Need, ...]" = ()


@dataclass
class CopyAsked(Message):
    """Put a text on the clipboard."""

    text: str


@dataclass
class CompareAsked(Message):
    """Put products side by side: their record ids, and the needs and tags of the session, if any."""

    records: tuple[str, ...]
    needs: "tuple[Need, ...]" = ()
    tags: tuple[tuple[str, str], ...] = ()
    """Record ids with their tags."""


@dataclass
class SessionChosen(Message):
    """The person wants to go on with a session of the past."""

    session_id: str


@dataclass
class SettingsChanged(Message):
    """A setting was written; these hold from now on."""

    settings: "Settings"


@dataclass
class DemoAsked(Message):
    """The person wants the demo shop in an empty catalogue."""


@dataclass
class StockAsked(Message):
    """The person wants to fill the catalogue: with the demo shop, or with files of their own."""

    demo: bool


@dataclass
class CatalogueChanged(Message):
    """Something was put into the catalogue or taken out."""


@dataclass
class RetrainingEnded(Message):
    """A retraining that was begun here has come to its end, was stopped, or failed."""

    sentence: str
    failed: bool
