"""The model that has learnt nothing: llama.cpp runs it, and a seed decides every byte."""

from pathlib import Path

from models.engine import Piece, Sampling
from models.llama import LlamaEngine
from models.random_weights import write_random_weights
from models.template import ChatTemplate


def test_the_same_seed_gives_the_same_file_and_another_seed_another(tmp_path: Path) -> None:
    one, two, other = (
        write_random_weights(tmp_path / f"{name}.gguf", seed=seed)
        for name, seed in (("one", 1), ("two", 1), ("other", 2))
    )
    assert one.read_bytes() == two.read_bytes()
    assert one.read_bytes() != other.read_bytes()


def test_it_writes_under_a_grammar_and_its_template_knows_tools(tmp_path: Path) -> None:
    engine = LlamaEngine.open(write_random_weights(tmp_path / "floor.gguf"), context_size=1024, threads=1)
    ChatTemplate.from_source(engine.chat_template)
    engine.append([Piece("What now?")])
    text = "".join(engine.write('root ::= "yes" | "no"', 8, Sampling(temperature=1.0, seed=3)))
    assert text in ("yes", "no")
    engine.close()
