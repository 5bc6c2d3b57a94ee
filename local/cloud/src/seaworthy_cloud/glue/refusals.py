"""What a job run may ask for that would be silently ignored here: it is refused instead."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from typing import Any

from seaworthy_cloud.glue.connector import FORMATS, find_java

_COMMANDS = frozenset({"glueetl", "gluestreaming"})
_UNSUPPORTED_ARGUMENTS = (
    "--additional-python-modules",
    "--conf",
    "--custom-logStream-prefix",
    "--extra-files",
    "--extra-jars",
)


def reason_to_refuse(job: Mapping[str, Any], request: Mapping[str, Any], arguments: Mapping[str, str]) -> str | None:
    """Why this run can't be carried out here, in a sentence with the remedy, or None if it can."""
    command = job.get("Command", {}).get("Name", "")
    if command not in _COMMANDS:
        return f"job {job['Name']}: the embedded cloud runs Spark jobs (glueetl, gluestreaming), not {command!r}"
    if not str(job["Command"].get("ScriptLocation", "")).startswith("s3://"):
        return f"job {job['Name']}: ScriptLocation is {job['Command'].get('ScriptLocation')!r}: set an s3:// address"
    if given := [name for name in _UNSUPPORTED_ARGUMENTS if arguments.get(name)]:
        return f"job {job['Name']}: the embedded cloud has no {', '.join(given)}: leave out, or run the job on AWS"
    if unknown := [name for name in formats_of(arguments) if name not in FORMATS]:
        had = ", ".join(FORMATS)
        return f"job {job['Name']}: --datalake-formats has {', '.join(unknown)}: the embedded cloud has {had}"
    if arguments.get("--job-bookmark-option") == "job-bookmark-enable":
        return (
            f"job {job['Name']}: the embedded cloud has no bookmarks: set --job-bookmark-option to job-bookmark-disable"
        )
    if request.get("JobRunQueuingEnabled", job["JobRunQueuingEnabled"]):
        return f"job {job['Name']}: the embedded cloud queues no runs: set JobRunQueuingEnabled to false"
    if run_id := request.get("JobRunId"):
        return f"job {job['Name']}: the embedded cloud does not resume runs such as {run_id}: start a new one"
    return _missing_tool()


def formats_of(arguments: Mapping[str, str]) -> list[str]:
    """The table formats that a run asks for."""
    return [name.strip() for name in arguments.get("--datalake-formats", "").split(",") if name.strip()]


def _missing_tool() -> str | None:
    python = os.environ.get("SEAWORTHY_SPARK_PYTHON")
    if not python:
        return (
            "SEAWORTHY_SPARK_PYTHON is not set, so there is no Spark to run the job with: run "
            "`uv sync --locked --project jobs` and start the embedded cloud with it set to jobs/.venv/bin/python"
        )
    if shutil.which(python) is None:
        return f"SEAWORTHY_SPARK_PYTHON is {python!r}, which is no program: run `uv sync --locked --project jobs`"
    if find_java() is None:
        return (
            "Spark needs Java 17 and there is none on PATH or in JAVA_HOME: install it, for instance by "
            "`apt-get install openjdk-17-jre-headless`"
        )
    return None
