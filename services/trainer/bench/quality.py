"""Trains on 1997 to 2003 and measures every later year: ``python bench/quality.py LOANS.csv``. JSON on stdout."""

from __future__ import annotations

import datetime as dt
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np

from trainer.assess import Rows, assess, groups_of
from trainer.features import encode, features_of, read_definition
from trainer.history import read_history
from trainer.models import fit_models, probabilities_of

FEATURES = Path(__file__).parents[3] / "schemas/features.json"
SEED, COST_RATIO = 7, 5.0


def main(csv: Path) -> dict[str, Any]:
    """What model, scorecard and policy rule are worth on the years after their training."""
    definition = read_definition(FEATURES)
    known = read_history(csv, dt.date(1997, 1, 1), dt.date(2003, 12, 31))
    models = fit_models(features_of(known.known, definition), known.defaulted, definition, SEED)
    later = read_history(csv, dt.date(2004, 1, 1), dt.date(2009, 12, 31))
    features = features_of(later.known, definition)
    probabilities = probabilities_of(models, encode(features, models.encodings))
    probabilities["approve all"] = np.zeros(len(later.defaulted))
    years = later.known["submittedAt"].dt.year().to_numpy()
    return assess(probabilities, Rows(later.defaulted, years, groups_of(features)), COST_RATIO, SEED)


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]))))
