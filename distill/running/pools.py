"""Where chunks of work are done: in this process, in several, or on a Ray cluster.

Each keeps a bounded number of chunks in flight, so that an endless iterator of work stays in flat memory, and
gives results as they come.
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, Generic, TypeVar

from distill.errors import RunError

Chunk = TypeVar("Chunk")
Result = TypeVar("Result")
Make = Callable[[], Callable[[Chunk], Result]]
"""Makes whoever does chunks of work; called once in each process."""

_AHEAD = 3
"""Chunks in flight for each worker: enough that none waits for the writer."""


def in_process(make: Make[Chunk, Result], chunks: Iterable[Chunk]) -> Iterator[Result]:
    """Do every chunk here, one after the other."""
    worker = make()
    for chunk in chunks:
        yield worker(chunk)


def in_processes(make: Make[Chunk, Result], chunks: Iterable[Chunk], workers: int) -> Iterator[Result]:
    """Do chunks in so many processes of this machine; raises RunError where one of them dies."""
    import multiprocessing
    from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool

    # Spawned, not forked: threads of numpy and llama.cpp do not survive a fork.
    context = multiprocessing.get_context("spawn")
    waiting: set[Future[Any]] = set()
    coming = iter(chunks)
    with ProcessPoolExecutor(workers, context, _install, (make,)) as pool:
        try:
            for chunk in coming:
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
            pool.shutdown(wait=True, cancel_futures=True)


def on_ray(make: Make[Chunk, Result], chunks: Iterable[Chunk], address: str) -> Iterator[Result]:
    """Do chunks on a Ray cluster: `auto` for one that runs or a local one, or its address.

    A worker machine needs the same version of this package and the same home. Raises RunError.
    """
    try:
        import ray  # 1 s and a large library: only who asks for a cluster pays for it
    except ImportError as error:
        raise RunError("Ray is not installed; install the extra `productresearch[ray]`.") from error
    _connect(ray, address)
    actor = ray.remote(num_cpus=1)(_RayWorker)
    workers = [actor.remote(make) for _ in range(max(1, int(ray.cluster_resources().get("CPU", 1))))]
    free = [worker for worker in workers for _ in range(_AHEAD)]
    busy: dict[Any, Any] = {}
    try:
        for chunk in chunks:
            if not free:
                yield from _finished(ray, busy, free)
            worker = free.pop(0)
            busy[worker.do.remote(chunk)] = worker
        while busy:
            yield from _finished(ray, busy, free)
    except ray.exceptions.RayError as error:
        raise RunError(f"The Ray cluster failed: {_first_line(error)}; run again to go on.") from error
    finally:
        for worker in workers:
            ray.kill(worker)


def _connect(ray: Any, address: str) -> None:
    if ray.is_initialized():
        return
    try:
        if address == "auto":
            try:
                ray.init(address="auto", log_to_driver=False, logging_level="error")
            except ConnectionError:
                ray.init(log_to_driver=False, logging_level="error", include_dashboard=False)
        else:
            ray.init(address=address, log_to_driver=False, logging_level="error")
    except (ConnectionError, ValueError, RuntimeError) as error:
        raise RunError(f"There is no Ray cluster at {address!r}: {_first_line(error)}.") from error


def _finished(ray: Any, busy: dict[Any, Any], free: list[Any]) -> Iterator[Any]:
    ready, _ = ray.wait(list(busy), num_returns=1)
    for reference in ready:
        free.append(busy.pop(reference))
        yield ray.get(reference)


class _RayWorker(Generic[Chunk, Result]):
    def __init__(self, make: Make[Chunk, Result]) -> None:
        self._worker = make()

    def do(self, chunk: Chunk) -> Result:
        return self._worker(chunk)


_installed: list[Callable[[Any], Any]] = []
"""The worker of this process, made once."""


def _install(make: Callable[[], Callable[[Any], Any]]) -> None:
    _installed.append(make())


def _do(chunk: Any) -> Any:
    return _installed[0](chunk)


def _first_line(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)[:200]
