"""AppConfig's checks, which the emulator leaves out: the validators of a profile and the time between two polls.

A version that a JSON Schema validator refuses is not made, and one that it refuses by now is not deployed. A Lambda
validator is refused by name: nothing here runs one. The emulator itself has versions, strategies, bake time, monitors
that roll back, and sessions.
"""

from __future__ import annotations

import json
import time
from typing import Any

import jsonschema
from ministack.services import appconfig

from seaworthy_cloud.cloudformation.handlers import TABLE, Create, Created, Properties
from seaworthy_cloud.patching import replace

Answer = tuple[int, dict[str, str], bytes]

_create_version = appconfig._create_hosted_configuration_version
_start_deployment = appconfig._start_deployment
_get_latest = appconfig._get_latest_configuration
_DECLARED = "AWS::AppConfig::HostedConfigurationVersion"
_create_declared: Create = TABLE[_DECLARED]["create"]

_may_poll_after: dict[str, float] = {}
"""When the session of a token may be asked again; seconds since the epoch."""


class InvalidConfigurationError(ValueError):
    """Content that a validator of its profile refuses."""


def install() -> None:
    """Put the checks before what the emulator does."""
    replace(appconfig, "_create_hosted_configuration_version", _create_version_checked)
    replace(appconfig, "_start_deployment", _start_deployment_checked)
    replace(appconfig, "_get_latest_configuration", _get_latest_checked)
    # It has no update: a version that is declared anew is another one.
    TABLE[_DECLARED] = {**TABLE[_DECLARED], "create": _create_declared_checked}


def _create_version_checked(app: str, profile: str, body: bytes, *rest: Any) -> Answer:
    try:
        _validate(app, profile, body)
    except InvalidConfigurationError as error:
        return _bad_request(str(error), {"InvalidConfiguration": [{"Type": "JSON_SCHEMA", "Reason": str(error)}]})
    return _create_version(app, profile, body, *rest)


def _start_deployment_checked(app: str, environment: str, body: dict[str, Any]) -> Answer:
    profile, number = body.get("ConfigurationProfileId", ""), body.get("ConfigurationVersion", "")
    version = appconfig._hosted_versions.get(f"{app}/{profile}/{number}")
    if version is None and f"{app}/{profile}" in appconfig._config_profiles:
        return appconfig._error(404, "ResourceNotFoundException", f"the profile {profile} has no version {number}")
    try:
        if version is not None:
            _validate(app, profile, version["Content"])
    except InvalidConfigurationError as error:
        return _bad_request(str(error), {"InvalidConfiguration": [{"Type": "JSON_SCHEMA", "Reason": str(error)}]})
    return _start_deployment(app, environment, body)


def _get_latest_checked(token: str) -> Answer:
    if time.time() < _may_poll_after.get(token, 0):
        problem = {"ConfigurationToken": {"Problem": "PollIntervalNotSatisfied"}}
        return _bad_request("the session is asked too soon", {"InvalidParameters": problem}, "InvalidParameters")
    _may_poll_after.pop(token, None)
    status, headers, content = _get_latest(token)
    if following := headers.get("Next-Poll-Configuration-Token"):
        _may_poll_after[following] = time.time() + int(headers["Next-Poll-Interval-In-Seconds"])
    return status, headers, content


def _create_declared_checked(logical_id: str, properties: Properties, stack: str) -> Created:
    content = properties["Content"]
    text = content if isinstance(content, str) else json.dumps(content)
    _validate(str(properties["ApplicationId"]), str(properties["ConfigurationProfileId"]), text)
    return _create_declared(logical_id, properties, stack)


def _validate(app: str, profile: str, content: bytes | str) -> None:
    for validator in appconfig._config_profiles.get(f"{app}/{profile}", {}).get("Validators") or []:
        if validator["Type"] != "JSON_SCHEMA":
            raise InvalidConfigurationError(f"a validator of type {validator['Type']} is not run here: use JSON_SCHEMA")
        _match(json.loads(validator["Content"]), content)


def _match(schema: Any, content: bytes | str) -> None:
    try:
        jsonschema.validate(json.loads(content), schema)
    except ValueError as error:
        raise InvalidConfigurationError(f"the content is not JSON: {error}") from error
    except jsonschema.ValidationError as error:
        raise InvalidConfigurationError(f"{error.json_path}: {error.message}") from error


def _bad_request(message: str, details: dict[str, Any], reason: str = "InvalidConfiguration") -> Answer:
    body = json.dumps({"Message": message, "Reason": reason, "Details": details}).encode()
    return 400, {"Content-Type": "application/json", "x-amzn-errortype": "BadRequestException"}, body
