"""What of a column of images is kept: web addresses as they stand, and files beside the imported one."""

import json
from pathlib import Path
from tempfile import mkdtemp

import pytest

from index.catalog import Catalog
from index.columns import parse_schema
from index.importers.pictures import image_of
from index.product import Product
from tests.index.importing import imported, jsonl, opened, written

SHOP = parse_schema(
    """
    source = "shop"
    observed = 2026-03-01
    [columns.name]
    role = "title"
    [columns.image]
    role = "image"
    """,
    "shop.toml",
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the imported file lies, with a picture beside it and a secret outside."""
    beside = tmp_path / "my shop"
    (beside / "shots").mkdir(parents=True)
    (beside / "shots" / "größe 1.png").write_bytes(b"")
    (beside / "notes.txt").write_bytes(b"")
    (tmp_path / "secret.png").write_bytes(b"")
    return beside


def images(folder: Path, written_images: object) -> tuple[str, ...]:
    file = written(folder, "rows.jsonl", jsonl([{"name": "Thing", "image": written_images}]))
    home = Path(mkdtemp(dir=folder.parent))
    report = imported(home, file, SHOP)
    assert (report.new, report.rejected) == (1, 0)
    with opened(home) as catalog:
        (product,) = catalog.all_products()
    return product.images


@pytest.mark.parametrize("end", [".png", ".jpg", ".JPEG", ".webp", ".gif", ".bmp"])
def test_a_file_below_the_imported_one_is_its_absolute_path(folder: Path, end: str) -> None:
    assert images(folder, f"shots/one{end}") == (str(folder / "shots" / f"one{end}"),)


def test_an_absolute_path_and_a_file_address_inside_the_folder_are_the_same_file(folder: Path) -> None:
    picture = folder / "shots" / "größe 1.png"
    for name in (str(picture), picture.as_uri(), picture.as_uri().replace("file://", "file://localhost")):
        assert images(folder, name) == (str(picture),)


def test_web_addresses_stay_as_they_are_among_files(folder: Path) -> None:
    told = ["https://example.org/a.png?w=1&h=2", "shots/größe 1.png", "http://example.org/b"]
    assert images(folder, told) == (told[0], str(folder / "shots" / "größe 1.png"), told[2])


@pytest.mark.parametrize(
    "name",
    [
        "../secret.png",
        "shots/../../secret.png",
        "%2e%2e/secret.png",
        "file:../secret.png",
        "/etc/passwd",
        "/etc/logo.png",
        "file:///etc/logo.png",
        "file://server/share/a.png",
        "file:////server/share/a.png",
        "//server/share/a.png",
        r"\\server\share\a.png",
        r"/\server\share\a.png",
        r"\/server/share/a.png",
        r"file:///\server\share\a.png",
        "file:///%5Cserver/share/a.png",
        "ftp://example.org/a.png",
        "javascript:a.png",
        "data:image/png;base64,iVBORw0KGgo.png",
        "notes.txt",
        "shots",
        "a.svg",
        ".png",
        "file:///%00.png",
        "shots/a\u202egnp.png\u0000",
        "x" * 5000 + ".png",
    ],
)
def test_anything_else_is_no_image_and_no_fault(folder: Path, name: str) -> None:
    kept = images(folder, name)
    assert all(Path(path).is_relative_to(folder) for path in kept)
    assert not any(Path(path).exists() for path in kept)
    if "%2e" not in name and "\u202e" not in name:
        assert kept == ()


@pytest.mark.parametrize("start", ["//", "\\\\", "/\\", "\\/", "file:///\\", "file:////", "file:///%5C"])
def test_another_machine_is_not_looked_up_in_either_slash(start: str) -> None:
    root = Path(Path.cwd().anchor)
    assert image_of(f"{start}server/share/a.png", root) == ""
    assert image_of("/server/share/a.png", root) == str(root / "server/share/a.png")


def test_an_absolute_path_outside_is_not_followed_even_where_it_leads_back(folder: Path) -> None:
    (folder.parent / "back.png").symlink_to(folder / "shots" / "größe 1.png")
    for name in (str(folder.parent / "back.png"), "../back.png"):
        assert images(folder, name) == ()


@pytest.mark.parametrize("target", ["../secret.png", "notes.txt", "round.png"])
def test_a_link_counts_by_where_it_leads(folder: Path, target: str) -> None:
    (folder / "round.png").symlink_to("link.png")
    (folder / "link.png").symlink_to(target)
    assert images(folder, "link.png") == ()


def test_a_linked_folder_leads_outside_too(folder: Path) -> None:
    (folder / "up").symlink_to("..")
    assert images(folder, "up/secret.png") == ()
    assert images(folder, "up/my shop/shots/größe 1.png") == (str(folder / "shots" / "größe 1.png"),)


def test_a_link_to_the_folder_is_no_way_out_of_it(folder: Path) -> None:
    (folder.parent / "linked").symlink_to(folder)
    picture = str(folder / "shots" / "größe 1.png")
    assert images(folder.parent / "linked", "shots/größe 1.png") == (picture,)


def test_a_table_names_several_in_one_cell(folder: Path) -> None:
    file = written(
        folder, "rows.csv", 'name,image\nThing,"a.png, ../secret.png, https://example.org/c.png"\n'
    )
    assert imported(folder.parent, file, SHOP).new == 1
    with opened(folder.parent) as catalog:
        (product,) = catalog.all_products()
    assert product.images == (str(folder / "a.png"), "https://example.org/c.png")


def test_the_same_file_twice_changes_nothing_and_in_another_folder_it_has_other_pictures(
    folder: Path,
) -> None:
    rows = jsonl(
        [{"name": "Thing", "image": "shots/größe 1.png"}, {"name": "Other", "image": "https://example.org/b"}]
    )
    assert imported(folder.parent, written(folder, "rows.jsonl", rows), SHOP).new == 2
    assert "was imported before" in imported(folder.parent, folder / "rows.jsonl", SHOP).notes[0]

    longer = written(folder, "rows.jsonl", rows + json.dumps({"name": "Third"}) + "\n")
    again = imported(folder.parent, longer, SHOP)
    assert (again.new, again.changed, again.same) == (1, 0, 2)

    moved = folder.rename(folder.with_name("moved"))
    other = imported(folder.parent, moved / "rows.jsonl", SHOP)
    assert (other.new, other.changed, other.same) == (0, 1, 2)
    with Catalog.open(folder.parent / "catalog.sqlite") as catalog:
        assert _named(catalog, "Thing").images == (str(moved / "shots" / "größe 1.png"),)


def test_the_same_rows_in_another_folder_are_no_new_import_where_no_picture_lies_beside_them(
    tmp_path: Path,
) -> None:
    rows = jsonl([{"name": "Thing", "image": ["gone.png", "https://example.org/b.png"]}])
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        report = imported(tmp_path, written(tmp_path / name, "rows.jsonl", rows), SHOP)
    assert (report.read, report.notes) == (0, ("rows.jsonl was imported before and has not changed.",))


def _named(catalog: Catalog, title: str) -> Product:
    return next(product for product in catalog.all_products() if product.title == title)
