"""Rules of the house that no linter knows: no code names a data set, a category or an attribute of one.

Names come from the schema files and the demo's worlds, which alone may hold them. Comments and docstrings
explain with examples and are left out; everything else that runs, is shown or is sent to a model is searched.
"""

import ast
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
FLOORS = ("tui", "finetune", "distill", "agent", "index", "models")
MAY_NAME = ("index/demo/", "index/schemas/")

ORDINARY = {
    "amount case drop figure length light position shape size type color width weight": "plain English",
    "cache connection cpu display keyboard memory mode module os panel protocol": (
        "words of Python, SQL, CSS and neural networks: cpu_count, KeyboardInterrupt, nn.Module"
    ),
    "sleep socket style timer watch": "words of Python, CSS and Textual",
    "cup cd rpm": "a currency's code and units",
    "speed": "how many tokens a second a training makes",
}
"""Single words that are names of something in a shop and mean something else in code, with the reason."""

EXAMPLES: Mapping[str, frozenset[str]] = {
    # Everyday English words, which mean a maker only where they are written as a name.
    "agent/reading/lexicon.toml": frozenset({"chair", "game", "lamp", "port", "power", "wheel"}),
    "agent/opening.py": frozenset({"tent"}),
    "agent/reading/read.py": frozenset({"tent"}),
    "tui/screens/research.py": frozenset({"tent"}),
    # Where a server listens.
    "index/importers/pages/fetching.py": frozenset({"port"}),
    "index/importers/pages/public_hosts.py": frozenset({"port"}),
    "tui/commands.py": frozenset({"port"}),
    "tui/serving.py": frozenset({"port"}),
    # The variable in which a terminal tells its name, TERM_PROGRAM.
    "tui/sixel.py": frozenset({"program"}),
    # The archive of a Python package, as pip and its format call it.
    "tui/cli_models.py": frozenset({"wheel"}),
    "tui/bundling/contents.py": frozenset({"wheel"}),
    "tui/bundling/gathering.py": frozenset({"wheel"}),
    "tui/bundling/packing.py": frozenset({"wheel"}),
    "tui/bundling/pip.py": frozenset({"wheel"}),
    "tui/bundling/read_me.txt": frozenset({"wheel"}),
    "tui/bundling/wheels.py": frozenset({"wheel"}),
    # The command by which SQLite writes a file anew.
    "index/store/database.py": frozenset({"vacuum"}),
    "tui/cli_index.py": frozenset({"noise level"}),
    "tui/welcome.md": frozenset({"tent"}),
}
"""Names in a sentence that shows a person what to type; nothing is decided by them."""

DATA_SETS = re.compile(
    r"shoppingbench|bestbuy|magento|webshop|tau.?bench|ubi.?search|pahf|uci.?online|review.?aspects.?liu|"
    r"retail.?demo.?store",
    re.IGNORECASE,
)
MACHINE = re.compile(
    r"/(?:home|root|work|Users|opt|mnt|srv)/\w|[A-Z]:\\\\|\b(?:pypi|npm|conda|registry)\b[\w.]*\.\w{2,3}\b|simple/"
)
NETWORK = {
    "socket",
    "http",
    "urllib",
    "requests",
    "httpx",
    "aiohttp",
    "ftplib",
    "smtplib",
    "ssl",
    "websockets",
}
"""Modules that open connections; none of ours may import one until a fetch is asked for."""
MAY_CONNECT = {
    ("index/importers/pages/addresses.py", "urllib.parse"),
    ("index/importers/pages/fetching.py", "httpx"),
    ("index/importers/pages/public_hosts.py", "socket"),
    ("models/served.py", "httpx"),
    ("models/served_line.py", "httpx"),
    ("models/served_line.py", "socket"),
    ("models/fetching.py", "huggingface_hub"),
    ("models/fetching.py", "urllib.parse"),
    ("tui/serving.py", "aiohttp"),
    ("tui/serving.py", "socket"),
}
"""The client of a server that the person names, the fetching of a model or of one page that the person names,
and the server that a browser on this machine reaches; `urllib.parse` reads addresses and opens none."""


