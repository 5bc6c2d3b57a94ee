"""Metrics that AWS takes by looking: healthy targets, running tasks of services and messages that wait in queues."""

from __future__ import annotations

import logging
import threading
import time
from typing import Any

from ministack.core.responses import request_scope
from ministack.services import alb, ecs, sqs

from seaworthy_cloud.alb import health
from seaworthy_cloud.metrics.store import record_metric
from seaworthy_cloud.patching import replace

log = logging.getLogger(__name__)

_SAMPLE_SECONDS = 10.0


def install() -> None:
    """Begin to look."""
    # The emulator's lacks `targetgroup/`, so that alarms watched another metric.
    replace(alb, "_target_group_full_name_from_arn", _group_name)
    threading.Thread(target=_sample_for_ever, name="sampled-metrics", daemon=True).start()


def _sample_for_ever() -> None:
    while True:
        time.sleep(_SAMPLE_SECONDS)
        for sample, resources in (
            (_sample_group, alb._tgs),
            (_sample_service, ecs._services),
            (_sample_queue, sqs._queues),
        ):
            for (account, region, *_), resource in list(resources._data.items()):
                try:
                    with request_scope(account, region):
                        sample(resource)
                except Exception:
                    log.exception("a metric can not be sampled")


def _sample_group(group: dict[str, Any]) -> None:
    """`HealthyHostCount` and `UnHealthyHostCount` of a target group, for each of its load balancers."""
    states = [health.state_of(group, target) for target in alb._targets.get(group["TargetGroupArn"], [])]
    for dimensions in dimensions_of(group):
        record_metric("AWS/ApplicationELB", "HealthyHostCount", states.count("healthy"), "Count", dimensions)
        record_metric("AWS/ApplicationELB", "UnHealthyHostCount", states.count("unhealthy"), "Count", dimensions)


def _sample_service(service: dict[str, Any]) -> None:
    """`DesiredTaskCount` and `RunningTaskCount` of a service."""
    dimensions = {"ClusterName": service["clusterArn"].rsplit("/", 1)[-1], "ServiceName": service["serviceName"]}
    for metric, field in (("DesiredTaskCount", "desiredCount"), ("RunningTaskCount", "runningCount")):
        record_metric("ECS/ContainerInsights", metric, service.get(field, 0), "Count", dimensions)


def _sample_queue(queue: dict[str, Any]) -> None:
    """How many messages wait in a queue, and for how long the oldest has, one that is being dealt with included."""
    now, messages = time.time(), list(queue["messages"])
    visible = sum(message.get("visible_at", 0) <= now for message in messages)
    age = max((now - message.get("sent_at", now) for message in messages), default=0.0)
    dimensions = {"QueueName": queue["name"]}
    record_metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", visible, "Count", dimensions)
    record_metric("AWS/SQS", "ApproximateAgeOfOldestMessage", age, "Seconds", dimensions)


def dimensions_of(group: dict[str, Any]) -> list[dict[str, str]]:
    """The dimensions of a target group's metrics, for each of its load balancers."""
    name = _group_name(group["TargetGroupArn"])
    balancers = group.get("LoadBalancerArns") or []
    return [{"TargetGroup": name, "LoadBalancer": arn.split(":loadbalancer/")[-1]} for arn in balancers]


def _group_name(arn: str) -> str:
    """The full name of a target group, such as `targetgroup/name/0123456789abcdef`."""
    return arn.split(":")[-1]
