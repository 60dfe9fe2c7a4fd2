"""What a column schema says of a category or an attribute beyond its values: the words people use for it.

Meanings are stored beside the catalogue and shown on the catalogue card; no code names an attribute.
"""

from typing import Literal

from index.product import Record


class Meaning(Record):
    """The vocabulary of one attribute, or of one category where the attribute is empty."""

    also: tuple[str, ...] = ()
    """Other names that people use."""
    low_words: tuple[str, ...] = ()
    """Adjectives that ask for low values."""
    high_words: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    """What people say for a value, and the value meant."""
    better: Literal["", "low", "high"] = ""
    """Which direction most people prefer, where there is one."""
    order: tuple[str, ...] = ()
    """Values from the worst to the best ("bronze", "silver", "gold"), where there is such an order."""
