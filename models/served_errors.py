"""What goes wrong with a server of models, as types, so that who asks can decide what to try again."""

from models.engine import EngineError


class ServerError(EngineError):
    """A server of models has failed.

    ServerError
    ├── AddressError      no address of a server
    ├── UnreachableError  nobody listens there
    ├── SlowServerError   no whole answer in time
    ├── DroppedError      the connection ended before the answer did
    ├── BusyError         too many requests (429)
    ├── FaultError        the server's own fault (5xx)
    ├── RejectedError     the request is refused: key, model, or what it asks for (3xx, 4xx)
    ├── NonsenseError     an answer that is no chat completion
    └── EndlessError      an answer beyond every bound
    """

    status: int | None = None
    """Of the answer that told of it."""
    retry_after: float | None = None
    """Seconds after which the server wants to be asked again, where it says so."""


class AddressError(ServerError):
    """What was given is no address of a server."""


class UnreachableError(ServerError):
    """Nobody listens at the address."""


class SlowServerError(ServerError):
    """No whole answer came in time."""


class DroppedError(ServerError):
    """The connection ended before the answer did."""


class BusyError(ServerError):
    """The server has too many requests (429)."""


class FaultError(ServerError):
    """The server failed by its own fault (5xx)."""


class RejectedError(ServerError):
    """The server refuses the request and would again: a wrong key, model or field, or too long a text."""


class NonsenseError(ServerError):
    """The answer is no chat completion."""


class EndlessError(ServerError):
    """The answer is longer than any may be."""
