"""What people do with versions: look at them, approve, refuse, promote, let them challenge, retire, and roll back."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import Any

import boto3
import msgspec

from trainer.audit import append_to, stage_entry
from trainer.loans import Refused
from trainer.people import caller, same_person
from trainer.registry import end_challenge, point_to_challenger
from trainer.serving import serve
from trainer.stages import Pointer, Stage, Stages
from trainer.store import Store


def act(options: argparse.Namespace, say: Callable[[str], None]) -> dict[str, Any]:
    """Do one thing.

    Raises:
        Refused: if the version's stage, or who asks, does not allow it.
    """
    stages = Stages(options.stages)
    if options.action == "list":
        return {"versions": msgspec.to_builtins(stages.all()), "champion": msgspec.to_builtins(stages.pointer())}
    if options.action == "rollback":
        return _roll_back(options, stages, say)
    if options.version is None:
        raise Refused(f"which version is to {options.action}? Give --version; list shows which there are")
    if options.action == "promote":
        approver = _approve(options, say)
        return _served(options, stages, stages.promote(options.version, approver), approver, say)
    if options.action == "approve":
        return _approve_run(options, stages, say)
    if options.action in ("refuse", "hold"):
        return _answer_run(options, stages)
    return _challenge(options, stages) if options.action == "challenge" else _retire(options, stages)


def _roll_back(options: argparse.Namespace, stages: Stages, say: Callable[[str], None]) -> dict[str, Any]:
    by = caller(options.role, options.person).user_id
    return _served(options, stages, stages.roll_back(options.version), by, say)


def _challenge(options: argparse.Namespace, stages: Stages) -> dict[str, Any]:
    stages.challenge(options.version)
    _append_move(options, "challenger")
    version = stages.get(options.version)
    point_to_challenger(Store(options.registry), version.version, version.manifestSha256)
    return msgspec.to_builtins(version)


def _retire(options: argparse.Namespace, stages: Stages) -> dict[str, Any]:
    stages.retire(options.version)
    _append_move(options, "retired")
    end_challenge(Store(options.registry), options.version)
    return msgspec.to_builtins(stages.get(options.version))


def _append_move(options: argparse.Namespace, stage: Stage) -> None:
    """Tell the audit trail before the service is told."""
    by, reason = caller(options.role, options.person).user_id, _reason(options)
    append_to(options.audit_queue)(stage_entry(Store(options.registry), options.version, stage, by, reason))


def _reason(options: argparse.Namespace) -> str:
    return options.reason or f"{options.action}, no reason given"


def _approve(options: argparse.Namespace, say: Callable[[str], None]) -> str:
    person = caller(options.role, options.person)
    Stages(options.stages, person.session).approve(options.version, person.user_id)
    say(f"{options.version} is approved by {person.user_id}")
    return person.user_id


def _approve_run(options: argparse.Namespace, stages: Stages, say: Callable[[str], None]) -> dict[str, Any]:
    """Approve, and let the run that waits for it go on; whether the approval counts is checked at its promotion."""
    if same_person(stages.get(options.version).trainedBy, caller(options.role, options.person).user_id):
        raise Refused(f"you have trained {options.version} and can't approve it too: ask somebody else")
    approver = _approve(options, say)
    token = stages.token(options.version)
    if token is not None:
        client = caller(options.role, options.person).session.client("stepfunctions")
        client.send_task_success(taskToken=token, output=msgspec.json.encode({"approvedBy": approver}).decode())
        if options.pipeline is not None:
            _wait_for_end(options, stages, say)
    return {"version": options.version, "approvedBy": approver, "runGoesOn": token is not None}


def _wait_for_end(options: argparse.Namespace, stages: Stages, say: Callable[[str], None]) -> None:
    run = stages.get(options.version).run
    execution = f"{options.pipeline.replace(':stateMachine:', ':execution:')}:{run}"
    workflows = boto3.client("stepfunctions")
    while (state := workflows.describe_execution(executionArn=execution))["status"] == "RUNNING":
        time.sleep(1)
    if state["status"] != "SUCCEEDED":
        raise Refused(f"the run {run} is {state['status']}: {state.get('cause') or state.get('error') or ''}")
    say(f"the run {run} has ended, and {options.version} is {stages.get(options.version).stage}")


def _answer_run(options: argparse.Namespace, stages: Stages) -> dict[str, Any]:
    """Refuse a version, or ask the run that waits for its approval to wait longer."""
    token = stages.token(options.version)
    if token is None:
        raise Refused(f"no run waits for the approval of {options.version}")
    client = caller(options.role, options.person).session.client("stepfunctions")
    if options.action == "hold":
        client.send_task_heartbeat(taskToken=token)
    else:
        client.send_task_failure(taskToken=token, error="Refused", cause="a person has refused the version")
    return {"version": options.version, "answer": options.action}


def _served(
    options: argparse.Namespace, stages: Stages, pointer: Pointer, by: str, say: Callable[[str], None]
) -> dict[str, Any]:
    """Tell the audit trail and the service of the new champion."""
    serve(Store(options.registry), stages, pointer, append_to(options.audit_queue), by, _reason(options))
    say(f"{pointer.version} is the champion")
    return msgspec.to_builtins(pointer)
