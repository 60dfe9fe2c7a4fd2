"""The record of a run: whole on disk, comparable, and drawn."""

import subprocess
from pathlib import Path

import pytest

from finetune.errors import RecordError
from finetune.recipe import Recipe
from finetune.run_record import (
    Amounts,
    Point,
    RunRecord,
    commit_of,
    compare,
    plot,
    read_record,
    said,
    write_record,
)

AMOUNTS = Amounts(samples=8, validation=2, too_long=1, tokens=1600, learned=600, longest=210)


def record(rate: float = 1e-3, **more: object) -> RunRecord:
    """A training of four steps."""
    recipe = Recipe.model_validate(
        {
            "backend": "cuda",
            "model": "m",
            "dataset": "d",
            "method": "full",
            "steps": 4,
            "learning_rate": rate,
        }
    )
    curve = [Point(step=n, of=4, seconds=2.0 * n, tokens=100 * n, loss=5.0 - n) for n in range(1, 5)]
    curve.insert(2, Point(step=2, of=4, seconds=4.5, tokens=200, validation_loss=3.5))
    curve.insert(3, Point(step=2, of=4, seconds=4.6, tokens=200, call_accuracy=0.25))
    made = RunRecord(recipe=recipe, wire=2, amounts=AMOUNTS, curve=tuple(curve), end="done")
    return made.model_copy(update=more)


def test_a_record_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_record(record(), tmp_path)
    assert read_record(tmp_path) == record()
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


@pytest.mark.parametrize("text", ["", "{}", "[]"])
def test_a_file_that_is_no_record_is_said_in_a_sentence(text: str, tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="holds no training"):
        read_record(tmp_path)
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(RecordError, match="is no record of a training"):
        read_record(tmp_path)


def test_what_comes_behind_the_step_that_a_training_goes_on_from_is_dropped() -> None:
    again = record(end="stopped").taken_up(2)
    assert [p.step for p in again.curve] == [1, 2, 2, 2]
    assert (again.resumed, again.end) == ((2,), "going")


def test_the_speed_is_over_the_whole_training() -> None:
    assert record().tokens_per_second == 50
    assert record(curve=()).tokens_per_second == 0


def test_two_trainings_are_compared_by_what_differs_and_how_they_went() -> None:
    better = Point(step=4, of=4, seconds=9.0, tokens=400, validation_loss=1.25)
    other = record(2e-3, hardware="a card", curve=(*record().curve, better))
    rows = {what: (left, right) for what, left, right in compare(record(), other)}
    assert rows["learning_rate"] == ("0.001", "0.002")
    assert rows["hardware"] == ("", "a card")
    assert rows["end"] == ("done after step 4 of 4", "done after step 4 of 4")
    assert rows["last validation loss"] == ("3.5000", "1.2500")
    assert rows["last calls right"] == ("25.0%", "25.0%")
    assert rows["tokens a second"] == ("50", "44")
    assert not {"method", "seed", "last pairs preferred"} & set(rows)


def test_a_training_compared_with_itself_differs_in_nothing() -> None:
    rows = list(compare(record(), record()))
    assert all(left == right for _, left, right in rows)
    assert [what for what, _, _ in rows][:2] == ["end", "samples"]


def test_the_losses_are_drawn_with_what_was_validated() -> None:
    drawn = plot(record().curve, 60)
    assert "loss by step, 4 of 4" in drawn
    assert "validation" in drawn
    assert max(map(len, drawn.splitlines())) == 60
    assert "\x1b" not in drawn
    assert plot((), 60) == ""


def test_a_point_is_one_line() -> None:
    point = Point(step=3, of=9, seconds=61, loss=1.5, call_accuracy=0.5)
    assert said(point) == "step 3 of 9: loss 1.5000, calls right 50.0%; 61 s"


def test_the_commit_is_that_of_a_checkout_and_marked_where_files_changed(tmp_path: Path) -> None:
    assert commit_of(tmp_path) == ""

    def git(*words: str) -> str:
        command = ["git", "-C", str(tmp_path), "-c", "user.name=n", "-c", "user.email=e@example.org", *words]
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()

    git("init", "--quiet")
    (tmp_path / "a").write_text("1", encoding="utf-8")
    git("add", "a")
    git("commit", "--quiet", "-m", "one")
    assert commit_of(tmp_path) == git("rev-parse", "HEAD")
    (tmp_path / "a").write_text("2", encoding="utf-8")
    assert commit_of(tmp_path) == git("rev-parse", "HEAD") + "+"
