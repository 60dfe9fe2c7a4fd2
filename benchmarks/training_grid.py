"""What supervision, the form of a dialogue and the number of dialogues are worth to a student of one size.

    python -m benchmarks.training_grid FOLDER [--tasks 150] [--data 960] [--threads 2]

Every setting trains the same network from the same start on the same number of tokens (`training_grid.toml`,
about 15 minutes of two cores for each); only the dialogues differ. All are held over the same tasks, with
planted faults. Each student then answers the same held-out tasks of the demo shop, greedily, beside
the rules and the oracle. Training and held-out tasks bear one seed, by which users, categories and phrasings
are divided. What is done stays in FOLDER, run by run, and a grid that was interrupted goes on where it was.
"""

import argparse
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from distill.drawing.streams import home_tasks
from distill.drawing.task_files import read_tasks, write_tasks
from distill.drawing.tasks import Tally
from distill.evaluate.compare import Row, by_task
from distill.evaluate.contestants import ORACLE, RULES, of_gguf
from distill.evaluate.figures import FIGURES, Figure, shown
from distill.evaluate.intervals import bootstrap, paired
from distill.evaluate.race import CodeRubric, reference_run
from distill.evaluate.run import Contestant, research
from distill.evaluate.scoring import score
from distill.internalizing.variants import VariantName
from distill.seats.rules_user import RulesUser
from distill.supervisor import STATES
from distill.task import Task
from distill.worlds.open import Worlds
from finetune.errors import FinetuneError, TrainingError
from finetune.micro.checkpoints import CHECKPOINT
from finetune.micro.corpus import CorpusSpec, Rendered, cards, read_corpus, work, write_corpus
from finetune.micro.packed import pack
from finetune.micro.recipe import MicroRecipe, read_recipe
from finetune.micro.ship import first_prompts, ship, write_folder
from finetune.micro.template import template_source
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from finetune.micro.train import TOKENIZER, Training
from index.catalog import Catalog
from index.demo.shop import build_demo
from index.product import Record
from models.template import ChatTemplate

SEED = 41
FAULTS = 1.0
"""Share of dialogues with planted faults: a researcher without any leaves a supervisor nothing to mend."""
LONGEST = 8192
"""Tokens of the longest dialogue that is learnt from, and of the context that students work in."""
TICK = 10
"""Steps after which a training looks at its budget: it may pass it by fewer than so many."""
PROOFS = 2
"""Sessions from which an export is proved."""
SHOWN = tuple(f for f in FIGURES if f.name in ("success", "own_success", "needs_f1", "citation_accuracy"))
VALID = Figure("valid", "valid calls")


class Setting(NamedTuple):
    """One line of the table: how its dialogues come about."""

    name: str
    supervised: bool = True
    filtered: bool = True
    variant: VariantName = "internalized"
    share: float = 1.0
    """Of the tasks over which dialogues are held."""

    @property
    def folder(self) -> str:
        """A name for files."""
        return self.name.replace(",", "").replace(" ", "-")

    def spec(self, tasks: int) -> CorpusSpec:
        """What is drawn for it."""
        return CorpusSpec(
            tasks=max(1, round(tasks * self.share)),
            seed=SEED,
            faults=FAULTS,
            variant=self.variant,
            states=STATES if self.supervised else frozenset(),
            filtered=self.filtered,
        )


SETTINGS = (
    Setting("supervision all, internalized, all data"),
    Setting("supervision none", supervised=False),
    Setting("supervision none, unfiltered", supervised=False, filtered=False),
    Setting("raw path", variant="raw"),
    Setting("clean path", variant="clean"),
    Setting("a quarter of the data", share=1 / 4),
    Setting("a sixteenth of the data", share=1 / 16),
)
"""The first is what the others are held against."""


class Grid(Record):
    """What all trainings share; kept in the folder, so that nothing else is mixed into it."""

    tasks: int
    """Held-out tasks."""
    data: int
    """Tasks over which dialogues are held."""
    products: int
    recipe: MicroRecipe


