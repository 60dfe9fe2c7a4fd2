"""Fetches one web page, because a person named it: the only code of this floor that opens a connection.

Every address on the way is looked up once, checked, and connected to as it was checked, so that a name cannot
lead elsewhere a moment later. Redirects are followed here, one by one. Size and time are bounded. No cookie
and no password is sent, and no proxy is used. What arrives is saved as a file and imported like any other.
"""

import codecs
import re
import time
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Timer
from typing import TYPE_CHECKING

from index.importers.faults import ImportFaultError
from index.importers.pages.addresses import absolute, host_of, page_address
from index.importers.pages.contents import decoded
from index.importers.pages.public_hosts import Address, addresses_of, is_public
from index.text.sanitize import plain

if TYPE_CHECKING:
    import httpx

MOST_BYTES = 10_000_000
SECONDS = 30.0
_PATIENCE = 10.0
"""Seconds between two pieces of an answer."""
_MOST_HOPS = 5
_KINDS = {
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/plain": ".txt",
    "text/markdown": ".md",
    "application/pdf": ".pdf",
}
_HEADERS = {
    "Accept": ", ".join(_KINDS),
    "Accept-Encoding": "identity",
    "Accept-Language": "en",
    "User-Agent": "Mozilla/5.0 (compatible; ProductResearch)",
}
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_PACKED = 47
"""zlib's word for "gzip or zlib, see which"."""


class PageFetchError(ImportFaultError):
    """A page could not be fetched; nothing was saved."""


@dataclass(frozen=True)
class Answer:
    """What a host answered at the end of all redirects."""

    url: str
    kind: str
    """Ending of the file it is saved as."""
    charset: str
    body: bytes


def fetch_page(
    url: str, folder: Path, *, allowed: Callable[[Address], bool] = is_public, seconds: float = SECONDS
) -> Path:
    """Fetch one page and save it in `folder`, with its address noted in it where it is HTML.

    `allowed` says which addresses may be connected to. Raises PageFetchError and OSError.
    """
    answer = answer_of(url, allowed=allowed, seconds=seconds)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / _file_name(answer)
    written = path.with_name(f"{path.name}.part")
    written.write_bytes(_noted(answer) if answer.kind == ".html" else answer.body)
    written.chmod(0o600)
    written.replace(path)
    return path


def answer_of(url: str, *, allowed: Callable[[Address], bool], seconds: float = SECONDS) -> Answer:
    """What stands at an address; raises PageFetchError."""
    import httpx  # 0.1 s, for who fetches alone

    if not page_address(url):
        raise PageFetchError(f"{url[:200]!r} is no web address; it begins with https:// or http://.")
    deadline = time.monotonic() + seconds
    where = url.strip()
    with httpx.Client(trust_env=False, timeout=min(_PATIENCE, seconds), follow_redirects=False) as client:
        # A host that sends a byte now and then never exceeds the client's own patience.
        timer = Timer(seconds, client.close)
        timer.daemon = True
        timer.start()
        try:
            for _ in range(_MOST_HOPS + 1):
                told = _hop(client, where, allowed, deadline)
                if isinstance(told, Answer):
                    return told
                where = told
        except (httpx.HTTPError, httpx.InvalidURL, RuntimeError, OSError) as error:
            raise _unreached(where, deadline, error) from error
        finally:
            timer.cancel()
    raise PageFetchError(
        f"{url} leads on more than {_MOST_HOPS} times; open it in the browser and save it there."
    )


def _hop(
    client: "httpx.Client", where: str, allowed: Callable[[Address], bool], deadline: float
) -> Answer | str:
    """The answer at an address, or the address that it leads on to."""
    import httpx

    url = httpx.URL(where)
    if url.scheme not in ("http", "https") or not url.host:
        raise PageFetchError(f"{where[:200]} is no web address; only https:// and http:// are fetched.")
    port = url.port or (443 if url.scheme == "https" else 80)
    address = _checked(url.host, port, allowed)
    request = client.build_request(
        "GET",
        # The connection goes to the address that was checked; the certificate is still held against the name.
        url.copy_with(host=str(address), username=None, password=None, fragment=None),
        headers={**_HEADERS, "Host": url.netloc.decode("ascii").rpartition("@")[2]},
        extensions={"sni_hostname": url.host},
    )
    response = client.send(request, stream=True)
    try:
        if response.is_redirect:
            onward = absolute(response.headers["Location"], where)
            if not onward:
                raise PageFetchError(f"{where} leads on to what is no web address; nothing was fetched.")
            return onward
        if response.status_code != 200:
            said = f"{response.status_code} {plain(response.reason_phrase, 60)}".strip()
            raise PageFetchError(
                f"{url.host} answered {said}; open the page in the browser, save it and import the file."
            )
        kind, charset = _kind(where, response.headers.get("Content-Type", ""))
        return Answer(where, kind, charset, _unpacked(where, response, _body(where, response, deadline)))
    finally:
        response.close()


