"""Composite alarms and alarms on metric math, which the emulator's CloudFormation lacks."""

from __future__ import annotations

from collections import ChainMap
from typing import Any, cast

from ministack.services.cloudformation import provisioners

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Created, Properties, add, boolean, integer, physical_name, present
from seaworthy_cloud.patching import replace

_original_record = provisioners._cw_metric_alarm_record


def install() -> None:
    """Add the composite alarm, and metric math to the metric alarm."""
    replace(provisioners, "_cw_metric_alarm_record", _metric_alarm_record)
    add("AWS::CloudWatch::CompositeAlarm", _create, _update, _delete)


def _metric_alarm_record(name: str, properties: Properties) -> dict[str, Any]:
    """The emulator's record of an alarm; one on metric math has metrics instead of a metric."""
    metrics = properties.get("Metrics")
    if not metrics:
        return _original_record(name, properties)
    # The emulator refuses Metrics and insists on a metric: it is shown one, which is then taken out again.
    hidden = {"Metrics": None, "MetricName": "metric math", "Namespace": "metric math"}
    shown = ChainMap(hidden, cast("dict[str, Any]", properties))
    record = _original_record(name, shown)
    record.update(
        {"MetricName": None, "Namespace": None, "Statistic": None, "Period": None, "Dimensions": []},
        Metrics=[_metric(each) for each in metrics],
    )
    return record


def _metric(given: dict[str, Any]) -> dict[str, Any]:
    metric = present(
        {
            "Id": given["Id"],
            "Expression": given.get("Expression"),
            "Label": given.get("Label"),
            "Period": integer(given.get("Period")),
            "ReturnData": boolean(given.get("ReturnData", True)),
        }
    )
    if statistic := given.get("MetricStat"):
        metric["MetricStat"] = {**statistic, "Period": int(statistic["Period"])}
    return metric


def _create(logical_id: str, properties: Properties, stack: str) -> Created:
    return _put(properties.get("AlarmName") or physical_name(stack, logical_id, 255), properties)


def _update(physical_id: str, old: Properties, new: Properties, stack: str) -> Created:
    return _put(physical_id, new)


def _delete(physical_id: str, properties: Properties) -> None:
    client("cloudwatch").delete_alarms(AlarmNames=[physical_id])


def _put(name: str, properties: Properties) -> Created:
    cloudwatch = client("cloudwatch")
    cloudwatch.put_composite_alarm(
        **present(
            {
                "AlarmName": name,
                "AlarmRule": properties["AlarmRule"],
                "AlarmDescription": properties.get("AlarmDescription"),
                "ActionsEnabled": boolean(properties.get("ActionsEnabled", True)),
                "AlarmActions": properties.get("AlarmActions"),
                "OKActions": properties.get("OKActions"),
                "InsufficientDataActions": properties.get("InsufficientDataActions"),
                "ActionsSuppressor": properties.get("ActionsSuppressor"),
                "ActionsSuppressorWaitPeriod": integer(properties.get("ActionsSuppressorWaitPeriod")),
                "ActionsSuppressorExtensionPeriod": integer(properties.get("ActionsSuppressorExtensionPeriod")),
            }
        )
    )
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    return name, {"Arn": alarm["AlarmArn"]}
