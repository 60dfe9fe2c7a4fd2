"""What each command prints, where, and with which exit code: the contract of the command line."""

import csv
import io
import json
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

from tests.agent.shop import QUESTION, open_shop
from tests.tui.commands import Commands, commands

ROOT = Path(__file__).parents[2]
HEAVY = (
    "torch",
    "chromadb",
    "transformers",
    "llama_cpp",
    "textual",
    "sentence_transformers",
    "numpy",
    "rich",
)
LAMPS = """\
{"sku": "a1", "name": "Lamp One", "brand": "Lumo", "category": "Lamps", "price": "29,90 €", "flux": "800 lm"}
{"sku": "a2", "name": "Lamp Two", "brand": "Lumo", "category": "Lamps", "price": "call us", "flux": "450 lm"}
no JSON
"""


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over the tiny shop, without vectors."""
    open_shop(tmp_path / "home").close()
    return commands(tmp_path / "home", monkeypatch)


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over nothing."""
    return commands(tmp_path / "nothing", monkeypatch)


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    """A file with two products and a line that is none."""
    path = tmp_path / "lamps.jsonl"
    path.write_text(LAMPS, encoding="utf-8")
    return path


def test_help_loads_nothing_heavy() -> None:
    seen = (
        "import sys; from typer.testing import CliRunner; from tui.commands import app; "
        "results = [CliRunner().invoke(app, [*words, '--help']) for words in "
        "([], ['research'], ['index'], ['index', 'add'], ['sessions'], ['models'], ['retrain'], "
        "['finetune'], ['finetune', 'train'], ['finetune', 'self-improve'])]; "
        "assert all(r.exit_code == 0 and 'Usage' in r.output for r in results); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", seen], cwd=ROOT, capture_output=True, text=True, check=True)
    assert {name.partition(".")[0] for name in done.stdout.split()}.isdisjoint(HEAVY)


def test_the_version_is_told_and_nothing_is_made_for_it(empty: Commands) -> None:
    told = empty("--version")
    assert told.exit_code == 0
    assert told.stdout == f"productresearch {version('productresearch')}\n"
    assert not empty.home.exists()


def test_wrong_usage_is_exit_code_2(run: Commands) -> None:
    assert run("index", "search").exit_code == 2
    assert run("research", "--max-steps", "0", QUESTION).exit_code == 2
    assert run("nonsense").exit_code == 2


# -- index ----------------------------------------------------------------------------------------------


def test_search_prints_each_product_whole_on_stdout(run: Commands) -> None:
    found = run("index", "search", "quiet kettle", "--max-price", "45 EUR")
    assert found.exit_code == 0
    assert "kettles:2  Brissa Calm 15\n" in found.stdout
    assert "39.90 EUR" in found.stdout
    assert "Tolva Rapid" not in found.stdout
    assert "3 shown of 3" in found.stderr


def test_search_as_json_is_one_product_a_line(run: Commands) -> None:
    found = run("index", "search", "kettle", "--json", "--limit", "2")
    products = [json.loads(line) for line in found.stdout.splitlines()]
    assert len(products) == 2
    assert {"id", "title", "attributes", "offers"} <= set(products[0])


def test_search_filters_by_typed_limits(run: Commands) -> None:
    found = run(
        "index", "search", "kettle", "--where", "noise level <= 58 dB", "--where", "cordless", "--json"
    )
    assert {json.loads(line)["id"] for line in found.stdout.splitlines()} == {"kettles:1", "kettles:7"}
    rated = run("index", "search", "kettle", "--min-rating", "4.6", "--brand", "brissa", "--json")
    assert [json.loads(line)["id"] for line in rated.stdout.splitlines()] == ["kettles:1"]


def test_search_that_finds_nothing_is_exit_code_3(run: Commands) -> None:
    found = run("index", "search", "kettle", "--max-price", "1 EUR")
    assert (found.exit_code, found.stdout) == (3, "")


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (("--where", "nois_level<=5"), "noise_level"),
        (("--where", "capacity<=5 dB"), "cannot be converted"),
        (("--where", "capacity<="), "gives no value"),
        (("--max-price", "twenty"), "no price"),
        (("--category", "Ketles"), "Kitchen > Kettles"),
    ],
)
def test_a_filter_that_cannot_be_meant_is_one_sentence(run: Commands, options: list[str], says: str) -> None:
    refused = run("index", "search", "kettle", *options)
    assert refused.exit_code == 2
    assert says in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_stats_count_what_each_source_brought(run: Commands) -> None:
    assert run("index", "stats").stdout.splitlines()[1].split()[:4] == ["kettles", "8", "8", "1"]
    (line,) = run("index", "stats", "--json").stdout.splitlines()
    assert json.loads(line)["products"] == 8


