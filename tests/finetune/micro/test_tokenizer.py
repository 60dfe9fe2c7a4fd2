"""The micro agent's tokenizer: the same ids as `tokenizers` and llama.cpp, and no control token from data."""

import json
import os
import re
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest
import tokenizers
from hypothesis import example, given, settings
from hypothesis import strategies as st

from finetune.errors import TokenizerError
from finetune.micro.pretokens import PATTERN, splitter
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from models.engine import Piece
from models.runtime import llama_runtime
from models.vocabulary import Vocabulary
from tests.finetune.micro.conftest import SIZE, house_texts
from tests.finetune.micro.vocabulary_file import write_vocabulary

# Unicode grows: what this Python does not know yet is a letter elsewhere already.
known = st.characters(exclude_categories=["Cs"]).filter(lambda letter: unicodedata.category(letter) != "Cn")
oddities = st.sampled_from(
    [
        *(
            "don't",
            "WE'LL",
            "'ſ",
            "İstanbul",
            "straße",
            "三千 元",
            "١٢٣",
            "½ Ⅷ",
            "👩‍👩‍👧",
            "e\u0301",
            "\r\n",
            "   x",
        ),
        *(
            "\x1c\x1f",
            "\x85",
            "\u2003",
            "\u3000,",
            "\ufeff",
            '{"name": "plan"}}',
            "1,299.99 €",
            "N12+",
            "\t\n ",
        ),
    ]
)
texts = st.lists(st.one_of(st.text(known, max_size=8), oddities), max_size=8).map("".join)
tags = st.sampled_from([*CONTROL, *TAGS, "<|im_end", "think>", "<think", "</"])
spoken = st.lists(st.one_of(st.text(known, max_size=6), oddities, tags), max_size=8).map("".join)


