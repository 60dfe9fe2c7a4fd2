"""How well search finds what people ask for: ours and four that one would write first, over six catalogues.

    python -m benchmarks.retrieval [NAME ...] [--data DATA] [--home HOME]

`titles` and `listings`: shoppingbench dev, each of the 1,818 gold products a distractor for the other
questions. `parts`: questions computed from pc-parts, and whether the exact set is found. `magento`, `retail`:
our own questions in `questions.toml`, plain, misspelt, in the plural, in German. `languages`: a small shop in
German and Korean. Making the vectors of 58,000 parts twice takes most of an hour: give a HOME to keep them.
"""

from collections.abc import Callable, Sequence

from benchmarks.retrieval.contenders import (
    Search,
    bm25s_alone,
    limited,
    needed,
    plain_chroma,
    sqlite_bm25,
    unread,
)
from benchmarks.retrieval.homes import Filled, wanted
from benchmarks.retrieval.scoring import Task, depth, scored
from index.search import Index


def main() -> None:
    """Print a table for each catalogue."""
    for filled in wanted(__doc__):
        compare(filled)


def compare(filled: Filled) -> None:
    """Print what each search finds in one catalogue."""
    _, home, products, tasks, embedder = filled
    with Index.open(home) as index:
        contenders: dict[str, Callable[[], Search]] = {
            "ours": lambda: limited(index),
            "ours, all needs": lambda: needed(index),
            "ours, unread": lambda: unread(index),
            "FTS5": lambda: sqlite_bm25(products),
            "bm25s": lambda: bm25s_alone(products),
            "plain Chroma": lambda: plain_chroma(home / "plain", products, embedder),
        }
        for name, made in contenders.items():
            search = made()
            found = [search(task.query, depth(task)) for task in tasks]
            print(line(name, tasks, found), flush=True)


def line(name: str, tasks: Sequence[Task], found: Sequence[Sequence[str]]) -> str:
    """A contender's scores, over all questions and by their kinds."""
    whole = scored(tasks, found)
    kinds = []
    for kind in dict.fromkeys(task.kind for task in tasks):
        places = [place for place, task in enumerate(tasks) if task.kind == kind]
        part = scored([tasks[p] for p in places], [found[p] for p in places])
        kinds.append(f"{kind} {part.recall:.3f}/{part.ndcg:.3f}")
    return f"{name:15} recall {whole.recall:.3f}  nDCG@10 {whole.ndcg:.3f}   {', '.join(kinds)}"


if __name__ == "__main__":
    main()
