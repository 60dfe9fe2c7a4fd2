"""A Python with torch, pydantic, what these bring, and nothing else, for the commands of `finetune.micro`.

Run as a script; its arguments are the commands, divided by `,`. Other packages are as if not installed.
"""

import re
import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from types import ModuleType
from typing import Protocol

OURS = frozenset({"tui", "finetune", "distill", "agent", "index", "models"})


def brought(package: str) -> set[str]:
    """A package and all that installing it installs."""
    found, waiting = set[str](), [package]
    while waiting:
        name = re.sub(r"[-_.]+", "-", waiting.pop()).lower()
        if name in found:
            continue
        try:
            needed = requires(name) or []
        except PackageNotFoundError:
            continue  # only for another system
        found.add(name)
        waiting += [re.split(r"[^\w.-]", line)[0] for line in needed if "extra ==" not in line]
    return found


def modules_of(packages: set[str]) -> set[str]:
    """What these packages are imported as."""
    named = packages_distributions().items()
    return {module for module, of in named if packages & {re.sub(r"[-_.]+", "-", d).lower() for d in of}}


class Finder(Protocol):
    """An entry of `sys.meta_path`."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        """Where a module is."""
        ...


class Bare(MetaPathFinder):
    """A finder behind which only some packages are installed."""

    def __init__(self, inner: Finder, allowed: frozenset[str]) -> None:
        self._inner = inner
        self._allowed = allowed

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """What the finder finds; None for a package that is not there."""
        top = fullname.partition(".")[0]
        # The standard library's own record of how Python was built is named after the platform.
        there = top in self._allowed or top.startswith("_sysconfigdata")
        return self._inner.find_spec(fullname, path, target) if there else None


def lay_bare() -> None:
    """From now on there is only torch, pydantic, what they bring, the standard library and what is ours."""
    allowed = modules_of(brought("torch") | brought("pydantic")) | sys.stdlib_module_names | OURS
    sys.meta_path[:] = [Bare(finder, frozenset(allowed)) for finder in sys.meta_path]


def main(words: Sequence[str]) -> None:
    """Run the commands; ends the process with the code of the first that fails."""
    lay_bare()

    from finetune.micro.__main__ import main as step

    command: list[str] = []
    for word in (*words, ","):
        if word != ",":
            command.append(word)
            continue
        code = step(command)
        if code:
            sys.exit(code)
        command.clear()


if __name__ == "__main__":
    main(sys.argv[1:])
