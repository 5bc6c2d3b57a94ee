"""Policy variables and the keys of DynamoDB items, which conditions name and the emulator does not know.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_variables.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/specifying-conditions.html
"""

from __future__ import annotations

import json
import re
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import EvalContext
from ministack.services import dynamodb

from seaworthy_cloud.patching import replace

_VARIABLE = re.compile(r"\$\{([^}]+)\}")

_original_met = iam_evaluator._conditions_met
_original_context = iam_actions.dynamodb_service_context


def install() -> None:
    """Resolve variables before conditions are compared, tell DynamoDB's leading keys, and take loopback for TLS."""
    from ministack import app

    replace(iam_evaluator, "_conditions_met", _met)
    replace(iam_actions, "dynamodb_service_context", _context)
    # Bucket policies refuse what comes without TLS; nobody can listen between two processes of this machine.
    replace(iam_evaluator, "_request_origin", ContextVar("request_origin", default=("127.0.0.1", True)))
    replace(app, "pin_request_origin", lambda address, _: iam_evaluator.pin_request_origin(address, True))


def _met(conditions: dict[str, Any], ctx: EvalContext) -> bool:
    def value(match: re.Match[str]) -> str:
        found = iam_evaluator._resolve_condition_key(match[1], ctx)
        # A variable that has no value matches nothing; the text stays and equals no value.
        return match[0] if found is None else str(found)

    def resolved(expected: Any) -> Any:
        if isinstance(expected, list):
            return [resolved(each) for each in expected]
        return _VARIABLE.sub(value, expected) if isinstance(expected, str) else expected

    blocks = {
        operator: {key: resolved(expected) for key, expected in block.items()} if isinstance(block, dict) else block
        for operator, block in conditions.items()
    }
    return _original_met(blocks, ctx)


def _context(body: bytes) -> dict[str, Any]:
    context = _original_context(body)
    request = json.loads(body or b"{}")
    parts = [part for item in request.get("TransactItems", []) for part in item.values()] or [request]
    if keys := sorted({key for part in parts for key in _leading_keys(part)}):
        context["dynamodb:LeadingKeys"] = keys
    return context


def _leading_keys(request: dict[str, Any]) -> set[str]:
    """The values of the partition key that a request about one table names."""
    table = dynamodb._tables.get(str(request.get("TableName", "")).rpartition("/")[2]) or {}
    name = next((each["AttributeName"] for each in table.get("KeySchema", []) if each["KeyType"] == "HASH"), None)
    if name is None:
        return set()
    items = [request.get("Key"), request.get("Item")]
    return {str(next(iter(item[name].values()))) for item in items if item and name in item}
