"""Retrainings in every state, for the tests of the screen that shows them: real journals, real folders."""

import shutil
from pathlib import Path

from distill.filtering.record import FilterSettings
from distill.filtering.run import filter_dialogues
from finetune.retrain.job import Job
from finetune.retrain.run import begin_anew_where_ended
from finetune.retrain.told import Told
from finetune.run_record import Point
from index.search import Index
from tests.agent.shop import open_shop
from tests.distill.recorded import dialogue, task
from tests.finetune.bases import SHORT_TEMPLATE, write_base
from tests.finetune.conftest import dialogues, write_dataset
from tests.finetune.test_retrain import job
from tests.gguf_factory import write_gguf


def small_home(home: Path) -> Path:
    """The tiny shop with a model of random weights."""
    open_shop(home).close()
    write_gguf(home / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    return home


def begun(home: Path) -> Job:
    """The folder of a retraining that has begun."""
    about = job(home)
    begin_anew_where_ended(about)
    return about


def tell(told: Told) -> None:
    """What a retraining says up to the middle of its training."""
    told.say("There is nothing of yours; invented [red]shoppers[/] ask.")
    for done in (0, 3, 5):
        told.count(done, 5, "supervised dialogues")
    for step in range(1, 31):
        at = Point(step=step, of=60, seconds=2.0 * step)
        told.point(at.model_copy(update={"loss": 3 / step**0.5}))
        if step % 10 == 0:
            looked = {"validation_loss": 3.3 / step**0.5, "call_accuracy": step / 40}
            told.point(at.model_copy(update=looked))


def leave_data(about: Job, shop: Index) -> None:
    """What the stages before the training leave."""
    about.learned_from.touch()
    tasks = [task(number) for number in range(1, 4)]
    pairs = ((each, dialogue(shop, each)) for each in tasks)
    filter_dialogues(pairs, lambda _: shop, FilterSettings(rubric=0), about.dialogues)
    write_dataset(shop, about.dataset, dialogues(shop))
    shutil.rmtree(about.base, ignore_errors=True)
    write_base(about.base)
