"""What each role's policies grant, what of it was used, and what was refused: lines of JSON in `rights.jsonl`.

Each grant, use and refusal is written once, so that the file is bounded by the policies and not by the traffic. Where
`SEAWORTHY_RIGHTS` names a folder, the file is in it under a name of its own, so that several runs can be read together.
"""

from __future__ import annotations

import json
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import ParsedStatement
from ministack.core.responses import get_account_id
from ministack.services import iam

from seaworthy_cloud.settings import read_settings

_log = logging.getLogger(__name__)
_lock = threading.Lock()
_written: set[str] = set()


def is_new(role: str, statement: ParsedStatement, action: str) -> bool:
    """Whether it has not been noted yet that a role made use of an action of a statement of its policies."""
    return _grant("used", role, statement, action) not in _written


def note_use(role: str, statement: ParsedStatement, action: str) -> None:
    """Note that a role made use of an action of a statement of its policies, and what all roles are granted by now."""
    with _lock:
        _write(_grant("used", role, statement, action))
        for granted in _granted():
            _write(granted)


def note_refusal(role: str, action: str, resource: str) -> None:
    """Note that a role was refused an action; the resource is that of the first refusal."""
    with _lock:
        line = json.dumps({"refused": action, "role": role})
        if line not in _written:
            _log.warning("the role %s was refused %s on %s", role, action, resource)
            _write(line)


def _granted() -> Iterator[str]:
    for name in list(iam._roles):
        for policy in iam_evaluator._gather_role_policies(name, get_account_id()):
            for statement in policy:
                for action in statement.actions if statement.effect == "Allow" else ():
                    yield _grant("granted", name, statement, action)


def _grant(kind: Literal["granted", "used"], role: str, statement: ParsedStatement, action: str) -> str:
    what: dict[str, Any] = {"resources": sorted(statement.resources), "conditions": statement.conditions}
    return json.dumps({kind: action, "role": role, **what}, sort_keys=True)


def _write(line: str) -> None:
    if line in _written:
        return
    _written.add(line)
    with _file().open("a") as file:
        file.write(line + "\n")


def _file() -> Path:
    settings = read_settings()
    shared = os.environ.get("SEAWORTHY_RIGHTS")
    return Path(shared) / f"{settings.port}-{os.getpid()}.jsonl" if shared else settings.state / "rights.jsonl"
