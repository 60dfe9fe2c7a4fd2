"""What a training will take, said before it starts, and where it does not fit, what to change.

Memory is estimated for one device, in bytes:

    weights      every parameter: 4 in float32, 2 in bfloat16 under an adapter; in four bits 0.55 for the
                 matrices (NF4 and its scales, arXiv 2305.14314) and 2 for embeddings and head
    gradients    4 for each trained parameter
    optimizer    8 for each trained parameter (AdamW keeps two moments in float32)
    reference    DPO of all weights keeps a second, frozen model: 4 for each parameter
    activations  rows x tokens x (layers + 1) x layer; with checkpointing rows x tokens x
                 (layers x 4 width + 2 layer). What a token keeps of a layer for the way back is,
                 in float32,  24 width + 24 heads x head width +  8 kv heads x head width + 16 hidden
                 in bfloat16, 28 width + 15 heads x head width +  7 kv heads x head width +  9 hidden
                 (counted with torch's saved-tensor hooks over a Qwen3 of transformers 5.23), and, where
                 rows are padded or packed and there is no flash attention, 4 or 2 for each token in sight;
                 MLX keeps the scores of attention, 6 or 3 for each head and token in sight
    head         rows x tokens x 4 x 2 x width, and the logits, which trl makes in pieces of at most 4,096
                 tokens x 32,768 words: 33 for each of a piece on a CPU, whose torch keeps eight copies,
                 and 6 on a GPU; MLX makes all of them at once: 16 in float32, 20 in bfloat16
    overhead     a tenth of all, and for the runtime 1 GiB on a GPU, 600 MiB on a CPU, 300 MiB of MLX

An adapter trains rank x (rows + columns) of each matrix that it is laid over. With sharding the first four
are divided by the devices. DPO reads two sequences a pair, so its rows count twice; packed rows stand in one
line, so every token of a batch is in sight. What MLX takes was fitted to mlx 0.32 on a CPU, by its own count
of its peak; Metal was not measured.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from finetune.data.dataset import open_dataset
from finetune.data.lessons import lessons
from finetune.data.tokens import open_reading
from finetune.hardware import Hardware, this_machine
from finetune.recipe import Recipe, refusals
from finetune.run_folder import KEPT
from finetune.run_record import Amounts
from finetune.shape import Shape, read_shape

_GIGABYTE = 1 << 30
_FOUR_BITS = 0.55
_PIECE = (4096, 32_768)
"""Tokens and words of which trl makes logits at once."""
_A_LOGIT = {True: 6, False: 33}
_A_LOGIT_OF_MLX = {"float32": 16, "bfloat16": 20}
_A_SCORE_OF_MLX = {"float32": 6, "bfloat16": 3}
_KEPT = {"float32": (24, 24, 8, 16), "bfloat16": (28, 15, 7, 9)}
"""Bytes that a token keeps for each number of a layer's width, heads, kv heads and feed-forward part."""


@dataclass(frozen=True)
class Plan:
    """What a training will take."""

    parameters: int
    trained: int
    memory: tuple[tuple[str, int], ...]
    """Bytes of each part of the memory of one device."""
    available: int
    steps: int
    tokens: int
    """Read in all."""
    hours: float | None
    """None where no speed is known."""
    disk: int
    """Bytes of the checkpoints and the trained weights."""
    faults: tuple[str, ...]
    """What does not fit or cannot be honoured, one sentence each; empty where the training can begin."""
    changes: tuple[str, ...]
    """What would make it fit, the least first."""

    @property
    def total(self) -> int:
        """Bytes of memory on one device."""
        return sum(size for _, size in self.memory)


def foretell(recipe: Recipe, folder: Path, now: datetime, tokens_per_second: float = 0.0) -> Plan:
    """Read data set and base model and plan for this machine; `folder` is where the training would write.

    The speed is stated or that of an earlier run; `now` is for templates that ask for the date. Raises
    FinetuneError for what a training would be refused for.
    """
    learned = lessons(recipe, open_dataset(recipe.dataset), open_reading(recipe.model, now))
    return plan(recipe, read_shape(recipe.model), learned.amounts, this_machine(folder, tokens_per_second))


