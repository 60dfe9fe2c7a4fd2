"""The whole main job with every socket blocked: import, embed, search, research, export in each form."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

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
JOB = """
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

file, out, *forms = sys.argv[1:]
run("index", "add", file, "--yes")
found = run("index", "search", "water boiler", "--max-price", "60 EUR")
assert "by words alone" not in found.stderr, found.stderr
for form in forms:
    run("research", "a kettle of at least 1.5 liters under 60 EUR, not red", "--out", out + form)
print(found.stdout)
"""


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder with what the job left, and what its search printed."""
    folder = tmp_path_factory.mktemp("offline")
    (folder / "kettles.jsonl").write_text("".join(json.dumps(p) + "\n" for p in SHOP), encoding="utf-8")
    job = subprocess.run(
        [sys.executable, "-c", JOB, str(folder / "kettles.jsonl"), str(folder / "report"), *FORMS],
        cwd=ROOT,
        env={**os.environ, "PRODUCTRESEARCH_HOME": str(folder / "home"), "PRODUCTRESEARCH_ENGINE": "rules"},
        capture_output=True,
        text=True,
        timeout=240,
    )
    assert job.returncode == 0, job.stderr
    return folder, job.stdout


def test_search_by_meaning_needs_no_network(done: tuple[Path, str]) -> None:
    assert "Kettle Brissa Calm" in done[1]


@pytest.mark.parametrize("form", FORMS)
def test_a_report_in_each_form_needs_no_network(done: tuple[Path, str], form: str) -> None:
    assert (done[0] / f"report{form}").stat().st_size > 100


def test_the_report_that_was_made_offline_recommends_what_fits(done: tuple[Path, str]) -> None:
    report = json.loads((done[0] / "report.json").read_text(encoding="utf-8"))
    assert [pick["title"] for pick in report["picks"]] == ["Kettle Brissa Calm"]
