"""The contestants of every evaluation: the floor, the rules that read for themselves, and the oracle."""

from pathlib import Path

from agent.model_policy import ModelPolicy
from agent.policy import Policy
from agent.rules import RulesPolicy
from distill.evaluate.run import Contestant
from distill.seats.oracle import oracle
from models.engine import Engine, Sampling

RULES = Contestant("rules", lambda task, seed: RulesPolicy())  # noqa: ARG005
ORACLE = Contestant("oracle rules", lambda task, seed: oracle(task))  # noqa: ARG005
FLOOR = "floor (random weights)"


def of_engine(name: str, engine: Engine, temperature: float = 0.0) -> Contestant:
    """A model; each run begins with an empty context and, above temperature 0, draws by its own seed."""
    # The template language is loaded for a model alone.
    from models.template import ChatTemplate

    template = ChatTemplate.from_source(engine.chat_template)

    def policy(task: object, seed: int) -> Policy:  # noqa: ARG001
        engine.reset()
        return ModelPolicy(engine, template, Sampling(temperature=temperature, seed=seed))

    return Contestant(name, policy, lambda: engine.usage.generated)


def of_gguf(name: str, path: Path, context_size: int, temperature: float = 0.0) -> Contestant:
    """A model file; raises EngineError where it cannot be loaded."""
    # llama.cpp is loaded for a model alone.
    from models.llama import LlamaEngine

    return of_engine(name, LlamaEngine.open(path, context_size=context_size), temperature)


def floor(engine: Engine) -> Contestant:
    """Random weights under the same grammar and code, drawn at temperature 1."""
    return of_engine(FLOOR, engine, temperature=1.0)
