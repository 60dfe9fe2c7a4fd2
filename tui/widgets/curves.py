"""The course of a training by its steps: the losses in one plot, the calls that are right in another."""

from collections.abc import Sequence

from textual_plotext import PlotextPlot

from finetune.run_record import Point

TRAINED, VALIDATED = (0, 119, 187), (238, 119, 51)
"""Told apart by most people, on dark and on light."""


class LossPlot(PlotextPlot):
    """The loss of training batches as a line, that of the validation split as marks."""

    def show(self, points: Sequence[Point]) -> None:
        """Draw these in place of what is there."""
        self.plt.clear_figure()
        trained = [(p.step, p.loss) for p in points if p.loss is not None]
        validated = [(p.step, p.validation_loss) for p in points if p.validation_loss is not None]
        if trained:
            self.plt.plot(*map(list, zip(*trained, strict=True)), marker="braille", color=TRAINED)
        if validated:
            self.plt.scatter(*map(list, zip(*validated, strict=True)), marker="x", color=VALIDATED)
        self.refresh()


class CallPlot(PlotextPlot):
    """Of the validation split's calls, the percentage whose every token is the likeliest."""

    def show(self, points: Sequence[Point]) -> None:
        """Draw these in place of what is there."""
        self.plt.clear_figure()
        right = [(p.step, 100 * p.call_accuracy) for p in points if p.call_accuracy is not None]
        if right:
            self.plt.plot(*map(list, zip(*right, strict=True)), marker="braille", color=VALIDATED)
            self.plt.scatter(*map(list, zip(*right, strict=True)), marker="x", color=VALIDATED)
            self.plt.ylim(0, 100)
        self.refresh()
