"""`python -m finetune.micro`: the commands that make the bundled agent, one a step.

They need torch, pydantic and what torch brings; the home is only needed for tasks over its catalogue.
"""

import argparse
import signal
import sys
from pathlib import Path

from finetune.errors import FinetuneError

KINDS = ("cards", "readings", "plans", "work")


def main(arguments: list[str] | None = None) -> int:
    """Run one step; 0 where it worked."""
    asked = _parser().parse_args(arguments)
    try:
        asked.run(asked)
    except FinetuneError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m finetune.micro", description=__doc__)
    steps = parser.add_subparsers(dest="step", required=True)
    corpus = steps.add_parser("corpus", help="draw samples of one kind")
    corpus.set_defaults(run=_corpus)
    corpus.add_argument("kind", choices=KINDS)
    corpus.add_argument("out", type=Path)
    corpus.add_argument("--tasks", type=int, required=True)
    corpus.add_argument("--seed", type=int, default=0)
    corpus.add_argument("--home", type=Path, required=True)
    corpus.add_argument("--home-share", type=float, default=0.4)
    corpus.add_argument("--unread", type=float, default=0.15)
    corpus.add_argument("--learner", type=Path, help="an agent: of plans it is taught what it finds")
    corpus.add_argument("--variant", choices=("internalized", "raw"), default="internalized")
    corpus.add_argument("--faults", type=float, default=0.25, help="share of dialogues with planted faults")
    corpus.add_argument("--context", type=int, default=0, help="tokens after which a dialogue is begun anew")
    corpus.add_argument("--split", choices=("train", "validation", "test"), default="train")
    tokenizer = steps.add_parser("tokenizer", help="learn a vocabulary from corpora")
    tokenizer.set_defaults(run=_tokenizer)
    tokenizer.add_argument("corpora", nargs="+", type=Path)
    tokenizer.add_argument("--out", type=Path, required=True)
    tokenizer.add_argument("--size", type=int, default=4096)
    pack = steps.add_parser("pack", help="tokenize corpora of one kind into one file")
    pack.set_defaults(run=_pack)
    pack.add_argument("corpora", nargs="+", type=Path)
    pack.add_argument("--tokenizer", type=Path, required=True)
    pack.add_argument("--out", type=Path, required=True)
    pack.add_argument("--longest", type=int, default=6144)
    train = steps.add_parser("train", help="train, or go on where training stood")
    train.set_defaults(run=_train)
    train.add_argument("folder", type=Path)
    train.add_argument("--recipe", type=Path, required=True)
    train.add_argument("--feeds", type=Path, required=True)
    train.add_argument("--minutes", type=float, default=1e9)
    train.add_argument("--threads", type=int, default=0)
    train.add_argument("--device", default="cpu", choices=("cpu", "cuda"))
    train.add_argument(
        "--begin-with", type=Path, help="a training's folder whose weights a new one begins with"
    )
    lighten = steps.add_parser("lighten", help="keep the weights of a training alone, in half precision")
    lighten.set_defaults(run=_lighten)
    lighten.add_argument("folder", type=Path)
    lighten.add_argument("out", type=Path)
    ship = steps.add_parser("ship", help="write a training's last checkpoint as a proved GGUF file")
    ship.set_defaults(run=_ship)
    ship.add_argument("folder", type=Path)
    ship.add_argument("out", type=Path)
    ship.add_argument("--tokenizer", type=Path, required=True)
    ship.add_argument("--prompts", type=Path, required=True, help="a corpus whose sessions prove the export")
    ship.add_argument("--kind", default="Q8_0")
    unship = steps.add_parser("unship", help="take a shipped agent back, for a training to begin with")
    unship.set_defaults(run=_unship)
    unship.add_argument("model", type=Path)
    unship.add_argument("folder", type=Path)
    unship.add_argument("--recipe", type=Path, required=True)
    return parser


