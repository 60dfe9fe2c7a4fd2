"""Who writes for a model seat: a GGUF in this process or a server, both held to the JSON of one record.

A writer writes once. Whether the text counts, and what happens where it does not, is left to `asking`.
"""

from dataclasses import replace
from typing import Protocol

from pydantic import BaseModel, JsonValue

from agent.wire import END_THINK
from distill.seats.roles import SeatError
from models.engine import Engine, Piece, Sampling
from models.schema_grammar import longest, schema_grammar
from models.served import ServedClient
from models.served_forms import Form, schema_form
from models.template import ChatTemplate

THINK_BUDGET = 512
"""Tokens of a thought before an answer."""


class Writer(Protocol):
    """A model that writes JSON."""

    @property
    def name(self) -> str:
        """The model's name."""
        ...

    def write(self, system: str, user: str, answer: type[BaseModel], seed: int) -> str:
        """Text that should be JSON of `answer`; raises EngineError or SeatError."""
        ...


class EngineWriter:
    """A model of this process; every answer begins with an empty context."""

    def __init__(
        self,
        engine: Engine,
        template: ChatTemplate,
        sampling: Sampling,
        think_budget: int = THINK_BUDGET,
    ) -> None:
        self._engine = engine
        self._template = template
        self._sampling = sampling
        self._think_budget = think_budget

    @property
    def name(self) -> str:
        """The model's name."""
        return self._engine.name

    def write(self, system: str, user: str, answer: type[BaseModel], seed: int) -> str:
        """Think within the budget where the template opens a thought, then write under the grammar."""
        sampling = replace(self._sampling, seed=seed)
        self._engine.reset()
        self._engine.append(self._template.opening(system, (), user))
        if self._template.opens_thinking:
            for _ in self._engine.think(END_THINK.strip(), self._think_budget, sampling):
                pass
            self._engine.append([Piece(END_THINK, trusted=True)])
        # A token spells at least one character, or a byte of one that takes up to four.
        budget = 4 * longest(answer)
        return "".join(self._engine.write(schema_grammar(answer), budget, sampling))


class ServedWriter:
    """A model at a server, held to the schema in whichever way the server knows."""

    def __init__(self, client: ServedClient, sampling: Sampling) -> None:
        self._client = client
        self._sampling = sampling

    @property
    def name(self) -> str:
        """The model's name."""
        return self._client.name

    def write(self, system: str, user: str, answer: type[BaseModel], seed: int) -> str:
        """Ask for JSON of the schema; a thought that filled the budget raises SeatError."""
        messages: list[JsonValue] = [
            {"role": "system", "content": system},
            {"role": "user", "content": user},
        ]
        request: Form = {
            "messages": messages,
            "max_tokens": THINK_BUDGET + longest(answer),
            **sampling_fields(self._sampling, seed),
        }
        reply = self._client.chat(request, _forms(answer))
        text = reply.text.rpartition(END_THINK.strip())[2]
        if reply.full and "{" not in text:
            raise SeatError("endless", f"{self.name} filled its budget without an answer.")
        return text


def sampling_fields(sampling: Sampling, seed: int) -> dict[str, JsonValue]:
    """How the next token is drawn, as every server understands it; seeds have 31 bits there."""
    return {"temperature": sampling.temperature, "top_p": sampling.top_p, "seed": seed % 2**31}


def _forms(answer: type[BaseModel]) -> list[Form]:
    """By grammar (llama-server, llama_cpp.server), by schema (vLLM, LM Studio, Ollama), or unbound."""
    return [{"grammar": schema_grammar(answer)}, schema_form(answer.model_json_schema()), {}]
