"""The commands called in this process, with nobody at the terminal and the rules as the researcher."""

from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from tui.commands import app


class Commands:
    """Runs commands over one home."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def __call__(self, *arguments: str | Path) -> Result:
        """Run one command; what it did not expect is raised here."""
        return CliRunner().invoke(app, [str(a) for a in arguments], catch_exceptions=False)


def commands(home: Path, monkeypatch: pytest.MonkeyPatch) -> Commands:
    """Commands over a home as it is; this process keeps its priority."""
    monkeypatch.setattr("tui.giving_way.give_way", lambda: None)
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(home))
    monkeypatch.setenv("PRODUCTRESEARCH_ENGINE", "rules")
    return Commands(home)
