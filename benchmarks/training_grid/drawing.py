"""The first step: the shop, the held-out tasks, each setting's dialogues, and these in tokens."""

from collections.abc import Iterator
from pathlib import Path

from benchmarks.training_grid.narration import said
from benchmarks.training_grid.settings import LONGEST, SEED, SETTINGS, Grid, GridFolder, Setting
from distill.drawing.streams import home_tasks
from distill.drawing.task_files import begun_tasks, write_tasks
from distill.drawing.tasks import Tally
from distill.seats.rules_user import RulesUser
from finetune.micro.corpus import read_corpus, work, write_corpus
from finetune.micro.packed import pack
from finetune.micro.template import template_source
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from index.catalog import Catalog
from index.demo.shop import build_demo
from models.template import ChatTemplate


def draw(folder: GridFolder, grid: Grid) -> None:
    """Draw what is not there yet; raises CorpusError where a setting has nothing to learn from."""
    folder.home.mkdir(parents=True, exist_ok=True)
    with Catalog.open(folder.home / "catalog.sqlite") as catalog:
        build_demo(catalog, products=grid.products)
    _draw_tasks(folder, grid)
    template = ChatTemplate.from_source(template_source())
    for setting in SETTINGS:
        _hold(setting, folder, grid, template)
    tokenizer = _tokenizer(folder, grid)
    for setting in SETTINGS:
        _pack(setting, folder, tokenizer)


def _draw_tasks(folder: GridFolder, grid: Grid) -> None:
    """The held-out tasks; what they follow from is the grid."""
    if folder.tasks.exists():
        return
    begun = begun_tasks(folder.tasks, grid.model_dump_json())
    tasks = home_tasks(folder.home, (), grid.tasks, SEED, RulesUser, Tally(), split="test", begun=begun)
    said(f"{write_tasks(folder.tasks, tasks):,} held-out tasks")


def _hold(setting: Setting, folder: GridFolder, grid: Grid, template: ChatTemplate) -> None:
    """The dialogues of a setting, whole or not at all."""
    path = folder.corpus(setting)
    if path.exists():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".part")
    count = write_corpus(work(folder.home, setting.spec(grid.data), template), beside)
    beside.replace(path)
    said(f"{count:,} dialogues: {setting.name}")


def _tokenizer(folder: GridFolder, grid: Grid) -> Tokenizer:
    """One for all, learnt from the dialogues that the others are held against."""
    if not folder.tokenizer.exists():
        beside = folder.tokenizer.with_suffix(".part")
        learnt = Tokenizer.train(
            _texts(folder.corpus(SETTINGS[0])), grid.recipe.shape.vocabulary, (*CONTROL, *TAGS)
        )
        learnt.save(beside)
        beside.replace(folder.tokenizer)
    return Tokenizer.load(folder.tokenizer)


def _texts(corpus: Path) -> Iterator[str]:
    return (s.piece.text for sample in read_corpus(corpus) for s in sample if not s.piece.trusted)


def _pack(setting: Setting, folder: GridFolder, tokenizer: Tokenizer) -> None:
    target = folder.packed(setting)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    packed, left_out = pack(read_corpus(folder.corpus(setting)), tokenizer, LONGEST)
    packed.save(target)
    said(f"{len(packed.ids):,} tokens in {len(packed):,} dialogues, {left_out} too long: {setting.name}")
