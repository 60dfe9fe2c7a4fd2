"""Trains the micro agent in pieces, stage by stage, with checkpoints from which it goes on unchanged.

Only torch, pydantic and packed files are needed. What a stage is fed stands in the recipe; a checkpoint holds
weights, optimizers and the place in every feed, so that a kill costs the steps since the last one.
"""

import json
import math
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from finetune.errors import CheckpointError, TrainingError
from finetune.micro.checkpoints import CHECKPOINT, load_weights, write_state
from finetune.micro.copying import copying
from finetune.micro.induction import TAUGHT, teach_copying
from finetune.micro.model import MicroAgent
from finetune.micro.muon import Muon
from finetune.micro.packed import Batch, Change, Packed, order
from finetune.micro.recipe import COPY, MicroRecipe, Stage
from finetune.micro.scrambling import Scrambler
from finetune.micro.tokenizer import Tokenizer

LOG = "log.jsonl"
TOKENIZER = "tokenizer.json"
"""Beside the packed files."""
_WARM_STEPS = 40
_BETAS = (0.9, 0.98)
_LEAST_RATE = 0.05


@dataclass(frozen=True)
class Tick:
    """What the log says of a stretch of steps."""

    stage: str
    tokens: int
    """Of all stages so far."""
    loss: float
    accuracy: float
    """Share of learnt tokens that were the likeliest."""
    learnt: int
    """Tokens that were learnt in these steps."""
    rate: float
    """Tokens a second."""


@dataclass
class _Feed:
    """Batches of one file in passes, each in its own order."""

    packed: Packed
    name: str
    seed: int
    batch: int
    vocabulary: int
    given: int
    """Batches that were given before."""
    change: Change

    def __iter__(self) -> Iterator[Batch]:
        """Go on behind what was given."""
        if self.name == COPY:
            yield from copying(self.packed, self.batch, self.vocabulary, self.seed, self.given)
        skipped, round_ = self.given, 0
        while True:
            batches = order(self.packed, self.batch, self.seed + round_, self.change)
            passed = sum(1 for _ in islice(batches, skipped)) if skipped else 0
            skipped -= passed
            yield from batches
            round_ += 1


@dataclass
class _Progress:
    """Where training stands."""

    stage: int = 0
    stage_tokens: int = 0
    tokens: int = 0
    steps: int = 0
    given: dict[str, int] = field(default_factory=dict)
    """By stage and feed, the batches that were taken."""


