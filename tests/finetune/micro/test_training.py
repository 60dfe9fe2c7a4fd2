"""Training in pieces: what is fed, what is learnt, and going on after a kill as if nothing had happened."""

from itertools import islice
from pathlib import Path
from random import Random

import pytest
import torch

from agent.wire import Span
from finetune.errors import CheckpointError, CorpusError, RecipeError, TrainingError
from finetune.micro.checkpoints import CHECKPOINT, lighten, weights_of
from finetune.micro.copying import ROW, copying
from finetune.micro.muon import orthogonal
from finetune.micro.packed import Packed, order, pack
from finetune.micro.recipe import BUNDLED, MicroRecipe, Stage, read_recipe
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from finetune.micro.train import Training
from models.engine import Piece
from tests.finetune.micro.tiny import SHAPE

TOKENIZER = Tokenizer.train(["the kettle boils in 3 minutes and costs 29.90 EUR"], 300, (*CONTROL, *TAGS))
WORDS = ("kettle", "boils", "quiet", "red", "costs", "minutes", "29.90", "EUR", "lid", "steel")


@pytest.fixture
def feeds(tmp_path: Path) -> Path:
    """A folder with lines to copy and short sessions."""
    draw = Random(1)
    lines = [[Span(Piece(" ".join(draw.choices(WORDS, k=6)) + "\n"), True)] for _ in range(30)]
    told = [
        [Span(Piece("say it again: "), False), Span(Piece(" ".join(draw.choices(WORDS, k=4))), True)]
        for _ in range(40)
    ]
    TOKENIZER.save(tmp_path / "tokenizer.json")
    for name, samples in (("cards", lines), ("plans", told)):
        packed, left_out = pack(samples, TOKENIZER, 200)
        assert not left_out
        packed.save(tmp_path / f"{name}.pt")
    return tmp_path


def _recipe(**changed: object) -> MicroRecipe:
    stages = (
        Stage(name="copy", tokens=4096, batch=1024, feeds={"copy": 1.0}),
        Stage(name="read", tokens=3000, batch=512, feeds={"plans": 0.7, "copy": 0.3}, fade=0.5),
    )
    return MicroRecipe.model_validate({"shape": SHAPE, "stages": stages, **changed})


