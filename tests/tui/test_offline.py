"""What is counted as going over the network; in a process of its own, because nothing takes the hook back."""

import subprocess
import sys

import pytest

COUNT = """
import socket, sys
from contextlib import suppress
from tui import offline
offline.watch()
offline.watch()
with suppress(OSError):
    exec(sys.argv[1])
print(offline.calls())
"""
TCP = "s = socket.socket(); s.settimeout(0.01); s.connect({})"


@pytest.mark.parametrize(
    ("done", "counted"),
    [
        (TCP.format("('192.0.2.1', 80)"), 1),
        (TCP.format("('127.0.0.1', 9)"), 0),
        (TCP.format("('::1', 9)"), 0),
        ("s = socket.socket(socket.AF_UNIX); s.connect('/nowhere')", 0),
        ("s = socket.socket(type=socket.SOCK_DGRAM); s.connect(('198.51.100.7', 53))", 1),
        ("socket.getaddrinfo('shop.invalid', 443)", 1),
        ("socket.getaddrinfo('localhost', 80)", 0),
        ("pass", 0),
    ],
)
def test_what_goes_beyond_the_machine_is_counted(done: str, counted: int) -> None:
    ran = subprocess.run([sys.executable, "-c", COUNT, done], capture_output=True, text=True, check=True)
    assert int(ran.stdout) >= counted
    assert (int(ran.stdout) > 0) is (counted > 0)