class Training:
    """A model being trained from a recipe over the packed files of a folder."""

    def __init__(
        self,
        recipe: MicroRecipe,
        feeds: Path,
        folder: Path,
        device: str = "cpu",
        begin_with: Path | None = None,
    ) -> None:
        """Take up the folder's checkpoint where it has one.

        A new training begins with random weights, or with those of another training's folder. On `cuda`
        products are computed in bfloat16; weights and their sums stay in float32 everywhere. Raises
        CheckpointError, and TrainingError where a file that the recipe feeds on is not there.
        """
        self._recipe = recipe
        self._feeds = feeds
        self._folder = folder
        self._device = torch.device(device)
        self._stopped = False
        self._check_feeds()
        self.model = MicroAgent(recipe.shape, recipe.seed)
        if begin_with is not None:
            load_weights(self.model, begin_with)
        elif recipe.copying_at_birth:
            teach_copying(self.model, Tokenizer.load(feeds / TOKENIZER).marked)
        self.model.to(self._device)
        self._muon, self._adam = _optimizers(self.model, recipe)
        self._at = _Progress()
        self._packed: dict[str, Packed] = {}
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / CHECKPOINT).exists():
            self._resume()

    @property
    def tokens(self) -> int:
        """Tokens that passed the network so far."""
        return self._at.tokens

    def run(self, minutes: float, every: float = 4.0, tick: int = 50) -> Iterator[Tick]:
        """Train until the recipe is done or the time is over; a checkpoint every few minutes.

        Ends with a checkpoint after a step once it is over or `stop` was called. Raises TrainingError where
        the loss is no number any more; the last checkpoint stays.
        """
        ends, saved = time.monotonic() + minutes * 60, time.monotonic()
        while self._at.stage < len(self._recipe.stages) and not self._over(ends):
            stage = self._recipe.stages[self._at.stage]
            for one in self._stage(stage, tick, ends):
                self._log(one)
                yield one
                if time.monotonic() - saved > every * 60:
                    self.save()
                    saved = time.monotonic()
        self.save()

    def stop(self) -> None:
        """End after the step that is being made."""
        self._stopped = True

    def _over(self, ends: float) -> bool:
        return self._stopped or time.monotonic() > ends

    def _check_feeds(self) -> None:
        files = {_file(name) for stage in self._recipe.stages for name in stage.feeds}
        missing = [name for name in sorted(files) if not (self._feeds / f"{name}.pt").exists()]
        if missing:
            raise TrainingError(
                f"{self._feeds} has no {' and no '.join(f'{name}.pt' for name in missing)}, "
                "which the recipe feeds on: pack that kind first."
            )

    def save(self) -> None:
        """Write the checkpoint, whole or not at all; raises CheckpointError."""
        state = {
            "recipe": self._recipe.model_dump_json(),
            "model": self.model.state_dict(),
            "muon": self._muon.state_dict(),
            "adam": self._adam.state_dict(),
            "at": vars(self._at),
        }
        write_state(self._folder, state)

    def _resume(self) -> None:
        state = load_weights(self.model, self._folder)
        if "muon" not in state:
            raise CheckpointError(
                f"The checkpoint in {self._folder} holds the weights alone: begin a new training with it."
            )
        for optimizer, name in ((self._muon, "muon"), (self._adam, "adam")):
            full = [group["full"] for group in optimizer.param_groups]
            optimizer.load_state_dict(state[name])
            for group, rate in zip(optimizer.param_groups, full, strict=True):
                group["full"] = rate  # the recipe decides, not what it said before
        self._at = _Progress(**state["at"])

    def _stage(self, stage: Stage, tick: int, ends: float) -> Iterator[Tick]:
        feeds = {name: iter(self._feed(name, stage)) for name in stage.feeds}
        names, shares = list(stage.feeds), list(stage.feeds.values())
        while self._at.stage_tokens < stage.tokens and not self._over(ends):
            began, before, steps = time.monotonic(), self._at.tokens, 0
            losses, right, learnt = 0.0, 0, 0
            while steps < tick and self._at.stage_tokens < stage.tokens and not (steps and self._over(ends)):
                steps += 1
                name = Random(f"{self._recipe.seed}:{self._at.steps}").choices(names, shares)[0]
                batch = next(feeds[name])
                loss, hits, count = self._step(batch, stage)
                losses, right, learnt = losses + loss, right + hits, learnt + count
                self._count(stage, name, batch.size)
            rate = (self._at.tokens - before) / (time.monotonic() - began)
            accuracy = right / max(1, learnt)
            yield Tick(stage.name, self._at.tokens, losses / steps, accuracy, learnt, rate)
        if self._at.stage_tokens >= stage.tokens:
            self._at.stage, self._at.stage_tokens = self._at.stage + 1, 0

    def _feed(self, name: str, stage: Stage) -> _Feed:
        file = _file(name)
        if file not in self._packed:
            self._packed[file] = Packed.load(self._feeds / f"{file}.pt")
        given = self._at.given.get(f"{stage.name}:{name}", 0)
        seed = self._recipe.seed + 1000 * self._at.stage
        vocabulary = self._recipe.shape.vocabulary
        return _Feed(
            self._packed[file], name, seed, stage.batch, vocabulary, given, self._change(stage, file)
        )

    def _change(self, stage: Stage, file: str) -> Change:
        """What a stage makes of the samples of a file."""
        scrambler: Scrambler | None = None
        if stage.scrambled:
            scrambler = Scrambler(Tokenizer.load(self._feeds / TOKENIZER), self._packed[file])

        def change(ids: Tensor, learnt: Tensor, draw: Random) -> tuple[Tensor, Tensor]:
            if scrambler is not None and draw.random() < stage.scrambled:
                ids = scrambler.scrambled(ids, draw)
            return ids, learnt | stage.everything

        return change

    def _count(self, stage: Stage, feed: str, size: int) -> None:
        at = self._at
        at.steps, at.tokens, at.stage_tokens = at.steps + 1, at.tokens + size, at.stage_tokens + size
        key = f"{stage.name}:{feed}"
        at.given[key] = at.given.get(key, 0) + 1

    def _step(self, batch: Batch, stage: Stage) -> tuple[float, int, int]:
        """One update; the loss, and how many of the learnt tokens were the likeliest."""
        self._set_rates(stage)
        ids, learnt = (tensor.to(self._device, non_blocking=True) for tensor in batch)
        wanted = learnt[:, 1:]
        with torch.autocast(self._device.type, torch.bfloat16, enabled=self._device.type == "cuda"):
            logits = self.model(ids[:, :-1], wanted)
        targets = ids[:, 1:][wanted]
        loss = functional.cross_entropy(logits.float(), targets)
        (loss + self._recipe.balance * self.model.balance).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self._recipe.clip)
        value = float(loss.detach())
        if not math.isfinite(value):
            raise TrainingError(
                f"The loss is {value} after {self._at.tokens:,} tokens; the last checkpoint is sound. "
                "Lower the learning rates of the recipe and go on from it."
            )
        for optimizer in (self._muon, self._adam):
            optimizer.step()
            optimizer.zero_grad()
        return value, int((logits.detach().argmax(-1) == targets).sum()), len(targets)

    def _set_rates(self, stage: Stage) -> None:
        share = _rate_share(stage, self._at.stage_tokens) * min(1.0, (self._at.steps + 1) / _WARM_STEPS)
        for group in (*self._muon.param_groups, *self._adam.param_groups):
            group["lr"] = group["full"] * share

    def _log(self, tick: Tick) -> None:
        with (self._folder / LOG).open("a", encoding="utf-8") as log:
            log.write(json.dumps(vars(tick)) + "\n")


