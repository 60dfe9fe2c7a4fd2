"""A research run made from settings and a home: what the command line and the app have in common."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.changes import refresh
from agent.desk import Desk
from agent.loop import Person, Research
from agent.opening import QuestionError, begin, follow_up
from agent.past import own_past
from agent.policy import Policy
from agent.session import Sessions
from agent.trajectory import Feedback, Trajectory
from agent.wire import WIRE_VERSION
from index.search import Index
from models.bundled_agent import bundled_agent
from models.engine import Cancel, Engine
from models.in_use import ModelsInUse
from models.store import ModelStore
from models.usable import Model, demand_wire
from tui.model_file import model_file
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
        model = named_model(settings, home)
        engine = None if model is None else load_engine(model, settings)
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
    *,
    steered: bool = False,
) -> Research:
    """The same over what is open already; the session is stored before its first step.

    `steered` says that the person has wishes ready, by which a finished session goes on without a question.
    """
    notices: list[str] = []
    if resume:
        trajectory, desk = _resumed(question, sessions, resume, index, policy, steered=steered)
        notices = refresh(desk)
        if notices:
            trajectory = trajectory.and_then(Feedback(text="\n".join(notices)))
    else:
        past = own_past(index) if settings.own_history else ()
        trajectory, desk = begin(question, index, policy.author, settings.seed, datetime.now(UTC), past)
    desk.freshness = settings.freshness
    sessions.save(trajectory, desk)
    return Research(
        policy, person or Absent(), sessions, trajectory, desk, settings.max_steps, cancel, notices
    )


def _resumed(
    question: str, sessions: Sessions, session_id: str, index: Index, policy: Policy, *, steered: bool
) -> tuple[Trajectory, Desk]:
    trajectory = sessions.trajectory(session_id)
    desk = sessions.desk(session_id, index)
    if question:
        return follow_up(question, trajectory, desk, policy.author, datetime.now(UTC)), desk
    if steered:
        desk.stop = False
    elif sessions.has_report(session_id):
        raise QuestionError(
            f"Session {session_id} is finished; ask a follow-up with "
            f'`productresearch research --resume {session_id} "and in white?"`.'
        )
    return trajectory, desk


def server_of(settings: Settings) -> str:
    """The address of the server whose model researches; empty where none is named."""
    return settings.engine if settings.engine.lower().startswith(("http://", "https://")) else ""


def named_model(settings: Settings, home: Path) -> Model | None:
    """The model of this machine that researches: the one that is named, else the one in use.

    None for the rules and for a server. Where none was put in use it is the bundled agent. Raises InUseError
    where the model in use is not what was put in use, and StoreError for a named one that was not fetched.
    """
    if settings.engine == RULES or server_of(settings):
        return None
    if settings.engine:
        return Model(model_file(settings.engine, ModelStore(home)))
    return ModelsInUse(home, bundled_agent()).current


def load_engine(model: Model, settings: Settings) -> Engine:
    """Load a model as the settings have it; raises EngineError."""
    from models.llama import LlamaEngine  # llama.cpp is loaded for a model alone

    engine = LlamaEngine.open(
        model.path, context_size=settings.context, threads=settings.threads, adapters=model.adapters
    )
    demand_wire(engine.metadata, model.path, WIRE_VERSION)
    return engine


def make_policy(settings: Settings, cancel: Cancel, engine: Engine | None) -> Policy:
    """The policy that researches: of the server that is named, of the engine, or the rules.

    Raises ServerError where there is no such server.
    """
    if address := server_of(settings):
        from tui.served import served_policy

        return served_policy(address, settings, cancel)
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
