"""`index same` and `index attributes`: what they print and do, and with which exit code."""

import json
from pathlib import Path

import pytest

from tests.index.test_attribute_names import lamps
from tests.index.test_identity import EAN, OTHER_EAN, add, number, told
from tests.tui.commands import Commands, commands


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over two shops that tell of one lamp by its number and of another by its title."""
    add(
        tmp_path,
        told("east", gtin=(EAN,), amount=30, attributes=(number("weight", 900, "g"),)),
        told("west", gtin=(EAN,), amount=25, attributes=(number("weight", 1.2, "kg"),)),
        told("east", "floor", title="Vesper VX-2000 floor lamp", amount=80),
        told("west", "floor", title="Vesper floor lamp, VX 2000", amount=85, gtin=(OTHER_EAN,)),
    )
    return commands(tmp_path, monkeypatch)


def test_an_import_tells_what_it_joined_and_how_that_is_parted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = commands(tmp_path / "home", monkeypatch)
    told_of = []
    for shop in ("north", "south"):
        path = tmp_path / f"{shop}.csv"
        path.write_text(f"id,title,gtin,price\n1,Lamp of {shop},{EAN},5 EUR\n", encoding="utf-8")
        told_of.append(run("index", "add", "--yes", path).stderr)
    assert "several records" not in told_of[0]
    assert "1 more thing is told of by several records, by their numbers" in told_of[1]
    assert "`index same --refuse A B` parts them" in run("index", "same", "--undo", "north:1").stderr
    run("index", "same", "--refuse", "north:1", "south:1")
    assert run("index", "same").stdout == ""
    assert "several records" not in run("index", "add", "--yes", "--replace", path).stderr


def test_what_is_one_thing_is_listed_with_every_record_and_what_differs(run: Commands) -> None:
    listed = run("index", "same")
    assert listed.exit_code == 0
    assert listed.stdout.splitlines() == [
        "Orla desk lamp",
        "  east:lamp  30.00 EUR, seen 2026-10-01  Orla desk lamp",
        "  west:lamp  25.00 EUR, seen 2026-10-01  Orla desk lamp",
        "  sources differ: weight 900 g (east), 1.2 kg (west)",
    ]
    assert "1 thing of which several records tell" in listed.stderr
    (line,) = run("index", "same", "west:lamp", "--json").stdout.splitlines()
    assert json.loads(line)["records"] == ["east:lamp", "west:lamp"]
    assert json.loads(line)["differences"] == {
        "weight": [{"source": "east", "raw": "900 g"}, {"source": "west", "raw": "1.2 kg"}]
    }
    assert run("index", "same", "west:floor").exit_code == 3


def test_a_pair_is_suggested_accepted_and_taken_back(run: Commands) -> None:
    suggested = run("index", "same", "--suggest")
    assert "east:floor  Vesper VX-2000 floor lamp  80.00 EUR" in suggested.stdout
    assert "east:lamp" not in suggested.stdout
    (pair,) = run("index", "same", "--suggest", "--json").stdout.splitlines()
    assert {json.loads(pair)["one"], json.loads(pair)["other"]} == {"east:floor", "west:floor"}

    accepted = run("index", "same", "--accept", "east:floor", "west:floor")
    assert "are one thing now; `index same --undo east:floor`" in accepted.stderr
    assert "you said: east:floor and west:floor are one thing" in run("index", "same").stderr
    assert "2 shown" in run("index", "search", "lamp").stderr
    assert run("index", "same", "--suggest").exit_code == 3

    assert "Taken back" in run("index", "same", "--undo", "west:floor").stderr
    assert run("index", "same", "--suggest").exit_code == 0
    run("index", "same", "--refuse", "west:floor", "east:floor")
    assert run("index", "same", "--suggest").exit_code == 3
    assert "3 shown" in run("index", "search", "lamp").stderr


def test_what_cannot_be_said_is_one_sentence(run: Commands) -> None:
    for words, said in (
        (("--accept", "east:lamp", "east:gone"), "There is no product east:gone in the catalogue"),
        (("--accept", "east:lamp", "east:lamp"), "is one product already; name two."),
        (("--undo", "east:lamp"), "Nothing was said of east:lamp"),
        (("--undo", "east:lamp", "--suggest"), "Give one of --suggest, --accept, --refuse and --undo"),
        (("east:gone",), "There is no product east:gone"),
    ):
        result = run("index", "same", *words)
        assert result.exit_code in (1, 2, 3)
        assert said in result.stderr
        assert len(result.stderr.splitlines()) == 1


def test_a_product_of_two_sources_is_shown_with_both(run: Commands) -> None:
    shown = run("index", "show", "east:lamp").stdout
    assert "offer: 25.00 EUR seen 2026-10-01 west" in shown
    assert "sources differ: weight 900 g (east), 1.2 kg (west)" in shown
    assert "source: west, west.csv row 1, seen 2026-10-01" in shown


def test_names_are_joined_split_and_taken_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    add(
        tmp_path,
        *lamps("east", "battery_life", "h", [5, 10]),
        *lamps("west", "akkulaufzeit", "min", [300]),
        *lamps("north", "burning", "h", [7]),
    )
    run = commands(tmp_path, monkeypatch)
    card = run("index", "attributes", "lamps").stdout
    assert "- battery_life 5..10 h (75%)" in card
    assert "joined: akkulaufzeit is read as battery_life (synonyms)" in card

    joined = run("index", "attributes", "lamps", "--join", "burning=battery life")
    assert "burning is read as battery_life now" in joined.stderr
    card = run("index", "attributes", "lamps").stdout
    assert "- battery_life 5..10 h (100%)" in card
    assert "joined: burning is read as battery_life (you said so)" in card
    found = run("index", "search", "lamp", "--where", "burning>=7 h", "--category", "lamps")
    assert "2 shown of 2 " in found.stderr
    assert "Taken back" in run("index", "attributes", "lamps", "--undo", "burning").stderr
    assert "- burning" in run("index", "attributes", "lamps").stdout
    assert "akkulaufzeit stays apart" in run("index", "attributes", "lamps", "--split", "akkulaufzeit").stderr
    assert "- akkulaufzeit" in run("index", "attributes", "lamps").stdout

    for words, said in (
        (
            ("--join", "burning=colour"),
            " is a number in h and colour is text; they cannot be one attribute.",
        ),
        (("--join", "burning"), "names no two attributes; write --join A=B."),
        (("--join", "burning=gone"), "Home > Lamps has no attribute 'gone'"),
        (("--undo", "burning"), "Nothing was said of the name burning"),
    ):
        result = run("index", "attributes", "lamps", *words)
        assert result.exit_code in (1, 2, 3)
        assert said in result.stderr


def test_names_that_may_be_one_are_suggested_by_their_words_and_values(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(
        tmp_path,
        *lamps("east", "burning_time", "h", [5, 10, 20]),
        *lamps("west", "burn_duration", "min", [400, 900]),
        *lamps("north", "height", "cm", [7, 15]),
    )
    run = commands(tmp_path, monkeypatch)
    suggested = run("index", "attributes", "lamps", "--suggest")
    assert "burn_duration=burning_time  400..900 min | 5..20 h" in suggested.stdout
    assert "height" not in suggested.stdout
