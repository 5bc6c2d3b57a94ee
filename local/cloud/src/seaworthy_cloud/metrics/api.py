"""CloudWatch's own actions where the emulator leaves something out: metric math in alarms and in queries."""

from __future__ import annotations

import datetime as dt
from typing import Any

from ministack.services import cloudwatch

from seaworthy_cloud.metrics.expression import solve
from seaworthy_cloud.metrics.series import Periods
from seaworthy_cloud.patching import replace

Answer = tuple[int, dict[str, str], bytes]

_original_put_alarm = cloudwatch._put_metric_alarm
_original_get_data = cloudwatch._get_metric_data
_original_dimensions = cloudwatch._dims_from_list


class _Dimensions(dict[str, str]):
    """Dimensions of a query. The emulator takes an empty dictionary for any dimensions; this one never seems empty."""

    def __bool__(self) -> bool:
        return True


def install() -> None:
    """Keep what an alarm's request says of metric math, and evaluate the expressions of a query."""
    replace(cloudwatch, "_put_metric_alarm", _put_alarm)
    replace(cloudwatch, "_get_metric_data", _get_data)
    # A metric without dimensions is a metric of its own, and not the sum of those with dimensions.
    replace(cloudwatch, "_dims_from_list", lambda given: _Dimensions(_original_dimensions(given)))


def _put_alarm(params: dict[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Answer:
    answer = _original_put_alarm(params, data, is_cbor, is_json)
    alarm = cloudwatch._alarms.get(data.get("AlarmName", "")) if is_cbor or is_json else None
    if answer[0] < 400 and alarm is not None and data.get("Metrics"):
        alarm["Metrics"] = data["Metrics"]
        for name in ("MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Period", "Dimensions", "Unit"):
            alarm.pop(name, None)
    return answer


def _get_data(params: dict[str, Any], data: dict[str, Any], is_cbor: bool, is_json: bool = False) -> Answer:
    queries = data.get("MetricDataQueries", [])
    if not any(query.get("Expression") for query in queries):
        return _original_get_data(params, data, is_cbor, is_json)
    try:
        results = _results(queries, data)
    except ValueError as error:
        return cloudwatch._error("ValidationError", str(error), 400, use_json=is_json, use_cbor=is_cbor)
    if is_cbor:
        encoded = [cloudwatch._cbor_metric_data_result(result) for result in results]
        return cloudwatch._cbor_ok({"MetricDataResults": encoded})
    return cloudwatch._json_ok({"MetricDataResults": results})


def _results(queries: list[dict[str, Any]], data: dict[str, Any]) -> list[dict[str, Any]]:
    given = [(query.get("MetricStat") or {}).get("Period") or query.get("Period") for query in queries]
    length = max((int(each) for each in given if each), default=60)
    start = cloudwatch._parse_ts(data["StartTime"]) // length * length
    count = -int((start - cloudwatch._parse_ts(data["EndTime"])) // length)
    solved = solve(queries, Periods(start, length, count))
    return [
        {
            "Id": query["Id"],
            "Label": query.get("Label", query["Id"]),
            "Timestamps": [_instant(at) for at in sorted(solved[query["Id"]])],
            "Values": [solved[query["Id"]][at] for at in sorted(solved[query["Id"]])],
            "StatusCode": "Complete",
        }
        for query in queries
        if query.get("ReturnData", True)
    ]


def _instant(seconds: float) -> str:
    return f"{dt.datetime.fromtimestamp(seconds, dt.UTC):%Y-%m-%dT%H:%M:%SZ}"