def test_show_tells_everything_of_a_product(run: Commands) -> None:
    shown = run("index", "show", "kettles:1").stdout
    for expected in (
        "Brissa Calm 17",
        "49.90 EUR",
        "noise level: 58 dB",
        "price history",
        "reviews: 2",
        "row 1",
    ):
        assert expected in shown
    assert json.loads(run("index", "show", "kettles:1", "--json").stdout)["id"] == "kettles:1"


def test_variants_are_shown_with_what_tells_them_apart(empty: Commands, tmp_path: Path) -> None:
    rows = tmp_path / "mugs.csv"
    rows.write_text(
        "Handle,Title,Vendor,Type,Option1 Name,Option1 Value,Variant Price\n"
        "mug,Mug,Clay,Mugs,Colour,Blue,12\nmug,,,,,Red,13\n",
        encoding="utf-8",
    )
    added = empty("index", "add", rows, "--map", "currency=EUR", "--yes", "--no-vectors")
    assert "products from a comma-separated table, a shop's export with handles" in added.stderr
    shown = empty("index", "show", "mugs:mug").stdout
    offers = [line for line in shown.splitlines() if line.startswith("offer: ")]
    assert [line.rpartition(" (")[2] for line in offers] == ["colour Blue)", "colour Red)"]
    assert [line.split()[1] for line in offers] == ["12.00", "13.00"]
    for colour, found in (("red", True), ("green", False)):
        answer = empty("index", "search", "mug", "--where", f"colour={colour}", "--json").stdout
        assert ("mugs:mug" in answer) == found


def test_show_of_an_unknown_product_is_exit_code_3(run: Commands) -> None:
    refused = run("index", "show", "kettles:99")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "kettles:99" in refused.stderr


def test_attributes_print_the_catalogue_card(run: Commands) -> None:
    assert "noise_level 52..75 dB (88%)" in run("index", "attributes", "kettles").stdout
    card = json.loads(run("index", "attributes", "water boiler", "--json").stdout)
    assert card["path"] == ["Kitchen", "Kettles"]


def test_an_empty_catalogue_says_how_to_fill_it(empty: Commands) -> None:
    for command, code in (
        (("index", "search", "tent"), 3),
        (("research", "tent"), 1),
        (("index", "stats"), 0),
    ):
        answered = empty(*command)
        assert (answered.exit_code, answered.stdout) == (code, "")
        assert "`productresearch index add FILE`" in answered.stderr


def test_a_dry_run_shows_meanings_and_examples_and_writes_nothing(empty: Commands, lamps: Path) -> None:
    tried = empty("index", "add", lamps, "--dry-run")
    assert tried.exit_code == 0
    assert [json.loads(line)["title"] for line in tried.stdout.splitlines()] == ["Lamp One", "Lamp Two"]
    assert "flux → attribute flux in lm" in tried.stderr
    assert '[columns.flux]\nname = "flux"\nunit = "lm"' in tried.stderr
    assert "row 3" in tried.stderr
    assert empty("index", "stats", "--json").stdout == ""


def test_guessed_meanings_are_not_taken_where_nobody_can_confirm_them(empty: Commands, lamps: Path) -> None:
    refused = empty("index", "add", lamps)
    assert refused.exit_code == 2
    assert "--yes" in refused.stderr
    assert empty("index", "stats", "--json").stdout == ""


def test_a_file_added_twice_changes_nothing(empty: Commands, lamps: Path) -> None:
    added = empty("index", "add", lamps, "--yes", "--no-vectors")
    assert added.exit_code == 0
    assert "lamps.jsonl     3    2        0     0         1" in added.stderr
    again = empty("index", "add", lamps, "--yes", "--no-vectors")
    assert again.exit_code == 0
    assert "was imported before and has not changed" in again.stderr
    assert json.loads(empty("index", "stats", "--json").stdout)["products"] == 2


def test_a_column_is_mapped_by_hand(empty: Commands, tmp_path: Path) -> None:
    path = tmp_path / "tents.csv"
    path.write_text("sku,name,amount_asked\nt1,Tent,99 EUR\n", encoding="utf-8")
    assert empty("index", "add", path, "--map", "price=amount_asked", "--yes", "--no-vectors").exit_code == 0
    assert "99.00 EUR" in empty("index", "search", "tent").stdout


