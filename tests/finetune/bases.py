"""Base models of random weights in the Hugging Face form, with the tokenizer of the random GGUF files."""

import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import gguf
from tokenizers import AddedToken, Regex, Tokenizer, decoders, models, pre_tokenizers

from models.random_weights import CONTROL, USER_DEFINED
from tests.gguf_factory import HERMES_TEMPLATE, write_gguf

VOCABULARY = 4096
SHORT_TEMPLATE = """\
{{- '<|im_start|>system\\n' + messages[0].content }}
{%- for tool in tools or [] %}{{- ' ' + tool.function.name }}{% endfor %}
{{- '<|im_end|>\\n' }}
{%- for message in messages[1:] %}
    {{- '<|im_start|>' + message.role + '\\n' + message.content }}
    {%- for call in message.tool_calls or [] %}
        {{- '<tool_call>{"name": "' + call.function.name + '"}</tool_call>' }}
    {%- endfor %}
    {{- '<|im_end|>\\n' }}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{% endif %}
"""
"""Tells the tools' names only, so that a sample of a test is short; its calls are ours."""
_WORDS = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|"
    r"\s+(?!\S)|\s+"
)
"""How llama.cpp's pre-tokenizer `qwen2` parts a text."""


@cache
def _tokens_of_gguf() -> tuple[list[str], list[str]]:
    with TemporaryDirectory() as folder:
        fields = gguf.GGUFReader(write_gguf(Path(folder) / "m.gguf", vocab=VOCABULARY)).fields
        return fields["tokenizer.ggml.tokens"].contents(), fields["tokenizer.ggml.merges"].contents()


def tokenizer(special: Sequence[str] = CONTROL, tags: Sequence[str] = USER_DEFINED) -> Tokenizer:
    """The vocabulary of the random GGUF files; tokens that they do not have come behind it."""
    tokens, merges = _tokens_of_gguf()
    vocabulary = {token: number for number, token in enumerate(tokens)}
    pairs = [(left, right) for left, _, right in (merge.partition(" ") for merge in merges)]
    made = Tokenizer(models.BPE(vocab=vocabulary, merges=pairs))
    made.pre_tokenizer = pre_tokenizers.Sequence(
        [
            pre_tokenizers.Split(Regex(_WORDS), "isolated"),
            pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
        ]
    )
    made.decoder = decoders.ByteLevel()
    made.add_tokens([AddedToken(tag, normalized=False) for tag in tags])
    made.add_special_tokens([AddedToken(text, normalized=False, special=True) for text in special])
    return made


def write_reading(
    folder: Path,
    template: str | None = HERMES_TEMPLATE,
    special: Sequence[str] = CONTROL,
    tags: Sequence[str] = USER_DEFINED,
    bos: str = "",
    eos: str = "<|im_end|>",
) -> Path:
    """Write what says how a base model reads, without weights."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer(special, tags).save(str(folder / "tokenizer.json"))
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": eos, "pad_token": special[0]}
    settings |= {"bos_token": bos} if bos else {}
    (folder / "tokenizer_config.json").write_text(json.dumps(settings), encoding="utf-8")
    if template is not None:
        (folder / "chat_template.jinja").write_text(template, encoding="utf-8")
    return folder


def write_base(
    folder: Path,
    *,
    template: str = SHORT_TEMPLATE,
    layers: int = 2,
    width: int = 64,
    experts: int = 0,
    seed: int = 0,
) -> Path:
    """Write a whole base model: the smallest Qwen3 that learns, dense or a mixture of experts."""
    import torch
    from transformers import AutoModelForCausalLM, Qwen3Config, Qwen3MoeConfig

    write_reading(folder, template)
    torch.manual_seed(seed)
    sizes = {
        "vocab_size": VOCABULARY,
        "hidden_size": width,
        "intermediate_size": 2 * width,
        "num_hidden_layers": layers,
        "num_attention_heads": width // 16,
        "num_key_value_heads": width // 32,
        "head_dim": 16,
        "max_position_embeddings": 16_384,
        "tie_word_embeddings": True,
        "bos_token_id": None,
        "eos_token_id": None,
    }
    mixture = {"num_experts": experts, "num_experts_per_tok": 2, "moe_intermediate_size": width}
    config = Qwen3MoeConfig(**sizes, **mixture) if experts else Qwen3Config(**sizes)
    AutoModelForCausalLM.from_config(config).save_pretrained(folder)
    return folder
