"""A research run made from settings and a home: what the command line and the app have in common."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from agent.changes import refresh
from agent.desk import Desk
from agent.loop import Person, Research
from agent.opening import QuestionError, begin, follow_up
from agent.policy import Policy
from agent.session import Sessions
from agent.trajectory import Feedback, Trajectory
from index.search import Index
from models.engine import Cancel
from tui.person import Absent
from tui.settings import Settings


def open_run(
    question: str,
    resume: str,
    settings: Settings,
    home: Path,
    cancel: Cancel,
    person: Person | None = None,
) -> Research:
    """Begin a session, follow one up, or go on with one where the question is empty."""
    index = Index.open(home)
    policy = make_policy(settings, cancel)
    sessions = Sessions(home / "sessions.sqlite")
    notices: list[str] = []
    if resume:
        trajectory, desk = _resumed(question, sessions, resume, index, policy)
        notices = refresh(desk)
        if notices:
            trajectory = trajectory.and_then(Feedback(text="\n".join(notices)))
    else:
        trajectory, desk = begin(question, index, policy.author, settings.seed, datetime.now(UTC))
    sessions.save(trajectory, desk)
    return Research(
        policy, person or Absent(), sessions, trajectory, desk, settings.max_steps, cancel, notices
    )


def _resumed(
    question: str, sessions: Sessions, session_id: str, index: Index, policy: Policy
) -> tuple[Trajectory, Desk]:
    trajectory = sessions.trajectory(session_id)
    desk = sessions.desk(session_id, index)
    if question:
        return follow_up(question, trajectory, desk, policy.author), desk
    if sessions.has_report(session_id):
        raise QuestionError(
            f"Session {session_id} is finished; ask a follow-up with "
            f'`productresearch research --resume {session_id} "and in white?"`.'
        )
    return trajectory, desk


def make_policy(settings: Settings, cancel: Cancel) -> Policy:
    """The policy that researches: a model where an engine is named, else the rules."""
    wanted = settings.policy or ("model" if settings.engine else "rules")
    if wanted == "model":
        return _model_policy(settings, cancel)
    from agent.rules import RulesPolicy

    return RulesPolicy()


def _model_policy(settings: Settings, cancel: Cancel) -> Policy:
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


def overridden(settings: Settings, given: Mapping[str, object]) -> Settings:
    """Settings with the options that were given on the command line."""
    return settings.model_copy(update={key: value for key, value in given.items() if value is not None})
