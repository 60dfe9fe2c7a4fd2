"""The base model as a recipe wants it loaded, and the adapter over it.

This module imports torch and transformers at once and is itself imported only where a training begins.
"""

from importlib.util import find_spec
from typing import Any

import torch
from peft import LoraConfig
from transformers import AutoModelForCausalLM, AutoTokenizer, BitsAndBytesConfig

from finetune.errors import ModelError, RecipeError
from finetune.recipe import Recipe


def load_model(recipe: Recipe) -> Any:
    """The base model; raises ModelError, and RecipeError where this machine cannot honour the recipe."""
    _demand_hardware(recipe)
    try:
        model = AutoModelForCausalLM.from_pretrained(
            recipe.model,
            dtype=weight_type(recipe),
            attn_implementation="flash_attention_2" if find_spec("flash_attn") else "sdpa",
            local_files_only=True,
            quantization_config=_quantization() if recipe.method == "qlora" else None,
            device_map={"": torch.cuda.current_device()} if recipe.method == "qlora" else None,
        )
    except (OSError, ValueError, KeyError) as error:
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise ModelError(f"The base model in {recipe.model} cannot be loaded: {reason}") from error
    return prepared(model, recipe)


def prepared(model: Any, recipe: Recipe) -> Any:
    """A model as it is trained: nothing is kept for writing on, and its layers are compiled where asked."""
    model.config.use_cache = False
    if recipe.compilation:
        for layer in model.get_decoder().layers:
            layer.compile()
    return model


def load_tokenizer(recipe: Recipe) -> Any:
    """The tokenizer that the trainers want for padding; samples have their tokens already."""
    tokenizer = AutoTokenizer.from_pretrained(recipe.model, local_files_only=True)
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def adapter(recipe: Recipe, model: Any) -> Any:
    """What peft makes of the recipe's adapter over the model; None where every weight is trained.

    A mixture's experts stand in no linear layer in transformers 5, so they get no adapter.
    """
    if recipe.method == "full":
        return None
    return LoraConfig(
        r=recipe.rank,
        lora_alpha=recipe.alpha,
        lora_dropout=recipe.dropout,
        target_modules=list(recipe.targets) or _linear_layers(model),
        bias="none",
        task_type="CAUSAL_LM",
    )


def weight_type(recipe: Recipe) -> torch.dtype:
    """Weights that are trained stay in float32, also where they are multiplied in bfloat16."""
    frozen = recipe.method != "full" and recipe.precision == "bfloat16"
    return torch.bfloat16 if frozen else torch.float32


def _linear_layers(model: Any) -> list[str]:
    """Names of the linear layers but the head's."""
    head = model.get_output_embeddings()
    layers = [(name, layer) for name, layer in model.named_modules() if isinstance(layer, torch.nn.Linear)]
    return sorted({name.rpartition(".")[2] for name, layer in layers if layer is not head})


def _demand_hardware(recipe: Recipe) -> None:
    if recipe.sharding and not torch.cuda.is_available():
        raise RecipeError(
            "Only GPUs part a model between them, and there is none here; set sharding = false."
        )
    if recipe.method != "qlora":
        return
    if not torch.cuda.is_available():
        raise RecipeError("Method `qlora` needs an NVIDIA GPU, and there is none here; use method = 'lora'.")
    if find_spec("bitsandbytes") is None:
        raise RecipeError(
            "Method `qlora` needs the package bitsandbytes; install it, or use method = 'lora'."
        )


def _quantization() -> Any:
    """Four bits in the normal-float form, the scales quantized too (QLoRA, arXiv 2305.14314)."""
    return BitsAndBytesConfig(
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )
