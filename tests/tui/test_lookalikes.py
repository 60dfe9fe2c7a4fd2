"""Look-alikes of ASCII: as wide as what they stand for, and never another number."""

import io
import sys

import pytest
from rich.cells import cell_len

from agent.report.markdown import SIGNS
from tui.lookalikes import lookalike, speak


@pytest.mark.parametrize("character", "✓✗≠★☆•·…╭─│╰▔▁▎▇█░⡇⠀éßü漢😀\u0301\u200d\u00a0°½²≥ΩП")
def test_each_takes_the_cells_of_its_character(character: str) -> None:
    shown = lookalike(character)
    assert shown.isascii()
    assert len(shown) == cell_len(character)


def test_the_verdicts_stay_three_signs() -> None:
    signs = [lookalike(sign) for sign in SIGNS.values() if sign]
    assert len(set(signs)) == len(signs) == 3


@pytest.mark.parametrize("character", "½¼²³①Ⅳ≥≤")
def test_no_number_becomes_another(character: str) -> None:
    assert lookalike(character) == "?"


def test_only_streams_that_lack_characters_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    poor, rich = io.BytesIO(), io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(poor, encoding="latin-1"))
    monkeypatch.setattr(sys, "stderr", io.TextIOWrapper(rich, encoding="utf-8"))
    speak()
    for stream in (sys.stdout, sys.stderr):
        stream.write("✓ Café ≠ 漢")
        stream.flush()
    assert poor.getvalue() == "+ Café ! ??".encode("latin-1")
    assert rich.getvalue() == "✓ Café ≠ 漢".encode()
