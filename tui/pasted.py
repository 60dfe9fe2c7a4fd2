"""What a person typed, pasted or dropped where a file is asked for: paths in any of their forms, or rows.

Terminals hand over dropped files as text: quoted, with escaped blanks, as `file://` addresses, several on a
line or a line each. What is no path is kept as rows and written to a file that can be imported.
"""

import json
import os
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

_PATH_LIKE = re.compile(r"""['"]?(?:~?[/\\]|\.{1,2}[/\\]|file:|[A-Za-z]:[/\\])""")


@dataclass(frozen=True)
class Pasted:
    """Either paths, which need not exist, or rows as text."""

    paths: tuple[Path, ...] = ()
    rows: str = ""


def understand(text: str) -> Pasted:
    """Tell paths from rows."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    found = [_existing(line) for line in lines]
    path_like = [
        bool(there) or bool(_PATH_LIKE.match(line)) for line, there in zip(lines, found, strict=True)
    ]
    if all(path_like) or (len(lines) == 1 and not _is_object(lines[0])):
        named = [there or [_written(line)] for line, there in zip(lines, found, strict=True)]
        return Pasted(paths=tuple(dict.fromkeys(path for paths in named for path in paths)))
    return Pasted(rows=text)


def save_rows(rows: str, folder: Path) -> Path:
    """Write pasted rows to a file that is called the same whenever the same is pasted."""
    text = "\n".join(_one_a_line(rows)) + "\n"
    path = folder / f"pasted-{sha256(text.encode('utf-8', 'replace')).hexdigest()[:8]}.txt"
    path.write_text(text, encoding="utf-8", errors="replace")
    return path


def _one_a_line(rows: str) -> Iterator[str]:
    """The rows; a JSON array is taken apart, so that what follows sees one row a line."""
    try:
        array = json.loads(rows)
    except (ValueError, RecursionError):
        array = None
    if isinstance(array, list):
        yield from (json.dumps(each, ensure_ascii=False) for each in array)
    else:
        yield from (line for line in rows.splitlines() if line.strip())


def _existing(line: str) -> list[Path]:
    """The path that a line means, or the several on it; none where there is no such file."""
    for form in _forms(line):
        if _exists(form):
            return [form]
    try:
        pieces = shlex.split(line)
    except ValueError:
        return []
    paths = [_written(piece) for piece in pieces]
    paths_alone = all(
        _PATH_LIKE.match(piece) or _exists(path) for piece, path in zip(pieces, paths, strict=True)
    )
    return paths if paths_alone and any(map(_exists, paths)) else []


def _forms(line: str) -> Iterator[Path]:
    """As it stands first: a backslash or a quote may belong to the name."""
    yield _at_home(line)
    yield _written(line)


def _written(line: str) -> Path:
    """The path without quotes, escapes and scheme."""
    if line.startswith("file:"):
        path = _unquoted(re.sub(r"^file:(//[^/]*)?", "", line))
        return Path(path[1:] if re.match(r"/[A-Za-z]:", path) else path)
    if len(line) > 1 and line[0] == line[-1] and line[0] in "'\"":
        return _at_home(line[1:-1])
    # A backslash before a letter or digit separates folders on Windows; terminals escape what is neither.
    return _at_home(re.sub(r"\\(\W)", r"\1", line))


def _unquoted(path: str) -> str:
    """Without percent signs; `urllib` would do it, but nothing here may import what opens sockets."""
    raw = re.sub(rb"%([0-9A-Fa-f]{2})", lambda escape: bytes.fromhex(escape[1].decode()), os.fsencode(path))
    return os.fsdecode(raw)


def _at_home(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # `~name` of nobody
        return Path(text)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False


def _is_object(line: str) -> bool:
    return line.startswith("{") and line.endswith("}")
