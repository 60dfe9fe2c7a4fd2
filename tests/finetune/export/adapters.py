"""LoRA adapters of random weights in the layouts of PEFT and of mlx-lm."""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file

RANK, ALPHA = 4, 8


def write_peft(folder: Path, base: Path, *, seed: int = 0, **more: Any) -> Path:
    """Write an adapter of all linear layers with PEFT itself, which counts routers and experts among them."""
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    settings: dict[str, Any] = {"r": RANK, "lora_alpha": ALPHA, "target_modules": "all-linear", **more}
    model = get_peft_model(AutoModelForCausalLM.from_pretrained(base), LoraConfig(**settings))
    draw = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():
            if "lora_" in name:
                weight.normal_(0, 0.15, generator=draw)
    model.save_pretrained(folder)
    return folder


def write_mlx(folder: Path, sizes: dict[str, tuple[int, ...]], *, scale: float = 2.5, **more: Any) -> Path:
    """Write an adapter as mlx-lm does, for modules of (in, out), or of (experts, in, out)."""
    draw = torch.Generator().manual_seed(0)
    weights = {}
    for module, size in sizes.items():
        first, second = _shapes(size)
        weights[f"{module}.lora_a"] = 0.15 * torch.randn(first, generator=draw)
        weights[f"{module}.lora_b"] = 0.15 * torch.randn(second, generator=draw)
    folder.mkdir()
    save_file(weights, folder / "adapters.safetensors")
    parameters = {"rank": RANK, "scale": scale, "dropout": 0.0}
    settings = {"fine_tune_type": "lora", "num_layers": 2, "lora_parameters": parameters, **more}
    (folder / "adapter_config.json").write_text(json.dumps(settings), encoding="utf-8")
    return folder


def _shapes(size: tuple[int, ...]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """`mlx_lm.tuner.lora`: LoRALinear, and LoRASwitchLinear for experts."""
    wide, high = size[-2:]
    return ((wide, RANK), (RANK, high)) if len(size) == 2 else ((size[0], RANK, wide), (size[0], high, RANK))
