"""The catalogue card: which categories a question could mean and what can be filtered on in each.

It is made by search and counting alone, before any model runs, so that a plan is never written blind.
"""

from typing import Literal

from index.product import Record

AttributeKind = Literal["number", "flag", "text"]


Side = Literal["", "low", "high"]
_LIMITS: dict[str, Side] = {"max": "high", "maximum": "high", "min": "low", "minimum": "low"}


class CardAttribute(Record):
    """One filterable attribute of a category."""

    name: str
    kind: AttributeKind
    unit: str = ""
    low: float | None = None
    high: float | None = None
    values: tuple[str, ...] = ()
    """The commonest values of a text attribute, most frequent first, at most 24, casefolded."""
    coverage: float
    """Share of the category's products that give it, 0 to 1."""
    also: tuple[str, ...] = ()
    """Other names that people use, from the column schema."""
    low_words: tuple[str, ...] = ()
    """Words that ask for low values ("quiet"), from the column schema."""
    high_words: tuple[str, ...] = ()
    aliases: tuple[tuple[str, str], ...] = ()
    """What people say for a value and the value meant ("1440p", "2560x1440"), from the column schema."""
    better: Side = ""
    """Which direction most people prefer, from the column schema."""
    order: tuple[str, ...] = ()
    """Values of words from the worst to the best, from the column schema."""

    @property
    def limits(self) -> Side:
        """Of what is a limit by its name the direction in which others will do.

        Of "max load" people want enough, and of "minimum age" no more than theirs.
        """
        return _LIMITS.get(self.name.partition("_")[0], "")


class CategoryCard(Record):
    """One candidate category."""

    tag: str
    """C1, C2 …, best first."""
    path: tuple[str, ...]
    count: int
    also: tuple[str, ...] = ()
    currency: str = ""
    """The commonest currency of its prices; empty where nothing has a price."""
    price_low: float | None = None
    price_high: float | None = None
    priced: float = 0.0
    """Share of products with a price."""
    rated: float = 0.0
    """Share of products with a rating."""
    brands: tuple[str, ...] = ()
    """The commonest brands, at most 24, as written."""
    attributes: tuple[CardAttribute, ...] = ()
    """Most covered first."""
    title_words: tuple[str, ...] = ()
    """Words of the question that stand in a title of the category, casefolded."""
