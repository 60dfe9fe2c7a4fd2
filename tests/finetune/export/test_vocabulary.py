"""Vocabularies of every pre-tokenizer that we name are read by llama.cpp as `tokenizers` reads them."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import tokenizers
from tokenizers import models, trainers

from finetune.errors import ExportError
from finetune.export.families import Config, read_config
from finetune.export.pretokenizers import STEPS, WHOLE_WORDS_FIRST, name_of
from finetune.export.tokenizer_files import write_json, write_tokenizer
from finetune.export.vocabulary import (
    CONTROL,
    NORMAL,
    UNUSED,
    USER_DEFINED,
    add_vocabulary,
    chat_template,
    vocabulary_of_folder,
    vocabulary_of_gguf,
)
from models.engine import Piece
from models.runtime import llama_runtime
from models.vocabulary import Vocabulary as Engine
from tests.finetune.micro.conftest import house_texts

SIZE = 700
SENTENCES = (
    "Don't boil 1,299.99 litres; it's 20% off — naïve café, straße.",
    "  two  spaces\n\n\tand a tab \r\n",
    '三千元 ١٢٣ 1234567 N12+ {"name": "plan"}',
    "WE'LL see'S",
)
"""No special token stands in them."""


def trained(pre: str) -> tokenizers.Tokenizer:
    """A byte-level vocabulary with this pre-tokenizer and some special tokens."""
    steps = {"type": "Sequence", "pretokenizers": STEPS[pre]}
    blank = json.loads(tokenizers.Tokenizer(models.BPE()).to_str())
    blank["pre_tokenizer"], blank["decoder"] = steps, STEPS[pre][-1]
    made = tokenizers.Tokenizer.from_str(json.dumps(blank))
    alphabet = tokenizers.pre_tokenizers.ByteLevel.alphabet()
    made.train_from_iterator(
        house_texts(),
        trainers.BpeTrainer(vocab_size=SIZE - 3, initial_alphabet=alphabet, show_progress=False),
    )
    made.add_special_tokens(["<|begin|>", "<|im_end|>"])
    made.add_tokens([tokenizers.AddedToken("<think>", normalized=False)])
    return made


def write_reading(folder: Path, tokenizer: tokenizers.Tokenizer, pre: str, **settings: Any) -> Path:
    """Write both files of a tokenizer, as a model's folder has them."""
    folder.mkdir(exist_ok=True)
    stored = json.loads(tokenizer.to_str())
    stored["model"]["ignore_merges"] = pre in WHOLE_WORDS_FIRST
    write_json(folder / "tokenizer.json", stored)
    write_json(folder / "tokenizer_config.json", {"eos_token": "<|im_end|>", **settings})
    return folder


def config(size: int, **more: Any) -> Config:
    """A model of so many tokens."""
    sizes = dict.fromkeys(("hidden_size", "intermediate_size", "num_hidden_layers", "num_attention_heads"), 1)
    named = {"model_type": "llama", "vocab_size": size, "max_position_embeddings": 8, "rms_norm_eps": 1e-6}
    return read_config({**sizes, **named, **more}, Path())[1]


def write_gguf_of(folder: Path, size: int) -> Path:
    """A GGUF file of the vocabulary alone."""
    from gguf import GGUFWriter

    writer = GGUFWriter(folder / "vocabulary.gguf", "llama")
    add_vocabulary(writer, vocabulary_of_folder(folder, config(size)))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return folder / "vocabulary.gguf"


@pytest.mark.parametrize("pre", STEPS)
def test_llama_cpp_reads_as_the_tokenizers_library_does(pre: str, tmp_path: Path) -> None:
    tokenizer = trained(pre)
    path = write_gguf_of(write_reading(tmp_path, tokenizer, pre), SIZE)
    llama = llama_runtime()
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    model = llama.llama_model_load_from_file(os.fsencode(path), parameters)
    engine = Engine(model)
    texts = [*SENTENCES, *house_texts()[:20]]
    plain = [text.replace("<think>", "").replace("<|im_end|>", "") for text in texts]
    ours = [engine.tokenize([Piece(text)]) for text in plain]
    llama.llama_model_free(model)
    assert ours == [tokenizer.encode(text).ids for text in plain]


