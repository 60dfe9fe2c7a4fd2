"""The micro agent's network is the Qwen3 mixture of experts that transformers knows."""

from pathlib import Path

import pytest
import torch

from finetune.micro.model import Experts, MicroAgent, Shape

TINY = Shape(
    vocabulary=96,
    width=32,
    layers=2,
    heads=4,
    kv_heads=2,
    head_width=8,
    experts=4,
    expert_width=16,
    context=128,
)


def test_the_network_gives_the_logits_that_transformers_gives() -> None:
    from transformers import Qwen3MoeConfig, Qwen3MoeForCausalLM

    torch.set_num_threads(1)
    ours = MicroAgent(TINY, seed=3)
    theirs = Qwen3MoeForCausalLM(Qwen3MoeConfig(**TINY.config()))
    _take(theirs, ours)
    ids = torch.randint(0, TINY.vocabulary, (2, 17), generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.allclose(ours(ids), theirs(ids).logits, atol=1e-4)


def test_logits_only_where_they_are_wanted_are_those_of_everywhere() -> None:
    model = MicroAgent(TINY, seed=3)
    ids = torch.arange(12).reshape(2, 6)
    wanted = torch.zeros(2, 6, dtype=torch.bool)
    wanted[0, 2] = wanted[1, 5] = True
    with torch.no_grad():
        everywhere = model(ids)
        assert torch.allclose(model(ids, wanted), everywhere[wanted], atol=1e-6)


def test_weights_come_back_from_the_names_of_a_checkpoint() -> None:
    model, other = MicroAgent(TINY, seed=3), MicroAgent(TINY, seed=4)
    other.load_checkpoint(model.checkpoint())
    assert all(torch.equal(one, two) for one, two in zip(model.parameters(), other.parameters(), strict=True))


def test_the_same_seed_gives_the_same_weights_and_another_seed_others() -> None:
    one, same, other = (MicroAgent(TINY, seed).embed_tokens.weight for seed in (1, 1, 2))
    assert torch.equal(one, same)
    assert not torch.equal(one, other)


def test_experts_that_are_used_unevenly_have_the_larger_balance_loss() -> None:
    experts = Experts(TINY)
    tokens = torch.rand(1, 64, TINY.width, generator=torch.Generator().manual_seed(1))
    for weight in experts.parameters():
        torch.nn.init.normal_(weight, std=0.1, generator=torch.Generator().manual_seed(2))
    experts(tokens - tokens.mean())
    even = float(experts.balance.detach())
    with torch.no_grad():
        experts.gate.weight.zero_()
        experts.gate.weight[:2] = 1.0
    experts(tokens)
    assert even < 1.5
    assert float(experts.balance.detach()) == pytest.approx(2.0, abs=0.01)


def _take(theirs: torch.nn.Module, ours: MicroAgent) -> None:
    """Give a transformers model our weights, through a checkpoint in a folder as anybody would."""
    import tempfile

    from safetensors.torch import save_file

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_file({k: v.contiguous() for k, v in ours.checkpoint().items()}, folder / "model.safetensors")
        theirs.config.save_pretrained(folder)
        loaded = type(theirs).from_pretrained(folder, dtype=torch.float32)
    theirs.load_state_dict(loaded.state_dict())


@pytest.mark.parametrize("tokens", [1, 5])
def test_short_rows_pass(tokens: int) -> None:
    assert MicroAgent(TINY)(torch.zeros(1, tokens, dtype=torch.long)).shape == (1, tokens, TINY.vocabulary)