@pytest.mark.parametrize(
    ("pair", "code", "says"), [("price", 2, "role=column"), ("price=cost", 1, "no column cost")]
)
def test_a_mapping_that_does_not_fit_is_one_sentence(
    empty: Commands, lamps: Path, pair: str, code: int, says: str
) -> None:
    refused = empty("index", "add", lamps, "--yes", "--map", pair)
    assert refused.exit_code == code
    assert says in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_an_order_history_becomes_events_and_no_address_is_shown(empty: Commands, tmp_path: Path) -> None:
    path = tmp_path / "Retail.OrderHistory.1.csv"
    path.write_text(
        "Website,Order ID,Order Date,Currency,Unit Price,Quantity,Order Status,ASIN,Product Name,"
        "Shipping Address,Billing Address,Payment Instrument Type\n"
        "Shop,1-1,2025-10-13T22:08:07Z,EUR,19.90,1,Closed,B01,Green tent,7 Secret Lane,7 Secret Lane,Visa\n",
        encoding="utf-8",
    )
    tried = empty("index", "add", path, "--dry-run")
    assert "Green tent" in tried.stdout
    assert "Secret Lane" not in tried.output
    assert empty("index", "add", path, "--yes").exit_code == 0
    assert json.loads(empty("index", "stats", "--json").stdout)["events"] == 1


def test_a_file_that_is_not_there_is_one_sentence(empty: Commands, tmp_path: Path) -> None:
    refused = empty("index", "add", tmp_path / "absent.csv")
    assert refused.exit_code == 1
    assert (
        refused.stderr
        == f"{tmp_path}/absent.csv cannot be read: No such file or directory; check the path.\n"
    )


def test_a_removed_source_is_gone_and_can_come_back(empty: Commands, lamps: Path) -> None:
    empty("index", "add", lamps, "--yes", "--no-vectors")
    assert "Removed lamps: 2 products." in empty("index", "remove", "--source", "lamps").stderr
    assert empty("index", "search", "lamp").exit_code == 3
    assert "lamps.jsonl     3    2" in empty("index", "add", lamps, "--yes", "--no-vectors").stderr
    assert empty("index", "remove", "--source", "tents").exit_code == 3


def test_verify_finds_a_sound_catalogue_without_embedding(run: Commands) -> None:
    sound = run("index", "verify")
    assert (sound.exit_code, sound.stdout) == (0, "")
    assert "sound" in sound.stderr


def test_rebuild_makes_the_texts_and_the_vectors_anew(run: Commands) -> None:
    assert run("index", "rebuild").exit_code == 0
    assert run("index", "verify").exit_code == 0
    found = run("index", "search", "silent water boiler")
    assert "by words alone" not in found.stderr


# -- research -------------------------------------------------------------------------------------------


def test_research_prints_the_report_on_stdout_and_the_steps_on_stderr(run: Commands) -> None:
    done = run("research", QUESTION)
    assert done.exit_code == 0
    assert done.stdout.startswith(f"# {QUESTION}\n")
    assert "Brissa Calm 17" in done.stdout
    assert "→ product search" in done.stderr
    assert "→" not in done.stdout


def test_research_as_json_is_the_report(run: Commands) -> None:
    report = json.loads(run("research", "--json", QUESTION).stdout)
    assert {"picks", "needs", "coverage", "sources"} <= set(report)


def test_research_that_nothing_fits_is_exit_code_3_with_the_misses(run: Commands) -> None:
    done = run("research", "a kettle of at least 5 liters under 60 EUR")
    assert done.exit_code == 3
    assert "## Nearest misses" in done.stdout


@pytest.mark.parametrize(
    ("name", "begins"),
    [("r.md", b"# "), ("r.html", b"<!"), ("r.json", b"{"), ("r.csv", b"\xef\xbb\xbf"), ("r.pdf", b"%PDF")],
)
def test_each_extension_is_written(run: Commands, tmp_path: Path, name: str, begins: bytes) -> None:
    done = run("research", QUESTION, "--out", tmp_path / name)
    assert done.exit_code == 0
    assert (tmp_path / name).read_bytes().startswith(begins)
    assert f"Written to {tmp_path / name}" in done.stderr


def test_the_csv_that_is_written_holds_the_comparison(run: Commands, tmp_path: Path) -> None:
    run("research", QUESTION, "--out", tmp_path / "r.csv")
    text = (tmp_path / "r.csv").read_text(encoding="utf-8-sig")
    assert "Brissa Calm 17" in [line["title"] for line in csv.DictReader(io.StringIO(text))]


