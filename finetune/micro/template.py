"""The chat template of the micro agent, apart from `ship`, whose export needs more than a corpus does."""

from importlib.resources import files


def template_source() -> str:
    """What the micro agent is trained with and ships with, as Jinja."""
    return files("models").joinpath("bundled/chat_template.jinja").read_text(encoding="utf-8")
