"""A research run made from settings and a home: what the command line and the app have in common."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.changes import refresh
from agent.desk import Desk
from agent.loop import Person, Research
from agent.opening import QuestionError, begin, follow_up
from agent.policy import Policy
from agent.session import Sessions
from agent.trajectory import Feedback, Trajectory
from agent.wire import WIRE_VERSION
from index.search import Index
from models.engine import Cancel, Engine
from tui.person import Absent
from tui.settings import Settings

RULES = "rules"


@contextmanager
def open_run(
    question: str,
    resume: str,
    settings: Settings,
    home: Path,
    cancel: Cancel,
    person: Person | None = None,
) -> Iterator[Research]:
    """Begin a session, follow one up, or go on with one where the question is empty."""
    with Index.open(home) as index, closing(Sessions(home / "sessions.sqlite")) as sessions:
        engine = None if researcher(settings) == RULES else load_engine(settings)
        policy = make_policy(settings, cancel, engine)
        yield start_run(question, resume, index, policy, sessions, settings, cancel, person)


def start_run(
    question: str,
    resume: str,
    index: Index,
    policy: Policy,
    sessions: Sessions,
    settings: Settings,
    cancel: Cancel,
    person: Person | None = None,
) -> Research:
    """The same over what is open already; the session is stored before its first step."""
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
        return follow_up(question, trajectory, desk, policy.author, datetime.now(UTC)), desk
    if sessions.has_report(session_id):
        raise QuestionError(
            f"Session {session_id} is finished; ask a follow-up with "
            f'`productresearch research --resume {session_id} "and in white?"`.'
        )
    return trajectory, desk


def researcher(settings: Settings) -> str:
    """Who will research: the rules, or a model's file where an engine is named."""
    if (settings.policy or ("model" if settings.engine else RULES)) == RULES:
        return RULES
    return settings.engine.name if settings.engine else "model"


def load_engine(settings: Settings) -> Engine:
    """The model that the settings name; raises EngineError."""
    from models.engine import ModelFileError
    from models.llama import LlamaEngine  # llama.cpp is loaded for a model alone

    if settings.engine is None:
        raise ModelFileError(
            "No model is named: give one with `--engine PATH.gguf`, or use `--policy rules`."
        )
    engine = LlamaEngine.open(settings.engine, context_size=settings.context, threads=settings.threads)
    spoken = engine.metadata.wire
    if spoken is not None and spoken != WIRE_VERSION:
        raise ModelFileError(
            f"{settings.engine} was trained for wire {spoken} and this version speaks {WIRE_VERSION}; "
            "use a model made for it, or a general one."
        )
    return engine


def make_policy(settings: Settings, cancel: Cancel, engine: Engine | None) -> Policy:
    """The policy that researches: a model's where there is an engine, else the rules."""
    if engine is None:
        from agent.rules import RulesPolicy

        return RulesPolicy()
    from agent.model_policy import ModelPolicy
    from models.engine import Sampling
    from models.template import ChatTemplate  # the template language is loaded for a model alone

    template = ChatTemplate.from_source(engine.chat_template)
    sampling = Sampling(temperature=settings.temperature, seed=settings.seed)
    return ModelPolicy(engine, template, sampling, cancel)


def overridden(settings: Settings, given: Mapping[str, object]) -> Settings:
    """Settings with the options that were given on the command line."""
    return settings.model_copy(update={key: value for key, value in given.items() if value is not None})
