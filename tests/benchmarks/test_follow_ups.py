"""Sessions of several follow-ups: what was asked is kept, and what is lost is told."""

from collections.abc import Iterator

import pytest

from agent.rules import RulesPolicy
from benchmarks.follow_ups import SESSIONS, Asked, held
from index.catalog import Catalog
from index.demo.shop import build_demo
from index.search import Index

pytestmark = pytest.mark.longer


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    """The demo shop, without vectors."""
    home = tmp_path_factory.mktemp("shop")
    with Catalog.open(home / "catalog.sqlite") as catalog:
        build_demo(catalog)
    with Index.open(home, meaning=False) as index:
        yield index


def test_the_rules_keep_what_was_asked_through_every_follow_up(shop: Index) -> None:
    for session in SESSIONS:
        assert held(session, RulesPolicy(), shop) == [True] * len(session)


def test_a_need_that_is_lost_is_told(shop: Index, capsys: pytest.CaptureFixture[str]) -> None:
    asked = Asked("a tent for two people", "Tents", frozenset({"sleeps = 2", "freestanding = yes"}))
    assert held([asked], RulesPolicy(), shop) == [False]
    assert "lacks ['freestanding = yes'], has besides nothing" in capsys.readouterr().out
