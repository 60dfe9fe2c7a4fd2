"""The micro agent that the package ships, which answers where no other model was put in use."""

from importlib.resources import files
from pathlib import Path


def bundled_agent() -> Path:
    """Where its file stands; a checkout of the source has it only once it was trained."""
    return Path(str(files("models").joinpath("bundled", "micro-agent.gguf")))
