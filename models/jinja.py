"""Compile a model's Jinja chat template in a sandbox, with the helpers that such templates expect.

The dialect is that of transformers (`apply_chat_template`), which llama.cpp follows. What to render is left
to `models.template`.
"""

import json
from collections.abc import Callable
from datetime import datetime

import jinja2
from jinja2 import nodes
from jinja2.ext import Extension
from jinja2.parser import Parser
from jinja2.sandbox import ImmutableSandboxedEnvironment

# A template is a program from a file, and may fail as any program does.
_FAILURES = (
    jinja2.TemplateError,
    TypeError,
    ValueError,
    LookupError,
    AttributeError,
    ArithmeticError,
    RecursionError,
    MemoryError,
)

Render = Callable[..., str]


class RenderError(Exception):
    """The template is not valid, or refused to render these messages; the text is its own reason."""


class _Generation(Extension):
    """`{% generation %}` marks what a model learns; for reading it is transparent."""

    tags = {"generation"}  # noqa: RUF012 - Jinja declares it so

    def parse(self, parser: Parser) -> list[nodes.Node]:
        """The block's body in place of the block."""
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


def compile_template(source: str, bos: str, eos: str, now: datetime) -> Render:
    """A function from a template's variables to its text; both raise RenderError."""
    environment = ImmutableSandboxedEnvironment(
        trim_blocks=True, lstrip_blocks=True, extensions=["jinja2.ext.loopcontrols", _Generation]
    )
    environment.filters["tojson"] = _tojson
    environment.globals["raise_exception"] = _refuse
    environment.globals["strftime_now"] = now.strftime
    environment.globals.update(bos_token=bos, eos_token=eos)
    try:
        template = environment.from_string(source)
    except _FAILURES as error:
        raise RenderError(str(error)) from error

    def render(**variables: object) -> str:
        try:
            return template.render(**variables)
        except _FAILURES as error:
            raise RenderError(str(error) or type(error).__name__) from error

    return render


def _tojson(
    value: object,
    ensure_ascii: bool = False,
    indent: int | None = None,
    separators: tuple[str, str] | None = None,
    sort_keys: bool = False,
) -> str:
    """Plain JSON; Jinja's own filter escapes for HTML."""
    return json.dumps(
        value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys
    )


def _refuse(message: str) -> None:
    raise jinja2.TemplateError(message)
