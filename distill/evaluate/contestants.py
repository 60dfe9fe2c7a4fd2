"""The contestants of every evaluation: the floor, the rules that read for themselves, and the oracle."""

from dataclasses import replace
from pathlib import Path

from agent.model_policy import ModelPolicy
from agent.policy import Policy
from agent.rules import RulesPolicy
from distill.evaluate.run import Contestant
from distill.seats.oracle import oracle
from distill.seats.served_policy import ServedPolicy
from distill.seats.tally import Tally
from models.engine import Engine, Sampling
from models.served import ServedClient

RULES = Contestant("rules", lambda task, seed: RulesPolicy())  # noqa: ARG005
ORACLE = Contestant("oracle rules", lambda task, seed: oracle(task))  # noqa: ARG005
FLOOR = "floor (random weights)"
FLOOR_THREADS = 1
"""A network this small waits for its threads: two took 60 s a run on a busy machine where one took 5."""


def of_engine(name: str, engine: Engine, temperature: float = 0.0) -> Contestant:
    """A model; each run begins with an empty context and, above temperature 0, draws by its own seed."""
    # The template language is loaded for a model alone.
    from models.template import ChatTemplate

    template = ChatTemplate.from_source(engine.chat_template)

    def policy(task: object, seed: int) -> Policy:  # noqa: ARG001
        engine.reset()
        return ModelPolicy(engine, template, Sampling(temperature=temperature, seed=seed))

    return Contestant(name, policy, lambda: engine.usage.generated)


def of_gguf(path: Path, context: int, threads: int | None, temperature: float) -> Contestant:
    """A model file under its own name; raises EngineError where it cannot be loaded."""
    engine = _opened(path, context, threads)
    return of_engine(engine.name, engine, temperature)


def of_server(client: ServedClient, tally: Tally, context: int, temperature: float) -> Contestant:
    """The model of a server under its own name; its attempts are tallied and its tokens are not counted."""

    def policy(task: object, seed: int) -> Policy:  # noqa: ARG001
        sampling = Sampling(temperature=temperature, seed=seed)
        return ServedPolicy(client, sampling, tally, context=context)

    return Contestant(client.name, policy)


def floor(engine: Engine, first: int | None = None) -> Contestant:
    """Random weights under the same grammar and code, drawn at temperature 1."""
    return replace(of_engine(FLOOR, engine, temperature=1.0), first=first)


def random_floor(folder: Path, context: int, first: int) -> Contestant:
    """The floor with weights that are drawn here and kept in a folder."""
    # gguf and llama.cpp are loaded for a model alone.
    from models.random_weights import write_random_weights

    return floor(_opened(write_random_weights(folder / "floor.gguf"), context, FLOOR_THREADS), first)


def _opened(path: Path, context: int, threads: int | None) -> Engine:
    from models.llama import LlamaEngine

    return LlamaEngine.open(path, context_size=context, threads=threads)
