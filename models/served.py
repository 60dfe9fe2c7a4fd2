"""A client of OpenAI-compatible servers of models (llama-server, llama_cpp.server, vLLM, and the like).

It asks for replies, whole or as they are written, in the strictest form that a server holds to. What is sent
and read on the way is left to `models.served_line`, and when to try again to who asks.
"""

import re
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from pydantic import BaseModel, ValidationError

from models.completion import Completion, Reply, harmless
from models.served_errors import FaultError, NonsenseError, RejectedError
from models.served_forms import Form, is_held, proof, refuses_form
from models.served_line import Bounds, Line
from models.served_stream import BrokenOffError, Events, Gathering, Written

if TYPE_CHECKING:
    import httpx

__all__ = ["Bounds", "ServedClient", "connect", "served_models"]

_CHAT = "/v1/chat/completions"
_STREAM = "text/event-stream"


class ServedClient:
    """One model at one server; may be used by several threads."""

    def __init__(
        self,
        base_url: str,
        model: str = "",
        key: str | None = None,
        bounds: Bounds | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`base_url` with or without `/v1`; without a model the server takes its own.

        Raises AddressError, and RejectedError for a key that no request can carry.
        """
        self._line = Line(base_url, key, bounds or Bounds(), clock)
        self.address = self._line.address
        self.model = model
        self._streams = True
        """Until the server says that it does not."""
        self._accepted: dict[tuple[tuple[str, ...], ...], int] = {}

    @property
    def name(self) -> str:
        """The model's name for reports, without the folder and ending of its file."""
        return self.told(re.split(r"[/\\]", self.model)[-1].removesuffix(".gguf")) or self.address

    def told(self, text: str) -> str:
        """What the server says of itself, on one line and without the key."""
        return self._line.told(text)

    def get(self, path: str) -> bytes:
        """What the server answers to a GET; raises ServerError."""
        with self._line.answer("GET", path, None) as response:
            return self._line.body(response)

    def chat(self, request: Form, forms: Sequence[Form] = ({},)) -> Reply:
        """The reply to a chat request in the strictest form that the server holds to; raises ServerError.

        `forms` go from strict to plain. The first that this server takes is kept for all later requests, and
        where it refuses one of those it is asked in the next.
        """
        self._line.hung_up = False
        return _last(self._in_form(request, forms, self._whole))

    def write(self, request: Form, forms: Sequence[Form] = ({},)) -> Generator[Written, None, Reply]:
        """The same, told as the server writes it; all at the end where the server does not stream."""
        self._line.hung_up = False
        return (yield from self._in_form(request, forms, self._streamed))

    def close(self) -> None:
        """End the connections; the client can be used again."""
        self._line.close()

    def hang_up(self) -> None:
        """Break off an answer that another thread waits for, so that the server hears of it at once."""
        self._line.hang_up()

    def _in_form(
        self,
        request: Form,
        forms: Sequence[Form],
        ask: Callable[[Form], Generator[Written, None, Reply]],
    ) -> Generator[Written, None, Reply]:
        kinds = tuple(tuple(form) for form in forms)
        known = self._accepted.get(kinds)
        for at in range(known or 0, len(forms)):
            try:
                if known is None and not self._is_proven(forms[at]):
                    continue
                reply = yield from ask({**request, **forms[at]})
            except RejectedError as error:
                if at + 1 == len(forms) or not refuses_form(error):
                    raise
                continue
            self._accepted[kinds] = at
            return reply
        raise ValueError("a chat needs a form that binds nothing, or one of tools")

    def _is_proven(self, form: Form) -> bool:
        small = proof(form)
        return small is None or is_held(_last(self._whole(small)))

    def _whole(self, request: Form) -> Generator[Written, None, Reply]:
        yield from ()
        with self._line.answer("POST", _CHAT, self._addressed(request)) as response:
            return self._completion(self._line.body(response))

    def _streamed(self, request: Form) -> Generator[Written, None, Reply]:
        """Parts as they come; a server that does not stream is asked for the whole."""
        if self._streams:
            gathering = Gathering()
            try:
                with self._line.answer(
                    "POST", _CHAT, {**self._addressed(request), "stream": True}
                ) as response:
                    if not response.headers.get("Content-Type", "").startswith(_STREAM):
                        return self._completion(self._line.body(response))
                    yield from self._events(response, gathering)
            except RejectedError as error:
                if not (refuses_form(error) and "stream" in str(error)):
                    raise
                self._streams = False
            if gathering.whole:
                return self._safe(gathering.reply())
            if gathering.begun or self._line.hung_up:
                raise self._line.dropped()
        # llama_cpp.server says what is wrong with a request only to who asks for the whole.
        return (yield from self._whole(request))

    def _events(self, response: "httpx.Response", gathering: Gathering) -> Iterator[Written]:
        events = Events()
        for part in self._line.parts(response, self._line.bounds.streamed):
            for data in events.feed(part):
                try:
                    yield from gathering.add(data)
                except BrokenOffError as error:
                    said = self._line.words(error.args[0])
                    raise FaultError(f"{self.address} broke its answer off: {said}.") from error
                except ValidationError as error:
                    raise self._line.nonsense() from error
            if gathering.ended:
                return

    def _addressed(self, request: Form) -> Form:
        model: Form = {"model": self.model} if self.model else {}
        return {**model, **request, "messages": harmless(request.get("messages"))}

    def _completion(self, body: bytes) -> Reply:
        try:
            return self._safe(Completion.model_validate_json(body).reply())
        except ValidationError as error:
            raise self._line.nonsense() from error

    def _safe(self, reply: Reply) -> Reply:
        """The reply without the key: what a server gives back is shown and stored."""
        safe = self._line.keyless
        calls = tuple((safe(name), safe(arguments)) for name, arguments in reply.calls)
        return replace(reply, text=safe(reply.text), thought=safe(reply.thought), calls=calls)


def served_models(client: ServedClient) -> tuple[str, ...]:
    """The names of the models that a server offers; raises ServerError."""
    try:
        listed = _Models.model_validate_json(client.get("/v1/models"))
    except ValidationError as error:
        raise NonsenseError(
            f"{client.address} is no OpenAI-compatible server: it does not list its models."
        ) from error
    return tuple(model.id for model in listed.data)


def connect(
    base_url: str, model: str = "", key: str | None = None, bounds: Bounds | None = None
) -> ServedClient:
    """A client of a server that is there and has the model; without a name, its first one.

    Raises ServerError with a sentence for the person.
    """
    client = ServedClient(base_url, model, key, bounds)
    offered = served_models(client)
    if not offered:
        raise RejectedError(f"{client.address} has no model loaded.")
    if model and model not in offered:
        has = client.told(", ".join(offered[:8]))
        raise RejectedError(f"{client.address} has no model {model!r}; it has {has}.")
    client.model = model or offered[0]
    return client


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


def _last(writing: Generator[Written, None, Reply]) -> Reply:
    """The reply, for whoever does not look on."""
    while True:
        try:
            next(writing)
        except StopIteration as end:
            reply: Reply = end.value
            return reply
