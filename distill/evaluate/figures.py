"""Which figures are shown, in what order and how; the table and the page show the same."""

from typing import NamedTuple

from distill.evaluate.intervals import Interval


class Figure(NamedTuple):
    """One figure of `Scores`."""

    name: str
    heading: str
    share: bool = True
    """Shown in percent."""


FIGURES = (
    Figure("success", "predicate success"),
    Figure("own_success", "… by own picks"),
    Figure("needs_precision", "needs precision"),
    Figure("needs_recall", "needs recall"),
    Figure("needs_f1", "needs F1"),
    Figure("opened", "satisfying set opened"),
    Figure("products", "E.Prod", share=False),
    Figure("products_fit", "E.Prod that fit", share=False),
    Figure("citation_accuracy", "citation accuracy"),
    Figure("citations", "effective citations", share=False),
    Figure("citations_unsupported", "unsupported", share=False),
    Figure("citations_unknown", "undecided", share=False),
    Figure("race", "RACE"),
    Figure("race_comprehensiveness", "… comprehensiveness"),
    Figure("race_depth", "… depth"),
    Figure("race_instruction_following", "… instruction following"),
    Figure("race_readability", "… readability"),
    Figure("quality", "rubric score of 10", share=False),
    Figure("learnt", "asked and learnt"),
    Figure("needless", "needless questions", share=False),
    Figure("personal", "hidden needs served"),
    Figure("errors", "tool errors", share=False),
    Figure("repeats", "repeated calls", share=False),
    Figure("rejections", "rejections", share=False),
    Figure("steps", "steps", share=False),
    Figure("tokens", "tokens", share=False),
    Figure("seconds", "seconds", share=False),
)


def shown(interval: Interval | None, figure: Figure) -> str:
    """A mean with its interval: "82.0 [75.1, 88.4]"; a dash where there is none."""
    if interval is None:
        return "–"
    low, mean, high = (number(v, figure) for v in (interval.low, interval.mean, interval.high))
    return mean if low == high else f"{mean} [{low}, {high}]"


def number(value: float, figure: Figure) -> str:
    """One value: percent for shares."""
    return f"{100 * value:.1f}" if figure.share else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
