"""A base model's tokenizer and chat template, read from its folder in the Hugging Face form.

Text becomes tokens as it does in the live engine (`models.vocabulary`): control tokens stand only in trusted
pieces, and a tag in untrusted text is cut, so that it is spelt out. No network library is asked.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from tokenizers import Tokenizer

from finetune.errors import ModelError
from models.engine import Piece, TemplateError
from models.template import ChatTemplate

_TAG = re.compile(r"[<\[].+[>\]]")
"""What a token that is no control token looks like where it means something to the model."""


@dataclass(frozen=True)
class Reading:
    """How one base model reads: its tokens and the segments of its conversations."""

    template: ChatTemplate
    source: str
    """The chat template as it stands in the folder."""
    end: int
    """The token that ends an assistant's turn."""
    control: frozenset[int]
    """Tokens that no text of a record, a person or a model may become."""
    first: int | None
    """The token that opens a context, where the model wants one."""
    _tokenizer: Tokenizer
    _tags: re.Pattern[str]

    def encode(self, pieces: Sequence[Piece]) -> list[int]:
        """Token ids of neighbouring pieces of one trust; only trusted ones can hold control tokens."""
        text = "".join(piece.text for piece in pieces)
        trusted = pieces[0].trusted
        ids: list[int] = []
        for part in [text] if trusted else self._disarmed(text):
            self._tokenizer.encode_special_tokens = not trusted
            ids += self._tokenizer.encode(part, add_special_tokens=False).ids
        return ids

    def begin(self, ids: list[int]) -> list[int]:
        """The token that opens a context, where the model wants one and these ids have none."""
        return [self.first] if self.first is not None and ids[:1] != [self.first] else []

    def text_of(self, ids: Sequence[int]) -> str:
        """The text of tokens, control tokens written out."""
        decoded: str = self._tokenizer.decode(list(ids), skip_special_tokens=False)
        return decoded

    def _disarmed(self, text: str) -> list[str]:
        cuts = [found.start() + 1 for found in self._tags.finditer(text)]
        return [text[start:end] for start, end in zip([0, *cuts], [*cuts, len(text)], strict=True)]


def open_reading(folder: Path, now: datetime) -> Reading:
    """Read a base model's tokenizer and template; raises ModelError.

    `now` is what a template that asks for the date is told.
    """
    tokenizer = _tokenizer(folder)
    settings = _settings(folder)
    source = _template_source(folder, settings)
    bos, eos = (_token_text(settings.get(key)) for key in ("bos_token", "eos_token"))
    try:
        template = ChatTemplate.from_source(source, bos, eos, now)
    except TemplateError as error:
        raise ModelError(f"{folder}: {error}") from error
    added = tokenizer.get_added_tokens_decoder()
    tagged = {number for number, token in added.items() if _TAG.fullmatch(token.content)}
    special = {number for number, token in added.items() if token.special}
    opening = tokenizer.encode("", add_special_tokens=True).ids
    # Special tokens are switched off in untrusted text; the other tags can only be cut.
    tags = sorted((added[number].content for number in tagged - special), key=len, reverse=True)
    return Reading(
        template=template,
        source=source,
        end=_end(folder, template, tokenizer, tagged | special),
        control=frozenset(tagged | special),
        first=opening[0] if opening else None,
        _tokenizer=tokenizer,
        _tags=re.compile("|".join(map(re.escape, tags)) or r"(?!)"),
    )


def _tokenizer(folder: Path) -> Tokenizer:
    path = folder / "tokenizer.json"
    if not path.is_file():
        raise ModelError(
            f"{folder} is no base model: it has no {path.name}; name a folder in the Hugging Face form."
        )
    try:
        return Tokenizer.from_file(str(path))
    # The library raises a bare Exception for whatever is wrong with a file.
    except Exception as error:
        raise ModelError(f"{path} cannot be read ({error}); download or export the model again.") from error


def _settings(folder: Path) -> dict[str, object]:
    path = folder / "tokenizer_config.json"
    if not path.is_file():
        return {}
    try:
        said = json.loads(path.read_bytes())
    except ValueError as error:
        raise ModelError(f"{path} cannot be read; download or export the model again.") from error
    return said if isinstance(said, dict) else {}


def _template_source(folder: Path, settings: dict[str, object]) -> str:
    """The chat template, from its own file or from the settings."""
    path = folder / "chat_template.jinja"
    source = path.read_text(encoding="utf-8") if path.is_file() else settings.get("chat_template")
    if not isinstance(source, str) or not source.strip():
        raise ModelError(
            f"{folder} has no chat template, so nothing says how a conversation reads; take a model with "
            f"one, or put its {path.name} into the folder."
        )
    return source


def _token_text(said: object) -> str:
    """The text of a token in the settings, where it may be a table."""
    text = said.get("content") if isinstance(said, dict) else said
    return text if isinstance(text, str) else ""


def _end(folder: Path, template: ChatTemplate, tokenizer: Tokenizer, control: set[int]) -> int:
    """The first control token of what closes a turn."""
    close = "".join(piece.text for piece in template.close())
    ids = [number for number in tokenizer.encode(close, add_special_tokens=False).ids if number in control]
    if not ids:
        raise ModelError(
            f"{folder}: the chat template ends a turn with {close!r}, which holds no token of its own, so a "
            "student could not learn to stop; use another model."
        )
    return ids[0]
