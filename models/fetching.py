"""Fetching a model from a hub: the only code that reaches one, and only when a person asks for it.

The hub is asked for the file's revision, size and SHA-256 first; what arrives is held against them before it
bears its name. huggingface-hub's own download begins anew after every interruption (2.4), so a half file is
kept here and its `http_get` goes on behind it. HF_HUB_OFFLINE, HF_ENDPOINT and HF_TOKEN are honoured.
"""

import io
import re
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from filelock import FileLock, Timeout

from models.catalog import ModelCard
from models.engine import Cancel, EngineError
from models.full_disk import is_full
from models.store import ModelStore, Pin, sha256_of

_SPARE = 64 << 20
"""Bytes of the disk that are left alone."""
_PIECE = 1 << 18
"""Bytes that arrive between two looks at whether to stop; the ten megabytes of huggingface-hub (2.4) are half
a minute of a slow line."""
_STOPPED = "Stopped; the next fetch goes on from here."
_MAIN = "main"
_REVISION, _SHA256 = re.compile(r"[0-9a-f]{40}"), re.compile(r"[0-9a-f]{64}")


class FetchError(EngineError):
    """A model could not be fetched; what has arrived is kept, and the next try goes on behind it."""


class Progress(NamedTuple):
    """How far a file is."""

    doing: str
    """`fetching` or `checking`."""
    done: int
    total: int


class _Offer(NamedTuple):
    """What the hub says of a file."""

    revision: str
    sha256: str
    bytes: int
    location: str
    """Where its bytes are, often another host."""


def fetch(
    card: ModelCard,
    store: ModelStore,
    now: datetime,
    progress: Callable[[Progress], None] = lambda _: None,
    cancel: Cancel | None = None,
) -> Pin:
    """Bring a model here whole, going on where an earlier try ended; raises FetchError and StoreError."""
    store.path(card).parent.mkdir(parents=True, exist_ok=True)
    with _alone(store, card), _told(card):
        offer = _offered(card)
        standing = store.pin(card)
        if standing is not None and standing.sha256 == offer.sha256 and store.state(card) == "here":
            return standing
        if standing is not None and standing.sha256 != offer.sha256:
            raise FetchError(
                f"The hub has another {card.file} than the one that was fetched here on "
                f"{standing.fetched:%Y-%m-%d}; remove it to let the new one in."
            )
        partial = store.partial(card, offer.sha256)
        _demand_room(partial, offer.bytes)
        _download(card, offer, partial, progress, cancel)
        _demand_same(partial, offer, progress, cancel)
        for other in store.partials(card):
            if other != partial:
                other.unlink()
        pin = Pin(
            repository=card.repository,
            file=card.file,
            revision=offer.revision,
            sha256=offer.sha256,
            bytes=offer.bytes,
            fetched=now,
        )
        store.put(card, pin)
        return pin


def hub_host() -> str:
    """The host of the hub that would be asked; nothing is reached."""
    from huggingface_hub import constants

    return urlsplit(constants.ENDPOINT).netloc


def _offered(card: ModelCard) -> _Offer:
    """Ask the hub what the file is; raises FetchError where it is not the one that is pinned."""
    from huggingface_hub import constants, get_hf_file_metadata, hf_hub_url  # 0.5 s, for who fetches alone

    # Otherwise it names the versions of other packages, and asks a list of programs that may be driving it.
    constants.HF_HUB_DISABLE_TELEMETRY = True
    url = hf_hub_url(card.repository, card.file, revision=card.revision or _MAIN)
    told = get_hf_file_metadata(url)
    revision, sha256 = told.commit_hash or "", told.etag or ""
    if not told.size or not _REVISION.fullmatch(revision) or not _SHA256.fullmatch(sha256):
        raise FetchError(
            f"The hub does not say what {card.file} is, so that nothing could be held against it."
        )
    if card.sha256 and sha256 != card.sha256:
        raise FetchError(
            f"The hub has another {card.file} than the one that is known here (SHA-256 {sha256[:12]}… in "
            f"place of {card.sha256[:12]}…); it was not fetched."
        )
    return _Offer(revision, sha256, told.size, told.location)


