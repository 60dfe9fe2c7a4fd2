"""Writing under a grammar: random models write what the grammar accepts, and nothing else."""

import ctypes
import re

import numpy as np
import pytest

from models.constrain import Constraint
from models.engine import GrammarError, Piece, Sampling
from models.gbnf import literal, trie
from models.llama import LlamaEngine
from models.runtime import llama_runtime
from models.sampling import Draw
from models.vocabulary import Vocabulary, is_utf8_start
from tests.gguf_factory import Architecture
from tests.models.conftest import Opener

NAMES = [f"P{product}.{field}" for product in range(1, 31) for field in ("price", "title", "noise_level")]

OPEN, TEXT, CLOSE = '{"name": "', '", "arguments": {"text": "', '"}}\n</tool_call>'
CALL = (
    f"root ::= {literal('<tool_call>')} ws {literal(OPEN)} {trie(NAMES)} {literal(TEXT)} "
    r'[^<{}\[\]"\\\x00-\x1F]{20,120} '
    f"{literal(CLOSE)}\n"
    r'ws ::= "\n"?'
)
CALL_PATTERN = re.compile(
    r'<tool_call>\n?\{"name": "(?P<name>[^"]+)", "arguments": \{"text": "[^<{}\[\]"\\\x00-\x1F]{20,120}"\}\}'
    r"\n</tool_call>"
)
HOT = {"temperature": 3.0, "top_p": 1.0, "min_p": 0.0}


def written(engine: LlamaEngine, grammar: str, sampling: Sampling, budget: int = 400) -> str:
    return "".join(engine.write(grammar, budget, sampling))


@pytest.mark.parametrize("arch", ["qwen3", "qwen3moe", "lfm2"])
@pytest.mark.parametrize("seed", range(4))
def test_a_random_model_writes_a_valid_call(opened: Opener, arch: Architecture, seed: int) -> None:
    sampling = Sampling(temperature=0.7 * seed, seed=seed)
    found = CALL_PATTERN.fullmatch(written(opened(arch), CALL, sampling))
    assert found
    assert found["name"] in NAMES


@pytest.mark.parametrize("seed", range(6))
def test_any_letter_at_all_is_still_valid_utf8(opened: Opener, seed: int) -> None:
    text = written(opened("lfm2"), r"root ::= [^a-zA-Z\x00]{40}", Sampling(**HOT, seed=seed))
    assert re.fullmatch(r"[^a-zA-Z\x00]{40}", text)
    assert text.encode().decode() == text
    assert "�" not in text


def test_what_is_written_stands_in_the_context(engine: LlamaEngine) -> None:
    before = len(engine.tokens)
    text = written(engine, CALL, Sampling(1.0))
    assert b"".join(engine.vocabulary.pieces[t] for t in engine.tokens[before:]).decode() == text


def test_no_control_token_is_written_where_the_grammar_spells_one(engine: LlamaEngine) -> None:
    before = len(engine.tokens)
    assert written(engine, f"root ::= {literal('<|im_end|>')}", Sampling()) == "<|im_end|>"
    silent = {*engine.vocabulary.silent.tolist(), *engine.vocabulary.ends.tolist()}
    assert not silent & set(engine.tokens[before:])


def test_a_tag_token_passes_where_the_grammar_expects_it(engine: LlamaEngine) -> None:
    tag = engine.vocabulary.tokenize([Piece("<tool_call>", True)])[0]
    constraint = Constraint(engine.vocabulary, CALL)
    logits = np.zeros(engine.vocabulary.size, dtype=np.float32)
    logits[tag] = 5
    assert constraint.next(logits, Draw(Sampling(), 0)) == tag


def test_a_spent_budget_leaves_an_incomplete_text(engine: LlamaEngine) -> None:
    text = written(engine, CALL, Sampling(), budget=6)
    assert text
    assert not text.endswith("</tool_call>")


def test_a_grammar_that_may_end_lets_the_model_end(engine: LlamaEngine) -> None:
    constraint = Constraint(engine.vocabulary, 'root ::= "a"*')
    logits = np.zeros(engine.vocabulary.size, dtype=np.float32)
    logits[engine.vocabulary.ends[0]] = 5
    assert constraint.next(logits, Draw(Sampling(), 0)) is None


def test_a_grammar_that_may_not_end_yet_refuses_the_end(engine: LlamaEngine) -> None:
    constraint = Constraint(engine.vocabulary, 'root ::= "a"{2}')
    logits = np.zeros(engine.vocabulary.size, dtype=np.float32)
    logits[engine.vocabulary.ends[0]] = 5
    token = constraint.next(logits, Draw(Sampling(), 0))
    assert token is not None
    assert engine.vocabulary.pieces[token] == b"a"


def test_cancel_stops_the_writing(engine: LlamaEngine) -> None:
    class Cancelled:
        def is_set(self) -> bool:
            return True

    assert list(engine.write(CALL, 50, Sampling(), Cancelled())) == []


