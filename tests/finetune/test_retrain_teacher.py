"""A teacher that holds a retraining's dialogues: it is asked, and may die while it is."""

import threading
from pathlib import Path
from shutil import copyfile

import psutil
import pytest

from agent.wire import WIRE_VERSION
from distill.errors import DistillError
from distill.running.store import RunFolder
from finetune.retrain.drawing import draw_lessons, own_past
from finetune.retrain.job import Job
from finetune.retrain.run import begin_anew_where_ended
from finetune.retrain.stages import hold_dialogues
from models.engine import EngineError
from models.usable import demand_usable
from tests.agent.shop import open_shop
from tests.finetune.bases import SHORT_TEMPLATE
from tests.finetune.test_retrain import Heard, job, models
from tests.gguf_factory import write_gguf
from tests.llama_server import llama_server


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The tiny shop with a bundled model of random weights."""
    open_shop(tmp_path / "home").close()
    write_gguf(tmp_path / "home" / "bundled.gguf", vocab=4096, template=SHORT_TEMPLATE, context=16_384)
    return tmp_path / "home"


def begun(home: Path, teacher: str) -> Job:
    """A retraining that has its tasks."""
    about = job(home, teacher=teacher)
    begin_anew_where_ended(about)
    draw_lessons(about, own_past(home), Heard().told)
    return about


def test_another_teacher_is_another_retraining(home: Path) -> None:
    names = {job(home, teacher=teacher).name for teacher in ("rules", "teacher.gguf", "http://127.0.0.1:1")}
    assert len(names) == 3
    assert job(home, teacher="rules").name == job(home).name


@pytest.mark.parametrize("teacher", ["http://127.0.0.1:9", "nothing.gguf"])
def test_a_teacher_that_is_not_there_is_said_in_a_sentence(home: Path, teacher: str) -> None:
    about = begun(home, teacher)
    with pytest.raises((DistillError, EngineError)) as complaint:
        hold_dialogues(about, Heard().told)
    assert "\n" not in str(complaint.value)
    assert teacher.removeprefix("http://") in str(complaint.value)
    demand_usable(models(home).current, WIRE_VERSION)


@pytest.mark.slow
def test_a_teacher_that_dies_in_the_middle_ends_the_work_in_a_sentence(home: Path, tmp_path: Path) -> None:
    model = copyfile(home / "bundled.gguf", tmp_path / "teacher.gguf")
    with llama_server(model, context=16_384) as address:
        about, heard = begun(home, address), Heard()
        servers = [
            p for p in psutil.Process().children() if any("llama_cpp.server" in a for a in p.cmdline())
        ]
        death = threading.Timer(2.0, lambda: [server.kill() for server in servers])
        death.start()
        with pytest.raises((DistillError, EngineError)) as complaint:
            hold_dialogues(about, heard.told)
        death.join()
    assert servers
    assert "\n" not in str(complaint.value)
    assert str(complaint.value).startswith("The teacher is gone (unreachable: ")
    assert "what is done is kept" in str(complaint.value)
    with RunFolder.open(about.dialogues) as kept:
        assert len(kept.done()) < about.tasks
    demand_usable(models(home).current, WIRE_VERSION)
