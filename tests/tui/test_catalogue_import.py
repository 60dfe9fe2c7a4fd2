"""Importing on the catalogue screen: nothing without a confirmation, all of it told, a stop at any time."""

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Button, Input, Label, ProgressBar

from index.catalog import Catalog
from index.ingest import ingest
from index.vectors import Vectors
from tests.index.gathered import archive
from tests.tui.catalogue import (
    LAMPS,
    CatalogueApp,
    app_over,
    bench_over,
    look_at,
    opened,
    rested,
    said,
    titles,
)
from tests.tui.screen import text, until
from tui.screens.rejects import RejectsScreen

LATE = 12_000
"""Rows of a file that takes some seconds."""


@pytest.fixture
def lamps(tmp_path: Path) -> Path:
    path = tmp_path / "my lamps.jsonl"
    path.write_text(LAMPS, encoding="utf-8")
    return path


def stored(home: Path) -> int:
    with Catalog.open(home / "catalog.sqlite") as catalog:
        return catalog.counts().products


@pytest.mark.longer
async def test_a_dry_run_shows_what_would_happen_and_imports_nothing(tmp_path: Path, lamps: Path) -> None:
    home = tmp_path / "home"
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, f"'{lamps}'")
        told = said(pilot, "#told")

        assert "products from one JSON object a line" in told
        assert "flux → attribute flux in lm" in told
        assert "Lamp One | Lumo | 29.90 EUR" in told
        assert "1 row cannot be read as a record" in told
        assert "Nothing is imported yet" in told
        assert stored(home) == 8

        await pilot.press("f5", "f6", "escape")
    assert stored(home) == 8


@pytest.mark.longer
async def test_a_confirmed_import_is_told_found_and_its_vectors_are_made(tmp_path: Path, lamps: Path) -> None:
    home = tmp_path / "home"
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, str(lamps))
        assert pilot.app.focused is pilot.app.screen.query_one("#import")
        await pilot.press("enter")
        await rested(pilot)

        assert "3 rows read, 2 new, 1 rejected" in said(pilot, "#told")
        await pilot.press("f5", *"lamp")
        await until(pilot, lambda: "Lamp One" in titles(pilot))
    with Catalog.open(home / "catalog.sqlite") as catalog:
        assert not catalog.counts().pending
        assert Vectors.open(home / "chroma", lambda _: pytest.fail("embeds nothing")).verify(catalog) == []


@pytest.mark.longer
async def test_the_rejected_rows_can_be_read(tmp_path: Path, lamps: Path) -> None:
    async with opened(app_over(tmp_path / "home")) as pilot:
        await look_at(pilot, str(lamps))
        await pilot.press("ctrl+o")
        await rested(pilot)
        await pilot.press("ctrl+r")
        await until(
            pilot,
            lambda: (
                isinstance(pilot.app.screen, RejectsScreen) and "no JSON" in said(pilot, "#rejected-rows")
            ),
        )

        assert "row 3: it is no JSON" in text(pilot, "#rejected-rows")


@pytest.mark.longer
async def test_pasted_rows_are_imported_and_the_same_again_changes_nothing(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with opened(app_over(home)) as pilot:
        for outcome in ("1 new", "was imported before"):
            await look_at(pilot, "name,price,brand\nNight Lamp,12 EUR,Lumo")
            assert "Night Lamp | Lumo | 12.00 EUR" in said(pilot, "#told")
            await pilot.press("ctrl+o")
            await rested(pilot)
            assert outcome in said(pilot, "#told")
    assert stored(home) == 9


@pytest.mark.slow
async def test_pasted_rows_that_name_images_are_the_same_when_they_are_pasted_again(tmp_path: Path) -> None:
    rows = "name,price,image\nNight Lamp,12 EUR,night.png\nDay Lamp,14 EUR,https://example.org/day.png"
    for outcome in ("2 new", "was imported before"):
        async with opened(app_over(tmp_path / "home")) as pilot:
            await look_at(pilot, rows)
            await pilot.press("ctrl+o")
            await rested(pilot)
            assert outcome in said(pilot, "#told")


@pytest.mark.longer
async def test_columns_can_be_named_where_the_file_does_not_say_enough(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, "thing,costs\nNight Lamp,12\nDay Lamp,14")
        assert "--map title=COLUMN" in said(pilot, "#told")
        assert pilot.app.screen.query_one("#import", Button).disabled

        pilot.app.screen.query_one("#mapping", Input).value = "title=thing, price=costs; currency=EUR"
        pilot.app.screen.query_one("#mapping").focus()
        await pilot.press("enter")
        await rested(pilot)
        assert "Night Lamp | 12.00 EUR" in said(pilot, "#told")

        pilot.app.screen.query_one("#mapping", Input).value = "title"
        await pilot.press("ctrl+o")
        await pilot.pause()
        assert stored(home) == 8

        pilot.app.screen.query_one("#mapping").focus()
        await pilot.press("enter")
        await rested(pilot)
        assert "takes role=column" in said(pilot, "#told")


@pytest.mark.slow
async def test_a_file_that_cannot_be_imported_does_not_keep_the_others_out(
    tmp_path: Path, lamps: Path
) -> None:
    home = tmp_path / "home"
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, f"'{lamps}' /nowhere/x.csv")
        assert "Import 1 of 2 files" in said(pilot, "#told")
        assert "cannot be read" in said(pilot, "#told")

        await pilot.press("ctrl+o")
        await rested(pilot)
    assert stored(home) == 10


