"""Each decision of the emulator's policy enforcement: first the key of the data is checked too, then it is noted.

https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import replace as changed
from functools import lru_cache
from typing import Any

from ministack.core import iam_actions, iam_evaluator
from ministack.core.iam_evaluator import AuthError, EvalContext, EvalResult, ParsedStatement, fnmatch_iam
from ministack.services import sts

from seaworthy_cloud.patching import replace
from seaworthy_cloud.rights import ledger
from seaworthy_cloud.rights.keys import KeyUse, uses_of_keys

_TOOLKIT = "cdk-hnb659fds-"
"""How the names of the roles begin by which the CDK deploys. They are the machine's, and not held to their policies:
for several of their calls the emulator knows no resource."""

_original_enforce = iam_evaluator.enforce
_original_evaluate = iam_evaluator.evaluate
_original_parse = iam_evaluator.parse_policy_document
_original_response = iam_actions.access_denied_response

_refused_by_key: ContextVar[KeyUse | None] = ContextVar("refused_by_key", default=None)
"""What of a key the request was refused for, if it was not for its own action."""


def install() -> None:
    """Put the further checks in the place of the emulator's."""
    replace(iam_evaluator, "enforce", _enforce)
    replace(iam_evaluator, "evaluate", _evaluate)
    replace(iam_evaluator, "parse_policy_document", _parse)
    replace(iam_actions, "access_denied_response", _response)


def message_of(denied: EvalResult | AuthError, action: str, resource_arn: str) -> str:
    """AWS's message of a refusal, which names the action."""
    if isinstance(denied, AuthError):
        return denied.message
    if use := _refused_by_key.get():
        action, resource_arn = use.action, use.key_arn
    return iam_actions.identity_denial_message(action, denied.principal_arn, resource_arn, denied.decision == "Deny")


def _enforce(
    access_key_id: str,
    iam_action: str,
    service: str,
    region: str,
    resource_arn: str = "*",
    service_context: dict[str, Any] | None = None,
) -> EvalResult | AuthError | None:
    _refused_by_key.set(None)
    denied = _original_enforce(access_key_id, iam_action, service, region, resource_arn, service_context)
    role = _role_of(access_key_id)
    if role is None:
        return denied
    if role.startswith(_TOOLKIT):
        return denied if isinstance(denied, AuthError) else None
    if denied is not None:
        ledger.note_refusal(role, iam_action, resource_arn)
        return denied
    for use in uses_of_keys(iam_action, resource_arn):
        via = {"kms:ViaService": f"{use.service}.{region}.amazonaws.com"}
        denied = _original_enforce(access_key_id, use.action, "kms", region, use.key_arn, via)
        if denied is not None:
            ledger.note_refusal(role, use.action, use.key_arn)
            _refused_by_key.set(use)
            return denied
    return None


def _role_of(access_key_id: str) -> str | None:
    """The name of the role whose session a key belongs to."""
    arn = str((sts._sessions.get(access_key_id) or {}).get("Arn", ""))
    return arn.split("/")[1] if ":assumed-role/" in arn else None


def _evaluate(
    ctx: EvalContext, policies: list[list[ParsedStatement]], *limits: list[list[ParsedStatement]]
) -> EvalResult:
    result = _original_evaluate(ctx, policies, *limits)
    role = ctx.principal_arn.split("/")[1] if ":assumed-role/" in ctx.principal_arn else ""
    if result.decision == "Allow" and role:
        for statement in (each for policy in policies for each in policy if each.effect == "Allow"):
            for pattern in statement.actions:
                if not fnmatch_iam(ctx.action, pattern) or not ledger.is_new(role, statement, pattern):
                    continue
                # What is noted is the single grant: one action of the statement.
                if iam_evaluator._first_match(ctx, [changed(statement, actions=[pattern])], "Allow"):
                    ledger.note_use(role, statement, pattern)
    return result


def _parse(document: str | dict[str, Any]) -> list[ParsedStatement]:
    """A policy's statements. Each request asks for all of its caller's policies, which are text and stay the same."""
    return _parsed(document) if isinstance(document, str) else _original_parse(document)


@lru_cache(maxsize=4096)
def _parsed(document: str) -> list[ParsedStatement]:
    return _original_parse(document)


def _response(service: str, action: str, principal_arn: str, request_id: str, **rest: Any) -> Any:
    use = _refused_by_key.get()
    if use is None or rest.get("error_code"):
        return _original_response(service, action, principal_arn, request_id, **rest)
    rest["message"] = iam_actions.identity_denial_message(use.action, principal_arn, use.key_arn, False)
    return _original_response(service, use.action, principal_arn, request_id, **rest)
