"""Asks for a training, and follows it until its version waits for approval."""

from __future__ import annotations

import argparse
import datetime as dt
import secrets
import time
from collections.abc import Callable, Iterator
from typing import Any

import msgspec

from trainer.loans import InputError, Refused
from trainer.people import caller
from trainer.search.studies import find_study
from trainer.stages import Stages

#: Seconds between two looks at a run.
PAUSE = 1.0

Say = Callable[[str], None]


def ask(options: argparse.Namespace, say: Say) -> dict[str, Any]:
    """Start a run of the pipeline in the caller's own name, and tell of its progress.

    Returns:
        ``run`` and the ``version`` that waits for its approval.

    Raises:
        Refused: if the run ends before.
    """
    person = caller(options.role, options.person)
    run = f"{dt.datetime.now(dt.UTC):%Y%m%d-%H%M%S}-{secrets.token_hex(3)}"
    Stages(options.stages, person.session).request(run, person.user_id)
    workflows = person.session.client("stepfunctions")
    given = {
        "first": options.first.isoformat(),
        "last": options.last.isoformat(),
        "seed": str(options.seed),
        **_data(options),
        "requestedBy": person.user_id,
    }
    execution = workflows.start_execution(
        stateMachineArn=options.pipeline, name=run, input=msgspec.json.encode(given).decode()
    )["executionArn"]
    say(f"run {run}")
    return {"run": run, "version": _follow(options, workflows, execution, run, say)}


def _data(options: argparse.Namespace) -> dict[str, str]:
    """What to train on. The catalogue is asked here, so that the steps need no way to it."""
    if not options.snapshot:
        return {"table": "", "snapshot": ""}
    if not options.table:
        raise InputError(f"--snapshot {options.snapshot} is of which table? Give --table glue://DATABASE/TABLE")
    # Imported here: who trains on the file need not wait for it.
    from trainer.snapshot import metadata_of

    return {"table": metadata_of(options.table), "snapshot": options.snapshot}


def _follow(options: argparse.Namespace, workflows: Any, execution: str, run: str, say: Say) -> str:  # noqa: ANN401
    stages = Stages(options.stages)
    told: set[str] = set()
    while True:
        # Asked first: what there is to tell of a run that waits is then all told.
        version = stages.waiting(run)
        for line in (*_steps(workflows, execution), *_trials(options.journals, run)):
            if line not in told:
                told.add(line)
                say(line)
        if version is not None:
            say(f"{version} waits for the approval of a person who did not ask for it")
            return version
        state = workflows.describe_execution(executionArn=execution)
        if state["status"] != "RUNNING":
            raise Refused(f"the run {run} is {state['status']}: {state.get('cause') or state.get('error') or ''}")
        time.sleep(PAUSE)


def _steps(workflows: Any, execution: str) -> Iterator[str]:  # noqa: ANN401
    pages = workflows.get_paginator("get_execution_history").paginate(executionArn=execution)
    for event in (event for page in pages for event in page["events"]):
        if "stateEnteredEventDetails" in event:
            yield f"step {event['stateEnteredEventDetails']['name']}"


def _trials(journals: str, run: str) -> Iterator[str]:
    """The trials that are done, as the study has them; none while there is no study."""
    study = find_study(f"dynamodb://{journals}/{run}")
    for trial in study.trials if study else []:
        if trial.state.is_finished():
            result = f"AUC {trial.value:.4f}" if trial.value is not None else trial.state.name.lower()
            yield f"trial {trial.number} by worker {trial.user_attrs.get('worker', '?')}: {result}"