def _rate_share(stage: Stage, done: int) -> float:
    """The part of the full learning rate: all of it, until the stage fades."""
    left = 1 - done / stage.tokens
    return 1.0 if not stage.fade or left > stage.fade else max(_LEAST_RATE, left / stage.fade)


def _file(feed: str) -> str:
    """The packed file of a feed, by its name."""
    return "cards" if feed == COPY else feed


def _optimizers(model: MicroAgent, recipe: MicroRecipe) -> tuple[Muon, torch.optim.AdamW]:
    """Muon for the matrices of the layers, AdamW for the embedding, the norms and the choice of experts."""
    weights: dict[str, list[Tensor]] = {"taught": [], "matrices": [], "embedding": [], "others": []}
    for name, weight in model.named_parameters():
        weights[_kind(name, weight, recipe)].append(weight)
    rate = recipe.muon
    muon = Muon([_group(weights["taught"], rate * recipe.taught), _group(weights["matrices"], rate)], lr=rate)
    adam = torch.optim.AdamW(
        [_group(weights["embedding"], recipe.embedding), _group(weights["others"], recipe.adam)],
        betas=_BETAS,
        weight_decay=0.0,
        foreach=True,
    )
    return muon, adam


def _kind(name: str, weight: Tensor, recipe: MicroRecipe) -> str:
    """Which learning rate a weight has."""
    if name == "embed_tokens.weight":
        return "embedding"
    if weight.dim() == 1 or name.endswith("mlp.gate.weight"):
        return "others"
    return "taught" if recipe.copying_at_birth and name.startswith(TAUGHT) else "matrices"


def _group(weights: Sequence[Tensor], rate: float) -> dict[str, Any]:
    """A group of an optimizer, with the rate of which schedules take their share."""
    return {"params": list(weights), "lr": rate, "full": rate}
