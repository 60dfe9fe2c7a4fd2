"""Wish lists of a data request become wishes, and nothing of who made them or is to get them is read."""

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from agent.past import lines_of
from index.gathering.files import gather
from index.gathering.found import Found
from index.gathering.scratch import Scratch
from index.importers.import_report import ImportReport
from index.importers.place import Place
from index.ingest import ingest
from tests.index.gathered import archive, zipped
from tests.index.importing import opened

Facts = Sequence[dict[str, object]]


def document(changed: str = "2024-03-01T10:00:00.000Z", *items: tuple[str, Facts]) -> str:
    lists: list[dict[str, Facts]] = [
        {"Camping [List]": [{"listName": "For Bob"}, {"recentActivityDate": changed}]},
        {
            "B0A [Item 1]": [
                {"asin": "B0A"},
                {"quantity": 2},
                {"deleted": "false"},
                {"amount": {"value": "3"}},
            ]
        },
        {"B0B [Item 1]": [{"asin": "B0B"}, {"deleted": "true"}]},
        *({name: facts} for name, facts in items),
        {"ada@example.com [User]": [{"emailAddress": "ada@example.com"}, {"roleName": "owner"}]},
    ]
    return json.dumps(lists)


def wished(home: Path, given: Path) -> list[ImportReport]:
    with Scratch(home) as scratch, opened(home) as catalog:
        return [
            ingest(each.path, catalog, place=Place(name=each.name, passing=each.passing))
            for each in gather([given], scratch)
            if isinstance(each, Found)
        ]


def test_what_stands_on_a_list_is_wished_for(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    inner = zipped({"Wishlist.json": document()})
    (report,) = wished(home, archive(tmp_path / "Your Orders.zip", {"Wishlist.1.1.zip": inner}))
    with opened(home) as catalog:
        (event,) = catalog.events(10)

    assert (report.source, report.kind, report.known, report.new) == ("wish-lists", "events", True, 1)
    assert (event.kind, event.product_id, event.quantity) == ("wish", "B0A", 2)
    assert event.at.date().isoformat() == "2024-03-01"
    assert event.origin.file == "Your Orders.zip/Wishlist.1.1.zip/Wishlist.json"
    for path in (p for p in home.rglob("*") if p.is_file()):
        for secret in (b"ada@example.com", b"For Bob"):
            assert secret not in path.read_bytes(), path


def test_a_list_that_was_changed_tells_no_wish_twice(tmp_path: Path) -> None:
    home = tmp_path / "home"
    path = tmp_path / "Wishlist.json"
    for changed, more in (("2024-03-01T10:00:00Z", ()), ("someday", (("B0C [Item 1]", [{"asin": "B0C"}]),))):
        path.write_text(document(changed, *more), encoding="utf-8")
        wished(home, path)
    with opened(home) as catalog:
        assert sorted(event.product_id for event in catalog.events(10)) == ["B0A", "B0C"]


@pytest.mark.parametrize(
    "content",
    [
        '[{"x [List]": [',
        '[{"x [List]": 3}, 4, {"y [Item 1]": [[]]}, {"z [Item 1]": {"asin": ""}}]',
        "[" * 90_000,
    ],
)
def test_what_only_begins_as_wish_lists_is_left_as_it_is(tmp_path: Path, content: str) -> None:
    path = tmp_path / "Wishlist.json"
    path.write_text(content, encoding="utf-8")
    with Scratch(tmp_path) as scratch:
        assert [each.name for each in gather([path], scratch)] == ["Wishlist.json"]
        assert [each.path for each in gather([path], scratch) if isinstance(each, Found)] == [path]


def test_a_researcher_is_told_of_no_wish_that_has_no_words(tmp_path: Path) -> None:
    path = tmp_path / "Wishlist.json"
    path.write_text(document(), encoding="utf-8")
    wished(tmp_path, path)
    with opened(tmp_path) as catalog:
        (event,) = catalog.events(10)

    assert lines_of([event]) == ()
    assert lines_of([event.model_copy(update={"text": "Tent"})]) == ("2024-03-01 wished for Tent",)