@pytest.mark.longer
def test_training_in_pieces_ends_with_the_weights_of_training_in_one_go(feeds: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = Training(_recipe(), feeds, tmp_path / "whole")
    list(whole.run(9, tick=1))
    for steps in (1, 3, 2, 100):
        piece = Training(_recipe(), feeds, tmp_path / "pieces")
        list(islice(piece.run(9, tick=1), steps))
        piece.save()
    assert piece.tokens == whole.tokens
    for one, two in zip(whole.model.parameters(), piece.model.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_a_training_that_is_asked_to_stop_keeps_its_last_step(feeds: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    whole = Training(_recipe(), feeds, tmp_path / "whole")
    list(whole.run(9, tick=3))
    piece = Training(_recipe(), feeds, tmp_path / "pieces")
    for tick in piece.run(9, tick=1):
        if tick.tokens > 3000:
            piece.stop()
    assert (tmp_path / "pieces" / CHECKPOINT).exists()
    assert piece.tokens < whole.tokens
    resumed = Training(_recipe(), feeds, tmp_path / "pieces")
    assert resumed.tokens == piece.tokens
    list(resumed.run(9, tick=2))
    for one, two in zip(whole.model.parameters(), resumed.model.parameters(), strict=True):
        assert torch.allclose(one, two, atol=1e-6)


def test_time_that_is_over_ends_a_training_between_two_steps(feeds: Path, tmp_path: Path) -> None:
    training = Training(_recipe(), feeds, tmp_path / "run")
    assert list(training.run(0, tick=10_000)) == []
    ticks = list(training.run(0.02 / 60, tick=10_000))
    assert training.tokens < _recipe().tokens
    assert len(ticks) <= 1
    assert (tmp_path / "run" / CHECKPOINT).exists()


def test_what_a_recipe_feeds_on_is_looked_for_before_anything_is_learnt(feeds: Path, tmp_path: Path) -> None:
    (feeds / "cards.pt").unlink()
    with pytest.raises(TrainingError, match=r"no cards\.pt, which the recipe feeds on: pack that kind first"):
        Training(_recipe(), feeds, tmp_path / "run")


def test_the_loss_falls(feeds: Path, tmp_path: Path) -> None:
    torch.set_num_threads(1)
    recipe = _recipe(stages=(Stage(name="read", tokens=60_000, batch=512, feeds={"plans": 1.0}),))
    ticks = list(Training(recipe, feeds, tmp_path / "run").run(9, tick=10))
    assert ticks[-1].loss < 0.7 * ticks[0].loss
    assert ticks[-1].accuracy > ticks[0].accuracy


def test_a_loss_that_is_no_number_stops_with_the_last_checkpoint_sound(feeds: Path, tmp_path: Path) -> None:
    training = Training(_recipe(), feeds, tmp_path / "run")
    list(islice(training.run(9, tick=1), 2))
    training.save()
    kept = (tmp_path / "run" / CHECKPOINT).read_bytes()
    with torch.no_grad():
        training.model.embed_tokens.weight.fill_(float("nan"))
    with pytest.raises(TrainingError, match="loss is nan"):
        list(training.run(9, tick=1))
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == kept


def test_a_checkpoint_that_cannot_be_written_leaves_the_last_one(
    feeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    training = Training(_recipe(), feeds, tmp_path / "run")
    training.save()
    kept = (tmp_path / "run" / CHECKPOINT).read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(torch, "save", full)
    with pytest.raises(CheckpointError, match="the last one stands"):
        training.save()
    assert (tmp_path / "run" / CHECKPOINT).read_bytes() == kept


def test_a_damaged_checkpoint_is_refused_in_a_sentence(feeds: Path, tmp_path: Path) -> None:
    Training(_recipe(), feeds, tmp_path / "run").save()
    path = tmp_path / "run" / CHECKPOINT
    path.write_bytes(path.read_bytes()[:2000])
    with pytest.raises(CheckpointError, match="damaged"):
        Training(_recipe(), feeds, tmp_path / "run")


def test_a_recipe_with_an_unknown_key_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "recipe.toml"
    file.write_text('lerning = 1\n[[stages]]\nname="a"\ntokens=1\nfeeds={copy=1.0}\n', encoding="utf-8")
    with pytest.raises(RecipeError, match="lerning"):
        read_recipe(file)


def test_the_shipped_recipes_make_one_network() -> None:
    begun, settled = read_recipe(BUNDLED), read_recipe(BUNDLED.with_name("settling.toml"))
    assert begun.copying_at_birth
    assert settled.shape == begun.shape
    assert not settled.copying_at_birth
    assert begun.stages[-1].scrambled
    assert settled.stages[-1].scrambled


def test_copying_learns_nothing_but_what_came_before(feeds: Path) -> None:
    cards = Packed.load(feeds / "cards.pt")
    batch = next(copying(cards, 4096, 300, seed=2))
    assert batch.ids.shape == (16, ROW)
    for ids, learnt in zip(batch.ids.tolist(), batch.learnt.tolist(), strict=True):
        first = learnt.index(True)
        assert {token for token, mask in zip(ids, learnt, strict=True) if mask} <= set(ids[:first])


def test_every_sample_comes_once_in_a_pass_and_batches_keep_to_their_size(feeds: Path) -> None:
    packed = Packed.load(feeds / "plans.pt")
    batches = list(order(packed, 256, seed=4))
    assert sum(len(batch.ids) for batch in batches) == len(packed)
    assert all(batch.size <= 256 for batch in batches)
    assert sum(int(batch.learnt.sum()) for batch in batches) == int(packed.learnt.sum())


def test_padding_is_never_learnt(feeds: Path) -> None:
    packed = Packed.load(feeds / "plans.pt")
    assert all(bool((batch.ids[batch.learnt] > 0).all()) for batch in order(packed, 256, seed=4))


def test_muon_makes_a_matrix_nearly_orthogonal() -> None:
    matrix = torch.randn(24, 16, generator=torch.Generator().manual_seed(1))
    singular = torch.linalg.svdvals(orthogonal(matrix))
    assert float(singular.min()) > 0.5
    assert float(singular.max()) < 1.5


def test_an_empty_corpus_is_refused_in_a_sentence() -> None:
    with pytest.raises(CorpusError, match="no sample to pack"):
        pack([], TOKENIZER, 100)


def test_pretraining_learns_all_text_and_not_only_the_agents(feeds: Path, tmp_path: Path) -> None:
    ticks = {}
    for every in (False, True):
        stage = Stage(name="read", tokens=1000, batch=512, feeds={"plans": 1.0}, everything=every)
        training = Training(_recipe(stages=(stage,)), feeds, tmp_path / f"{every}")
        ticks[every] = next(training.run(9, tick=1))
    assert ticks[True].tokens == ticks[False].tokens
    assert ticks[False].learnt < ticks[True].learnt < ticks[True].tokens


def test_a_light_checkpoint_begins_another_training_but_is_not_gone_on_from(
    feeds: Path, tmp_path: Path
) -> None:
    first = Training(_recipe(), feeds, tmp_path / "first")
    list(islice(first.run(9, tick=1), 2))
    first.save()
    lighten(tmp_path / "first", tmp_path / "light")
    whole, light = (tmp_path / name / CHECKPOINT for name in ("first", "light"))
    assert light.stat().st_size < whole.stat().st_size / 3
    second = Training(_recipe(seed=5), feeds, tmp_path / "second", begin_with=tmp_path / "light")
    for name, weight in weights_of(tmp_path / "first").items():
        assert torch.allclose(second.model.checkpoint()[name], weight, atol=2e-3)
    with pytest.raises(CheckpointError, match="the weights alone"):
        Training(_recipe(), feeds, tmp_path / "light")
