"""Trains a version in one go, without a search: all steps of the pipeline in a folder of their own."""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import msgspec

from trainer.boosting import DEFAULTS, HyperParameters
from trainer.data import Data, read_data
from trainer.features import Definition
from trainer.prepared import Plan, prepare
from trainer.segment import Segment
from trainer.source import CHAMPION
from trainer.steps import calibrate, evaluate, refit, register_run
from trainer.store import Store
from trainer.transfer_step import transfer


class Transfer(msgspec.Struct):
    """Where to transfer from."""

    registry: Store
    #: A version, or ``champion``.
    version: str = CHAMPION


class Training(msgspec.Struct):
    """What to train on."""

    data: Data
    first: dt.date
    last: dt.date
    seed: int
    cost_ratio: float
    chosen: HyperParameters = DEFAULTS
    #: Key that signs the version; None leaves it unsigned.
    signing_key: str | None = None
    #: Values of features that all loans to train on have.
    segment: dict[str, str] = {}
    #: None trains from scratch.
    transfer: Transfer | None = None
    #: Keeps what the steps hand on, such as the sample-efficiency curves; None keeps nothing of it.
    folder: Path | None = None


def train(training: Training, definition: Definition, registry: Store, say: Callable[[str], None]) -> dict[str, Any]:
    """Train and register a version.

    Returns:
        ``version``, ``manifestSha256``, ``rows``, ``withoutOutcome``, and ``assessment``: what a model trained on the
        earlier loans is worth on those of the last year (null if the earlier ones are too few).

    Raises:
        InputError: if there is too little to train on, a feature tells the outcome, or the export is not exact.
    """
    with nullcontext(training.folder) if training.folder else tempfile.TemporaryDirectory() as folder:
        run = Store(f"file://{folder}")
        segment = Segment(training.segment)
        history = read_data(
            training.data, training.first, training.last, lambda loans: segment.loans(loans, definition)
        )
        plan = Plan(training.first, training.last, training.seed, training.cost_ratio, training.data.id)
        plan.segment = training.segment
        prepare(run, history, definition, plan, say)
        refit(run, training.chosen, say)
        if training.transfer is not None:
            transfer(run, training.transfer.registry, training.transfer.version, say)
        calibrate(run, say)
        evaluate(run, registry, say)
        version = register_run(run, registry, training.signing_key, say)
        assessment = msgspec.json.decode(run.read("assessment.json"))
    manifest = msgspec.json.decode(registry.read(f"{version.name}/manifest.json"))
    return {
        "version": version.name,
        "manifestSha256": version.manifest_sha256,
        "rows": manifest["training"]["rows"],
        "withoutOutcome": manifest["training"]["withoutOutcome"],
        "assessment": assessment,
    }
