"""EventBridge starts a state machine by the role of the rule's target.

https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-identity-based.html#eb-target-permissions
"""

from __future__ import annotations

import logging
from typing import Any

from ministack.services import eventbridge

from seaworthy_cloud.patching import replace
from seaworthy_cloud.rights.roles import AccessDenied, require

_log = logging.getLogger(__name__)
_original_invoke = eventbridge._invoke_target


def install() -> None:
    """Check the role before the target is invoked."""
    replace(eventbridge, "_invoke_target", _invoke)


def _invoke(target: dict[str, Any], *rest: Any) -> Any:
    arn, role = str(target.get("Arn", "")), target.get("RoleArn")
    if role and ":states:" in arn:
        try:
            require(role, "states:StartExecution", arn, "events")
        except AccessDenied as denied:
            _log.error("the target %s was not invoked: %s", arn, denied)
            return None
    return _original_invoke(target, *rest)
