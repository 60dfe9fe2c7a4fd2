"""Verdicts are remembered only as long as the needs and the record are the same."""

from agent.desk import Desk
from agent.ledger import judge, rank
from agent.plan import PlanNeed
from index.product import Product
from index.search import SearchRequest
from tests.agent.shop import PATH


def everything(desk: Desk) -> list[Product]:
    hits = desk.index.search(SearchRequest(query="", category=PATH)).hits
    return [desk.evidence.show_product(hit.product).record for hit in hits]


def test_remembered_verdicts_are_those_of_the_ledger(planned: Desk) -> None:
    products = everything(planned)

    for _ in range(2):
        assert [planned.fit(p) for p in products] == [judge(planned.needs, p) for p in products]
        assert planned.ranked() == rank(planned.needs, products)


def test_an_edited_need_is_judged_anew(planned: Desk) -> None:
    products = everything(planned)
    before = [planned.fit(p).fits for p in products]
    planned.rebind("N1", PlanNeed(on="price", op="<=", value="30 EUR"))

    assert [planned.fit(p).fits for p in products] != before
    assert [planned.fit(p) for p in products] == [judge(planned.needs, p) for p in products]
    assert planned.ranked() == rank(planned.needs, products)


def test_an_added_need_is_judged_too(planned: Desk) -> None:
    product = everything(planned)[0]
    planned.fit(product)
    need = planned.add_need(PlanNeed(on="cordless", op="=", value="yes"))

    assert need.tag in planned.fit(product).verdicts


def test_a_record_that_changed_is_judged_anew(planned: Desk) -> None:
    product = next(p for p in everything(planned) if planned.fit(p).fits)
    changed = product.model_copy(update={"offers": ()})

    assert not planned.fit(changed).fits
    assert planned.fit(product).fits
