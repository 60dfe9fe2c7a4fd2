"""What a person asked, ordered and looked for can be read by nobody else on the machine."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.agent.shop import QUESTION, open_shop
from tests.tui.commands import commands


@pytest.fixture
def lenient() -> Iterator[None]:
    """A person whose new files can be read by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


@pytest.mark.usefixtures("lenient")
def test_no_other_person_can_read_what_a_home_keeps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    rows = tmp_path / "rows.jsonl"
    rows.write_text('{"title": "Kettle", "price": 20.0}\nno row\n', encoding="utf-8")
    open_shop(home).close()
    run = commands(home, monkeypatch)
    assert run("research", "--yes", QUESTION).exit_code == 0
    run("index", "add", "--yes", "--map", "currency=EUR", rows)
    kept = [path for path in home.rglob("*") if path.is_file() and path.stat().st_size]
    kept = [path for path in kept if path.parent.name != "embedder"]  # it came along, and is nobody's own
    assert {"catalog.sqlite", "sessions.sqlite"} <= {path.name for path in kept}
    assert [path for path in kept if _is_open(path, home)] == []


def _is_open(path: Path, home: Path) -> bool:
    """Whether others reach it: by its own mode, and that of every folder up to the home."""
    here = path
    while here != home:
        if not here.stat().st_mode & 0o077:
            return False
        here = here.parent
    return True
