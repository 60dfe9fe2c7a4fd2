"""A teacher that fails in every way: each is counted, a good answer after it counts, a dead one ends."""

import json
from collections.abc import Iterator

import pytest

from agent.plan import PlanNeed
from distill.seats.asking import Limits, Teacher, persist, read, seed_of
from distill.seats.model_user import ModelUser, QuestionAnswer
from distill.seats.roles import Brief, SeatError
from distill.seats.tally import SeatCount, Tally
from distill.seats.writer import ServedWriter
from distill.task import Persona, TrueNeed
from models.engine import Sampling
from models.served import Bounds, ServedClient
from tests.faulty_teacher import FaultyTeacher, faulty_teacher

BRIEF = Brief(
    category=("Kitchen", "Kettles"),
    noun="kettle",
    needs=(
        TrueNeed(need=PlanNeed(on="price", op="<=", value="60 EUR"), words="not more than 60 euros"),
        TrueNeed(need=PlanNeed(on="capacity", op=">=", value="1.5 liter"), words="it should hold 1.5 liters"),
    ),
    family="plain",
    seed=5,
)
SHOPPER = Persona(user="u1", summary="Somebody who drinks a lot of tea and looks for quiet things.")
GOOD = json.dumps({"question": "I need a kettle that holds 1.5 liters and costs not more than 60 euros."})
GERMAN = json.dumps(
    {"question": "Ich brauche einen Kettle mit 1.5 liter und er soll nicht über 60 EUR kosten."}
)
CHINESE = json.dumps({"question": "我想要一个容量至少1.5升、价格不超过60欧元、而且很安静的电热水壶。"})
LOST = json.dumps({"question": "I need a kettle that holds plenty and costs not more than 60 euros."})
HALF = GOOD[: len(GOOD) // 2]


class Hours:
    """Time that passes only when it is waited for."""

    def __init__(self) -> None:
        self.waited: list[float] = []

    def now(self) -> float:
        """All that was waited."""
        return sum(self.waited)

    def wait(self, seconds: float) -> None:
        """Let time pass at once."""
        self.waited.append(seconds)


@pytest.fixture(scope="module")
def server() -> Iterator[FaultyTeacher]:
    """One server for all tests."""
    with faulty_teacher() as teacher:
        yield teacher


@pytest.fixture
def hours() -> Hours:
    """A clock."""
    return Hours()


def teacher_at(address: str, hours: Hours, limits: Limits | None = None) -> Teacher:
    """A teacher with little patience."""
    client = ServedClient(address, "m", bounds=Bounds(connect=1, read=0.3, total=0.5, most_bytes=200_000))
    return Teacher(ServedWriter(client, Sampling(temperature=0.7)), Tally(), limits or Limits(), hours)


@pytest.mark.parametrize(
    ("behaviour", "cause"),
    [
        ("slow", "timeout"),
        ("drip", "timeout"),
        ("busy", "refused"),
        ("fault", "server"),
        ("drop", "died"),
        ("half body", "died"),
        (" ", "empty"),
        ("I would rather talk about the weather.", "malformed"),
        ('{"query": "a kettle"}', "malformed"),
        ("page", "malformed"),
        (HALF, "cut"),
        ("thought", "endless"),
        ("flood", "endless"),
        (GERMAN, "language"),
        (CHINESE, "language"),
        (LOST, "untrue"),
    ],
)
def test_a_good_answer_after_a_failure_counts_and_the_failure_is_tallied(
    server: FaultyTeacher, hours: Hours, behaviour: str, cause: str
) -> None:
    teacher = teacher_at(server.address, hours)
    server.will(behaviour, then=GOOD)
    assert ModelUser(teacher).question(BRIEF, SHOPPER) == json.loads(GOOD)["question"]
    assert teacher.tally.counts() == {"user": SeatCount(attempts=2, answers=1, failures={cause: 1})}
    seeds = [asked["seed"] for asked in server.asked]
    assert len(set(seeds)) == 2


@pytest.mark.parametrize("behaviour", ["fault", "drop", "busy", " ", HALF, LOST, CHINESE])
def test_a_teacher_that_never_recovers_ends_in_a_sentence_within_its_attempts(
    server: FaultyTeacher, hours: Hours, behaviour: str
) -> None:
    teacher = teacher_at(server.address, hours, Limits(attempts=3))
    server.will(then=behaviour)
    with pytest.raises(SeatError, match="The user seat gave nothing usable in 3 attempts"):
        ModelUser(teacher).question(BRIEF, SHOPPER)
    assert len(server.asked) == 3


def test_a_server_that_is_gone_is_given_time_and_then_up(hours: Hours) -> None:
    teacher = teacher_at("http://127.0.0.1:9", hours, Limits(attempts=4, first_wait=1, longest_wait=3))
    with pytest.raises(SeatError) as raised:
        ModelUser(teacher).question(BRIEF, SHOPPER)
    assert raised.value.cause == "unreachable"
    assert hours.waited == [1, 2, 3]


def test_a_busy_server_is_left_alone_as_long_as_it_asks_up_to_a_cap(
    server: FaultyTeacher, hours: Hours
) -> None:
    teacher = teacher_at(server.address, hours, Limits(longest_wait=30))
    server.will("busy 7", "busy 900", then=GOOD)
    ModelUser(teacher).question(BRIEF, SHOPPER)
    assert hours.waited == [7, 30]


def test_no_attempt_begins_after_the_time_is_up(server: FaultyTeacher, hours: Hours) -> None:
    teacher = teacher_at(server.address, hours, Limits(attempts=50, seconds=20))
    server.will(then="busy 9")
    with pytest.raises(SeatError):
        ModelUser(teacher).question(BRIEF, SHOPPER)
    assert len(server.asked) == 3


def test_what_is_refused_for_good_is_not_asked_again(server: FaultyTeacher, hours: Hours) -> None:
    teacher = teacher_at(server.address, hours)
    server.will(then="refuse")
    with pytest.raises(SeatError) as raised:
        ModelUser(teacher).question(BRIEF, SHOPPER)
    assert raised.value.cause == "rejected"
    assert teacher.tally.counts()["user"].attempts == 1


def test_a_run_is_told_to_stop_once_too_many_of_the_latest_attempts_failed() -> None:
    tally = Tally(most_failed=0.5, latest=10)
    for _ in range(1000):
        tally.answered("user")
    for _ in range(5):
        tally.failed("judge", "timeout")
    assert tally.exhausted() is None
    tally.failed("judge", "timeout")
    assert tally.exhausted() == (
        "6 of the last 10 attempts of the teacher failed, more than 50% (in all: timeout 6); "
        "mend it or take another, then run again: what is done is kept."
    )


def test_a_few_first_failures_stop_nothing() -> None:
    tally = Tally(most_failed=0.5, latest=10)
    for _ in range(9):
        tally.failed("user", "untrue")
    assert tally.exhausted() is None


def test_counts_of_other_processes_add_up() -> None:
    here, there = Tally(), Tally()
    here.failed("user", "cut")
    there.failed("user", "cut")
    there.answered("judge")
    here.add(there.counts())
    assert list(here.lines()) == [
        "judge: 1 of 1 answers count (100.0%)",
        "user: 0 of 2 answers count (0.0%); cut 2",
    ]


@pytest.mark.parametrize(
    "around", ["{}", "```json\n{}\n```", "Sure, here you are: {} I hope that it helps.", "\n\n  {}  \n"]
)
def test_what_stands_around_the_json_does_no_harm(around: str) -> None:
    assert read(around.replace("{}", GOOD), QuestionAnswer).model_dump_json(indent=None)


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("", "empty"),
        ("no", "malformed"),
        ('{"question": ', "cut"),
        ('{"question": "I want', "cut"),
        ('{"question": 3}', "malformed"),
        ('{"question": "short"}', "malformed"),
        ('{"question" "I want"}', "malformed"),
        ('{"a":' * 3000, "malformed"),
        ('{"question": ' + "1" * 5000 + "}", "malformed"),
    ],
)
def test_what_is_no_answer_is_named_by_its_cause(text: str, cause: str) -> None:
    with pytest.raises(SeatError) as raised:
        read(text, QuestionAnswer)
    assert raised.value.cause == cause


def test_seeds_are_the_same_everywhere() -> None:
    assert seed_of("user", 3) == 1299709219
    assert seed_of("user", 3) != seed_of("user", 4)


def test_every_attempt_has_its_own_seed(hours: Hours) -> None:
    seen: list[int] = []

    def once(seed: int) -> str:
        seen.append(seed)
        raise SeatError("empty", "Nothing.")

    with pytest.raises(SeatError):
        persist(once, "user", 40, Tally(), Limits(attempts=3), hours)
    assert seen == [40, 41, 42]
