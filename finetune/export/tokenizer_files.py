"""A vocabulary as the files of a Hugging Face folder: `tokenizer.json` and `tokenizer_config.json`."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.errors import ExportError
from finetune.export.pretokenizers import STEPS, WHOLE_WORDS_FIRST
from finetune.export.vocabulary import CONTROL, NORMAL, UNUSED, USER_DEFINED, Vocabulary
from finetune.micro.tokenizer_json import Added, tokenizer_json


def write_tokenizer(folder: Path, vocabulary: Vocabulary, template: str, context: int) -> None:
    """Write both files; raises ExportError for a pre-tokenizer that we cannot spell out."""
    if vocabulary.pre not in STEPS:
        raise ExportError(
            f"Its pre-tokenizer {vocabulary.pre} is unknown here; take the model's own Hugging Face files."
        )
    write_json(folder / "tokenizer.json", _serialized(vocabulary))
    named = {name: vocabulary.tokens[token] for name, token in vocabulary.named.items()}
    write_tokenizer_config(folder, named, template, context, opens_with_bos=vocabulary.opens_with_bos)


def write_tokenizer_config(
    folder: Path, named: Mapping[str, str], template: str, context: int, *, opens_with_bos: bool = False
) -> None:
    """Write `tokenizer_config.json`; `named` are the texts of bos, eos, pad, where there are any."""
    settings: dict[str, Any] = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "model_max_length": context,
        "clean_up_tokenization_spaces": False,
        "add_bos_token": opens_with_bos,
        **{f"{name}_token": text for name, text in named.items()},
        "chat_template": template,
    }
    write_json(folder / "tokenizer_config.json", settings)


def write_json(path: Path, value: object) -> None:
    """A JSON file as Hugging Face's libraries write theirs."""
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _serialized(vocabulary: Vocabulary) -> dict[str, Any]:
    kinds = dict(enumerate(vocabulary.kinds))
    end = max(token for token, kind in kinds.items() if kind == NORMAL)
    held = [token for token, kind in kinds.items() if token <= end and kind != UNUSED]
    special = [token for token, kind in kinds.items() if kind in (CONTROL, USER_DEFINED)]
    return tokenizer_json(
        {vocabulary.tokens[token]: token for token in held},
        vocabulary.merges,
        (Added(token, vocabulary.tokens[token], kinds[token] == CONTROL) for token in special),
        STEPS[vocabulary.pre],
        post_processor=_opening(vocabulary),
        whole_words_first=vocabulary.pre in WHOLE_WORDS_FIRST,
    )


def _opening(vocabulary: Vocabulary) -> dict[str, Any] | None:
    """What puts the first token before a text, where the model wants one."""
    if not vocabulary.opens_with_bos or "bos" not in vocabulary.named:
        return None
    token = vocabulary.named["bos"]
    text = vocabulary.tokens[token]
    first: dict[str, Any] = {"SpecialToken": {"id": text, "type_id": 0}}
    one, two = ({"Sequence": {"id": name, "type_id": at}} for at, name in enumerate("AB"))
    return {
        "type": "TemplateProcessing",
        "single": [first, one],
        "pair": [first, one, first, two],
        "special_tokens": {text: {"id": text, "ids": [token], "tokens": [text]}},
    }
