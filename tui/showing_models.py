"""What `models show` prints: the model in use with what its file says, and those before it."""

import json
import sys
from collections.abc import Iterator

from models.gguf_file import gguf_metadata
from models.in_use import Entry, ModelsInUse
from models.usable import Model
from tui.distilling.saying import table


def show_models(in_use: ModelsInUse, *, as_json: bool) -> None:
    """Print the model in use; raises InUseError where its files are not what they were."""
    model, entries = in_use.current, in_use.entries
    rows = list(_rows(model, entries[-1] if entries else None))
    before = [(in_use.model(entry).name, f", since {_moment(entry)}") for entry in reversed(entries[:-1])]
    before += [(in_use.bundled.name, "")] if entries else []
    if as_json:
        sys.stdout.write(
            json.dumps({**dict(rows), "before": [name for name, _ in before]}, ensure_ascii=False) + "\n"
        )
        return
    steps = ((f"{step} before it", f"{name}{since}") for step, (name, since) in enumerate(before, start=1))
    table(("what", "value"), [*rows, *steps])


def _rows(model: Model, entry: Entry | None) -> Iterator[tuple[str, str]]:
    metadata = gguf_metadata(model.path)
    yield "in use", model.name
    yield "file", str(model.path)
    if model.adapter is not None:
        yield "adapter", str(model.adapter)
    yield "model", f"{metadata.name}, {metadata.architecture}"
    yield "size", f"{model.path.stat().st_size / 1e6:,.0f} MB"
    yield "context", f"{metadata.context_length:,} tokens" if metadata.context_length else "unknown"
    yield "wire", "any" if metadata.wire is None else str(metadata.wire)
    yield "since", _moment(entry) if entry else "the installation"
    yield "why", entry.why if entry else "it came along"


def _moment(entry: Entry) -> str:
    return f"{entry.since:%Y-%m-%d %H:%M}"
