"""The list of models: which answers, also where it is one with an adapter, or its record is damaged."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.wire import WIRE_VERSION
from models.catalog import catalog
from models.in_use import ModelsInUse
from models.machine import Machine
from models.store import ModelStore
from models.usable import Model
from tests.gguf_factory import write_adapter, write_gguf
from tui.model_rows import asked_text, cells, lines
from tui.model_shelf import Row, Shelf, shelf

MACHINE = Machine(memory=16 * 10**9, free=12 * 10**9, cores=8, bandwidth=40e9)
NOW = datetime(2026, 11, 27, tzinfo=UTC)


@pytest.fixture
def along(tmp_path: Path) -> Path:
    """A model that came along."""
    return write_gguf(tmp_path / "along.gguf", vocab=1024)


def looked_at(home: Path, along: Path) -> Shelf:
    return shelf(ModelStore(home), ModelsInUse(home, along), along, MACHINE)


def in_use(found: Shelf) -> list[str]:
    return [row.name for row in found.rows if row.in_use]


def test_the_bundled_model_answers_first_and_there_is_no_way_back(tmp_path: Path, along: Path) -> None:
    found = looked_at(tmp_path, along)
    assert in_use(found) == ["bundled"]
    assert not found.can_go_back
    assert {row.name for row in found.rows} == {"bundled", *catalog().models}


def test_an_adapter_in_use_is_a_model_of_its_own_beside_its_base(tmp_path: Path, along: Path) -> None:
    adapted = Model(along, write_adapter(tmp_path / "lora.gguf"))
    ModelsInUse(tmp_path, along).promote(adapted, "a retraining", NOW, WIRE_VERSION)
    found = looked_at(tmp_path, along)
    assert in_use(found) == ["along.gguf with lora.gguf"]
    base = next(row for row in found.rows if row.name == "bundled")
    assert base.model == Model(along)
    assert len({row.key for row in found.rows}) == len(found.rows)


def test_a_damaged_record_is_told_and_can_be_gone_back_from(tmp_path: Path, along: Path) -> None:
    record = tmp_path / "models" / "in-use.json"
    record.parent.mkdir()
    record.write_text("{", encoding="utf-8")
    found = looked_at(tmp_path, along)
    assert "is damaged" in found.fault
    assert found.can_go_back
    assert in_use(found) == []


def test_every_card_names_its_quantization() -> None:
    assert {card.quantization for card in catalog().models.values()} == {"Q4_K_M", "MXFP4"}


def test_what_is_asked_counts_what_is_here_already() -> None:
    card = catalog().models["qwen3.5-2b"]
    asked = asked_text(Row(card.name, 3_000, 1_000, card=card), "[b]hub\x1b[2J")
    assert "about 2,000 bytes" in asked
    assert "at [b]hub. " in asked
    pinned = card.model_copy(update={"revision": "0" * 40, "sha256": "1" * 64})
    asked = asked_text(Row(card.name, 3_000, 0, card=pinned), "hub")
    assert "reads 3,000 bytes" in asked
    assert "unverified" not in asked


def test_a_file_of_the_persons_is_said_without_what_a_terminal_obeys(tmp_path: Path) -> None:
    row = Row("\x1b[31m[b]mine.gguf", 5_000_000, 5_000_000, Model(tmp_path / "\x1b]0;x\x07mine.gguf"))
    assert cells(row)[0] == "[b]mine.gguf"
    assert "\x1b" not in "".join(lines(row))
