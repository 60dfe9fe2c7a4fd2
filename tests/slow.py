"""Cases of one test of which the whole suite alone runs some."""

import pytest
from _pytest.mark import ParameterSet


def slow(*cases: object) -> list[ParameterSet]:
    """Cases that are left to the whole suite; a tuple is one case of several values."""
    return [
        pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.slow)
        for case in cases
    ]