@pytest.mark.parametrize(
    ("name", "says"), [("r.docx", ".docx"), ("r", "extension"), ("no/r.md", "no folder")]
)
def test_an_out_path_that_cannot_be_is_refused_before_the_research(
    run: Commands, tmp_path: Path, name: str, says: str
) -> None:
    refused = run("research", QUESTION, "--out", tmp_path / name)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert says in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_follow_up_keeps_needs_and_tags(run: Commands) -> None:
    first = json.loads(run("research", "--json", QUESTION).stdout)
    (line,) = run("sessions", "list", "--json").stdout.splitlines()
    asked = run("research", "--json", "--resume", json.loads(line)["id"], "and in white?")
    assert asked.exit_code == 0
    second = json.loads(asked.stdout)
    kept = {n["bound"] for n in first["needs"] if "colour" not in n["bound"]}
    assert kept <= {n["bound"] for n in second["needs"]}
    tags = {s["cite"]["record_id"]: s["cite"]["tag"] for s in first["sources"]}
    later = {s["cite"]["record_id"]: s["cite"]["tag"] for s in second["sources"]}
    assert {r: later[r] for r in tags if r in later} == {r: t for r, t in tags.items() if r in later}
    assert {p["title"] for p in second["picks"]} == {"Brissa Calm 17"}


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (("",), 2, "empty"),
        (("kettle " * 8000,), 2, "characters"),
        (("--resume", "nosuch", "and in white?"), 1, "no session nosuch"),
        (("--engine", "absent.gguf", QUESTION), 1, "absent.gguf"),
    ],
)
def test_what_cannot_be_researched_is_one_sentence(
    run: Commands, arguments: tuple[str, ...], code: int, says: str
) -> None:
    refused = run("research", *arguments)
    assert (refused.exit_code, refused.stdout) == (code, "")
    assert says in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_a_question_in_a_language_without_patterns_is_still_answered(run: Commands) -> None:
    assert run("research", "조용한 전기 주전자").exit_code in (0, 3)


@pytest.mark.usefixtures("run")
def test_a_reader_who_leaves_early_is_no_fault() -> None:
    code = "from tui.cli import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", code, "index", "search", "kettle", "--json"],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    process.stdout.close()
    assert process.stderr is not None
    with process.stderr:
        complaint = process.stderr.read()
    assert process.wait(timeout=60) == 0
    assert "Broken" not in complaint
    assert "Traceback" not in complaint


# -- sessions -------------------------------------------------------------------------------------------


def test_past_research_is_listed_shown_exported_and_removed(run: Commands, tmp_path: Path) -> None:
    printed = run("research", QUESTION).stdout
    listed = run("sessions", "list")
    session = listed.stdout.split()[0]
    assert QUESTION in listed.stdout
    assert run("sessions", "show", session).stdout == printed
    assert run("sessions", "export", session, tmp_path / "kept.json").exit_code == 0
    assert json.loads((tmp_path / "kept.json").read_text(encoding="utf-8"))["picks"]
    assert run("sessions", "export", session, tmp_path / "kept.docx").exit_code == 2
    assert run("sessions", "remove", session).exit_code == 0
    assert run("sessions", "list").stdout == ""
    assert run("sessions", "show", session).exit_code == 1


def test_sessions_of_a_damaged_store_are_one_sentence(run: Commands) -> None:
    (run.home / "sessions.sqlite").write_bytes(b"this is no database" * 100)
    refused = run("sessions", "list")
    assert refused.exit_code == 1
    assert "sessions.sqlite" in refused.stderr
    assert refused.stderr.count("\n") == 1


def test_two_reports_are_compared(run: Commands) -> None:
    run("research", QUESTION)
    run("research", "a quiet kettle under 90 EUR in white")
    later, earlier = (line.split()[0] for line in run("sessions", "list").stdout.splitlines())
    compared = run("sessions", "diff", earlier, later)
    assert compared.exit_code == 0
    assert compared.stdout.startswith("# Two reports compared\n")
    assert "price < 60 EUR (hard) → price < 90 EUR (hard)" in compared.stdout
    assert compared.stderr == ""
    refused = run("sessions", "diff", earlier, "nosuch")
    assert (refused.exit_code, refused.stdout) == (1, "")
    assert "no session nosuch" in refused.stderr
    assert run("sessions", "diff", earlier).exit_code == 2
