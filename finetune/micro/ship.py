"""A trained micro agent as a Hugging Face folder, from there as the GGUF file that is shipped, and back."""

from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from safetensors.torch import load_file

from agent.wire import WIRE_VERSION
from finetune.errors import CheckpointError
from finetune.export import from_gguf
from finetune.export.checkpoint import save_weights
from finetune.export.metadata import Label
from finetune.export.quantize import Kind
from finetune.export.round_trip import Proof, export_proved
from finetune.export.tokenizer_files import write_json, write_tokenizer_config
from finetune.micro.checkpoints import recipe_of, weights_of, write_state
from finetune.micro.corpus import Rendered
from finetune.micro.model import MicroAgent
from finetune.micro.packed import tokenized
from finetune.micro.recipe import MicroRecipe
from finetune.micro.template import template_source
from finetune.micro.tokenizer import Tokenizer

NAME = "micro-agent"
LICENSE = "MIT"


def write_folder(training: Path, tokenizer: Path, folder: Path) -> None:
    """The last checkpoint of a training as a folder that transformers and mlx-lm open."""
    folder.mkdir(parents=True, exist_ok=True)
    recipe, vocabulary = recipe_of(training), Tokenizer.load(tokenizer)
    ends = {
        "bos_token_id": None,
        "eos_token_id": vocabulary.special["<|im_end|>"],
        "pad_token_id": vocabulary.special["<|endoftext|>"],
    }
    write_json(folder / "config.json", recipe.shape.config() | ends)
    vocabulary.save(folder / "tokenizer.json")
    named = {"eos": "<|im_end|>", "pad": "<|endoftext|>"}
    write_tokenizer_config(folder, named, template_source(), recipe.shape.context)
    save_weights(weights_of(training), folder / "model.safetensors")


def ship(folder: Path, target: Path, prompts: Sequence[Sequence[int]], kind: Kind = "Q8_0") -> Proof:
    """The folder as a proved GGUF file; raises ExportError."""
    label = Label(NAME, LICENSE, WIRE_VERSION)
    return export_proved(folder, target, kind=kind, label=label, prompts=prompts)


def unship(source: Path, recipe: MicroRecipe, folder: Path) -> None:
    """Write a shipped agent back as a light checkpoint and its tokenizer, for a training to begin with.

    What its quantization lost stays lost. Raises ExportError for a file that is no such agent, and
    CheckpointError where its shape is not the recipe's.
    """
    model = MicroAgent(recipe.shape)
    with TemporaryDirectory() as name:
        taken = Path(name) / "taken"
        from_gguf.write_folder(source, taken)
        weights = load_file(taken / "model.safetensors")
        tokenizer = Tokenizer.load(taken / "tokenizer.json")
    try:
        model.load_checkpoint(weights)
    except (KeyError, RuntimeError) as error:
        raise CheckpointError(f"{source} has another shape than the recipe ({error}).") from error
    write_state(folder, {"recipe": recipe.model_dump_json(), "model": model.state_dict()})
    tokenizer.save(folder / "tokenizer.json")


def first_prompts(samples: Iterator[Rendered], tokenizer: Tokenizer, count: int) -> list[list[int]]:
    """Sessions up to the first thing that is learnt: what the proof has both frameworks go on from."""
    prompts = []
    for spans in islice(samples, count):
        ids, learnt = tokenized(spans, tokenizer)
        prompts.append(ids[: learnt.index(True)])
    return prompts
