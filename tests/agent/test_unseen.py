"""A file of categories that no code has ever heard of is described by a schema and asked in plain words."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.loop import Reported, Research
from agent.opening import begin
from agent.report.record import Report
from agent.rules import RulesPolicy
from agent.session import Sessions
from index.catalog import Catalog
from index.ingest import ingest
from index.search import Index
from tests.agent.scripted import ScriptedPerson

SCHEMA = """\
source = "guild"
kind = "products"
currency = "EUR"
observed = 2026-10-01
identity = ["maker", "model"]

[columns.maker]
role = "brand"
[columns.model]
role = "title"
[columns.kind]
role = "category"
[columns.cost]
role = "price"
[columns.grumble]
unit = "dB"
range = "high"
also = ["rumble", "grumbling"]
low_words = ["hushed", "murmuring"]
high_words = ["thunderous"]
[columns.reach]
unit = "m"
also = ["throw"]
[columns.rind]
also = ["shell"]
[columns.winged]
also = ["with wings"]
"""
ROWS = (
    ("Ost", "Gyre One", "zorbling", 90, [10, 30], 4.0, "Copper", True),
    ("Ost", "Gyre Two", "zorbling", 140, [10, 20], 6.5, "Bone", True),
    ("Velm", "Tarn", "zorbling", 60, 55, 2.0, "Copper", False),
    ("Velm", "Tarn Grand", "zorbling", 210, 18, 9.0, "Slate", True),
    ("Velm", "Tarn Mute", "zorbling", None, 12, 5.0, "Bone", True),
    ("Ost", "Plink", "quendle", 15, 40, 1.0, "Copper", False),
    ("Ost", "Plonk", "quendle", 25, 42, 1.5, "Slate", False),
)


@pytest.fixture
def guild(tmp_path: Path) -> Index:
    """The file imported."""
    keys = ("maker", "model", "kind", "cost", "grumble", "reach", "rind", "winged")
    file, schema = tmp_path / "guild.jsonl", tmp_path / "guild.toml"
    file.write_text(
        "\n".join(json.dumps(dict(zip(keys, row, strict=True))) for row in ROWS), encoding="utf-8"
    )
    schema.write_text(SCHEMA, encoding="utf-8")
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        assert ingest(file, catalog, schema=schema).rejected == 0
    return Index.open(tmp_path)


def asked(index: Index, question: str) -> Report:
    """The rules' report."""
    trajectory, desk = begin(question, index, "rules", 0, datetime(2026, 11, 1, tzinfo=UTC))
    store = Sessions(index.home / "sessions.sqlite")
    *_, last = Research(RulesPolicy(), ScriptedPerson(), store, trajectory, desk).run()
    assert isinstance(last, Reported)
    return last.report


@pytest.mark.parametrize(
    ("question", "picked"),
    [
        ("a winged zorbling under 150 EUR", {"Gyre One", "Gyre Two"}),
        ("a zorbling that throws at least 500 cm", {"Gyre Two", "Tarn Grand", "Tarn Mute"}),
        ("zorbling with a grumble of at most 25 dB, not bone", {"Tarn Grand"}),
        ("the cheapest quendle", {"Plink", "Plonk"}),
        ("a slate quendle from Ost below 30 euros", {"Plonk"}),
        ("a zorbling with a copper rind under 50 EUR", set()),
    ],
)
def test_a_question_in_its_words_finds_what_fits(guild: Index, question: str, picked: set[str]) -> None:
    assert {pick.title for pick in asked(guild, question).picks} == picked


def test_its_adjectives_are_wishes_bound_to_its_best_quarter(guild: Index) -> None:
    report = asked(guild, "a hushed zorbling under 200 EUR")
    assert [row.bound for row in report.needs if not row.hard] == [
        "grumble <= 18 dB, the lowest quarter of 5"
    ]
    assert report.picks[0].title == "Gyre Two"


def test_what_it_does_not_say_is_no_pick(guild: Index) -> None:
    report = asked(guild, "a winged zorbling with at most 20 dB under 150 EUR")
    assert [pick.title for pick in report.picks] == ["Gyre Two"]
    assert [c.title for c in report.might_fit] == ["Tarn Mute"]
