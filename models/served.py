"""A client of OpenAI-compatible servers of models (llama-server, llama_cpp.server, vLLM, and the like).

It sends chat requests, bounds what comes back in time and size, and says in typed errors what went wrong. It
tries nothing twice: when to try again is decided by who asks. Nothing here runs until a server was named.
"""

import re
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, JsonValue, ValidationError

from models.completion import Completion, Reply, harmless
from models.served_errors import (
    AddressError,
    BusyError,
    DroppedError,
    EndlessError,
    FaultError,
    NonsenseError,
    RejectedError,
    ServerError,
    SlowServerError,
    UnreachableError,
)

if TYPE_CHECKING:
    import httpx

Form = Mapping[str, JsonValue]
"""Fields of a request that one server knows and another does not."""

_BASE = re.compile(r"(https?://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::\d{1,5})?(?:/[\w./~-]*?)??)(?:/v1)?/*")
_MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.)+)')
_QUOTED = 160
"""Characters of a server's own words that are passed on."""
_WRONG_FORM = re.compile(r"grammar|schema|response_format|tool", re.IGNORECASE)


@dataclass(frozen=True)
class Bounds:
    """How long to wait, in seconds, and how much to read."""

    connect: float = 5.0
    read: float = 120.0
    """Between two stretches of an answer; a server that does not stream says nothing until it is done."""
    total: float = 300.0
    most_bytes: int = 4 << 20


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
        found = _BASE.fullmatch(base_url.strip())
        if found is None:
            raise _no_address(base_url)
        if key and not (key.isascii() and key.isprintable()):
            raise RejectedError("The key is none: it is one line of plain letters, digits and signs.")
        self.address = found[1].rstrip("/")
        self.model = model
        self._key = key
        self._bounds = bounds or Bounds()
        self._clock = clock
        self._client: httpx.Client | None = None
        self._line: socket | None = None
        self._accepted: dict[tuple[tuple[str, ...], ...], int] = {}

    @property
    def name(self) -> str:
        """The model's name for reports, without the folder and ending of its file."""
        return re.split(r"[/\\]", self.model)[-1].removesuffix(".gguf") or self.address

    def get(self, path: str) -> bytes:
        """What the server answers to a GET; raises ServerError."""
        return self._send("GET", path, None)

    def chat(self, request: Form, forms: Sequence[Form] = ({},)) -> Reply:
        """Send a chat request in the strictest form that the server takes; raises ServerError.

        `forms` go from strict to plain. The first that this server accepts is kept for all later requests.
        """
        kinds = tuple(tuple(form) for form in forms)
        known = self._accepted.get(kinds)
        tried = range(len(forms)) if known is None else range(known, known + 1)
        for at in tried:
            try:
                reply = self._completion({**request, **forms[at]})
            except (RejectedError, FaultError) as error:
                if at == tried[-1] or not _form_is_wrong(error):
                    raise
                continue
            self._accepted[kinds] = at
            return reply
        raise ValueError("a chat needs at least one form")

    def close(self) -> None:
        """End the connections; the client can be used again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def hang_up(self) -> None:
        """Break off an answer that another thread waits for, so that the server hears of it at once."""
        if self._line is not None:
            with suppress(OSError):  # it has ended by itself
                # To close it would wait for the other thread, and tell the server nothing until then.
                self._line.shutdown(SHUT_RDWR)

    def _heard(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            self._line = info["return_value"].get_extra_info("socket")

    def _completion(self, request: Form) -> Reply:
        model: Form = {"model": self.model} if self.model else {}
        said: Form = {"messages": harmless(request.get("messages"))}
        body = self._send("POST", "/v1/chat/completions", {**model, **request, **said})
        try:
            return Completion.model_validate_json(body).reply()
        except ValidationError as error:
            raise NonsenseError(
                f"{self.address} answers with something that is no chat completion."
            ) from error

    def _send(self, method: str, path: str, body: Form | None) -> bytes:
        """The whole body of a good answer."""
        # 0.2 s to import, and only who named a server needs it.
        import httpx

        began = self._clock()
        try:
            asked = self._opened().stream(
                method, f"{self.address}{path}", json=body, extensions={"trace": self._heard}
            )
            with asked as response:
                received = self._received(response, began)
                if response.status_code != 200:
                    raise self._refusal(response.status_code, response.headers, received)
                return received
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise UnreachableError(self._nobody()) from error
            raise SlowServerError(f"{self.address} did not answer in time.") from error
        except httpx.ConnectError as error:
            raise UnreachableError(self._nobody()) from error
        except httpx.TransportError as error:
            raise DroppedError(
                f"{self.address} dropped the connection before its answer was whole."
            ) from error
        except httpx.DecodingError as error:
            raise NonsenseError(f"{self.address} answers in a coding that cannot be read.") from error
        except (httpx.InvalidURL, UnicodeError) as error:  # a host that no name service could be asked for
            raise _no_address(self.address) from error

    def _received(self, response: "httpx.Response", began: float) -> bytes:
        parts, size = [], 0
        for part in response.iter_bytes():
            parts.append(part)
            size += len(part)
            if size > self._bounds.most_bytes:
                raise EndlessError(
                    f"{self.address} answers with more than {self._bounds.most_bytes:,} bytes."
                )
            if self._clock() - began > self._bounds.total:
                raise SlowServerError(f"{self.address} took more than {self._bounds.total:g} s to answer.")
        return b"".join(parts)

    def _opened(self) -> "httpx.Client":
        if self._client is None:
            import httpx

            bounds = self._bounds
            headers = {"Accept-Encoding": "identity"}
            if self._key:
                headers["Authorization"] = f"Bearer {self._key}"
            wait = httpx.Timeout(min(bounds.read, bounds.total), connect=bounds.connect)
            # No proxy or certificate of the environment: what was named is asked, and nobody in between.
            self._client = httpx.Client(
                timeout=wait, headers=headers, follow_redirects=False, trust_env=False
            )
            weakref.finalize(self, self._client.close)
        return self._client

    def _refusal(self, status: int, headers: Mapping[str, str], body: bytes) -> ServerError:
        said = self._words(body)
        kind: type[ServerError] = FaultError if status >= 500 else RejectedError
        kind = BusyError if status == 429 else kind
        error = kind(f"{self.address} answers {status}{f': {said}' if said else ''}.")
        if 300 <= status < 400:
            error = RejectedError(f"{self.address} redirects elsewhere; name the address that it leads to.")
        error.retry_after = _seconds(headers.get("Retry-After", ""))
        return error

    def _words(self, body: bytes) -> str:
        """The beginning of what the server says, on one line and without the key."""
        text = body[: 8 * _QUOTED].decode(errors="replace")
        said = _MESSAGE.search(text)
        text = said[1] if said else text
        text = text.replace(self._key, "…") if self._key else text
        shown = "".join(letter if letter.isprintable() else " " for letter in text)
        return " ".join(shown.split())[:_QUOTED].rstrip(".")

    def _nobody(self) -> str:
        return f"No server of models answers at {self.address}; start it, or name another address."


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
        raise RejectedError(f"{client.address} has no model {model!r}; it has {', '.join(offered[:8])}.")
    client.model = model or offered[0]
    return client


class _Model(BaseModel):
    id: str


class _Models(BaseModel):
    data: list[_Model]


def _no_address(given: str) -> AddressError:
    return AddressError(
        f"{given[:80]!r} is no server address; write one such as http://127.0.0.1:8080, "
        "and give a key apart from it."
    )


def _form_is_wrong(error: ServerError) -> bool:
    """Whether the server may have refused how an answer was to be bound, and not the request itself."""
    return isinstance(error, RejectedError) or bool(_WRONG_FORM.search(str(error)))


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,6}(?:\.\d{1,3})?", text.strip()) else None
