"""Named measures by which code decides a criterion: each gives a share from 0 to 1 and says why.

Those of the research done stand in `measures_research`, those of the answer given in `measures_answer`.
"""

from distill.judging.measures_answer import ANSWER
from distill.judging.measures_research import RESEARCH, Measure

MEASURES: dict[str, Measure] = {**RESEARCH, **ANSWER}
"""By the name that `rubric.toml` gives them."""
