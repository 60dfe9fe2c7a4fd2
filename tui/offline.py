"""Counts what this process reaches for beyond the machine, so that "offline" is something seen and not said.

The interpreter tells an audit hook of every connection that Python code opens. Loopback is no network: a
server of the person's own, or the browser that shows the app, is on this machine.
"""

import sys
from functools import cache
from ipaddress import ip_address

_reached: list[str] = []
"""Events that went beyond the machine; appending is safe in any thread."""


@cache
def watch() -> None:
    """Count from now on; once for the process, because a hook of the interpreter cannot be taken back."""
    sys.addaudithook(_heard)


def calls() -> int:
    """Connections and look-ups beyond the machine since `watch`."""
    return len(_reached)


def _heard(event: str, arguments: tuple[object, ...]) -> None:
    connects = event == "socket.connect" and _is_beyond(arguments[1])
    if connects or (event == "socket.getaddrinfo" and not _is_here(str(arguments[0]))):
        _reached.append(event)


def _is_beyond(address: object) -> bool:
    return isinstance(address, tuple) and not _is_here(str(address[0]))


def _is_here(host: str) -> bool:
    if host in ("localhost", "", "None"):
        return True
    try:
        return ip_address(host.partition("%")[0]).is_loopback
    except ValueError:
        return False