class Workshop:
    """A folder of the grid and what has been made in it so far."""

    def __init__(self, folder: Path, grid: Grid, threads: int) -> None:
        """Take the folder up; raises TrainingError where it was begun otherwise."""
        self._folder, self._grid, self._threads = folder, grid, threads
        self._home, self._feeds = folder / "home", folder / "feeds"
        self._tokenizer = self._feeds / TOKENIZER
        self._template = ChatTemplate.from_source(template_source())
        for path in (self._home, self._feeds):
            path.mkdir(parents=True, exist_ok=True)
        kept = folder / "grid.json"
        if not kept.exists():
            kept.write_text(grid.model_dump_json(indent=1), encoding="utf-8")
        elif Grid.model_validate_json(kept.read_text(encoding="utf-8")) != grid:
            raise TrainingError(
                f"{folder} was begun with another recipe or other numbers; name an empty one."
            )

    def prepare(self) -> tuple[Task, ...]:
        """The shop, the tokenizer and the start that all students share; returns the held-out tasks."""
        with Catalog.open(self._home / "catalog.sqlite") as catalog:
            build_demo(catalog, products=self._grid.products)
        tasks = self._folder / "tasks.jsonl"
        if not tasks.exists():
            count = self._grid.tasks
            write_tasks(tasks, home_tasks(self._home, (), count, SEED, RulesUser, Tally(), split="test"))
        lines = self._corpus("cards", cards(self._home, SETTINGS[0].spec(self._grid.data)))
        if not self._tokenizer.exists():
            texts = _texts([lines, self._dialogues(SETTINGS[0])])
            size = self._grid.recipe.shape.vocabulary
            Tokenizer.train(texts, size, (*CONTROL, *TAGS)).save(self._tokenizer)
        self._packed(lines, self._feeds / "cards.pt")
        begun = self._grid.recipe.model_copy(update={"stages": self._grid.recipe.stages[:1]})
        self._trained(begun, self._feeds, self._folder / "start")
        return tuple(read_tasks(tasks))

    def student(self, setting: Setting) -> Contestant:
        """The agent of a setting, trained where it is not yet; raises FinetuneError."""
        folder = self._folder / setting.folder
        model = folder / "agent.gguf"
        if not model.exists():
            dialogues = self._dialogues(setting)
            self._packed(dialogues, folder / "work.pt")
            shutil.copy(self._tokenizer, folder / TOKENIZER)
            if not (folder / CHECKPOINT).exists():
                shutil.copy(self._folder / "start" / CHECKPOINT, folder / CHECKPOINT)
            self._trained(self._grid.recipe, folder, folder)
            self._shipped(folder, model, dialogues)
        return of_gguf(model, LONGEST, self._threads, temperature=0.0)

    def rows(self, name: str) -> Path:
        """The runs of a contestant, one a line."""
        return self._folder / f"{name}.jsonl"

    def worlds(self) -> Worlds:
        """The shop that students are measured in."""
        return Worlds(self._home)

    def _dialogues(self, setting: Setting) -> Path:
        spec = setting.spec(self._grid.data)
        return self._corpus(setting.folder, work(self._home, spec, self._template))

    def _corpus(self, name: str, samples: Iterable[Rendered]) -> Path:
        """A corpus file, drawn where it is not there."""
        path = self._feeds / f"{name}.jsonl.gz"
        if not path.exists():
            beside = path.with_suffix(".part")
            said(f"{write_corpus(samples, beside):,} samples: {name}")
            beside.replace(path)
        return path

    def _packed(self, corpus: Path, target: Path) -> None:
        if target.exists():
            return
        target.parent.mkdir(parents=True, exist_ok=True)
        packed, left_out = pack(read_corpus(corpus), Tokenizer.load(self._tokenizer), LONGEST)
        packed.save(target)
        said(f"{len(packed.ids):,} tokens in {len(packed)} samples, {left_out} too long: {target}")

    def _trained(self, recipe: MicroRecipe, feeds: Path, folder: Path) -> None:
        for tick in Training(recipe, feeds, folder).run(minutes=math.inf, tick=TICK):
            said(f"{folder.name}: {tick.tokens:,} tokens, loss {tick.loss:.3f}, {tick.rate:,.0f} tokens/s")

    def _shipped(self, folder: Path, model: Path, dialogues: Path) -> None:
        prompts = first_prompts(read_corpus(dialogues), Tokenizer.load(self._tokenizer), PROOFS)
        with tempfile.TemporaryDirectory() as name:
            write_folder(folder, self._tokenizer, Path(name))
            ship(Path(name), model, prompts, "F32")


