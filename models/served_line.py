"""The line to one server: how long is waited, how much is read, and what is said where it fails.

What the requests and answers mean is left to `models.served`. No answer is trusted, and the key goes to the
address that was named and nowhere else.
"""

import json
import re
import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from socket import SHUT_RDWR, socket
from typing import TYPE_CHECKING, Any

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
from models.served_forms import Form

if TYPE_CHECKING:
    import httpx

_BASE = re.compile(r"(https?://(?:[\w.-]+|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?(?:/[\w./~-]*?)??)(?:/v1)?/*")
_HIGHEST = 65_535
"""Number that a server can listen at."""
_MESSAGE = re.compile(r'"message"\s*:\s*"((?:[^"\\]|\\.)+)')
_QUOTED = 160
"""Characters of a server's own words that are passed on."""


@dataclass(frozen=True)
class Bounds:
    """How long to wait, in seconds, and how much to read."""

    connect: float = 5.0
    read: float = 120.0
    """Between two stretches of an answer; a server that does not stream says nothing until it is done."""
    total: float = 300.0
    streamed: float = 1800.0
    """In place of `total` for an answer that is seen to grow."""
    most_bytes: int = 4 << 20


class Line:
    """Requests to one server; may be used by several threads."""

    def __init__(
        self,
        base_url: str,
        key: str | None,
        bounds: Bounds,
        clock: Callable[[], float],
        what: str = "server of models",
    ) -> None:
        """`base_url` with or without `/v1`; `what` should answer there.

        Raises AddressError, and RejectedError for what is no key.
        """
        found = _BASE.fullmatch(base_url.strip())
        if found is None or int(found[2] or 1) not in range(1, _HIGHEST + 1):
            raise _no_address(base_url)
        if key and not (key.isascii() and key.isprintable()):
            raise RejectedError("The key is none: it is one line of plain letters, digits and signs.")
        self.address = found[1].rstrip("/")
        self.bounds = bounds
        self.hung_up = False
        """Whether the last answer was broken off from this side; nothing more is sent for it."""
        self._key = key
        self._clock = clock
        self._what = what
        self._client: httpx.Client | None = None
        self._socket: socket | None = None

    def close(self) -> None:
        """End the connections; the client can be used again."""
        if self._client is not None:
            self._client.close()
            self._client = None

    def hang_up(self) -> None:
        """Break off an answer that another thread waits for, so that the server hears of it at once."""
        self.hung_up = True
        self._shut()

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it has ended by itself
                # To close it would wait for the other thread, and tell the server nothing until then.
                self._socket.shutdown(SHUT_RDWR)

    @contextmanager
    def answer(self, method: str, path: str, body: Form | None) -> Iterator["httpx.Response"]:
        """A good answer that is still to be read; whatever goes wrong until it was is a ServerError."""
        # 0.2 s to import, and only who named a server needs it.
        import httpx

        if self.hung_up:
            raise self.dropped()
        try:
            asked = self._opened().stream(
                method, f"{self.address}{path}", json=body, extensions={"trace": self._heard}
            )
            with asked as response:
                if response.status_code != 200:
                    raise self._refusal(response.status_code, response.headers, self.body(response))
                yield response
        except httpx.TimeoutException as error:
            if isinstance(error, httpx.ConnectTimeout):
                raise self._nobody() from error
            raise SlowServerError(f"{self.address} did not answer in time.") from error
        except httpx.ConnectError as error:
            raise self._nobody() from error
        except httpx.TransportError as error:
            raise self.dropped() from error
        except httpx.DecodingError as error:
            raise NonsenseError(f"{self.address} answers in a coding that cannot be read.") from error
        except (httpx.InvalidURL, UnicodeError) as error:  # a host that no name service could be asked for
            raise _no_address(self.address) from error

    def body(self, response: "httpx.Response") -> bytes:
        """All of an answer."""
        return b"".join(self.parts(response, self.bounds.total))

    def parts(self, response: "httpx.Response", seconds: float) -> Iterator[bytes]:
        """What comes, within the bounds."""
        began, size = self._clock(), 0
        for part in response.iter_bytes():
            size += len(part)
            if size > self.bounds.most_bytes:
                raise EndlessError(f"{self.address} answers with more than {self.bounds.most_bytes:,} bytes.")
            if self._clock() - began > seconds:
                raise SlowServerError(f"{self.address} took more than {seconds:g} s to answer.")
            yield part

    def _opened(self) -> "httpx.Client":
        if self._client is None:
            import httpx

            bounds = self.bounds
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
        said = self.words(body)
        kind: type[ServerError] = FaultError if status >= 500 else RejectedError
        kind = BusyError if status == 429 else kind
        error = kind(f"{self.address} answers {status}{f': {said}' if said else ''}.")
        if 300 <= status < 400:
            error = RejectedError(f"{self.address} redirects elsewhere; name the address that it leads to.")
        error.status = status
        error.retry_after = _seconds(headers.get("Retry-After", ""))
        return error

    def words(self, body: bytes) -> str:
        """The beginning of what the server says, on one line and without the key."""
        text = self.keyless(body.decode(errors="replace"))[: 8 * _QUOTED]
        said = _MESSAGE.search(text)
        return self.told(said[1] if said else text)[:_QUOTED].rstrip(".")

    def told(self, text: str) -> str:
        """What a server says of itself, on one line."""
        text = self.keyless(text)
        return " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())

    def keyless(self, text: str) -> str:
        """Text without the key, also as JSON writes it."""
        for key in {self._key, json.dumps(self._key)[1:-1]} if self._key else ():
            text = text.replace(key, "…")
        return text

    def _heard(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "connection.connect_tcp.complete":
            self._socket = info["return_value"].get_extra_info("socket")
            if self.hung_up:
                self._shut()

    def nonsense(self) -> NonsenseError:
        """The error of an answer that cannot be read."""
        return NonsenseError(f"{self.address} answers with something that is no chat completion.")

    def dropped(self) -> DroppedError:
        """The error of an answer that ended too early."""
        return DroppedError(f"{self.address} dropped the connection before its answer was whole.")

    def _nobody(self) -> UnreachableError:
        return UnreachableError(
            f"No {self._what} answers at {self.address}; start it, or name another address."
        )


def _no_address(given: str) -> AddressError:
    return AddressError(
        f"{given[:80]!r} is no server address; write one such as http://127.0.0.1:8080, "
        "and give a key apart from it."
    )


def _seconds(text: str) -> float | None:
    return float(text) if re.fullmatch(r"\d{1,6}(?:\.\d{1,3})?", text.strip()) else None
