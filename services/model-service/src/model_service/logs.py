"""Structured logs: one JSON document a line on stdout. No line holds a value of a request."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback

_logger = logging.getLogger("model_service")


def log(level: int, message: str, **fields: str) -> None:
    """Write one line with fields of its own."""
    _logger.log(level, message, extra={"fields": fields})


def log_metrics(dimensions: dict[str, str], values: dict[str, float]) -> None:
    """Write one line in CloudWatch's embedded metric format, of which CloudWatch makes the metrics.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    directive = {
        "Namespace": "Seaworthy",
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name} for name in values],
    }
    about = {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]}
    _logger.log(logging.INFO, "metrics", extra={"fields": {"_aws": about, **dimensions, **values}})


def describe(error: BaseException) -> str:
    """An error of the registry or of a model, in which no value of a request can be."""
    return f"{type(error).__name__}: {error}"


def configure() -> None:
    """Let the lines of this service and of its libraries take the same form."""
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_Json())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    _logger.setLevel(logging.INFO)


class _Json(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = {
            "timestamp": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[0]:
            # Where it happened; not the error's own text, which may quote what it could not work with.
            kind, _, trace = record.exc_info
            line["error"] = kind.__name__
            line["stack"] = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(trace)]
        return json.dumps(line)
