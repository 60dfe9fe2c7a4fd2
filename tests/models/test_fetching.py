"""Fetching from a hub of this machine: whole or not at all, on from where it was, or one sentence."""

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import huggingface_hub.constants
import pytest

from models import fetching
from models.catalog import ModelCard, UnknownModelError, catalog
from models.fetching import FetchError, Progress, fetch
from models.store import ModelStore, Pin, StoreError
from tests.models.hub import COMMIT, Hub, ask_only, hub
from tests.small_disk import small_disk

NOW = datetime(2026, 11, 27, tzinfo=UTC)
DATA = bytes(range(256)) * 100_000
"""25 megabytes; it comes in pieces of a quarter."""
CARD = ModelCard(
    name="tiny",
    title="Tiny",
    roles=("student",),
    repository="house/tiny",
    file="tiny.gguf",
    bytes=len(DATA),
    licence="MIT",
    context=4096,
    active=0.01,
    calls="hermes",
)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub that holds the model, and is the one that is asked."""
    with hub() as held:
        held.files["house/tiny/tiny.gguf"] = DATA
        ask_only(held, monkeypatch)
        yield held


holding = pytest.mark.usefixtures("served")


@pytest.fixture
def store(tmp_path: Path) -> ModelStore:
    return ModelStore(tmp_path)


def bring(store: ModelStore, card: ModelCard = CARD) -> Pin:
    return fetch(card, store, NOW)


def test_a_model_arrives_whole_and_is_pinned(served: Hub, store: ModelStore) -> None:
    told: list[Progress] = []
    pin = fetch(CARD, store, NOW, told.append)
    assert store.path(CARD).read_bytes() == DATA
    assert (pin.revision, pin.sha256, pin.bytes) == (COMMIT, sha256(DATA).hexdigest(), len(DATA))
    assert store.pin(CARD) == pin == store.verify(CARD)
    assert told[-1] == Progress("checking", len(DATA), len(DATA))
    assert {t.doing for t in told} == {"fetching", "checking"}
    assert [t.done for t in told if t.doing == "fetching"][-1] == len(DATA)
    assert [method for method, *_ in served.asked] == ["HEAD", "GET"]


def test_what_is_here_is_not_fetched_again(served: Hub, store: ModelStore) -> None:
    assert bring(store) == bring(store)
    assert [method for method, *_ in served.asked] == ["HEAD", "GET", "HEAD"]


def test_a_line_that_breaks_goes_on_by_itself(served: Hub, store: ModelStore) -> None:
    served.cut = [15_000_000]
    bring(store)
    ranges = [asked for method, _, asked, _ in served.asked if method == "GET"]
    assert ranges == ["", "bytes=14942208-"]
    assert store.path(CARD).read_bytes() == DATA


def test_a_fetch_that_was_stopped_goes_on_where_it_was(served: Hub, store: ModelStore) -> None:
    cancel = threading.Event()
    with pytest.raises(FetchError, match="Stopped"):
        fetch(CARD, store, NOW, lambda _: cancel.set(), cancel)
    assert store.state(CARD) == "partial"
    half = store.partials(CARD)[0].stat().st_size
    assert 0 < half < len(DATA)
    bring(store)
    assert served.asked[-1][2] == f"bytes={half}-"
    assert store.path(CARD).read_bytes() == DATA
    assert store.partials(CARD) == []


def test_a_check_that_was_stopped_is_made_again_and_nothing_comes_twice(
    served: Hub, store: ModelStore
) -> None:
    cancel = threading.Event()

    def stop_at_the_check(progress: Progress) -> None:
        if progress.doing == "checking":
            cancel.set()

    with pytest.raises(FetchError, match="Stopped"):
        fetch(CARD, store, NOW, stop_at_the_check, cancel)
    assert store.state(CARD) == "partial"
    bring(store)
    assert store.state(CARD) == "here"
    assert [method for method, *_ in served.asked].count("GET") == 1


@holding
def test_half_of_another_version_is_not_gone_on_with(store: ModelStore) -> None:
    old = store.partial(CARD, "0" * 64)
    old.parent.mkdir(parents=True)
    old.write_bytes(b"of another version")
    bring(store)
    assert store.path(CARD).read_bytes() == DATA
    assert not old.exists()


def test_what_is_not_what_the_hub_lists_never_bears_its_name(served: Hub, store: ModelStore) -> None:
    served.spoilt = True
    with pytest.raises(FetchError, match="SHA-256"):
        bring(store)
    assert store.state(CARD) == "absent"


def test_another_file_than_the_one_that_is_pinned_is_not_fetched(served: Hub, store: ModelStore) -> None:
    pinned = CARD.model_copy(update={"sha256": "1" * 64, "revision": COMMIT})
    with pytest.raises(FetchError, match=r"another tiny\.gguf"):
        bring(store, pinned)
    assert [method for method, *_ in served.asked] == ["HEAD"]
    assert f"/{COMMIT}/" in served.asked[0][1]


def test_a_model_that_changed_at_the_hub_takes_nothings_place_unasked(served: Hub, store: ModelStore) -> None:
    pin = bring(store)
    served.files["house/tiny/tiny.gguf"] = DATA[::-1]
    with pytest.raises(FetchError, match=r"another tiny\.gguf than the one that was fetched here"):
        bring(store)
    assert store.verify(CARD) == pin
    store.remove(CARD)
    assert bring(store).sha256 != pin.sha256


@pytest.mark.parametrize("told", ["abc", "\x1b[31m" + "0" * 59])
def test_a_hub_that_tells_no_sum_is_not_trusted(served: Hub, store: ModelStore, told: str) -> None:
    served.false_etag = told
    with pytest.raises(FetchError, match="nothing could be held against it"):
        bring(store)


@pytest.mark.parametrize(
    ("status", "said"),
    [(401, "HF_TOKEN"), (403, "HF_TOKEN"), (404, "has no tiny.gguf"), (500, r"\(500\)"), (503, r"\(503\)")],
)
def test_an_answer_that_is_none_is_one_sentence(
    served: Hub, store: ModelStore, status: int, said: str
) -> None:
    served.status = [status] * 9
    with pytest.raises(FetchError, match=said):
        bring(store)
    assert store.state(CARD) == "absent"


def test_a_hub_that_is_asked_too_often_is_asked_again_and_then_said_so(
    served: Hub, store: ModelStore
) -> None:
    served.status = [429]
    with pytest.raises(FetchError, match="too often"):
        bring(store)
    bring(store)


@holding
def test_a_hub_that_is_not_there_is_one_sentence(store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    template = "http://127.0.0.1:9/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(huggingface_hub.constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)
    with pytest.raises(FetchError, match="cannot be reached"):
        bring(store)


def test_nothing_is_asked_of_a_hub_that_is_switched_off(
    served: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(huggingface_hub.constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(FetchError, match="HF_HUB_OFFLINE"):
        bring(store)
    assert served.asked == []


def test_a_disk_without_room_is_told_before_anything_comes(
    served: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetching, "_SPARE", shutil.disk_usage(store.folder.parent.parent).total)
    with pytest.raises(FetchError, match=r"0\.0 GB are to come and .* free"):
        bring(store)
    assert [method for method, *_ in served.asked] == ["HEAD"]


@holding
def test_a_disk_that_fills_keeps_what_has_arrived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fetching, "_SPARE", 0)
    with small_disk(tmp_path / "disk", 30_000) as disk:
        store = ModelStore(disk.folder)
        with pytest.raises(FetchError, match="disk is full"):
            fetch(CARD, store, NOW, lambda _: disk.fill())
        assert store.state(CARD) == "partial"
        disk.make_room()
        came: list[Progress] = []
        fetch(CARD, store, NOW, came.append)
        assert came[0].done > 0
        assert store.path(CARD).read_bytes() == DATA


def test_a_token_goes_to_the_hub_alone(
    served: Hub, store: ModelStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    bring(store)
    assert [(method, token) for method, _, _, token in served.asked] == [("HEAD", True), ("GET", False)]


@holding
def test_two_fetches_of_one_model_do_not_meet(store: ModelStore) -> None:
    def again(progress: Progress) -> None:  # noqa: ARG001
        with pytest.raises(FetchError, match="being fetched already"):
            bring(store)

    fetch(CARD, store, NOW, again)


@holding
def test_a_file_that_was_changed_is_noticed_and_removed(store: ModelStore) -> None:
    bring(store)
    path = store.path(CARD)
    path.write_bytes(DATA[:-1] + b"x")
    with pytest.raises(StoreError, match="damaged or was changed"):
        store.verify(CARD)
    assert store.remove(CARD) == len(DATA)
    assert (store.state(CARD), store.pin(CARD)) == ("absent", None)
    with pytest.raises(StoreError, match="not here whole"):
        store.verify(CARD)


def test_the_catalogue_knows_what_it_recommends() -> None:
    known = catalog()
    for role in ("student", "teacher", "embedder"):
        assert set(known.recommended[role]) == {4, 8, 16, 32}
    assert all(card.file.endswith(".gguf") for card in known.models.values())
    with pytest.raises(UnknownModelError, match="did you mean qwen3-8b"):
        known.model("Qwen3-8")
