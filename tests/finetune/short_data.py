"""A data set of very short trajectories, written by hand, so that a training takes seconds."""

import json
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import Path

from agent.wire import WIRE_VERSION

Line = dict[str, object]
_WORDS = ("kettle", "lamp", "drill", "tent", "mouse", "chair", "phone", "watch", "brush", "scale")


def write_short_dataset(folder: Path, train: int = 8, validation: int = 2, mask: Sequence[int] = ()) -> Path:
    """Write a data set with trajectories and pairs; `mask` are places of messages that are not learned."""
    folder.mkdir(parents=True)
    for split, numbers in (("train", range(train)), ("validation", range(train, train + validation))):
        _write_lines(folder / f"{split}.jsonl", (_row(number, mask) for number in numbers))
        _write_lines(folder / f"preferences-{split}.jsonl", (_pair(number) for number in numbers))
    files = [
        {"name": path.name, "sha256": sha256(data).hexdigest(), "lines": data.count(b"\n")}
        for path in sorted(folder.iterdir())
        for data in [path.read_bytes()]
    ]
    manifest = {"format": 1, "wire": WIRE_VERSION, "files": files}
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    return folder


def _write_lines(path: Path, lines: Iterable[Line]) -> None:
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")


def _told(number: int) -> list[Line]:
    word = _WORDS[number % len(_WORDS)]
    return [{"role": "system", "content": "Be brief."}, {"role": "user", "content": f"A good {word}?"}]


def _call(number: int, query: str) -> list[Line]:
    function = {"name": "product_search", "arguments": json.dumps({"query": query})}
    return [
        {
            "role": "assistant",
            "content": "",
            "reasoning_content": "Look.",
            "tool_calls": [{"id": "call_1", "type": "function", "function": function}],
        },
        {"role": "tool", "tool_call_id": "call_1", "content": f"P{number} | a find of {number} pieces"},
    ]


def _row(number: int, mask: Sequence[int]) -> Line:
    report = {"role": "assistant", "content": f"## Verdict\nTake [P{number}].", "reasoning_content": "Done."}
    call = _call(number, _WORDS[number % len(_WORDS)])
    about = {"task": f"t{number}", "masked": list(mask)}
    return {"messages": [*_told(number), *call, report], "tools": [], "metadata": about}


def _pair(number: int) -> Line:
    sides: Sequence[list[Line]] = [_call(number, query)[:1] for query in (_WORDS[number % 10], "anything")]
    return {
        "prompt": _told(number),
        "chosen": sides[0],
        "rejected": sides[1],
        "tools": [],
        "metadata": {"task": f"t{number}"},
    }
