"""The grammar of a record: whatever random weights write under it is that record."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from models.engine import GrammarError, Sampling
from models.llama import LlamaEngine
from models.schema_grammar import longest, schema_grammar

Word = Annotated[str, Field(min_length=1, max_length=12)]


class Part(BaseModel):
    """A nested record."""

    kind: Literal["wide", "näher", 'quoted "so"']
    share: float
    flag: bool


class Whole(BaseModel):
    """A record with every kind of field."""

    reason: str = Field(min_length=3, max_length=40)
    grade: int = Field(ge=1, le=10)
    count: int
    words: tuple[Word, ...] = Field(max_length=3)
    pair: tuple[Word, ...] = Field(min_length=2, max_length=2)
    parts: tuple[Part, ...] = Field(max_length=2)
    always: Literal["this"]


class Endless(BaseModel):
    """A record whose text has no bound."""

    text: str


@pytest.mark.parametrize("seed", range(12))
def test_random_weights_write_the_record_and_nothing_else(engine: LlamaEngine, seed: int) -> None:
    sampling = Sampling(temperature=1.5, seed=seed)
    text = "".join(engine.write(schema_grammar(Whole), 4 * longest(Whole), sampling))
    assert Whole.model_validate_json(text)
    assert len(text) <= longest(Whole)
    assert text.isprintable() or not any(ord(c) < 32 for c in text)


def test_a_text_without_a_bound_has_no_grammar() -> None:
    with pytest.raises(GrammarError, match="Text needs maxLength"):
        schema_grammar(Endless)