def _corpus(asked: argparse.Namespace) -> None:
    from finetune.micro.corpus import CorpusSpec, cards, plans, readings, work, write_corpus
    from finetune.micro.template import template_source
    from models.template import ChatTemplate

    spec = CorpusSpec(
        tasks=asked.tasks,
        seed=asked.seed,
        home_share=asked.home_share,
        unread=asked.unread,
        variant=asked.variant,
        faults=asked.faults,
        context=asked.context,
        split=asked.split,
    )
    if asked.kind == "cards":
        samples = cards(asked.home, spec)
    else:
        reach = None
        if asked.learner:
            # llama.cpp is loaded for a learner alone: elsewhere a corpus is drawn without it.
            from finetune.micro.reach import Learner

            reach = Learner.open(asked.learner)
        samples = {"readings": readings, "plans": plans, "work": work}[asked.kind](
            asked.home, spec, ChatTemplate.from_source(template_source()), reach
        )
    print(f"{write_corpus(samples, asked.out):,} samples in {asked.out}", file=sys.stderr)


def _tokenizer(asked: argparse.Namespace) -> None:
    from finetune.micro.corpus import read_corpus
    from finetune.micro.tokenizer import CONTROL, TAGS, Tokenizer

    texts = (
        span.piece.text
        for path in asked.corpora
        for spans in read_corpus(path)
        for span in spans
        if not span.piece.trusted
    )
    tokenizer = Tokenizer.train(texts, asked.size, (*CONTROL, *TAGS))
    tokenizer.save(asked.out)
    print(f"{tokenizer.size:,} tokens in {asked.out}", file=sys.stderr)


def _pack(asked: argparse.Namespace) -> None:
    from finetune.micro.corpus import read_corpus
    from finetune.micro.packed import pack
    from finetune.micro.tokenizer import Tokenizer

    tokenizer = Tokenizer.load(asked.tokenizer)
    samples = (spans for path in asked.corpora for spans in read_corpus(path))
    packed, left_out = pack(samples, tokenizer, asked.longest)
    packed.save(asked.out)
    tokens, learnt = len(packed.ids), int(packed.learnt.sum())
    print(
        f"{len(packed):,} samples, {tokens:,} tokens of which {learnt:,} are learnt; "
        f"{left_out} were longer than {asked.longest}",
        file=sys.stderr,
    )


def _train(asked: argparse.Namespace) -> None:
    import torch

    from finetune.micro.recipe import read_recipe
    from finetune.micro.train import Training

    if asked.threads:
        torch.set_num_threads(asked.threads)
    training = Training(read_recipe(asked.recipe), asked.feeds, asked.folder, asked.device, asked.begin_with)
    for ending in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ending, lambda *_: training.stop())
    for tick in training.run(asked.minutes):
        print(
            f"{tick.stage} {tick.tokens:,} tokens, loss {tick.loss:.3f}, "
            f"right {tick.accuracy:.3f}, {tick.rate:,.0f} tokens/s",
            flush=True,
        )


def _lighten(asked: argparse.Namespace) -> None:
    from finetune.micro.checkpoints import lighten

    lighten(asked.folder, asked.out)


def _ship(asked: argparse.Namespace) -> None:
    import tempfile

    from finetune.micro.corpus import read_corpus
    from finetune.micro.ship import first_prompts, ship, write_folder
    from finetune.micro.tokenizer import Tokenizer

    prompts = first_prompts(read_corpus(asked.prompts), Tokenizer.load(asked.tokenizer), 4)
    with tempfile.TemporaryDirectory() as name:
        write_folder(asked.folder, asked.tokenizer, Path(name))
        proof = ship(Path(name), asked.out, prompts, asked.kind)
    print(
        f"{asked.out}: {proof.tokens} tokens written alike after {proof.prompts} prompts, "
        f"logits {proof.deviation:.4f} apart",
        file=sys.stderr,
    )


def _unship(asked: argparse.Namespace) -> None:
    from finetune.micro.recipe import read_recipe
    from finetune.micro.ship import unship

    unship(asked.model, read_recipe(asked.recipe), asked.folder)


if __name__ == "__main__":
    sys.exit(main())
