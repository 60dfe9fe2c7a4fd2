"""The prompts of the seats: one file each, whose `# Task` part is filled in with data.

Data stand behind a bar on every line, so that nothing in them can end the data or pass for an instruction.
"""

import json
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from agent.tools import declarations
from agent.wire import inert, system_text

LONGEST_FIELD = 16_000
"""Characters of one field that are shown."""
_TASK = "\n# Task\n"
_FIELD = re.compile(r"\{(\w+)\}")


def prompt(name: str, fields: Mapping[str, str]) -> tuple[str, str]:
    """The instructions and the message of a prompt file, with the fields in their places."""
    system, _, task = _file(name).partition(_TASK)
    return system.strip(), _FIELD.sub(lambda found: fenced(fields[found[1]]), task).strip()


def research_system() -> str:
    """The researcher's instructions with worked examples: a teacher reads them, a student learns without."""
    return f"{system_text()}\n\n{_file('research').strip()}"


def with_tools(system: str, name: str) -> str:
    """Instructions that tell of the tools in words, for a server that takes no declarations."""
    tools = "\n".join(json.dumps(tool, ensure_ascii=False) for tool in declarations())
    return f"{system}\n\n{_file(name).strip()}".replace("{tools}", tools)


def fenced(text: str) -> str:
    """Text as data: a bar before each line, no house tag in it."""
    shown = inert(text).strip()
    if len(shown) > LONGEST_FIELD:
        shown = shown[: LONGEST_FIELD - 1] + "…"
    return "\n".join(f"| {line}" for line in shown.splitlines()) or "| (nothing)"


@cache
def _file(name: str) -> str:
    return files("distill").joinpath(f"seats/prompts/{name}.md").read_text(encoding="utf-8")