@pytest.fixture(scope="module")
def reference(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> tokenizers.Tokenizer:
    path = tmp_path_factory.mktemp("tokenizer") / "tokenizer.json"
    tokenizer.save(path)
    return tokenizers.Tokenizer.from_file(str(path))


@pytest.fixture(scope="module")
def engine(tokenizer: Tokenizer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Vocabulary]:
    llama = llama_runtime()
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    path = write_vocabulary(tmp_path_factory.mktemp("vocabulary") / "v.gguf", tokenizer)
    model = llama.llama_model_load_from_file(os.fsencode(path), parameters)
    yield Vocabulary(model)
    llama.llama_model_free(model)


@settings(deadline=None)
@given(text=texts)
def test_pretokens_are_those_of_the_unicode_pattern(text: str) -> None:
    split = tokenizers.pre_tokenizers.Split(tokenizers.Regex(PATTERN), "isolated")
    assert splitter(text)(text) == [part for part, _ in split.pre_tokenize_str(text)]


@settings(deadline=None)
@given(text=texts)
def test_ids_equal_those_of_the_tokenizers_library(
    tokenizer: Tokenizer, reference: tokenizers.Tokenizer, text: str
) -> None:
    assert tokenizer.encode(text) == reference.encode(text).ids


@settings(deadline=None)
@given(text=texts)
def test_a_text_comes_back_from_its_ids(tokenizer: Tokenizer, text: str) -> None:
    assert tokenizer.decode(tokenizer.encode(text)) == text


@settings(deadline=None)
@given(text=spoken)
def test_untrusted_text_becomes_the_ids_of_the_engine_and_never_a_special_one(
    tokenizer: Tokenizer, engine: Vocabulary, text: str
) -> None:
    ids = tokenizer.encode(text)
    assert ids == engine.tokenize([Piece(text)])
    assert not set(ids) & set(tokenizer.special.values())


@settings(deadline=None)
@given(said=st.lists(st.tuples(spoken, st.booleans()), max_size=6))
@example(said=[("İstanbul", False), ("", True), ("don't", False)])
def test_pieces_become_the_ids_of_the_engine(
    tokenizer: Tokenizer, engine: Vocabulary, said: list[tuple[str, bool]]
) -> None:
    pieces = [Piece(text, trusted) for text, trusted in said]
    assert tokenizer.encode_pieces(pieces) == engine.tokenize(pieces)


def test_the_house_texts_become_the_ids_of_both(
    tokenizer: Tokenizer, reference: tokenizers.Tokenizer, engine: Vocabulary
) -> None:
    plain = [re.sub("|".join(map(re.escape, [*CONTROL, *TAGS])), "", text) for text in house_texts()]
    ids = [tokenizer.encode(text) for text in plain]
    assert ids == [reference.encode(text).ids for text in plain]
    assert ids == [engine.tokenize([Piece(text)]) for text in plain]


def test_a_trusted_tag_is_one_token(tokenizer: Tokenizer) -> None:
    ids = tokenizer.encode_pieces([Piece("<tool_call>\n", trusted=True), Piece("<tool_call>")])
    assert ids[0] == tokenizer.special["<tool_call>"]
    assert tokenizer.special["<tool_call>"] not in ids[1:]


def test_a_lone_surrogate_becomes_a_question_mark_as_in_the_engine(
    tokenizer: Tokenizer, engine: Vocabulary
) -> None:
    assert tokenizer.encode("a\ud800b") == engine.tokenize([Piece("a\ud800b")]) == tokenizer.encode("a?b")


def test_ids_are_bytes_then_merges_then_special_tokens(tokenizer: Tokenizer) -> None:
    assert tokenizer.tokens[:256] == [bytes([byte]) for byte in range(256)]
    assert list(tokenizer.special) == [*CONTROL, *TAGS]
    assert sorted(tokenizer.special.values()) == list(range(SIZE - 9, SIZE))
    assert tokenizer.size == SIZE == 256 + len(tokenizer.merges) + 9
    assert tokenizer.control == {tokenizer.special[text] for text in CONTROL}


def test_llama_cpp_ends_a_turn_and_never_writes_the_other_control_tokens(
    tokenizer: Tokenizer, engine: Vocabulary
) -> None:
    assert tokenizer.special["<|im_end|>"] in engine.ends
    assert tokenizer.special["<|im_start|>"] in engine.silent
    assert tokenizer.special["<tool_call>"] not in engine.unwritable


def test_digits_stand_alone(tokenizer: Tokenizer) -> None:
    assert len(tokenizer.encode("1299")) == 4


def test_no_two_tokens_are_the_same_text(tokenizer: Tokenizer) -> None:
    assert len(set(tokenizer.tokens)) == tokenizer.size


def test_the_most_frequent_pair_is_merged_first() -> None:
    trained = Tokenizer.train(["ab ab ab ab cd cd"], 258, [])
    assert trained.tokens[256:] == [b"ab", b" ab"]


def test_texts_that_hold_too_little_give_fewer_tokens() -> None:
    assert Tokenizer.train(["abab"], 4096, ["<|endoftext|>"]).tokens[256:] == [b"ab", b"<|endoftext|>"]


def test_training_again_gives_the_same_tokens(tokenizer: Tokenizer) -> None:
    assert Tokenizer.train(house_texts(), SIZE, [*CONTROL, *TAGS]).tokens == tokenizer.tokens


def test_what_was_saved_is_loaded(tokenizer: Tokenizer, tmp_path: Path) -> None:
    tokenizer.save(tmp_path / "tokenizer.json")
    loaded = Tokenizer.load(tmp_path / "tokenizer.json")
    assert loaded.tokens == tokenizer.tokens
    assert loaded.special == tokenizer.special
    assert loaded.encode("Which kettle?") == tokenizer.encode("Which kettle?")


@pytest.mark.parametrize("damage", ["cut", "of another kind", "missing"])
def test_a_file_that_is_no_tokenizer_of_ours_is_refused(
    tokenizer: Tokenizer, tmp_path: Path, damage: str
) -> None:
    path = tmp_path / "tokenizer.json"
    tokenizer.save(path)
    text = path.read_text(encoding="utf-8")
    if damage == "cut":
        path.write_text(text[: len(text) // 2], encoding="utf-8")
    elif damage == "of another kind":
        path.write_text(json.dumps(json.loads(text) | {"normalizer": {"type": "NFC"}}), encoding="utf-8")
    else:
        path.unlink()
    with pytest.raises(TokenizerError, match=r"tokenizer\.json is"):
        Tokenizer.load(path)


def test_a_long_word_takes_no_long_time(tokenizer: Tokenizer) -> None:
    start = time.process_time()
    assert tokenizer.decode(tokenizer.encode("aGVsbG8g" * 4000)) == "aGVsbG8g" * 4000
    assert time.process_time() - start < 20


def test_known_texts_are_encoded_fast(tokenizer: Tokenizer) -> None:
    text = "\n".join(house_texts())
    tokenizer.encode(text)
    start = time.process_time()
    tokens = len(tokenizer.encode(text))
    assert tokens / (time.process_time() - start) > 300_000
