"""Copying is there before any training, and a word is cut alike wherever it stands."""

from random import Random

import torch

from finetune.micro.induction import copied_share, teach_copying
from finetune.micro.model import MicroAgent, Shape
from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer

SHAPE = Shape(vocabulary=1000, layers=2)


def _born(marked: dict[int, int] | None = None) -> MicroAgent:
    model = MicroAgent(SHAPE, seed=1)
    teach_copying(model, marked or {})
    return model


def test_a_network_copies_at_birth_what_an_untaught_one_does_not() -> None:
    torch.set_num_threads(1)
    assert copied_share(MicroAgent(SHAPE, seed=1), 100, seed=2) < 0.05
    assert copied_share(_born(), 100, seed=2) > 0.9


def test_two_tokens_tell_the_place_where_one_stands_in_many() -> None:
    torch.set_num_threads(1)
    assert copied_share(_born(), 300, seed=2, kinds=60) > 0.85


def test_a_token_with_a_mark_is_found_where_the_one_without_stood() -> None:
    marked = {500 + at: at for at in range(400)}
    once = torch.randint(0, 400, (4, 60), generator=torch.Generator().manual_seed(3))
    with torch.no_grad():
        likeliest = _born(marked)(torch.cat([once, once + 500], dim=1)).argmax(-1)[:, 60:-1]
    wanted = once[:, 1:]
    assert float(((likeliest == wanted) | (likeliest == wanted + 500)).float().mean()) > 0.8


def test_a_wider_network_copies_as_well_and_tells_a_marked_token_from_the_bare_one() -> None:
    wide = Shape(vocabulary=900, width=384, layers=2, heads=6, kv_heads=2, experts=2, expert_width=8)
    model = MicroAgent(wide, seed=1)
    teach_copying(model, {500 + at: at for at in range(400)})
    assert copied_share(model, 200, seed=3) > 0.9


def test_a_network_too_small_for_the_heads_is_left_as_it_was() -> None:
    small = Shape(vocabulary=50, width=16, layers=1, heads=2, kv_heads=1, head_width=8, expert_width=8)
    taught, plain = MicroAgent(small, seed=1), MicroAgent(small, seed=1)
    teach_copying(taught, {})
    assert all(
        torch.equal(one, two) for one, two in zip(taught.parameters(), plain.parameters(), strict=True)
    )


def test_a_word_is_cut_into_the_same_tokens_after_a_space_and_after_a_quotation_mark() -> None:
    draw = Random(4)
    syllables = ("mar", "bled", "fox", "ter", "gran", "ite", "lo", "quick")
    words = ["".join(draw.choices(syllables, k=2)) for _ in range(60)]
    text = " ".join(words) + " ".join(f'"{word}"' for word in words)
    tokenizer = Tokenizer.train([text] * 20, 400, (*CONTROL, *TAGS))
    for word in words:
        after_space = "".join(tokenizer.decode([token]) + "/" for token in tokenizer.encode(f" {word}"))
        after_mark = "".join(tokenizer.decode([token]) + "/" for token in tokenizer.encode(word))
        assert after_space.replace(" /", " ").lstrip() == after_mark


def test_marked_tokens_are_those_without_the_mark_but_for_it() -> None:
    tokenizer = Tokenizer.train([" kettle kettle lid lid quiet quiet"] * 9, 300, (*CONTROL, *TAGS))
    assert tokenizer.marked
    for token, bare in tokenizer.marked.items():
        assert tokenizer.decode([token])[1:] == tokenizer.decode([bare])