def plan(recipe: Recipe, shape: Shape, amounts: Amounts, hardware: Hardware) -> Plan:
    """Foretell a training of the backend `cuda`, or one of `mlx` by the same formulas."""
    memory = memory_of(recipe, shape, amounts, hardware)
    steps, tokens = _length(recipe, amounts, hardware)
    disk = _disk(recipe, shape)
    rate = hardware.tokens_per_second
    faults = list(refusals(recipe, recipe.backend))
    if shape.context and amounts.longest > shape.context:
        faults.append(
            f"The longest sample has {amounts.longest:,} tokens and the base model knows {shape.context:,} "
            "positions; lower max_length, or use samples = 'step'."
        )
    needed = sum(size for _, size in memory)
    lacks = needed > hardware.memory
    if lacks:
        faults.append(
            f"About {_gigabytes(needed)} of memory are needed and {hardware.name} has "
            f"{_gigabytes(hardware.memory)}."
        )
    if disk > hardware.disk:
        faults.append(
            f"Checkpoints take {_gigabytes(disk)} and the disk has {_gigabytes(hardware.disk)} free."
        )
    return Plan(
        parameters=shape.parameters,
        trained=trained(recipe, shape),
        memory=memory,
        available=hardware.memory,
        steps=steps,
        tokens=tokens,
        hours=tokens / rate / 3600 if rate else None,
        disk=disk,
        faults=tuple(faults),
        changes=tuple(_changes(recipe, shape, amounts, hardware)) if lacks else (),
    )


def trained(recipe: Recipe, shape: Shape) -> int:
    """Parameters that change."""
    if recipe.method == "full":
        return shape.parameters
    covered = [
        (rows, columns)
        for name, rows, columns in shape.matrices
        if not recipe.targets or name.removesuffix(".weight").rpartition(".")[2] in recipe.targets
    ]
    return sum(recipe.rank * (rows + columns) for rows, columns in covered)


def memory_of(
    recipe: Recipe, shape: Shape, amounts: Amounts, hardware: Hardware
) -> tuple[tuple[str, int], ...]:
    """Bytes on one device, by part, as the module's docstring derives them."""
    moving = trained(recipe, shape)
    shared = hardware.devices if recipe.sharding else 1
    tokens = _tokens_at_once(recipe, amounts)
    layer = _layer(recipe, shape, tokens, hardware)
    kept = shape.layers * 4 * shape.width + 2 * layer if recipe.checkpointing else (shape.layers + 1) * layer
    parts = {
        "weights": _weights(recipe, shape) / shared,
        "gradients": 4 * moving / shared,
        "optimizer": 8 * moving / shared,
        "reference": 4 * shape.parameters / shared
        if recipe.objective == "dpo" and recipe.method == "full"
        else 0,
        "activations": tokens * kept,
        "head": tokens * 4 * 2 * shape.width + _logits(recipe, shape, tokens, hardware),
    }
    parts["overhead"] = sum(parts.values()) / 10 + _runtime(recipe, hardware)
    return tuple((name, round(size)) for name, size in parts.items() if size)


def lines(made: Plan) -> Iterator[tuple[str, str]]:
    """A plan as rows of a table."""
    yield "parameters", f"{made.parameters:,}, of which {made.trained:,} are trained"
    for name, size in made.memory:
        yield f"memory, {name}", _gigabytes(size)
    yield "memory", f"{_gigabytes(made.total)} of {_gigabytes(made.available)}"
    yield "steps", f"{made.steps:,}"
    yield "tokens", f"{made.tokens:,}"
    hours = (
        "unknown: state tokens a second, or name an earlier run"
        if made.hours is None
        else f"{made.hours:,.1f}"
    )
    yield "hours", hours
    yield "disk", _gigabytes(made.disk)
    for fault in made.faults:
        yield "does not fit", fault
    for change in made.changes:
        yield "would fit", change


def _runtime(recipe: Recipe, hardware: Hardware) -> int:
    """Bytes of the libraries that a training loads."""
    if recipe.backend == "mlx":
        return 300 << 20
    return _GIGABYTE if hardware.gpu else 600 << 20


def _weights(recipe: Recipe, shape: Shape) -> float:
    if recipe.method == "qlora":
        ends = shape.embeddings * 2
        return (shape.parameters - shape.embeddings) * _FOUR_BITS + ends
    frozen = recipe.method == "lora" and recipe.precision == "bfloat16"
    return shape.parameters * (2 if frozen else 4)


