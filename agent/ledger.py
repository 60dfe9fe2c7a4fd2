"""The two ledgers of a session: what the person needs, and what has been seen.

Needs are decided by code against records (`index.conditions`); the evidence ledger keeps every record that
was shown, under the tag it was shown by. How needs are parsed from language is left to the policies.
"""

from enum import StrEnum

from index.conditions import Condition
from index.product import Record


class Aim(StrEnum):
    """What a need wants beyond a limit."""

    LIMIT = "limit"
    """Its condition must hold."""
    LOWEST = "lowest"
    """Order by the attribute, smallest first ("the cheapest")."""
    HIGHEST = "highest"


class Need(Record):
    """One thing that the person wants, as it stands in the ledger."""

    tag: str
    """N1, N2 …; never reused in a session."""
    said: str
    """The person's words, or the policy's."""
    hard: bool
    aim: Aim = Aim.LIMIT
    attribute: str = "other"
    """A name of the catalogue card, a built-in field, or `other` for what no record can decide."""
    condition: Condition | None = None
    """None for `other` and for pure orderings."""
    bound: str = ""
    """How code understood it, in one line ("noise_level <= 24 dB, the quietest quarter of 912")."""
