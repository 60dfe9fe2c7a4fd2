"""The sizes and themes in which screens are pictured: two of each, and every pair of them."""

import pytest

WIDE, NARROW = (120, 40), (80, 24)
DARK, LIGHT = "textual-dark", "textual-light"

in_every_look = pytest.mark.parametrize(
    ("size", "theme"),
    [
        # The pictures of one pair take a minute; with the second each size and each theme has been seen.
        pytest.param(WIDE, DARK, id="size0-textual-dark", marks=pytest.mark.longer),
        pytest.param(NARROW, LIGHT, id="size1-textual-light", marks=pytest.mark.longer),
        pytest.param(WIDE, LIGHT, id="size0-textual-light", marks=pytest.mark.slow),
        pytest.param(NARROW, DARK, id="size1-textual-dark", marks=pytest.mark.slow),
    ],
)