def _tokens_at_once(recipe: Recipe, amounts: Amounts) -> int:
    """Tokens that one device holds at once."""
    row = recipe.max_length if recipe.packing else min(amounts.longest, recipe.max_length)
    return row * recipe.batch * (2 if recipe.objective == "dpo" else 1)


def _layer(recipe: Recipe, shape: Shape, tokens: int, hardware: Hardware) -> int:
    """Bytes that a token keeps of a layer."""
    width, heads, kv_heads, hidden = _KEPT[recipe.precision]
    attention = (heads * shape.heads + kv_heads * shape.kv_heads) * shape.head_width
    rows = recipe.batch * (2 if recipe.objective == "dpo" else 1)
    in_sight = tokens if recipe.packing else tokens // rows
    kept = width * shape.width + attention + hidden * shape.hidden
    if recipe.backend == "mlx":
        return kept + shape.heads * in_sight * _A_SCORE_OF_MLX[recipe.precision]
    masked = not hardware.flash and (recipe.packing or rows > 1)
    mask = in_sight * (2 if recipe.precision == "bfloat16" else 4) if masked else 0
    return kept + mask


def _logits(recipe: Recipe, shape: Shape, tokens: int, hardware: Hardware) -> int:
    """Bytes of what is foretold of the next tokens, as far as it stands in memory at once."""
    if recipe.backend == "mlx":
        return tokens * shape.vocabulary * _A_LOGIT_OF_MLX[recipe.precision]
    rows, words = (min(pair) for pair in zip(_PIECE, (tokens, shape.vocabulary), strict=True))
    return rows * words * _A_LOGIT[hardware.gpu]


def _length(recipe: Recipe, amounts: Amounts, hardware: Hardware) -> tuple[int, int]:
    """Steps, and tokens read in them."""
    rows = -(-amounts.tokens // recipe.max_length) if recipe.packing else amounts.samples
    a_step = recipe.batch * recipe.accumulation * hardware.devices
    an_epoch = max(1, -(-rows // a_step))
    steps = recipe.steps or max(1, round((recipe.epochs or 1.0) * an_epoch))
    return steps, round(steps / an_epoch * amounts.tokens)


def _disk(recipe: Recipe, shape: Shape) -> int:
    """Two checkpoints with their optimizer, one more while it is written, and the trained weights."""
    moving = trained(recipe, shape)
    return (KEPT + 1) * moving * 12 + moving * 4


def _changes(recipe: Recipe, shape: Shape, amounts: Amounts, hardware: Hardware) -> Iterator[str]:
    """Changes to the recipe that fit, the least first; each comes on top of those before it."""
    for said, lighter in _lighter(recipe):
        needed = sum(size for _, size in memory_of(lighter, shape, amounts, hardware))
        if needed <= hardware.memory:
            yield f"{said}: about {_gigabytes(needed)}."
            return
    yield "nothing: take a smaller base model, or a machine with more memory."


def _lighter(recipe: Recipe) -> Iterator[tuple[str, Recipe]]:
    """The recipe made lighter, change by change."""
    said: list[str] = []

    def change(words: str, **values: object) -> tuple[str, Recipe]:
        nonlocal recipe
        said.append(words)
        recipe = recipe.model_copy(update=values)
        return ", ".join(said), recipe

    if not recipe.checkpointing:
        yield change("checkpointing = true", checkpointing=True)
    if recipe.batch > 1:
        more = recipe.batch * recipe.accumulation
        yield change(f"batch = 1 with accumulation = {more}", batch=1, accumulation=more)
    if recipe.precision == "float32":
        yield change("precision = 'bfloat16'", precision="bfloat16")
    if recipe.method == "full":
        yield change("method = 'lora'", method="lora")
    if recipe.method == "lora":
        yield change("method = 'qlora'", method="qlora")
    while recipe.max_length > 2048:
        half = recipe.max_length // 2
        yield change(f"max_length = {half}", max_length=half)
        said.pop()


def _gigabytes(size: float) -> str:
    return f"{size / _GIGABYTE:,.2f} GiB" if size >= _GIGABYTE / 100 else f"{size / (1 << 20):,.1f} MiB"
