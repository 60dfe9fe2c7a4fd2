"""Saving a report from the app: the name that is asked for, and what is said of it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Input

from agent.report.record import Report
from tests.tui.screen import text, until
from tui.screens.export import ExportScreen


@asynccontextmanager
async def asked(report: Report) -> AsyncIterator[Pilot[None]]:
    """The question for a name, over an empty app."""
    async with App[None]().run_test() as pilot:
        await pilot.app.push_screen(ExportScreen(report))
        await pilot.pause()
        yield pilot


async def save(pilot: Pilot[None], path: Path) -> None:
    pilot.app.screen.query_one("#name", Input).value = str(path)
    await pilot.press("enter")


@pytest.mark.parametrize("ending", ["md", "html", "csv", "pdf"])
async def test_the_ending_decides_the_form(report: Report, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"kettles.{ending}"
    async with asked(report) as pilot:
        await save(pilot, path)
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
    assert path.stat().st_size > 0


async def test_an_ending_that_is_no_form_is_said(report: Report, tmp_path: Path) -> None:
    async with asked(report) as pilot:
        await save(pilot, tmp_path / "kettles.docx")

        await until(pilot, lambda: ".docx" in text(pilot, "#hint"))
        assert ".pdf" in text(pilot, "#hint")
    assert not (tmp_path / "kettles.docx").exists()


async def test_a_file_that_is_there_is_replaced_only_when_told_twice(report: Report, tmp_path: Path) -> None:
    path = tmp_path / "kettles.md"
    path.write_text("mine", encoding="utf-8")
    async with asked(report) as pilot:
        await save(pilot, path)
        await until(pilot, lambda: "Enter again" in text(pilot, "#hint"))
        assert path.read_text(encoding="utf-8") == "mine"

        await pilot.press("enter")
        await until(pilot, lambda: len(pilot.app.screen_stack) == 1)
    assert path.read_text(encoding="utf-8").startswith("# ")


async def test_a_folder_that_is_not_there_is_said(report: Report, tmp_path: Path) -> None:
    async with asked(report) as pilot:
        await save(pilot, tmp_path / "nowhere" / "kettles.md")
        await until(pilot, lambda: "There is no folder" in text(pilot, "#hint"))
