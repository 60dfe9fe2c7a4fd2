"""The mask's proof, on the chat templates that models are trained with, and what it refuses."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path

import pytest

from finetune.data.dataset import open_dataset
from finetune.data.looking import coloured, heading, share_rows, shares
from finetune.data.mask import faults, prove
from finetune.data.samples import IGNORED, Sample, Segment, preference, row_samples
from finetune.data.tokens import Reading, open_reading
from finetune.errors import MaskError
from tests.finetune.bases import write_reading
from tests.gguf_factory import HERMES_TEMPLATE
from tests.models import miniatures

NOW = datetime(2026, 1, 2, tzinfo=UTC)
BUNDLED = Path(__file__).parents[3] / "models" / "bundled" / "chat_template.jinja"
CHATML = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
GEMMA = ("<bos>", "<eos>", "<start_of_turn>", "<end_of_turn>")
LFM = ("<|startoftext|>", *CHATML, "<|tool_list_start|>", "<|tool_list_end|>")
OF_TRL = {
    "qwen3_training": CHATML,
    "qwen3_instruct_2507_training": CHATML,
    "qwen3_5_think_training": CHATML,
    "qwen3_5_nothink_training": CHATML,
    "gemma3_training": GEMMA,
    "lfm2_training": LFM,
    "lfm2_v2_training": LFM,
}


def source_of(name: str) -> str:
    """A chat template that trl ships; importing trl would take seconds."""
    spec = find_spec("trl")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "chat_templates"
    return (folder / f"{name}.jinja").read_text(encoding="utf-8")


def reading_of(folder: Path, name: str) -> Reading:
    """How a model with one of these templates reads."""
    special = OF_TRL.get(name, CHATML)
    bos = next((text for text in special if text in ("<bos>", "<|startoftext|>")), "")
    eos = "<end_of_turn>" if special is GEMMA else "<|im_end|>"
    if name in OF_TRL:
        template = source_of(name)
    else:
        template = BUNDLED.read_text(encoding="utf-8") if name == "bundled" else miniatures.ALL[name]
    return open_reading(write_reading(folder, template, special, bos=bos, eos=eos), NOW)


NAMES = [
    *OF_TRL,
    "hermes",
    "thinking",
    pytest.param("bundled", marks=pytest.mark.skipif(not BUNDLED.is_file(), reason="not made yet")),
]


@pytest.mark.longer
@pytest.mark.parametrize("name", NAMES)
def test_the_mask_holds_on_this_template(name: str, dataset: Path, tmp_path: Path) -> None:
    reading = reading_of(tmp_path / "reading", name)
    data = open_dataset(dataset)
    for row in data.rows("train"):
        steps = [m for m in row.messages if m.role == "assistant"]
        (made,) = (prove(s, reading) for s in row_samples(row, reading, "whole"))
        assert made.labels.count(reading.end) == len(steps)
        learned = reading.text_of([label for label in made.labels if label != IGNORED])
        told = [m.content for m in row.messages if m.role in ("tool", "user")]
        assert all(step.reasoning_content in learned for step in steps)
        assert not any(text in learned for text in told)
        assert 0.02 < made.share < 0.6
        for step in row_samples(row, reading, "step"):
            assert prove(step, reading).labels.count(reading.end) == 1
    for pair in data.pairs("train"):
        made_pair = preference(pair, reading)
        assert not list(faults(made_pair.chosen, reading))
        assert not list(faults(made_pair.rejected, reading))


@pytest.fixture
def reading(tmp_path: Path) -> Reading:
    """How the tiny base model reads."""
    return open_reading(write_reading(tmp_path / "reading", HERMES_TEMPLATE), NOW)


@pytest.fixture
def whole(dataset: Path, reading: Reading) -> Sample:
    """A sound sample."""
    row = next(iter(open_dataset(dataset).rows("train")))
    return next(row_samples(row, reading, "whole"))


def changed(whole: Sample, change: Callable[[Segment], Segment]) -> Sample:
    """The sample with something done to every segment."""
    return replace(whole, segments=tuple(change(segment) for segment in whole.segments))


def refused(made: Sample, reading: Reading, why: str) -> None:
    """The proof fails with a sentence that says why and of which sample."""
    with pytest.raises(MaskError, match=why) as told:
        prove(made, reading)
    assert str(told.value).startswith(f"{made.name}: ")


def test_a_sample_of_which_nothing_is_learned_is_refused(whole: Sample, reading: Reading) -> None:
    refused(changed(whole, lambda s: s._replace(learned=False)), reading, "no token is in the loss")


def test_a_sample_of_which_everything_is_learned_is_refused(whole: Sample, reading: Reading) -> None:
    refused(changed(whole, lambda s: s._replace(learned=True)), reading, "every token is in the loss")


def test_a_tool_s_text_in_the_loss_is_refused(whole: Sample, reading: Reading) -> None:
    def learn_told(segment: Segment) -> Segment:
        return segment._replace(learned=True) if segment.part == "told" else segment

    refused(changed(whole, learn_told), reading, "such as a tool's, is in the loss")


def test_a_tool_s_text_that_passes_for_the_model_s_own_is_refused(whole: Sample, reading: Reading) -> None:
    *_, last = (at for at, s in enumerate(whole.segments) if s.part == "told")
    disguised = whole.segments[last]._replace(part="act", learned=True)
    segments = (*whole.segments[:last], disguised, *whole.segments[last + 1 :])
    refused(replace(whole, segments=segments), reading, "is not outside the loss")


def test_a_turn_whose_end_is_not_learned_is_refused(whole: Sample, reading: Reading) -> None:
    def forget_end(segment: Segment) -> Segment:
        return segment._replace(learned=False) if segment.part == "end" else segment

    refused(changed(whole, forget_end), reading, "would not learn to stop")
    without = replace(whole, segments=tuple(s for s in whole.segments if s.part != "end"))
    refused(without, reading, "would not learn to stop")


def test_a_special_token_that_stems_from_data_is_refused(whole: Sample, reading: Reading) -> None:
    def smuggle(segment: Segment) -> Segment:
        return segment if segment.trusted else segment._replace(ids=(*segment.ids, reading.end))

    refused(changed(whole, smuggle), reading, "a special token stems from data")


def test_the_shares_count_every_token_once(whole: Sample) -> None:
    counted = shares([whole, whole])
    assert (counted.samples, counted.tokens, counted.longest) == (2, 2 * len(whole), len(whole))
    assert counted.learned == 2 * sum(label != IGNORED for label in whole.labels)
    assert sum(tokens for _, tokens, _ in counted.parts) == counted.tokens
    assert {part: learned for part, _, learned in counted.parts if part in ("frame", "told")} == {
        "frame": 0,
        "told": 0,
    }
    *_, total = share_rows(counted)
    assert total[0] == "all"
    assert total[3] == f"{whole.share:.1%} learned"


def test_only_what_is_learned_is_green(whole: Sample) -> None:
    text = coloured(whole)
    green = "".join(text.plain[s.start : s.end] for s in text.spans if "green" in str(s.style))
    assert green.replace("⏎", "") == "".join(s.text for s in whole.segments if s.learned)
    assert text.plain.replace("⏎", "") == "".join(s.text for s in whole.segments)
    assert f"{len(whole):,} tokens" in heading(whole)
