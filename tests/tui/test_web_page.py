"""`index add https://…` fetches one page because a person named it, and imports it as a saved one."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.catalog import Catalog
from index.importers.pages.fetching import PageFetchError
from index.importers.pages.public_hosts import Address, is_public
from tests.index.shop_server import Shop, shop
from tui.adding import Wanted, add
from tui.history import reset_home
from tui.intake import Meant
from tui.told import UsageError
from tui.web_page import is_web_address


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Shop]:
    monkeypatch.setenv("PRODUCTRESEARCH_HOME", str(tmp_path))
    with shop() as running:
        yield running


def here(address: Address) -> bool:
    return address.is_loopback


def add_page(*urls: str, allowed: Callable[[Address], bool] = here) -> int:
    return add(urls, Meant(), Wanted(vectors=False, yes=True), allowed)


def test_a_page_is_fetched_and_imported(
    server: Shop, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = add_page(server.at("/lamp"))
    assert code == 0
    said = capsys.readouterr().err
    assert said.startswith(
        f"Fetching {server.at('/lamp')}; this reaches the network.\nSaved as {tmp_path / 'pages'}"
    )
    assert "from a saved page (HTML)" in " ".join(said.split())
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        assert [url for (url,) in catalog.select("SELECT record ->> 'url' FROM pages")] == [
            server.at("/lamp")
        ]


def test_a_text_keeps_its_address_too(server: Shop, tmp_path: Path) -> None:
    add_page(server.at("/type/text/plain"))
    with Catalog.open(tmp_path / "catalog.sqlite") as catalog:
        (found,) = catalog.select("SELECT record ->> 'url' FROM pages")
    assert found == (server.at("/type/text/plain"),)


def test_a_page_on_this_machine_is_refused(server: Shop) -> None:
    with pytest.raises(PageFetchError, match=r"^127\.0\.0\.1 is no public address; save"):
        add_page(server.at("/lamp"), allowed=is_public)


@pytest.mark.parametrize("given", ["ftp://a.example/b.csv", "file:///etc/passwd", "http://["])
def test_an_address_of_another_kind_is_said_to_be_none_of_the_web(given: str) -> None:
    with pytest.raises(UsageError, match=r"is no address of the web; it begins with https:// or http://"):
        add_page(given)


def test_an_address_stands_alone(server: Shop) -> None:
    with pytest.raises(UsageError, match="by itself"):
        add_page(server.at("/lamp"), "a.csv")


@pytest.mark.parametrize(
    ("given", "is_address"),
    [
        ("HTTPS://a.example", True),
        (" http://a", True),
        ("ftp://a.example/b", True),
        ("a.html", False),
        ("C:\\a.html", False),
    ],
)
def test_an_address_is_told_from_a_file(given: str, is_address: bool) -> None:
    assert is_web_address(given) is is_address


def test_a_reset_takes_fetched_pages_with_it(server: Shop, tmp_path: Path) -> None:
    add_page(server.at("/lamp"))
    assert list((tmp_path / "pages").iterdir())
    reset_home(tmp_path, yes=True)
    assert not (tmp_path / "pages").exists()
