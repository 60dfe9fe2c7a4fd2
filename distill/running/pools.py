"""Where chunks of work are done: in this process, in several, or on a Ray cluster.

Each keeps a bounded number of chunks in flight, so that an endless iterator of work stays in flat memory, and
gives results as they come. Whoever leaves early closes the generator, and nothing goes on running.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

from distill.errors import RunError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Chunk = TypeVar("Chunk", contravariant=True)
Result = TypeVar("Result", covariant=True)


class Worker(Protocol[Chunk, Result]):
    """Does chunks of work."""

    def __call__(self, chunk: Chunk, /) -> Result:
        """Do one chunk."""
        ...

    def close(self) -> None:
        """Release what was opened for the work."""
        ...


Make = Callable[[], Worker[Chunk, Result]]
"""Makes a worker; called once in each process."""

_AHEAD = 3
"""Chunks in flight for each worker: enough that none waits for the writer."""
_LIVES = 3
"""Times that a dead worker of a cluster is started anew; one that dies each time ends the run."""
_REACHED = 15.0
"""Seconds within which a cluster must answer; Ray itself would try for minutes."""


def in_process(make: Make[Chunk, Result], chunks: Iterable[Chunk]) -> Generator[Result]:
    """Do every chunk here, one after the other."""
    with closing(make()) as worker:
        for chunk in chunks:
            yield worker(chunk)


def in_processes(make: Make[Chunk, Result], chunks: Iterable[Chunk], workers: int) -> Generator[Result]:
    """Do chunks in so many processes of this machine; raises RunError where one of them dies."""
    import multiprocessing
    import tempfile
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    # Spawned, not forked: threads of numpy and llama.cpp do not survive a fork.
    context = multiprocessing.get_context("spawn")
    leave, stay = context.Pipe(duplex=False)
    waiting: set[Future[Any]] = set()
    with leave, stay, tempfile.TemporaryDirectory(prefix="productresearch-run-") as scratch:
        pool = ProcessPoolExecutor(workers, context, _install, (make, leave, scratch))
        try:
            for chunk in chunks:
                with _interrupts_held():
                    waiting.add(pool.submit(_do, chunk))
                if len(waiting) >= _AHEAD * workers:
                    done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                    yield from (future.result() for future in done)
            while waiting:
                done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
                yield from (future.result() for future in done)
        except BrokenProcessPool as error:
            raise RunError(
                "A worker died, perhaps for want of memory; run the same command again to go on, "
                "with fewer workers if it happens again."
            ) from error
        finally:
            # Whoever leaves early does not wait for what is in flight.
            stay.close()
            pool.shutdown(wait=True, cancel_futures=True)


@contextmanager
def _interrupts_held() -> Iterator[None]:
    """Hold an interrupt back: a process that is started meanwhile never sees one, not even as it starts."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


_installed: list[Worker[Any, Any]] = []
"""The worker of this process, made once."""


def _install(make: Make[Any, Any], leave: "Connection", scratch: str) -> None:
    """Make this process's worker, and leave with the process that began the run, however it ends."""
    import tempfile
    import threading

    # An interrupt at the terminal reaches every process; the first one ends the others.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # A worker is ended at once and cannot tidy up, so what it writes stands where the first process does.
    tempfile.tempdir = scratch
    threading.Thread(target=_leave, args=(leave,), daemon=True).start()
    _installed.append(make())


def _leave(leave: "Connection") -> None:
    """Nothing is ever sent: the other end closes, by itself where the first process was killed."""
    leave.poll(None)
    os._exit(0)


def _do(chunk: Any) -> Any:
    return _installed[0](chunk)


def on_ray(
    make: Make[Chunk, Result], chunks: Iterable[Chunk], address: str, most: int | None = None
) -> Generator[Result]:
    """Do chunks on a Ray cluster: `auto` for one that runs or a local one, or its address.

    There is a worker for each core of the cluster, `most` of them where that is given. A worker machine needs
    the same version of this package and the same home. Raises RunError.
    """
    try:
        import ray  # 1 s and a large library: only who asks for a cluster pays for it
    except ImportError as error:
        raise RunError("Ray is not installed; install the extra `productresearch[ray]`.") from error
    _connect(ray, address)
    # A worker that dies is started again, and does what it was at once more.
    lives: dict[str, int] = {"max_restarts": _LIVES, "max_task_retries": _LIVES}
    actor = ray.remote(num_cpus=1, **lives)(_RayWorker)
    cores = max(1, int(ray.cluster_resources().get("CPU", 1)))
    workers = [actor.remote(make) for _ in range(min(cores, most or cores))]
    free = [worker for _ in range(_AHEAD) for worker in workers]
    busy: dict[Any, Any] = {}
    try:
        for chunk in chunks:
            if not free:
                yield from _finished(ray, busy, free)
            worker = free.pop(0)
            busy[worker.do.remote(chunk)] = worker
        while busy:
            yield from _finished(ray, busy, free)
    except ray.exceptions.RayTaskError as error:
        raise error.cause from error
    except ray.exceptions.RayError as error:
        raise RunError(f"The Ray cluster failed: {_first_line(error)}; run again to go on.") from error
    finally:
        for worker in workers:
            ray.kill(worker)
        ray.shutdown()


def _connect(ray: Any, address: str) -> None:
    # Ray would report its use to its makers, and its core would write every vain attempt on our stderr.
    os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    quiet = {"log_to_driver": False, "logging_level": "error"}
    if address != "auto":
        _reach(address)
    try:
        try:
            ray.init(address=address, **quiet)
        except ConnectionError as error:
            # One that runs and cannot be joined is no reason to start another without a word.
            if address != "auto" or "Could not find any running" not in str(error):
                raise
            ray.init(include_dashboard=False, **quiet)
    except (ConnectionError, ValueError, RuntimeError, ray.exceptions.RayError) as error:
        raise _no_cluster(address, _first_line(error)) from error


def _reach(address: str) -> None:
    """Raise RunError where nothing answers at an address; what answers wrongly, Ray tells soon by itself."""
    asked = [sys.executable, "-m", "ray.scripts.scripts", "health-check", "--address", address]
    try:
        said = subprocess.run(asked, capture_output=True, timeout=_REACHED).stderr
    except subprocess.TimeoutExpired as error:
        raise _no_cluster(address, f"nothing answered in {_REACHED:.0f} seconds") from error
    if b"InvalidAuthToken" in said:
        raise RunError(
            f"The Ray cluster at {address} wants its token: set RAY_AUTH_MODE=token, and keep the token "
            "where `ray get-auth-token` finds it."
        )


def _no_cluster(address: str, why: str) -> RunError:
    return RunError(
        f"There is no Ray cluster at {address!r} ({why}); give the address that `ray start --head` names."
    )


def _finished(ray: Any, busy: dict[Any, Any], free: list[Any]) -> Iterator[Any]:
    ready, _ = ray.wait(list(busy), num_returns=1)
    for reference in ready:
        free.append(busy.pop(reference))
        yield ray.get(reference)


class _RayWorker(Generic[Chunk, Result]):
    """A worker in an actor; made with its first chunk, so that what fails then is told as its own error."""

    def __init__(self, make: Make[Chunk, Result]) -> None:
        self._make = make
        self._worker: Worker[Chunk, Result] | None = None

    def do(self, chunk: Chunk) -> Result:
        if self._worker is None:
            self._worker = self._make()
        return self._worker(chunk)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200].rstrip(".")