def test_what_a_grammar_leaves_no_choice_about_is_taken_without_asking_the_network(
    engine: LlamaEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    decode = engine._decode

    def counted(batch: object, count: int) -> None:
        asked.append(count)
        decode(batch, count)

    monkeypatch.setattr(engine, "_decode", counted)
    before, begin = engine.usage, len(engine.tokens)
    only = f"<tool_call>\n{OPEN}P1{TEXT}größer{CLOSE}"
    assert written(engine, f"root ::= {literal(only)}", Sampling()) == only
    told = engine.usage.generated - before.generated
    # The letters beyond ASCII are drawn one by one, and the ones beside them.
    assert told - 14 <= engine.usage.given - before.given < told
    assert len(asked) == told - (engine.usage.given - before.given)
    whole = engine.vocabulary.tokenize([Piece(f"<tool_call>\n{OPEN}P", True)])
    assert list(engine.tokens[begin : begin + len(whole) - 1]) == whole[:-1]


def test_a_text_that_is_wholly_given_costs_no_evaluation(engine: LlamaEngine) -> None:
    before = engine.usage
    only = f"<tool_call>\n{OPEN}P1{TEXT}none{CLOSE}"
    assert written(engine, f"root ::= {literal(only)}", Sampling()) == only
    assert engine.usage.evaluated == before.evaluated
    assert list(engine.tokens[before.context :]) == engine.vocabulary.tokenize([Piece(only, True)])


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ('", "arguments', b'", "'),
        ("a b", b"a"),
        ('x": {', b'x":'),
        ("x\n", b"x"),
        ("page 12", b"page"),
        ("x", b""),
    ],
)
def test_what_a_longer_token_may_begin_with_is_left_to_be_drawn(
    engine: LlamaEngine, given: str, kept: bytes
) -> None:
    constraint = Constraint(engine.vocabulary, f'root ::= {literal(given)} ("q" | "3" | "}}")')
    ahead = constraint.ahead()
    assert b"".join(engine.vocabulary.pieces[token] for token in ahead.tokens) == kept
    assert not ahead.ended
    assert constraint.ahead().tokens == ()


def test_a_given_text_stops_at_the_budget(engine: LlamaEngine) -> None:
    only = f"<tool_call>\n{OPEN}P1{CLOSE}"
    text = written(engine, f"root ::= {literal(only)}", Sampling(), budget=3)
    assert only.startswith(text)
    assert len(engine.vocabulary.tokenize([Piece(text, True)])) == 3


def test_a_text_without_an_end_is_looked_ahead_so_far(engine: LlamaEngine) -> None:
    constraint = Constraint(engine.vocabulary, 'root ::= "ab " root | "ab "')
    assert 0 < len(constraint.ahead().tokens) < 400


def test_refusals_are_counted(engine: LlamaEngine) -> None:
    before = engine.usage.refused
    written(engine, CALL, Sampling())
    assert engine.usage.refused > before


@pytest.mark.parametrize("grammar", ["", "  \n", 'root ::= "a', "root ::= other", 'start ::= "a"'])
def test_a_grammar_that_does_not_compile_is_an_error(engine: LlamaEngine, grammar: str) -> None:
    with pytest.raises(GrammarError, match="does not compile"):
        engine.write(grammar, 10, Sampling())


@pytest.mark.parametrize(
    "grammar",
    [
        CALL,
        r'root ::= [^<{}\[\]]{1,60} "."',
        r"root ::= [^aeiou]{20,60}",
        r'root ::= ("x" | " and" | "y ")+ "!"',
        "root ::= [가-힣]{1,9} [0-9]+",
    ],
)
def test_the_choice_is_the_one_that_masking_the_whole_vocabulary_makes(
    engine: LlamaEngine, grammar: str
) -> None:
    vocabulary = engine.vocabulary
    constraint, masked = Constraint(vocabulary, grammar), WholeMask(vocabulary, grammar)
    draw, noise = Draw(Sampling(), 0), np.random.default_rng(2)
    for _ in range(40):
        logits = noise.standard_normal(vocabulary.size, dtype=np.float32)
        logits[vocabulary.unwritable] = -np.inf
        token = constraint.next(logits, draw)
        assert token == masked.next(logits)
        if token is None:
            return


class WholeMask:
    """What llama.cpp's own sampler would choose: the likeliest token of the whole masked vocabulary."""

    def __init__(self, vocabulary: Vocabulary, grammar: str) -> None:
        self._llama = llama_runtime()
        self._ends = vocabulary.ends
        self._sampler = self._llama.llama_sampler_init_grammar(vocabulary.handle, grammar.encode(), b"root")

    def next(self, logits: np.typing.NDArray[np.float32]) -> int | None:
        size = len(logits)
        candidates = (self._llama.llama_token_data * size)()
        for token, logit in enumerate(logits.tolist()):
            candidates[token].id, candidates[token].logit = token, logit
        array = self._llama.llama_token_data_array(candidates, size, -1, False)
        self._llama.llama_sampler_apply(self._sampler, ctypes.byref(array))
        token = max(range(size), key=lambda at: candidates[at].logit)
        if token in self._ends or candidates[token].logit == -np.inf:
            return None
        self._llama.llama_sampler_accept(self._sampler, token)
        return token


@pytest.mark.parametrize("start", [b"\xed\xa0", b"\xed\xad", "é".encode() + b"\xed\xbf", b"\xc0", b"\xf5"])
def test_bytes_that_no_letter_goes_on_from_are_no_start(start: bytes) -> None:
    assert not is_utf8_start(start)
    assert is_utf8_start(b"\xed\x9f")
