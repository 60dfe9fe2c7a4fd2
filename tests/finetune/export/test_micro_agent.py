"""The micro agent as it is trained is what llama.cpp runs, and comes back as what transformers trains."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch

from finetune.export.checkpoint import save_weights
from finetune.export.from_gguf import write_folder
from finetune.export.llama_logits import Logits
from finetune.export.round_trip import export_proved, transformers_reference
from finetune.export.tokenizer_files import write_json
from finetune.micro.model import MicroAgent, Shape
from tests.finetune.export.folders import LABEL, small_tokenizer, write_reading
from tests.finetune.export.test_round_trip import PROMPTS


def test_the_trained_network_is_proved_in_llama_cpp_and_comes_back(tmp_path: Path) -> None:
    tokenizer = small_tokenizer()
    shape = Shape(vocabulary=tokenizer.size, width=64, layers=2, expert_width=64, experts=4)
    network = MicroAgent(shape, seed=0).eval()
    folder = tmp_path / "folder"
    write_reading(folder, tokenizer)
    write_json(folder / "config.json", shape.config())
    save_weights(network.checkpoint(), folder / "model.safetensors")

    def reference(ids: Sequence[int], last: int) -> Logits:
        with torch.no_grad():
            values: Logits = network(torch.tensor([list(ids)]))[0, -last:].numpy()
        return values

    proof = export_proved(
        folder, tmp_path / "m.gguf", kind="F32", label=LABEL, prompts=PROMPTS, reference=reference
    )
    assert proof.deviation < 1e-5
    write_folder(tmp_path / "m.gguf", tmp_path / "back")
    ids = PROMPTS[0]
    theirs = transformers_reference(tmp_path / "back")(ids, len(ids))
    assert np.abs(theirs - reference(ids, len(ids))).max() < 1e-4