def _checked(host: str, port: int, allowed: Callable[[Address], bool]) -> Address:
    """The address to connect to; all that the name stands for must be allowed."""
    try:
        found = addresses_of(host, port)
    except OSError as error:
        raise PageFetchError(
            f"The host {host} was not found; check the address and that this machine is online."
        ) from error
    refused = [address for address in found if not allowed(address)]
    if refused or not found:
        where = str(refused[0]) if refused else "nowhere"
        named = host if where == host.strip("[]") else f"{host} is {where}, which"
        raise PageFetchError(
            f"{named} is no public address; save the page in the browser and import the file."
        )
    return found[0]


def _kind(where: str, content_type: str) -> tuple[str, str]:
    media, _, parameters = content_type.partition(";")
    ending = _KINDS.get(media.strip().lower())
    if ending is None:
        stated = plain(media, 60) or "of no stated kind"
        raise PageFetchError(f"{where} is {stated} and no page, text or PDF; nothing was fetched.")
    charset = re.search(r"charset\s*=\s*\"?([\w.:-]{1,40})", parameters, re.IGNORECASE)
    return ending, charset[1] if charset else ""


def _body(where: str, response: "httpx.Response", deadline: float) -> bytes:
    body = bytearray()
    for piece in response.iter_raw():
        body += piece
        if len(body) > MOST_BYTES:
            raise _too_large(where)
        if time.monotonic() > deadline:
            raise PageFetchError(f"{where} did not arrive in time; try again, or save it in the browser.")
    return bytes(body)


def _unpacked(where: str, response: "httpx.Response", body: bytes) -> bytes:
    """The body as it was before packing: some hosts pack it unasked."""
    packing = response.headers.get("Content-Encoding", "identity").strip().lower()
    if packing in ("", "identity"):
        return body
    if packing not in ("gzip", "x-gzip", "deflate"):
        raise PageFetchError(
            f"{where} is packed as {plain(packing, 20)}, which was not asked for; nothing was fetched."
        )
    try:
        unpacked = zlib.decompressobj(_PACKED).decompress(body, MOST_BYTES + 1)
    except zlib.error as error:
        raise PageFetchError(f"{where} arrived damaged; try again.") from error
    if len(unpacked) > MOST_BYTES:
        raise _too_large(where)
    return unpacked


def _too_large(where: str) -> PageFetchError:
    return PageFetchError(f"{where} is larger than {MOST_BYTES / 1e6:.0f} MB; nothing was saved.")


def _unreached(where: str, deadline: float, error: Exception) -> PageFetchError:
    if time.monotonic() >= deadline:
        return PageFetchError(f"{where} did not arrive in time; try again, or save it in the browser.")
    return PageFetchError(f"{host_of(where) or where[:200]} could not be reached or understood ({error}).")


def _noted(answer: Answer) -> bytes:
    """A page as UTF-8 with its address before it, in the comment that browsers write."""
    charset = "utf-16" if answer.body.startswith(_UTF16) else answer.charset
    body = decoded(answer.body, charset).encode("utf-8", "replace") if charset else answer.body
    mark = codecs.BOM_UTF8 if charset else b""
    address = page_address(answer.url).replace("--", "%2D%2D")
    return mark + f"<!-- saved from url=({len(address):04}){address} -->\n".encode() + body


def _file_name(answer: Answer) -> str:
    """The same for the same address, so that a page fetched again replaces itself."""
    address = page_address(answer.url)
    words = re.sub(r"[^a-z0-9]+", "-", address.casefold().partition("://")[2])[:60].strip("-")
    return f"{words}-{blake2b(address.encode(), digest_size=4).hexdigest()}{answer.kind}"
