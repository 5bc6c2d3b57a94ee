"""What the tests of Glue share: jobs by the text of their script, their runs, logs and processes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from conftest import REGION, ROOT, Cloud, wait_until

SPARK_PYTHON = ROOT / "jobs/.venv/bin/python"
BUCKET = "glue-conformance"
ENDED = ("SUCCEEDED", "FAILED", "TIMEOUT", "STOPPED")


class Jobs:
    """The Glue jobs of one test, whose name is that of its job."""

    def __init__(self, cloud: Cloud, name: str) -> None:
        assert SPARK_PYTHON.exists(), "there is no Spark: run `uv sync --locked --project jobs`"
        # That of a parametrised test may hold anything, such as a script.
        self.name = re.sub(r"[^A-Za-z0-9_-]+", "-", name)
        self.cloud = cloud
        self.glue = cloud.client("glue")
        self.s3 = cloud.client("s3")
        buckets = {bucket["Name"] for bucket in self.s3.list_buckets()["Buckets"]}
        if BUCKET not in buckets:
            self.s3.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def create(self, script: str, **properties: Any) -> str:
        """Create the job; returns its name."""
        self.s3.put_object(Bucket=BUCKET, Key=f"{self.name}.py", Body=script.encode())
        given = {
            "Name": self.name,
            "Role": "arn:aws:iam::000000000000:role/glue",
            "GlueVersion": "5.1",
            "Command": {"Name": "glueetl", "ScriptLocation": f"s3://{BUCKET}/{self.name}.py", "PythonVersion": "3"},
            **properties,
        }
        self.glue.create_job(**given)
        return self.name

    def start(self, name: str, **request: Any) -> str:
        return self.glue.start_job_run(JobName=name, **request)["JobRunId"]

    def read(self, name: str, run_id: str) -> dict[str, Any]:
        return self.glue.get_job_run(JobName=name, RunId=run_id)["JobRun"]

    def wait(self, name: str, run_id: str, states: Iterable[str] = ENDED) -> dict[str, Any]:
        """The run, once it is in one of the states."""
        wait_until(lambda: self.read(name, run_id)["JobRunState"] in states, f"{name} is {states}", seconds=600)
        return self.read(name, run_id)

    def run(self, name: str, **request: Any) -> dict[str, Any]:
        """Start a run; returns it as it has ended."""
        return self.wait(name, self.start(name, **request))

    def log(self, group: str, stream: str) -> list[str]:
        logs = self.cloud.client("logs")
        found = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)
        return [event["message"] for event in found["events"]]


def processes_with(text: str) -> list[int]:
    """The ids of the living processes whose command line holds the text."""
    found = []
    for folder in Path("/proc").iterdir():
        if not folder.name.isdigit():
            continue
        try:
            command = (folder / "cmdline").read_bytes()
            state = (folder / "stat").read_text().rpartition(")")[2].split()[0]
        except OSError:
            continue
        if text.encode() in command and state != "Z":
            found.append(int(folder.name))
    return found
