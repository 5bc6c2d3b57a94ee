"""Plot of the sample-efficiency curves: what each way is worth by the number of labels."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib import pyplot

from trainer.search.plots import svg_of
from trainer.transfer import WAYS, Point


def plot_efficiency(points: list[Point]) -> bytes:
    """AUC and Brier score of each way by the number of labels, with their intervals of 95 %, as SVG."""
    mpl.use("agg")
    figure, panels = pyplot.subplots(1, 2, figsize=(11, 4.5), layout="constrained")
    for panel, measure, title in zip(panels, ("auc", "brier"), ("AUC", "Brier score"), strict=True):
        for way in WAYS:
            found = [getattr(point, measure)[way] for point in points]
            values = [each.value for each in found]
            spread = [[each.value - each.low for each in found], [each.high - each.value for each in found]]
            panel.errorbar([point.labels for point in points], values, yerr=spread, label=way, marker="o", capsize=3)
        panel.set(xscale="log", xlabel="labels", ylabel=title)
    panels[0].legend()
    return svg_of(figure)
