"""A real Chroma server on loopback, which a test can kill and start again over the same data."""

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from types import TracebackType
from typing import Self

import httpx

CHROMA = Path(sys.executable).with_name("chroma")


class ChromaServer:
    """`chroma run`; use it as a context manager."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._running: subprocess.Popen[bytes] | None = None
        with socket.socket() as asked:
            asked.bind(("127.0.0.1", 0))
            self.port: int = asked.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        listen = ["--host", "127.0.0.1", "--port", str(self.port)]
        quiet = {**os.environ, "ANONYMIZED_TELEMETRY": "False"}
        self._running = subprocess.Popen(
            [CHROMA, "run", "--path", self._folder, *listen],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=quiet,
        )
        for _ in range(600):
            try:
                httpx.get(f"{self.address}/api/v2/heartbeat", trust_env=False)
            except httpx.TransportError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError("the server does not answer")

    def kill(self) -> None:
        """End it as a power cut would."""
        if self._running is not None:
            self._running.send_signal(signal.SIGKILL)
            self._running.wait()
            self._running = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()
