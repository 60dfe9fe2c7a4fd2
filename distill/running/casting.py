"""Who sits where, from names: `rules`, a GGUF file, or the address of a server.

A `Casting` lives in one worker. A model file is loaded once for research, whose context grows, and once for
the seats that write single answers.
"""

from pathlib import Path

from agent.model_policy import ModelPolicy
from agent.policy import Policy
from distill.dialogue import Seats, State
from distill.faults import Faulty, draw_faults
from distill.seats.asking import Teacher
from distill.seats.counted_policy import CountedPolicy
from distill.seats.model_critic import ModelCritic
from distill.seats.model_judge import ModelJudge
from distill.seats.model_rewriter import ModelRewriter
from distill.seats.model_user import ModelUser
from distill.seats.oracle import oracle
from distill.seats.prompting import research_system
from distill.seats.roles import Rewriter, UserSeat
from distill.seats.rules_critic import RulesCritic
from distill.seats.rules_user import RulesUser
from distill.seats.served_policy import ServedPolicy
from distill.seats.tally import Tally
from distill.seats.writer import EngineWriter, ServedWriter
from distill.stage import CLOCK, Cast
from distill.supervisor import STATES, Critic, Supervision
from distill.task import Task
from index.product import Record
from index.search import Index
from models.engine import Engine, Sampling
from models.served import ServedClient, connect
from models.template import ChatTemplate

RULES = "rules"
WARMTH = 0.7
"""Temperature of a teacher: synthesis wants variety, and the seed keeps it repeatable."""
CONTEXT = 16384
"""Tokens of a model's context: what a GGUF is opened with, what a server is taken to have."""


class CastSpec(Record):
    """Everything that a worker needs to know of who sits where."""

    user: str = RULES
    research: str = RULES
    supervisor: str = RULES
    """`rules`, the path of a GGUF, or the address of a server."""
    states: frozenset[State] = STATES
    report_rounds: int = 2
    fault_share: float = 0.0
    """Share of dialogues into which faults are planted."""
    most_faults: int = 3
    threads: int | None = None
    most_failed: float = 0.8
    """Share of a teacher's latest attempts past which the run stops."""
    seed: int = 0


class Casting:
    """The seats of one worker; a model is opened once its seat is asked for, which raises EngineError."""

    def __init__(self, spec: CastSpec) -> None:
        self._spec = spec
        self.tally = Tally(spec.most_failed)
        self._teachers: dict[str, Teacher] = {}
        self._researcher: Engine | None = None
        self._clients: dict[str, ServedClient] = {}

    def cast(self, task: Task, index: Index) -> tuple[Cast, Faulty | None]:
        """The seats for one dialogue over an index, and the fault injector where it takes part."""
        spec = self._spec
        research = self._research(task)
        faulty = self._faulty(research, task)
        user = self.user(index)
        cast = Cast(
            user=user,
            research=faulty or research,
            critic=self._critic(task),
            supervision=Supervision(states=spec.states, report_rounds=spec.report_rounds),
            names=Seats(user=user.name, research=research.author, supervisor=self._supervisor()),
        )
        return cast, faulty

    def user(self, index: Index) -> UserSeat:
        """The person, who knows what the shop offers."""
        return RulesUser(index) if self._spec.user == RULES else ModelUser(self.teacher(self._spec.user))

    def rewriter(self, rules: Rewriter) -> Rewriter:
        """Who rewrites: the supervisor's model, or the rules that are given."""
        source = self._spec.supervisor
        return rules if source == RULES else ModelRewriter(self.teacher(source))

    def teacher(self, source: str) -> Teacher:
        """The model at a path or an address, with the tally of this worker."""
        if source not in self._teachers:
            self._teachers[source] = Teacher(self._writer(source), self.tally)
        return self._teachers[source]

    def _supervisor(self) -> str:
        source = self._spec.supervisor
        return RULES if source == RULES else self.teacher(source).writer.name

    def _faulty(self, research: Policy, task: Task) -> Faulty | None:
        seed = f"{self._spec.seed}:{task.id}"
        faults = draw_faults(self._spec.fault_share, self._spec.most_faults, seed)
        return Faulty(research, faults, seed) if faults else None

    def _critic(self, task: Task) -> Critic:
        source = self._spec.supervisor
        if source == RULES:
            # Rules write the same report again, so holding theirs to the rubric would only cost time.
            return RulesCritic(task, None if self._spec.research == RULES else task.rubric)
        return ModelCritic(ModelJudge(self.teacher(source)), task.rubric)

    def _research(self, task: Task) -> Policy:
        source = self._spec.research
        if source == RULES:
            return oracle(task)
        sampling = Sampling(temperature=WARMTH, seed=self._spec.seed + task.seed)
        if is_address(source):
            client = self._client(source)
            return ServedPolicy(client, sampling, self.tally, context=CONTEXT, system=research_system())
        if self._researcher is None:
            self._researcher = self._engine(source)
        engine = self._researcher
        engine.reset()
        policy = ModelPolicy(engine, _template(engine), sampling, system=research_system())
        return CountedPolicy(policy, self.tally)

    def _writer(self, source: str) -> EngineWriter | ServedWriter:
        sampling = Sampling(temperature=WARMTH)
        if is_address(source):
            return ServedWriter(self._client(source), sampling)
        engine = self._engine(source)
        return EngineWriter(engine, _template(engine), sampling)

    def _client(self, source: str) -> ServedClient:
        if source not in self._clients:
            self._clients[source] = connect(source)
        return self._clients[source]

    def _engine(self, source: str) -> Engine:
        from models.llama import LlamaEngine  # llama.cpp is loaded for a model alone

        return LlamaEngine.open(Path(source), context_size=CONTEXT, threads=self._spec.threads)


def _template(engine: Engine) -> ChatTemplate:
    """The model's own template; it is told the day of every dialogue, so that bytes do not follow ours."""
    return ChatTemplate.from_source(engine.chat_template, now=CLOCK)


def is_address(source: str) -> bool:
    """Whether a source is a server and no file."""
    return source.startswith(("http://", "https://"))
