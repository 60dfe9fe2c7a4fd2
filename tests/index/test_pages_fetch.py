"""One page is fetched on a person's word: from public addresses alone, within a bound of size and time."""

import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.importers.opening import recognize
from index.importers.pages.fetching import PageFetchError, fetch_page
from index.importers.pages.public_hosts import Address, is_public
from tests.index.shop_server import Shop, shop


@pytest.fixture
def server() -> Iterator[Shop]:
    with shop() as running:
        yield running


def here(address: Address) -> bool:
    return address.is_loopback


def test_a_page_is_saved_as_utf8_with_its_address(server: Shop, tmp_path: Path) -> None:
    path = fetch_page(server.at("/lamp?utm_source=x&id=1"), tmp_path, allowed=here)
    text = path.read_text(encoding="utf-8-sig")
    address = server.at("/lamp?id=1")
    assert text.startswith(f"<!-- saved from url=({len(address):04}){address} -->\n")
    assert "Größe: this lamp folds" in text
    assert recognize(path).form == "html"
    assert path.stat().st_mode & 0o077 == 0


def test_the_same_address_is_the_same_file(server: Shop, tmp_path: Path) -> None:
    paths = {fetch_page(server.at(path), tmp_path, allowed=here) for path in ("/lamp", "/lamp#top")}
    assert [path.name for path in paths] == [path.name for path in tmp_path.iterdir()]


def test_nothing_of_the_person_is_sent(server: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    fetch_page(server.at("/lamp", "me:secret@127.0.0.1"), tmp_path, allowed=here)
    ((_, headers),) = server.asked
    assert not {"authorization", "cookie", "referer"} & {name.lower() for name in headers}
    assert headers["Host"] == f"127.0.0.1:{server.server_port}"


def test_redirects_are_followed_and_the_last_address_is_noted(server: Shop, tmp_path: Path) -> None:
    path = fetch_page(server.at("/to/to/lamp"), tmp_path, allowed=here)
    assert server.at("/lamp") in path.read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("url", ["/lamp", "/to/lamp"])
def test_this_machine_is_refused(server: Shop, tmp_path: Path, url: str) -> None:
    with pytest.raises(PageFetchError, match=r"^127\.0\.0\.1 is no public address"):
        fetch_page(server.at(url), tmp_path)
    assert server.asked == []


@pytest.mark.parametrize(
    "host", ["localhost", "0.0.0.0", "[::1]", "[::ffff:127.0.0.1]", "127.1", "2130706433", "0x7f.1"]
)
def test_other_spellings_of_this_machine_are_refused(server: Shop, tmp_path: Path, host: str) -> None:
    with pytest.raises(PageFetchError, match=r"no public address|was not found"):
        fetch_page(server.at("/lamp", host), tmp_path)
    assert server.asked == []


def test_every_step_of_a_redirect_is_checked(server: Shop, tmp_path: Path) -> None:
    looked_at: list[Address] = []

    def first_only(address: Address) -> bool:
        looked_at.append(address)
        return len(looked_at) == 1

    with pytest.raises(PageFetchError, match="no public address"):
        fetch_page(server.at("/to/lamp"), tmp_path, allowed=first_only)
    assert [path for path, _ in server.asked] == ["/to/lamp"]


def test_what_was_checked_is_what_is_connected_to(
    server: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter(["127.0.0.1", "10.0.0.1"])
    looked_up = socket.getaddrinfo

    def turning(host: str, *rest: Any, **named: Any) -> Any:
        return looked_up(next(answers) if host == "shop.test" else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", turning)
    fetch_page(server.at("/lamp", "shop.test"), tmp_path, allowed=here)
    assert list(answers) == ["10.0.0.1"]
    assert server.asked[0][1]["Host"] == f"shop.test:{server.server_port}"


COUNTED = """
import sys
from pathlib import Path
from contextlib import suppress
from index.importers.pages.fetching import PageFetchError, fetch_page
from tui import offline
offline.watch()
with suppress(PageFetchError):
    fetch_page("https://shop.invalid/lamp", Path(sys.argv[1]))
print(offline.calls())
"""


def test_the_badge_counts_it(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", COUNTED, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert int(ran.stdout) == 1


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/round/1", "leads on more than 5 times"),
        ("/to/file:///etc/passwd", "leads on to what is no web address"),
        ("/status/404", "answered 404 Not Found; open the page in the browser"),
        ("/status/204", "answered 204"),
        ("/type/image/png", "is image/png and no page, text or PDF"),
        ("/type/application/json", "is application/json and no page"),
        ("/type/", "is of no stated kind and no page"),
        ("/large", "is larger than 10 MB"),
        ("/bomb", "is larger than 10 MB"),
        ("/brotli", "is packed as br, which was not asked for"),
    ],
)
def test_what_cannot_be_taken_is_told_in_one_sentence(
    server: Shop, tmp_path: Path, path: str, told: str
) -> None:
    with pytest.raises(PageFetchError) as caught:
        fetch_page(server.at(path), tmp_path, allowed=here)
    assert told in str(caught.value)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["/slow-head", "/slow-body"])
def test_a_host_that_sends_a_byte_now_and_then_is_left_in_time(
    server: Shop, tmp_path: Path, path: str
) -> None:
    began = time.monotonic()
    with pytest.raises(PageFetchError, match="did not arrive in time"):
        fetch_page(server.at(path), tmp_path, allowed=here, seconds=1)
    assert time.monotonic() - began < 5


def test_a_page_that_is_packed_unasked_is_unpacked(server: Shop, tmp_path: Path) -> None:
    assert b"this lamp folds" in fetch_page(server.at("/packed"), tmp_path, allowed=here).read_bytes()


@pytest.mark.parametrize(
    "url", ["file:///etc/passwd", "ftp://shop.example/", "lamp", "", "https://", "http://[", "http://a b/"]
)
def test_only_web_addresses_are_fetched(tmp_path: Path, url: str) -> None:
    with pytest.raises(PageFetchError):
        fetch_page(url, tmp_path, allowed=here)


def test_nothing_listens_there(tmp_path: Path) -> None:
    with shop() as gone:
        address = gone.at("/lamp")
    with pytest.raises(PageFetchError, match=r"127\.0\.0\.1 could not be reached or understood"):
        fetch_page(address, tmp_path, allowed=here)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "::1", "::", "fe80::1",
        "fc00::1", "ff02::1", "fec0::1", "::ffff:10.0.0.1", "::ffff:127.0.0.1", "::127.0.0.1",
        "64:ff9b::a00:1", "2002:a00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_no_address_near_the_person_is_public(address: str) -> None:
    assert not is_public(ip_address(address))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "151.101.1.69", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_addresses_of_the_network_are_public(address: str) -> None:
    assert is_public(ip_address(address))


@given(st.ip_addresses(v=4))
def test_no_wrapping_changes_what_an_address_is(address: Address) -> None:
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(ip_address(wrapped)) == is_public(address)
