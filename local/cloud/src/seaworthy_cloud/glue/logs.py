"""A run's logs in CloudWatch Logs, while it runs."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ministack.core.responses import get_account_id, get_region

from seaworthy_cloud.client import client
from seaworthy_cloud.rights.roles import require

_EVENTS_PER_CALL = 1000
_EVENT_CHARACTERS = 65536
"""CloudWatch Logs takes 256 KiB an event, and a character is four bytes at most."""


class LogStream:
    """The log stream of a run in one group, filled from the file that the run writes to."""

    def __init__(self, group: str, stream: str, file: Path) -> None:
        """Create the stream, and its group if there is none."""
        self._group = group
        self._stream = stream
        self._file = file
        self._offset = 0
        self._logs = client("logs")
        with contextlib.suppress(self._logs.exceptions.ResourceAlreadyExistsException):
            self._logs.create_log_group(logGroupName=group)
        self._logs.create_log_stream(logGroupName=group, logStreamName=stream)

    def ship(self, ended: bool = False) -> None:
        """Send the lines that were written since the last call; an unfinished one only when the run has `ended`."""
        if not self._file.exists():
            return
        with self._file.open("rb") as file:
            file.seek(self._offset)
            written = file.read()
        whole = written if ended else written[: written.rfind(b"\n") + 1]
        self._offset += len(whole)
        self.put(whole.decode(errors="replace").splitlines())

    def put(self, lines: Sequence[str]) -> None:
        """Send these lines."""
        now = int(time.time() * 1000)
        events = [{"timestamp": now, "message": line[:_EVENT_CHARACTERS]} for line in lines if line.strip()]
        for first in range(0, len(events), _EVENTS_PER_CALL):
            self._logs.put_log_events(
                logGroupName=self._group,
                logStreamName=self._stream,
                logEvents=events[first : first + _EVENTS_PER_CALL],
            )


def require_logs(role: str, prefix: str, run_id: str) -> None:
    """Check that a job's role may write its logs; raises AccessDenied, as a run does that can't."""
    place = f"{get_region()}:{get_account_id()}"
    for group in (f"{prefix}/output", f"{prefix}/error"):
        arn = f"arn:aws:logs:{place}:log-group:{group}:log-stream:{run_id}"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            require(role, action, arn, "GlueJobRunnerSession")


def group_prefix(job: Mapping[str, Any], arguments: Mapping[str, str]) -> str:
    """What `/output` and `/error` are appended to.

    The name holds the security configuration and the role where the logs are encrypted by the former, as on AWS.
    """
    prefix = arguments.get("--custom-logGroup-prefix") or "/aws-glue/jobs"
    security = job.get("SecurityConfiguration")
    if not security or not _encrypts_logs(security):
        return prefix
    role = job["Role"].rsplit("/", 1)[-1]
    return f"{prefix}/{security}-role/{role}"


def _encrypts_logs(security: str) -> bool:
    glue = client("glue")
    try:
        found = glue.get_security_configuration(Name=security)["SecurityConfiguration"]
    except glue.exceptions.EntityNotFoundException:
        return False
    encryption = found.get("EncryptionConfiguration", {}).get("CloudWatchEncryption") or {}
    return encryption.get("CloudWatchEncryptionMode") == "SSE-KMS"
