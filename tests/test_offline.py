"""With every socket blocked: import, embed, search, research, export in each form; models; a retraining."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.agent.shop import open_shop
from tests.finetune.bases import SHORT_TEMPLATE
from tests.gguf_factory import write_gguf

ROOT = Path(__file__).parents[1]
FORMS = (".md", ".html", ".json", ".csv", ".pdf")
SHOP = [
    {
        "sku": f"k{number}",
        "name": f"Kettle {name}",
        "brand": name.split()[0],
        "category": "Kitchen > Kettles",
        "price": f"{price} EUR",
        "capacity": f"{liters} L",
        "colour": colour,
    }
    for number, (name, price, liters, colour) in enumerate(
        [
            ("Brissa Calm", 49.9, 1.7, "white"),
            ("Tolva Rapid", 55, 1.7, "red"),
            ("Ondel Mini", 25, 0.8, "white"),
        ]
    )
]
BLOCKED = """
import socket, sys

def blocked(*_, **__):
    raise AssertionError("a socket was opened")

class Blocked(socket.socket):
    connect = connect_ex = bind = sendto = blocked

socket.socket, socket.create_connection, socket.getaddrinfo = Blocked, blocked, blocked

from typer.testing import CliRunner
from tui.commands import app

def run(*arguments):
    done = CliRunner().invoke(app, arguments, catch_exceptions=False)
    assert done.exit_code == 0, (arguments, done.output)
    return done
"""
JOB = f"""{BLOCKED}
file, out, *forms = sys.argv[1:]
run("index", "add", file, "--yes")
found = run("index", "search", "water boiler", "--max-price", "60 EUR")
assert "by words alone" not in found.stderr, found.stderr
for form in forms:
    run("research", "a kettle of at least 1.5 liters under 60 EUR, not red", "--out", out + form)
print(found.stdout)
"""
MODELS = f"""{BLOCKED}
folder, file = sys.argv[1:]
run("index", "add", file, "--yes")
for words in ("list", "fit", "show", "verify", "use bundled --no-trial", "show", "rollback"):
    run("models", *words.split())
run("models", "bundle", folder)
run("models", "bundle", folder, "--check")
"""
RETRAINING = f"""{BLOCKED}
from pathlib import Path
from tests.finetune.killed_retraining import main
main(Path(sys.argv[1]))
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with what the job left, and what its search printed."""
    folder = tmp_path_factory.mktemp("offline")
    write_shop(folder)
    return folder, blocked(JOB, folder / "home", folder / "kettles.jsonl", folder / "report", *FORMS)


def write_shop(folder: Path) -> None:
    (folder / "kettles.jsonl").write_text("".join(json.dumps(p) + "\n" for p in SHOP), encoding="utf-8")


def blocked(job: str, home: Path, *arguments: str | Path) -> str:
    """What a job printed in a process of its own whose sockets are blocked."""
    done = subprocess.run(
        [sys.executable, "-c", job, *map(str, arguments)],
        cwd=ROOT,
        env={**os.environ, "PRODUCTRESEARCH_HOME": str(home), "PRODUCTRESEARCH_ENGINE": "rules"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_search_by_meaning_needs_no_network(done: tuple[Path, str]) -> None:
    assert "Kettle Brissa Calm" in done[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_report_in_each_form_needs_no_network(done: tuple[Path, str], form: str) -> None:
    assert (done[0] / f"report{form}").stat().st_size > 100


def test_the_report_that_was_made_offline_recommends_what_fits(done: tuple[Path, str]) -> None:
    report = json.loads((done[0] / "report.json").read_text(encoding="utf-8"))
    assert [pick["title"] for pick in report["picks"]] == ["Kettle Brissa Calm"]


@pytest.mark.longer
def test_everything_about_models_but_fetching_needs_no_network(tmp_path: Path) -> None:
    write_shop(tmp_path)
    blocked(MODELS, tmp_path / "home", tmp_path / "bundle", tmp_path / "kettles.jsonl")
    assert (tmp_path / "bundle" / "manifest.json").exists()


@pytest.mark.slow
def test_a_whole_retraining_needs_no_network(tmp_path: Path) -> None:
    pytest.importorskip("trl")
    home = tmp_path / "home"
    open_shop(home).close()
    write_gguf(home / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    assert "writes what was trained" in blocked(RETRAINING, home, home)
