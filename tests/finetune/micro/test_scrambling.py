"""Samples in other words: what agreed still agrees, and what says how to work stays."""

from random import Random

import torch

from agent.wire import Span
from finetune.micro.packed import pack
from finetune.micro.scrambling import Scrambler
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer
from models.engine import Piece

NAMES = ("kettle", "tent", "lamp", "drill", "chair", "clock", "bottle", "stove", "ladder", "basket")
SENTENCES = [f"find {name} for me, copy {name}" for name in NAMES]
TOKENIZER = Tokenizer.train(SENTENCES * 30, 420, (*CONTROL, *TAGS))
PACKED, _ = pack([[Span(Piece(text), True)] for text in SENTENCES], TOKENIZER, 100)
SCRAMBLER = Scrambler(TOKENIZER, PACKED)


def test_what_was_the_same_word_is_the_same_other_word() -> None:
    told = set()
    for at, sentence in enumerate(SENTENCES):
        other = TOKENIZER.decode(SCRAMBLER.scrambled(PACKED.sample(at)[0], Random(at)).tolist())
        before, after = other.removeprefix("find ").split(" for me, copy ")
        assert before == after
        told.add((sentence, before))
    assert sum(name in sentence for sentence, name in told) < len(SENTENCES) / 2


def test_words_of_most_samples_keep_their_meaning() -> None:
    ids, _ = PACKED.sample(0)
    common = set(TOKENIZER.encode("find for me, copy"))
    other = SCRAMBLER.scrambled(ids, Random(3))
    assert [token for token in other.tolist() if token in common] == [
        token for token in ids.tolist() if token in common
    ]


def test_the_same_draw_gives_the_same_words() -> None:
    ids, _ = PACKED.sample(1)
    assert torch.equal(SCRAMBLER.scrambled(ids, Random(5)), SCRAMBLER.scrambled(ids, Random(5)))
