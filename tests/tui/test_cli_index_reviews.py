"""What `index reviews` prints, and with which exit code."""

import json
from pathlib import Path

import pytest

from index.product import Review
from tests.agent.shop import open_shop, origin
from tests.tui.commands import Commands, commands

PLAIN = ("The spout is great.", "The spout is awful.", "A great spout.")


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over the tiny shop, one kettle of which has reviews without labels."""
    reviews = [
        Review(id=f"plain:{n}", product_id="kettles:5", origin=origin(80 + n, "r.jsonl"), sentences=(said,))
        for n, said in enumerate(PLAIN)
    ]
    open_shop(tmp_path / "home", reviews).close()
    return commands(tmp_path / "home", monkeypatch)


def test_aspects_are_counted_with_a_sentence_each(run: Commands) -> None:
    shown = run("index", "reviews", "kettles:5")
    assert shown.exit_code == 0
    assert "+ spout: 2 reviews “The spout is great.”" in shown.stdout
    assert "read by rules out of the reviews' words" in shown.stdout


def test_labels_are_said_to_be_the_source_s(run: Commands) -> None:
    shown = run("index", "reviews", "kettles:1").stdout
    assert "- lid: 2 reviews “The lid of number 1 sticks.”" in shown
    assert "as the source labels them" in shown


def test_one_aspect_is_asked_for(run: Commands) -> None:
    shown = run("index", "reviews", "kettles:5", "--aspect", "spout").stdout.splitlines()
    assert shown[0] == "3 of 3 reviews speak of spout: 2 positive, 1 negative"
    assert "- The spout is awful." in shown


def test_an_aspect_that_nobody_speaks_of_is_nothing_found(run: Commands) -> None:
    assert run("index", "reviews", "kettles:5", "--aspect", "handle").exit_code == 3


def test_a_product_without_reviews_is_nothing_found(run: Commands) -> None:
    shown = run("index", "reviews", "kettles:8")
    assert (shown.exit_code, shown.stdout) == (3, "")
    assert "no reviews" in shown.stderr


def test_json_holds_counts_and_sentences(run: Commands) -> None:
    whole = json.loads(run("index", "reviews", "kettles:5", "--json").stdout)
    assert (whole["reviews"], whole["labelled"]) == (3, False)
    assert {"name": "spout", "polarity": "positive", "reviews": 2, "quote": "The spout is great."} in whole[
        "aspects"
    ]
    asked = json.loads(run("index", "reviews", "kettles:5", "--aspect", "spout", "--json").stdout)
    assert (asked["speak"], asked["positive"], asked["negative"]) == (3, 2, 1)


def test_an_unknown_product_is_a_sentence(run: Commands) -> None:
    refused = run("index", "reviews", "kettles:99")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "kettles:99" in refused.stderr
