"""What acts by a role: its credentials, and the checks of what the cloud itself does in its name."""

from __future__ import annotations

from collections.abc import Mapping

from ministack.core import iam_evaluator, lambda_runtime
from ministack.core.responses import get_account_id, get_region
from ministack.services import lambda_svc

from seaworthy_cloud.rights.enforcement import message_of


class AccessDenied(Exception):
    """No policy of the role allows what was to be done; the message is AWS's."""


def credentials_of(role_arn: str, session: str) -> dict[str, str]:
    """The environment variables with the credentials of a role's session; without `AUTH` those of the account."""
    # The emulator makes sessions for functions; what it takes of one is an ARN to know the session by.
    arn = f"arn:aws:lambda:{get_region()}:{get_account_id()}:function:{session}"
    return lambda_runtime.execution_credentials({"Role": role_arn, "FunctionArn": arn, "FunctionName": session})


def require(
    role_arn: str, action: str, resource_arn: str, session: str, context: Mapping[str, str] | None = None
) -> None:
    """Raise AccessDenied unless a role may do an action, such as `s3:PutObject`; without `AUTH` it may do all.

    `context` has the keys that conditions ask for, such as `ecs:cluster`.
    """
    from ministack import app

    if not app.AUTH:
        return
    key = credentials_of(role_arn, session)["AWS_ACCESS_KEY_ID"]
    denied = iam_evaluator.enforce(
        key, action, action.partition(":")[0], get_region(), resource_arn, dict(context or {})
    )
    if denied is not None:
        raise AccessDenied(message_of(denied, action, resource_arn))


def role_of_function(reference: str) -> str:
    """The ARN of the role of a function, by its name or ARN; empty if there is no such function."""
    function, _ = lambda_svc._get_func_record_for_qualifier(reference, None)
    return ((function or {}).get("config") or {}).get("Role", "")