def _download(
    card: ModelCard,
    offer: _Offer,
    partial: Path,
    progress: Callable[[Progress], None],
    cancel: Cancel | None,
) -> None:
    from huggingface_hub import constants, hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils._headers import build_hf_headers
    from huggingface_hub.utils.tqdm import disable_progress_bars

    disable_progress_bars("huggingface_hub.http_get")
    constants.DOWNLOAD_CHUNK_SIZE = _PIECE
    asked = hf_hub_url(card.repository, card.file)
    # Another host than the hub gets no token of the person's.
    ours = urlsplit(asked).netloc == urlsplit(offer.location).netloc
    headers = build_hf_headers(token=None if ours else False)
    here = partial.stat().st_size if partial.exists() else 0
    if here > offer.bytes:
        partial.unlink()
        here = 0
    with _Watched(partial, offer.bytes, progress, cancel) as file:
        http_get(offer.location, file, resume_size=here, headers=headers, expected_size=offer.bytes)


class _Watched(io.BufferedRandom):
    """A file that tells how much of it there is, and stops where the person does."""

    def __init__(
        self, path: Path, total: int, progress: Callable[[Progress], None], cancel: Cancel | None
    ) -> None:
        path.touch()
        super().__init__(io.FileIO(path, "r+"))
        self.seek(0, io.SEEK_END)
        self._total, self._progress, self._cancel = total, progress, cancel

    def write(self, data: "bytes | bytearray | memoryview") -> int:  # type: ignore[override]
        if self._cancel is not None and self._cancel.is_set():
            raise FetchError(_STOPPED)
        written = super().write(data)
        self._progress(Progress("fetching", self.tell(), self._total))
        return written


def _demand_same(
    partial: Path, offer: _Offer, progress: Callable[[Progress], None], cancel: Cancel | None
) -> None:
    """Hold what has arrived against what the hub lists; what is something else goes. Raises FetchError."""
    done = 0

    def checked(more: int) -> None:
        nonlocal done
        if cancel is not None and cancel.is_set():
            raise FetchError(_STOPPED)
        done += more
        progress(Progress("checking", done, offer.bytes))

    if sha256_of(partial, checked) != offer.sha256:
        partial.unlink()
        raise FetchError(
            "What arrived is not what the hub lists (its SHA-256 is another) and was deleted; fetch it again."
        )


def _demand_room(partial: Path, total: int) -> None:
    here = partial.stat().st_size if partial.exists() else 0
    free = shutil.disk_usage(partial.parent).free
    if total - here + _SPARE > free:
        raise FetchError(
            f"{_gigabytes(total - here)} are to come and {_gigabytes(free)} are free where {partial.parent} "
            "is; make room, or set PRODUCTRESEARCH_HOME to another disk."
        )


@contextmanager
def _alone(store: ModelStore, card: ModelCard) -> Iterator[None]:
    try:
        with FileLock(store.path(card).parent / "lock", timeout=0):
            yield
    except Timeout as error:
        raise FetchError(f"{card.name} is being fetched already, by another window or command.") from error


@contextmanager
def _told(card: ModelCard) -> Iterator[None]:
    """Turn what a hub, a network or a disk does into one sentence."""
    from huggingface_hub.errors import HfHubHTTPError, OfflineModeIsEnabled

    try:
        yield
    except FetchError:
        raise
    except OfflineModeIsEnabled as error:
        raise FetchError(
            "HF_HUB_OFFLINE is set, so nothing is fetched; unset it to fetch a model."
        ) from error
    except HfHubHTTPError as error:
        raise FetchError(_answer(card, error.response.status_code)) from error
    except OSError as error:
        if is_full(error):
            raise FetchError(
                "The disk is full; what has arrived is kept, and the next fetch goes on from there."
            ) from error
        raise FetchError(_broken_off(card)) from error
    except Exception as error:
        if type(error).__module__.partition(".")[0] in ("httpx", "httpx2", "httpcore"):
            raise FetchError(_broken_off(card)) from error
        raise


def _answer(card: ModelCard, status: int) -> str:
    match status:
        case 401 | 403:
            return (
                f"The hub does not give {card.repository} to everybody: accept its licence on its page, and "
                "set HF_TOKEN to a token of yours."
            )
        case 404:
            return f"The hub has no {card.file} in {card.repository} (any more)."
        case 429:
            return "The hub is asked too often just now; try again in some minutes."
    return f"The hub answered with an error ({status}); try again later."


def _broken_off(card: ModelCard) -> str:
    return (
        "The hub cannot be reached, or the line broke; what has arrived is kept, and "
        f"`productresearch models fetch {card.name}` goes on from there."
    )


def _gigabytes(size: int) -> str:
    return f"{max(size, 0) / 1e9:.1f} GB"
