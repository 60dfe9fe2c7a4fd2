"""The columns of the product list: what stands in them and how wide they are, in cells of a terminal."""

from rich.cells import cell_len, set_cell_size

from tui.browsing import Row

MARK, PRICE, RATING, BRAND = 2, 14, 12, 16
"""Cells of the columns that do not grow."""
LEAST = 30
"""Cells of a title beside which there is room for more."""


def cells(row: Row, width: int, sign: str) -> list[tuple[str, int]]:
    """Texts and widths of the columns: mark, title, brand, price, rating, facts."""
    sizes = _sizes(width)
    texts = (sign, row.title, row.brand, f"{row.price:>{PRICE - 2}}", row.rating, row.facts)
    return list(zip(texts, sizes, strict=True))


def head(width: int) -> list[tuple[str, int]]:
    return cells(Row("", "Product", "Brand", "Price", "Rating", "Facts"), width, "")


def _sizes(width: int) -> tuple[int, ...]:
    """What there is no room for has no cells; a title has what the others leave."""
    left = width - MARK
    price = PRICE if left >= PRICE + 10 else 0
    rating = RATING if left >= PRICE + RATING + LEAST - 10 else 0
    brand = BRAND if left >= PRICE + RATING + BRAND + LEAST else 0
    left -= price + rating + brand
    facts = left - max(LEAST, left // 2) if left >= 2 * LEAST else 0
    return (MARK, max(left - facts, 0), brand, price, rating, facts)


def fitted(text: str, size: int) -> str:
    """The text in exactly so many cells, the last of them blank."""
    start = text[:size]
    if start.isascii():  # a cell for each; to measure what may be wider takes a fifth of a frame
        return start.ljust(size) if len(text) < size else start[: max(size - 2, 0)] + "… "[:size]
    start = text[: 2 * size]
    if cell_len(start) >= size:
        start = set_cell_size(start, max(size - 2, 0)) + "…"
    return set_cell_size(start, size)
