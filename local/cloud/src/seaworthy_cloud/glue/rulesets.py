"""Rule sets of Glue's data quality: kept and told of, and never evaluated, which takes AWS's own engine."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from typing import Any

Answer = tuple[int, Mapping[str, str], bytes]
Handler = Callable[[str, str, Mapping[str, str], bytes, Any], Answer]

_TARGET = "AWSGlue."


def answering_rulesets(handle: Handler) -> Handler:
    """The emulator's handler of Glue's API, with the actions on rule sets that it lacks."""
    from ministack.core.responses import AccountRegionScopedDict

    rulesets: Any = AccountRegionScopedDict()
    actions = {
        f"{_TARGET}CreateDataQualityRuleset": _create,
        f"{_TARGET}UpdateDataQualityRuleset": _update,
        f"{_TARGET}GetDataQualityRuleset": _get,
        f"{_TARGET}DeleteDataQualityRuleset": _delete,
        f"{_TARGET}ListDataQualityRulesets": _list,
    }

    def handle_request(method: str, path: str, headers: Mapping[str, str], body: bytes, query: Any) -> Answer:
        action = actions.get(headers.get("x-amz-target", ""))
        return action(rulesets, json.loads(body or b"{}")) if action else handle(method, path, headers, body, query)

    return handle_request


def _create(rulesets: Any, data: Mapping[str, Any]) -> Answer:
    from ministack.core.responses import error_response_json, json_response

    name = data["Name"]
    if name in rulesets:
        return error_response_json("AlreadyExistsException", f"The rule set {name} exists")
    now = int(time.time())
    given = {key: data[key] for key in ("Name", "Description", "Ruleset", "TargetTable") if key in data}
    rulesets[name] = {**given, "CreatedOn": now, "LastModifiedOn": now}
    return json_response({"Name": name})


def _update(rulesets: Any, data: Mapping[str, Any]) -> Answer:
    from ministack.core.responses import json_response

    if data["Name"] not in rulesets:
        return _unknown(data)
    given = {key: data[key] for key in ("Description", "Ruleset") if key in data}
    rulesets[data["Name"]] = {**rulesets[data["Name"]], **given, "LastModifiedOn": int(time.time())}
    return json_response({"Name": data["Name"]})


def _get(rulesets: Any, data: Mapping[str, Any]) -> Answer:
    from ministack.core.responses import json_response

    return json_response(rulesets[data["Name"]]) if data["Name"] in rulesets else _unknown(data)


def _delete(rulesets: Any, data: Mapping[str, Any]) -> Answer:
    from ministack.core.responses import json_response

    if data["Name"] not in rulesets:
        return _unknown(data)
    del rulesets[data["Name"]]
    return json_response({})


def _list(rulesets: Any, data: Mapping[str, Any]) -> Answer:
    from ministack.core.responses import json_response

    return json_response(
        {"Rulesets": [{key: each[key] for key in each if key != "Ruleset"} for each in rulesets.values()]}
    )


def _unknown(data: Mapping[str, Any]) -> Answer:
    from ministack.core.responses import error_response_json

    return error_response_json("EntityNotFoundException", f"There is no rule set {data['Name']}")
