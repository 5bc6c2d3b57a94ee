"""The event that a job run's end is to EventBridge, which alarms on failed jobs count."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any


def publish_end(run: Mapping[str, Any]) -> None:
    """Publish "Glue Job State Change" for a run that has ended."""
    from ministack.services import eventbridge

    succeeded = run["JobRunState"] == "SUCCEEDED"
    detail = {
        "jobName": run["JobName"],
        "severity": "INFO" if succeeded else "ERROR",
        "state": run["JobRunState"],
        "jobRunId": run["Id"],
        "message": "Job run succeeded" if succeeded else run["ErrorMessage"],
    }
    entry = {"Source": "aws.glue", "DetailType": "Glue Job State Change", "Detail": json.dumps(detail)}
    eventbridge._put_events({"Entries": [entry]}, allow_aws_source=True)
