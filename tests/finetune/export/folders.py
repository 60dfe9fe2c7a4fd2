"""Hugging Face folders of random weights, of each family that is exported."""

import json
from pathlib import Path
from typing import Any

from finetune.export.metadata import Label
from finetune.export.tokenizer_files import write_tokenizer_config
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from tests.gguf_factory import HERMES_TEMPLATE

LABEL = Label(name="random weights", license="MIT", wire_version=2)
CONTEXT = 2048
WIDTH, HEADS, KV_HEADS, HEAD = 64, 4, 2, 32

STRETCHED = {
    "rope_type": "llama3",
    "rope_theta": 500_000.0,
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
"""Positions of a Llama 3, stretched within a few tokens so that a test sees it."""


def small_tokenizer() -> Tokenizer:
    """A few hundred tokens."""
    words = "Which kettle is quiet and boils fast? 1,299.99 plan product search visit reviews name arguments"
    return Tokenizer.train([f"{words} {words.upper()}\n" * 4], 512, [*CONTROL, *TAGS])


def write_model(folder: Path, family: str, *, seed: int = 0, **more: Any) -> Path:
    """Write a model of the family `llama`, `qwen3` or `qwen3_moe`, whose logits are far apart."""
    import torch
    from transformers import AutoConfig, AutoModelForCausalLM

    tokenizer = small_tokenizer()
    sizes: dict[str, Any] = {
        "vocab_size": tokenizer.size,
        "hidden_size": WIDTH,
        "intermediate_size": 2 * WIDTH,
        "num_hidden_layers": 2,
        "num_attention_heads": HEADS,
        "num_key_value_heads": KV_HEADS,
        "head_dim": HEAD,
        "max_position_embeddings": CONTEXT,
    }
    if family == "qwen3_moe":
        sizes |= {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": WIDTH}
        sizes |= {"norm_topk_prob": True, "tie_word_embeddings": True}
    torch.manual_seed(seed)
    model = AutoModelForCausalLM.from_config(AutoConfig.for_model(family, **sizes | more))
    for weight in model.parameters():
        if weight.dim() > 1:
            torch.nn.init.normal_(weight, 0, 0.15)
        else:
            torch.nn.init.uniform_(weight, 0.7, 1.3)
    model.save_pretrained(folder)
    write_reading(folder, tokenizer)
    return folder


def write_reading(folder: Path, tokenizer: Tokenizer, template: str = HERMES_TEMPLATE) -> None:
    """Write how a model reads."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save(folder / "tokenizer.json")
    write_tokenizer_config(folder, {"eos": "<|im_end|>", "pad": "<|endoftext|>"}, template, CONTEXT)


def change_json(path: Path, **values: object) -> None:
    """Write other values into a JSON file; None takes one out."""
    stored = json.loads(path.read_text(encoding="utf-8")) | values
    kept = {key: value for key, value in stored.items() if value is not None}
    path.write_text(json.dumps(kept), encoding="utf-8")
