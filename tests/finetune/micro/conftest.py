"""A tokenizer of the house's own texts, trained once a session."""

from pathlib import Path

import pytest

from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer

ROOT = Path(__file__).parents[3]
SIZE = 2048


def house_texts() -> list[str]:
    """The documents and the code: English, JSON, numbers and punctuation."""
    paths = sorted([*(ROOT / "docs").glob("*.md"), *(ROOT / "agent").rglob("*.*")])
    return [path.read_text(encoding="utf-8") for path in paths if path.suffix in {".md", ".py", ".json"}]


@pytest.fixture(scope="session")
def tokenizer() -> Tokenizer:
    """2,048 tokens, the nine special ones among them."""
    return Tokenizer.train(house_texts(), SIZE, [*CONTROL, *TAGS])
