"""What a visit shows of a record: everything that can be compared, and what sellers say beyond it."""

from agent.desk import Desk
from agent.observe import offers_sheet, product_sheet
from index.product import Offer, Price, PriceObservation, Product
from tests.agent.shop import SEEN, kettle, origin

TOLD = kettle(31, "Calm 17", 49.9, 1.7, 58, "White").model_copy(
    update={
        "brand": "Brissa",
        "description": "Capacity: 1.7 liter. The lid opens with one finger.\nWith a noise level of 58 dB.",
        "bullets": (
            "CAPACITY - holds 1.7 liter",
            "Noise level rated at 58 dB",
            "Spout filter can be taken out",
            "Free descaler in every box",
            "Five years of spare parts",
        ),
    }
)


def sheet(desk: Desk, product: Product, *amounts: float) -> list[str]:
    """The lines of a visit, with prices seen in months before."""
    history = [
        PriceObservation(
            product_id=product.id,
            origin=origin(month),
            price=Price(amount=amount, currency="EUR", seen=SEEN.replace(month=month)),
        )
        for month, amount in enumerate(amounts, start=1)
    ]
    seen = desk.evidence.show_product(product, opened=True)
    return product_sheet(seen, desk.needs, desk.fit(product), history).splitlines()


def test_a_visit_tells_every_attribute_in_one_line(planned: Desk) -> None:
    lines = sheet(planned, TOLD)
    assert lines[2] == "capacity 1.7 liter, colour White, cordless yes, noise_level 58 dB"
    assert lines[-1] == "needs: N1+ N2+ N3+ (N4+)"


def test_what_only_says_an_attribute_once_more_is_left_out(planned: Desk) -> None:
    lines = sheet(planned, TOLD)
    assert lines[3:6] == [
        "The lid opens with one finger.",
        "- Spout filter can be taken out",
        "- Free descaler in every box",
    ]


def test_the_brand_is_told_only_where_the_title_does_not_name_it(planned: Desk) -> None:
    assert sheet(planned, TOLD)[1].endswith("; brand Brissa")
    named = TOLD.model_copy(update={"id": "kettles:32", "title": "Brissa Calm 17"})
    assert "brand" not in sheet(planned, named)[1]


def test_prices_that_were_seen_stand_beside_the_price(planned: Desk) -> None:
    assert sheet(planned, TOLD, 60.0, 45.5)[1].startswith("price 49.90 EUR, seen from 45.50 to 60.00 EUR; ")
    assert sheet(planned, TOLD, 60.0)[1].startswith("price 49.90 EUR; ")


def test_what_tells_variants_apart_stands_beside_their_prices(planned: Desk) -> None:
    offers = tuple(
        Offer(
            price=Price(amount=amount, currency="EUR", seen=SEEN),
            seller="Shop",
            options=(("size", size), ("lid_colour", "red")),
        )
        for amount, size in ((55.0, "L"), (45.0, "S"))
    )
    product = TOLD.model_copy(update={"offers": offers})
    told = ["Shop (size S, lid colour red) 45.00 EUR", "Shop (size L, lid colour red) 55.00 EUR"]
    assert f"offers: {told[0]}; {told[1]}" in sheet(planned, product)
    seen = planned.evidence.show_product(product, opened=True)
    assert offers_sheet(seen).splitlines()[1:] == told
