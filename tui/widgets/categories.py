"""The categories of the catalogue as a tree with counts."""

from collections.abc import Sequence

from rich.text import Text
from textual.widgets import Tree
from textual.widgets.tree import TreeNode

from index.text.sanitize import plain
from tui.browsing import Branch

WIDTH = 28
"""Cells of a row, as the style sheet has them."""
Path = tuple[str, ...]


class Categories(Tree[Path]):
    """Every node's data is its path; the root's, which is everything, is empty."""

    def __init__(self) -> None:
        super().__init__("All", data=(), id="categories")
        self.guide_depth = 2
        self.auto_expand = False

    def show(self, branches: Sequence[Branch], products: int, chosen: Path) -> Path:
        """Grow anew, with the cursor on what was chosen, or on everything where that is gone."""
        self.clear()
        self.root.set_label(_label("All", products, WIDTH))
        self.root.expand()
        nodes: dict[Path, TreeNode[Path]] = {(): self.root}
        for path, count in branches:
            label = _label(plain(path[-1]), count, WIDTH - 2 * len(path) - 3)
            nodes[path] = nodes[path[:-1]].add(label, data=path, expand=True)
        for node in nodes.values():
            node.allow_expand = bool(node.children)
        kept = chosen if chosen in nodes else ()
        self.move_cursor(nodes[kept])
        return kept


def _label(name: str, count: int, room: int) -> Text:
    """The name as far as there is room for it beside the count."""
    told = f" {count:,}"
    room = max(room - len(told), 6)
    return Text.assemble(name if len(name) <= room else f"{name[: room - 1]}…", (told, "dim"))