@pytest.mark.longer
async def test_a_folder_is_imported_file_by_file(tmp_path: Path, lamps: Path) -> None:
    (lamps.parent / "more.csv").write_text("name,price\nTall Lamp,3 EUR\n", encoding="utf-8")
    async with opened(app_over(tmp_path / "home")) as pilot:
        await look_at(pilot, str(lamps.parent))
        await pilot.press("ctrl+o")
        await rested(pilot)

        assert "more: products" in said(pilot, "#told")
        assert "my-lamps: products" in said(pilot, "#told")


async def test_hostile_rows_are_shown_as_the_text_they_are(tmp_path: Path) -> None:
    async with opened(app_over(tmp_path / "home")) as pilot:
        await look_at(pilot, "name,price,[red]x[/]\n[bold]Lamp[/] \x1b[31m\u202e,12 EUR,1\nB,x,2")

        assert "[bold]Lamp[/] |" in said(pilot, "#told")
        assert "\x1b" not in said(pilot, "#told")
        assert "\u202e" not in said(pilot, "#told")


def long_file(folder: Path, rows: int = LATE) -> Path:
    path = folder / "long.csv"
    lines = (f"l{n},Lamp {n},{n % 90 + 1} EUR" for n in range(rows))
    path.write_text("sku,name,price\n" + "\n".join(lines), encoding="utf-8")
    return path


@pytest.mark.longer
async def test_a_stopped_dry_run_leaves_everything_as_it_was(tmp_path: Path) -> None:
    home = tmp_path / "home"
    async with opened(app_over(home)) as pilot:
        await look_at(
            pilot,
            str(long_file(tmp_path, rows=80_000)),
            then=lambda: course(pilot).startswith("Looking at long.csv"),
        )
        await pilot.press("escape")
        await rested(pilot)

        assert "Stopped; nothing was imported." in said(pilot, "#told")
        assert pilot.app.screen.query_one("#import", Button).disabled
    assert stored(home) == 8


@pytest.mark.slow
async def test_a_stopped_import_keeps_what_was_read_and_the_same_again_completes_it(tmp_path: Path) -> None:
    home, path = tmp_path / "home", long_file(tmp_path)
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, str(path))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: stored(home) > 8)
        assert pilot.app.screen.query_one(ProgressBar).percentage
        await pilot.press("escape")
        await rested(pilot)

        assert "what was read until then is kept" in said(pilot, "#told")
        assert len(pilot.app.screen_stack) == 2
        assert 8 < stored(home) < LATE
    with Catalog.open(home / "catalog.sqlite") as catalog:
        ingest(path, catalog)
    assert stored(home) == 8 + LATE


@pytest.mark.slow
async def test_stopping_the_vectors_leaves_the_products_to_be_found_by_words(tmp_path: Path) -> None:
    home, path = tmp_path / "home", long_file(tmp_path, rows=1_500)
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, str(path))
        await pilot.press("ctrl+o")
        await until(pilot, lambda: course(pilot).startswith("Making vectors"))
        await pilot.press("escape")
        await rested(pilot)

        assert "words alone find what is new" in said(pilot, "#told")
    assert stored(home) == 1_508


def course(pilot: Pilot[None]) -> str:
    return str(pilot.app.screen.query_one("#course-told", Label).content)


@pytest.mark.longer
async def test_escape_stops_what_runs_and_only_then_leaves(tmp_path: Path) -> None:
    app = CatalogueApp(bench_over(tmp_path))
    async with opened(app) as pilot:
        await pilot.press("enter")
        await until(pilot, lambda: "records" in course(pilot))
        await pilot.press("escape")
        await rested(pilot)

        assert "what was written until then is kept" in said(pilot, "#told")
        assert len(app.screen_stack) == 2
        await pilot.press("escape")
        assert len(app.screen_stack) == 1


async def test_a_download_of_orders_is_told_by_its_name_and_the_rest_of_it_left_out(tmp_path: Path) -> None:
    home = tmp_path / "home"
    orders = "Order ID,Order Date,ASIN,Product Name,Unit Price,Currency\n1,2025-01-02,B01,Tent,3,EUR\n"
    members: dict[str, str | bytes] = {"Orders.csv": orders, "Addresses.csv": "Name,City\nAda,Springfield\n"}
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, f"'{archive(tmp_path / 'Your Orders.zip', members)}'")
        told = said(pilot, "#told")
        assert "Its columns are known: order-history." in told
        assert "Read without a schema" not in told
        assert "Your Orders.zip/Addresses.csv: It lies beside a history of yours" in told
        assert "Springfield" not in told


@pytest.mark.slow
async def test_an_archive_is_looked_into_and_imported_and_nothing_of_it_stays(tmp_path: Path) -> None:
    home = tmp_path / "home"
    members: dict[str, str | bytes] = {
        "lamps.jsonl": LAMPS,
        "sub/reviews.csv": "product,text,stars\na1,Bright.,5\n",
        "x.png": b"\x89PNG",
    }
    path = archive(tmp_path / "my shop.zip", members)
    async with opened(app_over(home)) as pilot:
        await look_at(pilot, f"'{path}'")
        told = said(pilot, "#told")
        assert "my shop.zip/lamps.jsonl" in told
        assert "2 new" in told
        assert "my shop.zip/sub/reviews.csv" in told
        assert "a1, 5 of 5: Bright." in told
        assert "Left out:" in told
        assert "x.png: It is" in told

        await pilot.press("ctrl+o")
        await rested(pilot)
    assert stored(home) == 10
    with Catalog.open(home / "catalog.sqlite") as catalog:
        assert {s.name: s.reviews for s in catalog.sources()}["my-shop-sub-reviews"] == 1
    assert not [p for p in (home / "unpacked").rglob("*") if p.suffix != ".lock"]
