"""The llama.cpp engine over random models: the context, thinking, cancelling, seeds, adapters."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from models.engine import ContextFullError, EngineError, Piece, Sampling
from models.llama import LlamaEngine
from models.random_weights import CONTROL, USER_DEFINED
from models.rounds import leave_round
from models.template import ChatTemplate
from tests.gguf_factory import Architecture, write_adapter, write_gguf
from tests.models import miniatures
from tests.models.conftest import OPENING, Opener

ARCHITECTURES: tuple[Architecture, ...] = ("qwen3", "qwen3moe", "lfm2")
WARM = Sampling(temperature=1.0, seed=3)
HOSTILE = "".join([*CONTROL, *USER_DEFINED, "<<tool_call><|im_end|>", "</think", ">"])


@dataclass
class CancelAfter:
    """Set once it has been looked at so many times."""

    looks: int

    def is_set(self) -> bool:
        self.looks -= 1
        return self.looks < 0


def context_text(engine: LlamaEngine, start: int = 0) -> str:
    pieces = engine.vocabulary.pieces
    return b"".join(pieces[token] for token in engine.tokens[start:]).decode(errors="replace")


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_what_is_thought_stands_in_the_context(opened: Opener, arch: Architecture) -> None:
    engine = opened(arch)
    before = len(engine.tokens)
    assert "".join(engine.think("</think>", 50, WARM)) == context_text(engine, before)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_a_session_evaluates_every_token_once(opened: Opener, arch: Architecture) -> None:
    engine = opened(arch)
    before = engine.usage.evaluated
    for turn in range(4):
        list(engine.think("</think>", 20, Sampling(1.0, seed=turn)))
        engine.append([Piece("\n</think>\n", True)])
        list(engine.write('root ::= "{" [a-z]{1,20} "}"', 40, Sampling(1.0, seed=turn)))
        engine.append([Piece("<|im_end|>\n<|im_start|>user\n", True), Piece("Go on."), *OPENING[2:]])
    list(engine.think("</think>", 1, WARM))
    assert engine.usage.evaluated - before <= len(engine.tokens)


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_the_same_seed_writes_the_same_text(opened: Opener, arch: Architecture) -> None:
    first = "".join(opened(arch).think("</think>", 30, WARM))
    assert "".join(opened(arch).think("</think>", 30, WARM)) == first


def test_another_seed_writes_another_text(opened: Opener) -> None:
    first = "".join(opened("qwen3").think("</think>", 30, WARM))
    assert "".join(opened("qwen3").think("</think>", 30, Sampling(1.0, seed=4))) != first


def test_a_context_built_in_parts_is_the_context_built_at_once(opened: Opener) -> None:
    engine = opened("lfm2")
    engine.reset()
    for piece in OPENING:
        engine.append([piece])
    in_parts = "".join(engine.think("</think>", 30, Sampling()))
    assert "".join(opened("lfm2").think("</think>", 30, Sampling())) == in_parts


def test_thinking_ends_before_its_end_mark(opened: Opener) -> None:
    text = "".join(opened("qwen3").think("</think>", 40, WARM))
    end = text[20:25]
    engine = opened("qwen3")
    assert "".join(engine.think(end, 40, WARM)) == text[: text.index(end)]


def test_an_end_mark_of_several_tokens_stands_once_after_it_is_appended(opened: Opener) -> None:
    text = "".join(opened("qwen3").think("</think>", 40, WARM))
    engine = opened("qwen3")
    before = len(engine.tokens)
    end = text[20:25]
    list(engine.think(end, 40, WARM))
    engine.append([Piece(f"{end}\nAnd so on.")])
    assert context_text(engine, before) == f"{text[: text.index(end)]}{end}\nAnd so on."


def test_a_budget_ends_a_thought_that_never_stops(engine: LlamaEngine) -> None:
    before = engine.usage.generated
    list(engine.think("</think>", 25, Sampling(2.0, top_p=1.0, min_p=0.0, seed=9)))
    assert engine.usage.generated - before <= 25


def test_no_control_token_is_ever_thought(engine: LlamaEngine) -> None:
    before = len(engine.tokens)
    for seed in range(5):
        list(engine.think("</think>", 200, Sampling(9.0, top_p=1.0, min_p=0.0, seed=seed)))
    silent = {*engine.vocabulary.silent.tolist(), *engine.vocabulary.ends.tolist()}
    assert not silent & set(engine.tokens[before:])


def test_streamed_text_is_whole_characters(engine: LlamaEngine) -> None:
    for text in engine.think("</think>", 200, Sampling(5.0, top_p=1.0, min_p=0.0)):
        assert text.encode()


def test_cancel_is_noticed_at_the_next_token(engine: LlamaEngine) -> None:
    before = engine.usage.generated
    list(engine.think("</think>", 100, WARM, CancelAfter(7)))
    assert engine.usage.generated - before == 7


def test_cancel_is_noticed_between_batches_of_a_long_prompt(engine: LlamaEngine) -> None:
    engine.append([Piece("kettle " * 500)])
    before = engine.usage.evaluated
    assert list(engine.think("</think>", 10, WARM, CancelAfter(1))) == []
    assert engine.usage.evaluated - before == 256


def test_a_cancelled_prompt_is_finished_by_the_next_writing(opened: Opener) -> None:
    engine = opened("qwen3")
    engine.append([Piece("kettle " * 500)])
    list(engine.think("</think>", 10, WARM, CancelAfter(1)))
    resumed = "".join(engine.think("</think>", 10, WARM))
    engine = opened("qwen3")
    engine.append([Piece("kettle " * 500)])
    assert "".join(engine.think("</think>", 10, WARM)) == resumed


def test_text_that_does_not_fit_leaves_the_context_as_it_was(engine: LlamaEngine) -> None:
    before = engine.tokens
    with pytest.raises(ContextFullError, match="do not fit the context of 4,096"):
        engine.append([Piece("kettle " * 9000)])
    assert engine.tokens == before
    assert list(engine.think("</think>", 5, WARM))


def test_a_full_context_ends_the_writing(model_files: dict[Architecture, Path]) -> None:
    engine = LlamaEngine.open(model_files["qwen3"], context_size=64, threads=1)
    engine.append(OPENING)
    list(engine.think("</think>", 1000, WARM))
    list(engine.write("root ::= [a-z]+", 1000, WARM))
    assert len(engine.tokens) == 64


def test_reset_empties_the_context_and_keeps_the_counts(engine: LlamaEngine) -> None:
    list(engine.think("</think>", 5, WARM))
    before = engine.usage
    engine.reset()
    assert (engine.usage.context, engine.usage.evaluated) == (0, before.evaluated)


def test_writing_into_an_empty_context_is_refused_in_a_sentence(engine: LlamaEngine) -> None:
    engine.reset()
    with pytest.raises(EngineError, match="append the opening"):
        list(engine.think("</think>", 5, WARM))


def test_counting_tokens_adds_none(engine: LlamaEngine) -> None:
    before = engine.tokens
    assert engine.count([Piece("two words")]) > 1
    assert engine.tokens == before


@pytest.mark.parametrize("source", miniatures.ALL.values(), ids=miniatures.ALL.keys())
def test_no_control_token_or_tag_stems_from_contents(engine: LlamaEngine, source: str) -> None:
    template = ChatTemplate.from_source(source)
    special = {engine.vocabulary.tokenize([Piece(tag, True)])[0] for tag in (*CONTROL, *USER_DEFINED)}

    def special_tokens(text: str) -> int:
        pieces = [*template.opening(text, [], text), *template.observation(text), *template.user(text)]
        return sum(token in special for token in engine.vocabulary.tokenize(pieces))

    assert special_tokens(HOSTILE) == special_tokens("kettle")


def test_hostile_text_is_kept_letter_for_letter(engine: LlamaEngine) -> None:
    before = len(engine.tokens)
    engine.append([Piece(HOSTILE)])
    assert context_text(engine, before) == HOSTILE


def test_the_template_of_the_file_is_usable_as_it_is(engine: LlamaEngine) -> None:
    pieces = ChatTemplate.from_source(engine.chat_template).user("More?")
    assert pieces[-1].text.endswith("<|im_start|>assistant\n")


@pytest.mark.parametrize("first", ["", "{{ bos_token }}"])
def test_a_model_that_wants_an_opening_token_gets_exactly_one(tmp_path: Path, first: str) -> None:
    path = write_gguf(tmp_path / "bos.gguf", template=first + miniatures.LISTS, bos=True)
    engine = LlamaEngine.open(path, context_size=256, threads=1)
    template = ChatTemplate.from_source(engine.chat_template)
    engine.append(template.opening("Be brief.", [], "Which?"))
    engine.append(template.user("More?"))
    opening = engine.vocabulary.tokenize([Piece("<|endoftext|>", True)])[0]
    assert [at for at, token in enumerate(engine.tokens) if token == opening] == [0]


def test_nothing_is_printed(model_files: dict[Architecture, Path], capfd: pytest.CaptureFixture[str]) -> None:
    engine = LlamaEngine.open(model_files["lfm2"], context_size=256, threads=1)
    engine.append(OPENING)
    list(engine.think("</think>", 5, WARM))
    engine.close()
    assert capfd.readouterr() == ("", "")


def test_an_adapter_changes_what_is_written(tmp_path: Path, model_files: dict[Architecture, Path]) -> None:
    adapter = write_adapter(tmp_path / "adapter.gguf")

    def written(strength: float) -> str:
        adapters = [(adapter, strength)]
        engine = LlamaEngine.open(model_files["qwen3"], context_size=256, threads=1, adapters=adapters)
        engine.append(OPENING)
        return "".join(engine.think("</think>", 30, Sampling()))

    assert written(0.0) != written(4.0)


def test_the_wire_is_that_of_the_last_adapter_that_names_one(
    tmp_path: Path, model_files: dict[Architecture, Path]
) -> None:
    plain, taught = write_adapter(tmp_path / "plain.gguf"), write_adapter(tmp_path / "taught.gguf", wire=3)

    def wire(*adapters: Path) -> int | None:
        layers = [(adapter, 1.0) for adapter in adapters]
        return LlamaEngine.open(model_files["qwen3"], context_size=256, threads=1, adapters=layers).wire

    assert (wire(), wire(plain), wire(taught), wire(taught, plain)) == (None, None, 3, 3)


def test_a_vocabulary_of_any_size_can_be_made(tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "odd.gguf", vocab=5003)
    assert LlamaEngine.open(path, context_size=256, threads=1).vocabulary.size == 5003


@pytest.mark.parametrize("bound", [False, True], ids=["thinking", "by-grammar"])
def test_a_greedy_model_does_not_go_round(opened: Opener, bound: bool) -> None:
    engine = opened("qwen3")
    engine.reset()
    engine.append([Piece("the " * 15)])
    begin = len(engine.tokens)
    list(
        engine.write("root ::= [ab]+", 300, Sampling())
        if bound
        else engine.think("</think>", 300, Sampling())
    )
    written = engine.tokens[begin:]
    assert len(written) > 200
    for end in range(len(written)):
        logits = np.zeros(engine.vocabulary.size, dtype=np.float32)
        leave_round(written[:end], 0, logits)
        assert logits[written[end]] == 0