def _texts(corpora: Iterable[Path]) -> Iterator[str]:
    spans = (span for path in corpora for sample in read_corpus(path) for span in sample)
    return (span.piece.text for span in spans if not span.piece.trusted)


def measure(contestant: Contestant, tasks: Sequence[Task], worlds: Worlds, kept: Path) -> list[Row]:
    """Run a contestant on every task; the runs that are in the file are not made again."""
    rows = _kept_rows(kept)
    kept.write_text("".join(f"{row.model_dump_json()}\n" for row in rows), encoding="utf-8")
    done = {row.task for row in rows}
    with kept.open("a", encoding="utf-8") as file:
        for task in tasks:
            if task.id in done:
                continue
            index = worlds.index(task.world)
            user = RulesUser(index)
            run = research(task, index, contestant, user, 0)
            scores = score(run, index, reference_run(task, index, user), CodeRubric())
            rows.append(Row(contestant=contestant.name, task=task.id, seed=0, stop=run.stop, scores=scores))
            file.write(f"{rows[-1].model_dump_json()}\n")
            file.flush()
    return rows


def _kept_rows(path: Path) -> list[Row]:
    """The whole lines of a file; what a kill has cut short is run again."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return [Row.model_validate_json(line) for line in text.splitlines(keepends=True) if line.endswith("\n")]


def table(measured: Mapping[str, Sequence[Row]], base: str) -> Iterator[str]:
    """A line for each contestant, in percent with 95 % intervals, and its success against that of `base`."""
    headings = ["", *(f.heading for f in SHOWN), VALID.heading, "success against the first"]
    yield "| " + " | ".join(headings) + " |"
    yield "| " + " | ".join(["---"] * len(headings)) + " |"
    success = {name: by_task(rows)["success"] for name, rows in measured.items()}
    for name, rows in measured.items():
        found = by_task(rows)
        cells = [shown(bootstrap(list(found[f.name].values()), f.name), f) for f in SHOWN]
        cells.append(shown(bootstrap([valid_calls(row) for row in rows], VALID.name), VALID))
        gain = paired(success[name], success[base], "success") if base in success and name != base else None
        yield "| " + " | ".join([name, *cells, shown(gain, SHOWN[0])]) + " |"


def valid_calls(row: Row) -> float:
    """Share of a run's steps that could be carried out."""
    return max(0.0, 1 - row.scores.errors / max(1.0, row.scores.steps))


def main() -> int:
    """Train and measure what is still to be done, then print the table; 1 where a setting failed."""
    asked = _arguments()
    grid = Grid(tasks=asked.tasks, data=asked.data, products=asked.products, recipe=read_recipe(asked.recipe))
    try:
        shop = Workshop(asked.folder, grid, asked.threads)
        tasks = shop.prepare()
    except FinetuneError as error:
        said(str(error))
        return 1
    measured, failed = {}, 0
    with shop.worlds() as worlds:
        for contestant in (ORACLE, RULES):
            measured[contestant.name] = measure(contestant, tasks, worlds, shop.rows(contestant.name))
        for setting in SETTINGS:
            try:
                student = shop.student(setting)
            except FinetuneError as error:
                said(f"{setting.name}: {error}")
                failed = 1
                continue
            measured[setting.name] = measure(student, tasks, worlds, shop.rows(setting.folder))
    print(f"`python -m benchmarks.training_grid {' '.join(sys.argv[1:])}`")
    print(f"{len(tasks)} held-out tasks, greedy; {grid.recipe.tokens:,} tokens a training\n")
    print(*table(measured, SETTINGS[0].name), sep="\n")
    return failed


def said(line: str) -> None:
    """Narration, beside the table."""
    print(line, file=sys.stderr, flush=True)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--tasks", type=int, default=150, help="held-out tasks")
    parser.add_argument("--data", type=int, default=960, help="tasks over which dialogues are held")
    parser.add_argument("--products", type=int, default=3000, help="of the demo shop")
    parser.add_argument("--recipe", type=Path, default=Path(__file__).with_suffix(".toml"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
