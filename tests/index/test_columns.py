"""Column schemas: what they may say, and how their faults are told."""

import os
from pathlib import Path

import pytest

from index.columns import load_schema, parse_schema, schema_meanings
from index.importers.faults import SchemaError
from index.importers.schema_text import schema_text
from index.meanings import Meaning

SCHEMAS = Path(__file__).parents[1] / "schemas"
BUILT_IN = Path(__file__).parents[2] / "index" / "schemas"

TENTS = """
source = "tents"
currency = "EUR"
observed = 2026-01-02
identity = ["name", "*"]
[columns.name]
role = "title"
[columns.price]
role = "price"
[columns.weight]
unit = "kilograms"
also = ["Heaviness"]
low_words = ["Light"]
[columns.kind]
role = "category"
[categories.dome]
also = ["Igloo"]
[categories.dome.columns.weight]
unit = "g"
"""


def faulty(text: str) -> str:
    with pytest.raises(SchemaError) as caught:
        parse_schema(text, "tents.toml")
    return str(caught.value)


def test_an_unknown_key_is_refused_with_the_nearest_known_name() -> None:
    message = faulty('source = "x"\n[columns.weight]\nunits = "kg"\n')
    assert message == (
        "The column schema tents.toml is wrong: columns.weight.units is unknown; "
        "the nearest known key is unit."
    )


def test_an_unknown_unit_is_refused() -> None:
    assert "'kilos per moonbeam' is not a unit" in faulty(
        'source = "x"\n[columns.weight]\nunit = "kilos per moonbeam"\n'
    )


def test_an_id_is_never_made_from_a_price() -> None:
    message = faulty('source = "x"\nidentity = ["title", "amount"]\n[columns.amount]\nrole = "price"\n')
    assert "identity names amount, which is a price" in message


def test_an_id_is_never_made_from_what_follows_the_price() -> None:
    message = faulty('source = "x"\nidentity = ["per_gb"]\n[columns.per_gb]\nfollows_price = true\n')
    assert "identity names per_gb, which is a price" in message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("source = ", "is not TOML"),
        ("currency = 'EUR'", "source: Field required"),
        ('source = "x"\ncurrency = "euro"', "currency"),
        ('source = "x"\n[columns.a]\nrole = "prize"', "columns.a.role"),
        (
            'source = "x"\n[columns.a]\nrole = "event"\nvalues = { bought = "purchase" }',
            "purchase is no kind of event",
        ),
    ],
)
def test_every_fault_is_one_sentence(text: str, told: str) -> None:
    message = faulty(text)
    assert told in message
    assert "\n" not in message.split(" is not TOML")[0]


def test_a_schema_that_is_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(SchemaError, match="cannot be read"):
        load_schema(tmp_path / "none.toml")


def test_units_are_stored_under_their_canonical_name() -> None:
    assert parse_schema(TENTS, "tents.toml").columns["weight"].unit == "kg"


def test_a_category_says_only_what_differs() -> None:
    dome = parse_schema(TENTS, "tents.toml").columns_of("dome")
    assert dome["weight"].unit == "g"
    assert dome["weight"].also == ("Heaviness",)
    assert dome["name"].role == "title"


def test_vocabulary_reaches_the_catalogue_casefolded() -> None:
    told = {
        (path, name): meaning for path, name, meaning in schema_meanings(parse_schema(TENTS, "tents.toml"))
    }
    assert told[(), "weight"] == Meaning(also=("heaviness",), low_words=("light",))
    assert told[("dome",), ""] == Meaning(also=("igloo",))


@pytest.mark.parametrize(
    "path", [*SCHEMAS.glob("*.toml"), BUILT_IN / "order_history.toml"], ids=lambda p: p.name
)
def test_a_written_schema_is_read_back_equal(path: Path) -> None:
    schema = load_schema(path)
    assert parse_schema(schema_text(schema), path.name) == schema


def test_the_parts_schema_describes_twenty_categories() -> None:
    assert len(load_schema(SCHEMAS / "pc_parts.toml").categories) == 20


def test_importing_the_schemas_loads_neither_pint_nor_price_parser() -> None:
    import subprocess
    import sys

    code = "import sys, index.ingest; print({'pint', 'price_parser'} & set(sys.modules))"
    told = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert told.stdout == "set()\n"
