"""A byte-level BPE vocabulary between Hugging Face's `tokenizer.json` and the metadata of a GGUF file.

Formats: the `tokenizers` library's serialization, and the keys `tokenizer.ggml.*`
(https://github.com/ggml-org/ggml/blob/master/docs/gguf.md#tokenizer).
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.errors import ExportError
from finetune.export.families import Config
from finetune.export.pretokenizers import WHOLE_WORDS_FIRST, name_of

if TYPE_CHECKING:
    from gguf import GGUFReader, GGUFWriter

NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5
"""Kinds of tokens as GGUF numbers them."""

_NAMED = ("bos", "eos", "pad", "unk")
_GGUF_NAMES = {"bos": "bos", "eos": "eos", "pad": "padding", "unk": "unknown"}


@dataclass(frozen=True)
class Vocabulary:
    """The tokens of a model."""

    tokens: tuple[str, ...]
    """Bytes as the printable letters of GPT-2; special tokens as they are written."""
    kinds: tuple[int, ...]
    merges: tuple[tuple[str, str], ...]
    pre: str
    """llama.cpp's name of the pre-tokenizer."""
    named: Mapping[str, int]
    """Ids of the tokens with a duty: bos, eos, pad, unk."""
    opens_with_bos: bool


def vocabulary_of_folder(folder: Path, config: Config) -> Vocabulary:
    """The vocabulary of a Hugging Face folder, as long as the model's embedding; raises ExportError."""
    stored, settings = read_json(folder, "tokenizer.json"), _settings(folder)
    pre = _pre_tokenizer(stored, folder)
    texts: dict[int, str] = {token: text for text, token in stored["model"]["vocab"].items()}
    kinds: dict[int, int] = {}
    for added in stored["added_tokens"]:
        texts[added["id"]] = added["content"]
        kinds[added["id"]] = CONTROL if added["special"] else USER_DEFINED
    if len(texts) > config.vocab_size:
        raise ExportError(
            f"{folder} has {len(texts):,} tokens in tokenizer.json and an embedding of {config.vocab_size:,}."
        )
    ids = range(config.vocab_size)
    return Vocabulary(
        tokens=tuple(texts.get(token, f"[PAD{token}]") for token in ids),
        kinds=tuple(kinds.get(token, NORMAL) if token in texts else UNUSED for token in ids),
        merges=tuple(_merges(stored["model"]["merges"])),
        pre=pre,
        named=_named(settings, config, {text: token for token, text in texts.items()}),
        opens_with_bos=_opens_with_bos(settings, stored),
    )


def vocabulary_of_gguf(reader: "GGUFReader") -> Vocabulary:
    """The vocabulary of a GGUF file; raises ExportError."""

    def value(key: str, default: Any = None) -> Any:
        field = reader.get_field(f"tokenizer.ggml.{key}")
        return default if field is None else field.contents()

    if value("model") != "gpt2":
        raise ExportError("Only byte-level BPE vocabularies can be read back; this model has another kind.")
    ids = {name: value(f"{_GGUF_NAMES[name]}_token_id") for name in _NAMED}
    tokens = tuple(value("tokens"))
    return Vocabulary(
        tokens=tokens,
        kinds=tuple(value("token_type", [NORMAL] * len(tokens))),
        merges=tuple(_merges(value("merges"))),
        pre=value("pre", "gpt-2"),
        named={name: token for name, token in ids.items() if token is not None},
        opens_with_bos=value("add_bos_token", False),
    )


def add_vocabulary(writer: "GGUFWriter", vocabulary: Vocabulary) -> None:
    """Write it into a GGUF file's metadata."""
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(vocabulary.pre)
    writer.add_token_list(list(vocabulary.tokens))
    writer.add_token_types(list(vocabulary.kinds))
    writer.add_token_merges([f"{left} {right}" for left, right in vocabulary.merges])
    for name, token in vocabulary.named.items():
        writer.add_uint32(f"tokenizer.ggml.{_GGUF_NAMES[name]}_token_id", token)
    writer.add_add_bos_token(vocabulary.opens_with_bos)


def chat_template(folder: Path) -> str:
    """The chat template of a Hugging Face folder; empty where there is none."""
    beside = folder / "chat_template.jinja"
    if beside.exists():
        return beside.read_text(encoding="utf-8")
    held = _settings(folder).get("chat_template") or ""
    if isinstance(held, str):
        return held
    named = {template["name"]: str(template["template"]) for template in held}
    return named.get("tool_use") or named.get("default", "")


def read_json(folder: Path, name: str) -> Any:
    """A JSON file of a Hugging Face folder; raises ExportError."""
    try:
        return json.loads((folder / name).read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise ExportError(f"{folder} has no {name}; it is no complete Hugging Face model.") from error
    except (OSError, ValueError) as error:
        raise ExportError(f"{folder / name} cannot be read: {error}.") from error


def _settings(folder: Path) -> Mapping[str, Any]:
    present = (folder / "tokenizer_config.json").exists()
    settings: Mapping[str, Any] = read_json(folder, "tokenizer_config.json") if present else {}
    return settings


def _pre_tokenizer(stored: Mapping[str, Any], folder: Path) -> str:
    model, normalizer = stored["model"], stored.get("normalizer")
    pre = name_of(stored.get("pre_tokenizer"))
    merges_all = bool(model.get("ignore_merges")) == (pre in WHOLE_WORDS_FIRST)
    plain = model["type"] == "BPE" and not model.get("byte_fallback") and merges_all
    # llama.cpp does not normalize; Qwen's NFC changes nothing in texts that are composed already.
    if pre is None or not plain or (normalizer and normalizer["type"] != "NFC"):
        raise ExportError(
            f"{folder} has a tokenizer that is not in our exporter; "
            "name a llama.cpp checkout with --llama-cpp PATH."
        )
    return pre


def _merges(stored: Iterable[str | list[str]]) -> list[tuple[str, str]]:
    """Pairs, which older files write as one text with a space between."""
    pairs = (merge.split(" ") if isinstance(merge, str) else merge for merge in stored)
    return [(left, right) for left, right in pairs]


def _named(settings: Mapping[str, Any], config: Config, ids: Mapping[str, int]) -> dict[str, int]:
    """The tokenizer's own word on a duty goes before the model's, which may list several."""
    named: dict[str, int] = {}
    for name in _NAMED:
        held = settings.get(f"{name}_token")
        text = held["content"] if isinstance(held, dict) else held
        token = ids.get(text) if text else config.token_id(name)
        if token is not None:
            named[name] = token
    return named


def _opens_with_bos(settings: Mapping[str, Any], stored: Mapping[str, Any]) -> bool:
    if "add_bos_token" in settings:
        return bool(settings["add_bos_token"])
    processor = stored.get("post_processor") or {}
    steps = processor.get("processors", [processor])
    templates = [step["single"] for step in steps if step.get("type") == "TemplateProcessing"]
    return any("SpecialToken" in single[0] for single in templates)