@pytest.mark.parametrize("pre", STEPS)
def test_a_vocabulary_comes_back_from_a_gguf_file(pre: str, tmp_path: Path) -> None:
    from gguf import GGUFReader

    tokenizer = trained(pre)
    folder = write_reading(tmp_path, tokenizer, pre, bos_token="<|begin|>", add_bos_token=True)
    written = vocabulary_of_folder(folder, config(SIZE))
    assert vocabulary_of_gguf(GGUFReader(write_gguf_of(folder, SIZE))) == written
    write_tokenizer(tmp_path, written, "", 8)
    again = tokenizers.Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    for text in [*SENTENCES, *house_texts()[:20]]:
        assert again.encode(text, add_special_tokens=False).ids == tokenizer.encode(text).ids
    assert again.encode("x").tokens[0] == "<|begin|>"
    assert vocabulary_of_folder(tmp_path, config(SIZE)) == written


def test_kinds_tell_control_tokens_from_tags_and_from_holes(tmp_path: Path) -> None:
    tokenizer = trained("qwen2")
    folder = write_reading(tmp_path, tokenizer, "qwen2")
    vocabulary = vocabulary_of_folder(folder, config(SIZE + 2))
    kinds = dict(zip(vocabulary.tokens, vocabulary.kinds, strict=True))
    assert kinds["<|im_end|>"] == CONTROL
    assert kinds["<think>"] == USER_DEFINED
    assert kinds["a"] == NORMAL
    assert kinds[f"[PAD{SIZE + 1}]"] == UNUSED
    assert vocabulary.named == {"eos": tokenizer.token_to_id("<|im_end|>")}


def test_the_model_names_its_end_where_the_tokenizer_does_not(tmp_path: Path) -> None:
    folder = write_reading(
        tmp_path, trained("qwen2"), "qwen2", eos_token=None, bos_token={"content": "<think>"}
    )
    named = vocabulary_of_folder(folder, config(SIZE, eos_token_id=[SIZE - 2, SIZE - 3])).named
    assert named == {"eos": SIZE - 2, "bos": SIZE - 1}


def test_a_text_opens_with_bos_where_the_post_processor_puts_it(tmp_path: Path) -> None:
    tokenizer = trained("llama-bpe")
    begin = tokenizer.token_to_id("<|begin|>")
    tokenizer.post_processor = tokenizers.processors.TemplateProcessing(
        single="<|begin|> $A", special_tokens=[("<|begin|>", begin)]
    )
    folder = write_reading(tmp_path, tokenizer, "llama-bpe")
    assert vocabulary_of_folder(folder, config(SIZE)).opens_with_bos


def test_merges_of_older_files_are_read(tmp_path: Path) -> None:
    folder = write_reading(tmp_path, trained("qwen2"), "qwen2")
    stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    pairs = stored["model"]["merges"]
    stored["model"]["merges"] = [" ".join(pair) for pair in pairs]
    write_json(folder / "tokenizer.json", stored)
    assert vocabulary_of_folder(folder, config(SIZE)).merges == tuple(map(tuple, pairs))


@pytest.mark.parametrize(
    "changed",
    [
        {"pre_tokenizer": None},
        {"pre_tokenizer": {"type": "Whitespace"}},
        {"normalizer": {"type": "Lowercase"}},
    ],
)
def test_another_way_to_cut_is_refused_with_what_to_name(changed: dict[str, Any], tmp_path: Path) -> None:
    folder = write_reading(tmp_path, trained("qwen2"), "qwen2")
    stored = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    write_json(folder / "tokenizer.json", stored | changed)
    with pytest.raises(ExportError, match="--llama-cpp PATH"):
        vocabulary_of_folder(folder, config(SIZE))


def test_qwens_own_pattern_has_the_same_name_as_the_houses() -> None:
    from transformers.models.qwen2.tokenization_qwen2 import PRETOKENIZE_REGEX

    split = {"type": "Split", "pattern": {"Regex": PRETOKENIZE_REGEX}, "behavior": "Isolated"}
    steps = [split, {"type": "ByteLevel", "add_prefix_space": False, "use_regex": False}]
    assert name_of({"type": "Sequence", "pretokenizers": steps}) == "qwen2"


def test_a_template_is_found_wherever_transformers_keeps_it(tmp_path: Path) -> None:
    settings = tmp_path / "tokenizer_config.json"
    assert chat_template(tmp_path) == ""
    write_json(settings, {"chat_template": "one"})
    assert chat_template(tmp_path) == "one"
    write_json(settings, {"chat_template": [{"name": "default", "template": "two"}]})
    assert chat_template(tmp_path) == "two"
    named = [{"name": "default", "template": "two"}, {"name": "tool_use", "template": "three"}]
    write_json(settings, {"chat_template": named})
    assert chat_template(tmp_path) == "three"
    (tmp_path / "chat_template.jinja").write_text("four", encoding="utf-8")
    assert chat_template(tmp_path) == "four"
