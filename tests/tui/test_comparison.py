"""The comparison grid without a screen: its lines, and what sorting and leaving out make of it."""

from pathlib import Path

from index.product import Attribute, Offer, Price, Product
from tests.agent.shop import SEEN, kettle, open_shop
from tests.tui.test_compare import NEEDS
from tui.comparison import Grid, Line, markdown, ordered, read, without


def dollars(number: int, amount: float) -> Product:
    offer = Offer(price=Price(amount=amount, currency="USD", seen=SEEN))
    return kettle(number, f"Far {number}", None, 1.7, 50, "STEEL").model_copy(update={"offers": (offer,)})


def grid_of(home: Path, *products: str, more: tuple[Product, ...] = ()) -> Grid:
    with open_shop(home, more) as index:
        return read(index, products, NEEDS, {})


def line(grid: Grid, key: str) -> Line:
    return next(line for line in grid.lines if line.key == key)


def test_currencies_are_sorted_apart_and_the_silent_come_last(tmp_path: Path) -> None:
    far = (dollars(9, 1.0), dollars(10, 500.0))
    grid = grid_of(tmp_path, "kettles:7", "kettles:10", "kettles:1", "kettles:9", "kettles:2", more=far)

    upwards = ordered(grid, "price", descending=False)
    downwards = ordered(grid, "price", descending=True)

    assert upwards.record_ids == ("kettles:2", "kettles:1", "kettles:9", "kettles:10", "kettles:7")
    assert downwards.record_ids == ("kettles:10", "kettles:9", "kettles:1", "kettles:2", "kettles:7")


def test_a_need_is_sorted_by_its_verdict(tmp_path: Path) -> None:
    grid = grid_of(tmp_path, "kettles:6", "kettles:9", "kettles:1", more=(dollars(9, 1.0),))

    assert ordered(grid, "N1", descending=False).record_ids == ("kettles:1", "kettles:9", "kettles:6")
    assert [cell.verdict for cell in line(grid, "N1").cells] == ["unmet", "unknown", "met"]


def test_letter_case_is_no_difference(tmp_path: Path) -> None:
    grid = grid_of(tmp_path, "kettles:3", "kettles:9", more=(dollars(9, 1.0),))

    assert not line(grid, "colour").differs
    assert line(grid, "price").differs


def test_lines_that_only_a_removed_product_had_go_with_it(tmp_path: Path) -> None:
    odd = kettle(9, "Odd", 20.0, 1.7, 50, "White")
    odd = odd.model_copy(update={"attributes": (*odd.attributes, Attribute(name="whistle", raw="loud"))})
    grid = grid_of(tmp_path, "kettles:1", "kettles:9", more=(odd,))
    assert line(grid, "whistle").differs

    rest = without(grid, "kettles:9")
    assert "whistle" not in [line.key for line in rest.lines]
    assert {"N1", "N2", "N3"} <= {line.key for line in rest.lines}


def test_a_product_named_twice_is_compared_once(tmp_path: Path) -> None:
    assert grid_of(tmp_path, "kettles:1", "kettles:2", "kettles:1").record_ids == ("kettles:1", "kettles:2")


def test_nothing_of_a_record_is_markup_in_the_copied_table(tmp_path: Path) -> None:
    sly = kettle(9, "A | B [x](http://example.org)", 20.0, 1.7, 50, "a|b")
    grid = grid_of(tmp_path, "kettles:9", "kettles:1", more=(sly,))

    head, rule, *rows = markdown(grid, grid.lines).splitlines()

    assert r"A \| B \[x\](http\://example.org)" in head
    assert rule.count("---") == 3
    assert any(r"a\|b" in row for row in rows)
