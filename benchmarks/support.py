"""How far the checker of citations agrees with readers, by the kind of sentence.

    python -m benchmarks.support [--show]

Both labelled samples are weighed: over invented worlds, with the reviews' aspects and without them, and over
catalogues of others, where these lie under PRODUCTRESEARCH_SHARED_DATA. Precision and recall are those of
"supported"; what the checker cannot tell counts as not supported.
"""

import argparse
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from distill.evaluate.weighed import Support
from tests.distill import support_elsewhere, support_sample


class Outcome(NamedTuple):
    """One statement: what a reader says, and what the checker says."""

    sample: str
    kind: str
    twist: str
    """What was done to the sentence, where the sample tells."""
    supported: bool
    said: Support
    sentence: str

    @property
    def agrees(self) -> bool:
        return self.supported == (self.said == "supported")


def invented(home: Path, *, labels: bool) -> Iterator[Outcome]:
    """The sample over invented worlds."""
    aspects = "aspects labelled" if labels else "no aspects"
    for one, said, _ in support_sample.judged(home, labels=labels):
        held = ", labelled after the checker" if one.fresh else ""
        yield Outcome(f"invented, {aspects}{held}", _kind(one), "", one.supported, said, one.sentence)


def _kind(one: support_sample.Labelled) -> str:
    """The kinds of the other sample, as far as form tells them."""
    if one.tag.startswith("R"):
        return "quoted" if "{{R" in one.sentence else "retold"
    if one.section == "trade_offs":
        return "compared"
    return "shown" if "{{" in one.sentence else "words"


def elsewhere(home: Path) -> Iterator[Outcome]:
    """The sample over catalogues of others."""
    with support_elsewhere.opened(home) as index:
        for each in support_elsewhere.judged(index):
            one = each.statement
            name = "elsewhere, held out" if each.held_out else "elsewhere, mended on"
            yield Outcome(name, one.kind, one.twist, one.supported, each.support, one.sentence)


def rows(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A line for all and one for each kind; then, where the sample tells, the accuracy of each twist."""
    yield f"  {'all':<10}{figures(outcomes)}"
    for kind in sorted({o.kind for o in outcomes}):
        yield f"  {kind:<10}{figures([o for o in outcomes if o.kind == kind])}"
    for twist in sorted({o.twist for o in outcomes if o.twist}):
        agreed = [o.agrees for o in outcomes if o.twist == twist]
        yield f"    {twist}: {share(sum(agreed), len(agreed))}"


def figures(outcomes: Sequence[Outcome]) -> str:
    """Accuracy, precision and recall."""
    right = sum(o.supported and o.agrees for o in outcomes)
    said, true = sum(o.said == "supported" for o in outcomes), sum(o.supported for o in outcomes)
    unknown = sum(o.said == "unknown" for o in outcomes)
    accuracy = share(sum(o.agrees for o in outcomes), len(outcomes))
    return (
        f"accuracy {accuracy}  precision {share(right, said)}  recall {share(right, true)}"
        f"  cannot tell {unknown}"
    )


def share(part: int, whole: int) -> str:
    """A share with what it is of."""
    return f"{part / whole:.3f} ({part} of {whole})" if whole else "-"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--show", action="store_true", help="print the sentences on which the two differ")
    show = parser.parse_args().show
    outcomes: list[Outcome] = []
    with tempfile.TemporaryDirectory() as folder:
        outcomes += invented(Path(folder) / "labelled", labels=True)
        outcomes += invented(Path(folder) / "bare", labels=False)
        if support_elsewhere.present():
            outcomes += elsewhere(Path(folder) / "elsewhere")
    for name in dict.fromkeys(o.sample for o in outcomes):
        chosen = [o for o in outcomes if o.sample == name]
        print(name, *rows(chosen), sep="\n")
        for outcome in chosen if show else ():
            if not outcome.agrees:
                label = "supported" if outcome.supported else "not"
                print(f"    {label}, said {outcome.said}: {outcome.sentence}")


if __name__ == "__main__":
    main()
