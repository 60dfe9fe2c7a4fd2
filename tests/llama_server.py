"""A real `llama_cpp.server` on loopback, in a process of its own, over a model of the tests."""

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import socket

from models.served import Bounds, ServedClient, served_models
from models.served_errors import ServerError


@contextmanager
def llama_server(model: Path, key: str = "", context: int = 8192) -> Iterator[str]:
    """The address of a server that has loaded the model and takes requests."""
    port = _free_port()
    command = [sys.executable, "-m", "llama_cpp.server", "--model", str(model), "--port", str(port)]
    command += ["--host", "127.0.0.1", "--n_ctx", str(context), "--n_threads", "1", "--verbose", "False"]
    # Logits of the whole prompt are kept by default, which costs most of the time.
    command += ["--logits_all", "False"]
    # By default a second request breaks off the first, which would hide whether a client's leaving does.
    command += ["--interrupt_requests", "False"]
    command += ["--model_alias", model.name, *(["--api_key", key] if key else [])]
    log = model.with_suffix(".log")
    with log.open("wb") as out:
        server = subprocess.Popen(command, stdout=out, stderr=out)
    try:
        address = f"http://127.0.0.1:{port}"
        _wait(address, key, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=20)


def _wait(address: str, key: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    client = ServedClient(address, key=key, bounds=Bounds(connect=1, read=5, total=5))
    for _ in range(300):
        try:
            served_models(client)
        except ServerError:
            assert server.poll() is None, log.read_text(encoding="utf-8", errors="replace")[-2000:]
            time.sleep(0.2)
        else:
            client.close()
            return
    raise AssertionError(log.read_text(encoding="utf-8", errors="replace")[-2000:])


def _free_port() -> int:
    with socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port
