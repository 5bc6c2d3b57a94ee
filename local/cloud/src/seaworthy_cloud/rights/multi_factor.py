"""Sessions of a user that gave a code of their second factor: `aws:MultiFactorAuthPresent` is true of these alone.

https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_mfa_configure-api-require.html
"""

from __future__ import annotations

import re
from contextvars import ContextVar
from typing import Any

from ministack.core import iam_evaluator
from ministack.core.iam_evaluator import ResolvedCredential
from ministack.services import sts

from seaworthy_cloud.patching import replace

_FACTOR = re.compile(rb"(^|&|\")TokenCode")

_gave_code: ContextVar[bool] = ContextVar("gave_code", default=False)
_original_handle = sts.handle_request
_original_register = sts.register_session
_original_keys = iam_evaluator._principal_keys


def install() -> None:
    """Keep of a session whether a code was given for it. The code itself is not checked: there are no devices."""
    from ministack import app

    replace(sts, "handle_request", _handle)
    replace(sts, "register_session", _register)
    replace(iam_evaluator, "_principal_keys", _keys)
    replace(sts, "_principal_keys", _keys)
    app.SERVICE_HANDLERS["sts"] = _handle


async def _handle(method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, Any]) -> Any:
    _gave_code.set("TokenCode" in query or bool(_FACTOR.search(body)))
    return await _original_handle(method, path, headers, body, query)


def _register(access_key: str, session: dict[str, Any]) -> None:
    _original_register(access_key, {**session, "MultiFactor": _gave_code.get()})


def _keys(credential: ResolvedCredential) -> dict[str, Any]:
    keys = _original_keys(credential)
    if (sts._sessions.get(credential.access_key_id) or {}).get("MultiFactor"):
        keys["aws:multifactorauthpresent"] = "true"
    return keys