def words_of(name: str) -> tuple[str, ...]:
    """The lower-case words of an identifier or a phrase; plurals count as their singular."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name)
    return tuple(_singular(word) for word in re.findall(r"[a-z0-9]+", parted.casefold()))


def _singular(word: str) -> str:
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word


@cache
def names() -> frozenset[tuple[str, ...]]:
    """Every category and attribute of the test schema and the demo, as words; ordinary words left out."""
    schema = tomllib.loads((ROOT / "tests/schemas/pc_parts.toml").read_text(encoding="utf-8"))
    found = {*schema["categories"], *_columns(schema["columns"]), schema["source"]}
    for category in schema["categories"].values():
        found.update(_columns(category.get("columns", {})))
    for path in (ROOT / "index/demo/world").glob("*.toml"):
        world = tomllib.loads(path.read_text(encoding="utf-8"))
        found.update([*world.get("path", [])[-1:], *([world["noun"]] if "noun" in world else [])])
        found.update(attribute["name"] for attribute in world.get("attributes", []) if "name" in attribute)
    ordinary = {words_of(word) for words in ORDINARY for word in words.split()}
    built_in = {(word,) for word in ("price", "rating", "brand", "title", "category", "name")}
    return frozenset(words_of(name) for name in found) - ordinary - built_in


def _columns(columns: Mapping[str, Any]) -> Iterator[str]:
    for name, column in columns.items():
        yield name
        made = [*column.get("parts", []), *(column[k] for k in ("product", "numbers") if k in column)]
        yield from (part["name"] for part in made)


def code_files(*floors: str) -> list[str]:
    """Everything on these floors, or all six, that may not name them."""
    paths = (p for floor in floors or FLOORS for p in (ROOT / floor).rglob("*") if p.is_file())
    # Weights are no text.
    texts = (p for p in paths if p.suffix != ".gguf" and "__pycache__" not in p.parts)
    here = (p.relative_to(ROOT).as_posix() for p in texts)
    return sorted(path for path in here if not path.startswith(MAY_NAME))


def texts(path: str) -> Iterator[str]:
    """Identifiers and strings of a Python file; the lines of any other."""
    text = (ROOT / path).read_text(encoding="utf-8")
    if not path.endswith(".py"):
        yield from text.splitlines()
        return
    tree = ast.parse(text)
    documents = {id(string) for string in _document_strings(tree)}
    for node in ast.walk(tree):
        match node:
            case ast.Constant(value=str(value)) if id(node) not in documents:
                yield value
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.arg(arg=name) | ast.alias(name=name):
                yield name
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name) | ast.keyword(arg=str(name)):
                yield name


def _document_strings(tree: ast.Module) -> Iterator[ast.Constant]:
    """Strings that stand alone: docstrings of modules, classes, functions and fields."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node.value


def named_in(words: tuple[str, ...]) -> set[tuple[str, ...]]:
    """The forbidden names among some words."""
    spans = (words[start : start + many] for many in (1, 2, 3, 4) for start in range(len(words) - many + 1))
    return {span for span in spans if span in names()}


@pytest.mark.parametrize("floor", FLOORS)
def test_no_code_names_a_category_or_an_attribute(floor: str) -> None:
    found = {
        f"{path}: {' '.join(name)}"
        for path in code_files(floor)
        for text in texts(path)
        for name in named_in(words_of(text))
        if " ".join(name) not in EXAMPLES.get(path, ())
    }
    assert found == set()


def test_no_code_names_a_data_set() -> None:
    found = {(path, text) for path in code_files() for text in texts(path) if DATA_SETS.search(text)}
    assert found == set()


def test_no_file_names_a_machine_or_a_registry() -> None:
    settings = [path.name for path in ROOT.iterdir() if path.suffix in (".toml", ".md", ".txt")]
    assert named_by(MACHINE, [*code_files(), "Makefile", *settings]) == set()


def test_no_module_can_reach_the_network_but_those_that_a_person_asks_to() -> None:
    found = {
        (path, module)
        for path in code_files()
        if path.endswith(".py")
        for module in imported_by(ast.parse((ROOT / path).read_text(encoding="utf-8")))
        if module.partition(".")[0] in NETWORK and (path, module) not in MAY_CONNECT
    }
    assert found == set()


def named_by(pattern: re.Pattern[str], paths: Iterable[str]) -> set[str]:
    """What a pattern finds in whole files, comments included."""
    read = ((path, (ROOT / path).read_text(encoding="utf-8")) for path in paths)
    return {f"{path}: {found[0]}" for path, text in read for found in pattern.finditer(text)}


def imported_by(tree: ast.Module) -> Iterator[str]:
    """Modules that a file imports, at whatever place."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or ""
