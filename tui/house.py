"""The parts of one home put together: index, sessions and the policy that the settings ask for."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tui.settings import Settings

if TYPE_CHECKING:
    from agent.policy import Policy
    from models.engine import Cancel


@dataclass(frozen=True)
class Home:
    """Where everything of one person lies."""

    path: Path

    @property
    def sessions(self) -> Path:
        """The session store."""
        return self.path / "sessions.sqlite"

    @property
    def rejects(self) -> Path:
        """Rows that could not be imported."""
        return self.path / "rejects"


def make_policy(settings: Settings, cancel: "Cancel | None" = None) -> "Policy":
    """The policy that researches: a model where an engine is named, else the rules."""
    from agent.rules import RulesPolicy  # the agent's floor is not paid for by `--help`

    wanted = settings.policy or ("model" if settings.engine else "rules")
    if wanted == "rules":
        return RulesPolicy()
    return _model_policy(settings, cancel)


def _model_policy(settings: Settings, cancel: "Cancel | None") -> "Policy":
    from agent.model_policy import ModelPolicy
    from models.engine import ModelFileError, Sampling
    from models.llama import LlamaEngine  # llama.cpp is loaded for a model alone
    from models.template import ChatTemplate

    if settings.engine is None:
        raise ModelFileError(
            "No model is named: give one with `--engine PATH.gguf`, or use `--policy rules`."
        )
    engine = LlamaEngine.open(settings.engine, context_size=settings.context, threads=settings.threads)
    template = ChatTemplate.from_source(engine.chat_template)
    sampling = Sampling(temperature=settings.temperature, seed=settings.seed)
    return ModelPolicy(engine, template, sampling, cancel)
