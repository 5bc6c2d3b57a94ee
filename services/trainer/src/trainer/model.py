"""What people do with versions: look at them, approve, promote, let them challenge, retire, and roll back."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import msgspec

from trainer.loans import Refused
from trainer.people import caller
from trainer.registry import end_challenge, point_to, point_to_challenger
from trainer.stages import Pointer, Stages
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
        return _served(options, stages, stages.roll_back(), say)
    if options.version is None:
        raise Refused(f"which version is to {options.action}? Give --version; list shows which there are")
    if options.action == "promote":
        approver = _approve(options, say)
        return _served(options, stages, stages.promote(options.version, approver), say)
    if options.action == "approve":
        return {"version": options.version, "approvedBy": _approve(options, say)}
    return _challenge(options, stages) if options.action == "challenge" else _retire(options, stages)


def _challenge(options: argparse.Namespace, stages: Stages) -> dict[str, Any]:
    stages.challenge(options.version)
    version = stages.get(options.version)
    point_to_challenger(Store(options.registry), version.version, version.manifestSha256)
    return msgspec.to_builtins(version)


def _retire(options: argparse.Namespace, stages: Stages) -> dict[str, Any]:
    stages.retire(options.version)
    end_challenge(Store(options.registry), options.version)
    return msgspec.to_builtins(stages.get(options.version))


def _approve(options: argparse.Namespace, say: Callable[[str], None]) -> str:
    person = caller(options.role, options.person)
    Stages(options.stages, person.session).approve(options.version, person.user_id)
    say(f"{options.version} is approved by {person.user_id}")
    return person.user_id


def _served(
    options: argparse.Namespace, stages: Stages, pointer: Pointer, say: Callable[[str], None]
) -> dict[str, Any]:
    """Tell the service of the new champion."""
    manifest = stages.get(pointer.version).manifestSha256
    registry = Store(options.registry)
    point_to(registry, pointer.version, manifest, pointer.sequence)
    end_challenge(registry, pointer.version)
    say(f"{pointer.version} is the champion")
    return msgspec.to_builtins(pointer)
