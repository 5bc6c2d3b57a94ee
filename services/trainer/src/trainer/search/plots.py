"""Optuna's own plots of a study, as SVG."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import optuna
from matplotlib import pyplot
from matplotlib.figure import Figure
from optuna.trial import TrialState
from optuna.visualization import matplotlib as plots

#: Fewest finished trials that can be plotted against each other.
LEAST_TRIALS = 4


def plot_study(study: optuna.Study) -> dict[str, bytes]:
    """Plots by their file's name: the history, each trial's way, what mattered, where it was looked, and when."""
    mpl.use("agg")
    draw: dict[str, Callable[[optuna.Study], Any]] = {
        "history.svg": plots.plot_optimization_history,
        "slices.svg": plots.plot_slice,
        "timeline.svg": plots.plot_timeline,
    }
    if any(trial.intermediate_values for trial in study.get_trials(deepcopy=False)):
        draw["trials.svg"] = plots.plot_intermediate_values
    if len(study.get_trials(deepcopy=False, states=[TrialState.COMPLETE])) >= LEAST_TRIALS:
        draw["importances.svg"] = plots.plot_param_importances
    return {name: _svg(plot, study) for name, plot in draw.items()}


def _svg(plot: Callable[[optuna.Study], Any], study: optuna.Study) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)
        axes = plot(study)
    return svg_of((axes.flat[0] if hasattr(axes, "flat") else axes).figure)


def svg_of(figure: Figure) -> bytes:
    """A figure as SVG, without the date; the figure is closed."""
    target = io.BytesIO()
    figure.savefig(target, format="svg", metadata={"Date": None})
    pyplot.close(figure)
    return target.getvalue()
