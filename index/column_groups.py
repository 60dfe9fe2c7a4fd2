"""What several columns of a row, or several rows of a file, mean together: a part of a column schema."""

from typing import Self

from pydantic import Field, model_validator

from index.product import Record


class ColumnPair(Record):
    """Numbered columns of which one names an attribute and another holds its value."""

    name: str
    """The columns that name it; `#` stands for the number."""
    value: str
    option: bool = False
    """Whether the value tells one variant of a product from another."""

    @model_validator(mode="after")
    def _numbered(self) -> Self:
        if self.name.count("#") != 1 or self.value.count("#") != 1:
            raise ValueError("a pair of columns has one # in both names, which stands for their number")
        return self


class Variants(Record):
    """Which rows are variants of one product, and by what they differ."""

    group: tuple[str, ...] = ()
    """Columns of which the first filled one is the same for all variants of a product."""
    parent: tuple[str, ...] = ()
    """Columns in which a variant names the row of its product."""
    ids: dict[str, str] = Field(default_factory=dict)
    """What such names mean: the columns of the product's row, and what stands before their value."""
    children: str = ""
    """A column in which the product's row lists its variants: `sku=A-1,size=S|sku=A-2,size=M`."""
    child: str = ""
    """The column of a variant's own row, and the key in that list, by which it is meant."""
    within: tuple[str, ...] = ()
    """Columns of nested records in which a product holds its variants, a list or by key."""
    no_option: tuple[str, ...] = ()
    """Values that stand for the lack of options."""

    @property
    def across_rows(self) -> bool:
        """Whether variants are rows of their own."""
        return bool(self.group or self.parent or self.children)
