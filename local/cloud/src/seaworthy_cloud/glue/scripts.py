"""One attempt at a job: its script in a Spark process, from start to end."""

from __future__ import annotations

import shutil
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from seaworthy_cloud.client import client
from seaworthy_cloud.glue.configuration import BOOTSTRAP, environment, write_configuration
from seaworthy_cloud.glue.connector import FORMATS, S3A, ConnectorError, class_path
from seaworthy_cloud.glue.logs import LogStream, require_logs
from seaworthy_cloud.glue.processes import describe_exit, end_group, start_group, stop_group
from seaworthy_cloud.glue.refusals import formats_of
from seaworthy_cloud.rights.roles import AccessDenied, credentials_of, require
from seaworthy_cloud.settings import Settings

SESSION = "GlueJobRunnerSession"
"""Name of the sessions of jobs' roles."""
_POLL_SECONDS = 0.2
_MESSAGE_CHARACTERS = 2000


@dataclass(frozen=True)
class Order:
    """What to run; `seconds` is the longest that it may take."""

    run_id: str
    location: str
    arguments: Mapping[str, str]
    seconds: float
    log_prefix: str
    role: str


@dataclass(frozen=True)
class Tools:
    """What to run it with."""

    python: Path
    java: str


@dataclass(frozen=True)
class Outcome:
    """The state in which a run has ended, and why if it is not SUCCEEDED."""

    state: str
    message: str = ""


class ScriptError(RuntimeError):
    """The script can't be started; the message says why."""


def run_script(
    order: Order, tools: Tools, settings: Settings, stopped: threading.Event, running: Callable[[], None]
) -> Outcome:
    """Run the script until it ends, its time is over or `stopped` is set; `running` is called once it has begun."""
    folder = settings.state / "glue" / order.run_id
    folder.mkdir(parents=True)
    try:
        return _run_in(folder, order, tools, settings, stopped, running)
    except (ScriptError, ConnectorError, AccessDenied) as error:
        return Outcome("FAILED", str(error))
    finally:
        shutil.rmtree(folder)


def _run_in(
    folder: Path,
    order: Order,
    tools: Tools,
    settings: Settings,
    stopped: threading.Event,
    running: Callable[[], None],
) -> Outcome:
    require_logs(order.role, order.log_prefix, order.run_id)
    script = _download(order.role, order.location, folder / "script")
    libraries_given = _locations(order, "--extra-py-files")
    modules = [_download(order.role, location, folder / "modules") for location in libraries_given]
    output, spark_log, failure = folder / "output.log", folder / "spark.log", folder / "failure.txt"
    libraries = [S3A, *(FORMATS[name] for name in formats_of(order.arguments))]
    write_configuration(folder / "conf", settings, class_path(tools.python, tools.java, libraries), spark_log)
    outputs = LogStream(f"{order.log_prefix}/output", order.run_id, output)
    errors = LogStream(f"{order.log_prefix}/error", order.run_id, spark_log)
    arguments = [part for name_and_value in order.arguments.items() for part in name_and_value]
    process = start_group(
        [str(tools.python), str(BOOTSTRAP), str(failure), str(script), *arguments],
        folder,
        environment(tools.python, folder, modules, settings, credentials_of(order.role, SESSION)),
        output,
    )
    running()

    def ship(ended: bool = False) -> None:
        outputs.ship(ended)
        errors.ship(ended)

    outcome = wait_for_end(process, order.seconds, stopped, ship)
    ship(ended=True)
    if outcome is not None:
        return outcome
    if process.returncode == 0:
        return Outcome("SUCCEEDED")
    message, trace = _read_failure(failure, process.returncode)
    errors.put(["Error from Python:", *trace])
    return Outcome("FAILED", message)


def wait_for_end(
    process: subprocess.Popen[bytes], seconds: float, stopped: threading.Event, ship: Callable[[], None]
) -> Outcome | None:
    """Wait for the end of the process group, calling `ship` meanwhile; None means that it has ended by itself."""
    end = time.monotonic() + seconds
    while process.poll() is None:
        if stopped.is_set():
            stop_group(process)
            return Outcome("STOPPED", "The job run was stopped")
        if time.monotonic() > end:
            stop_group(process)
            return Outcome("TIMEOUT", f"The job run took longer than its timeout of {seconds / 60:g} minutes")
        ship()
        stopped.wait(_POLL_SECONDS)
    end_group(process)
    return None


def _locations(order: Order, name: str) -> list[str]:
    return [location.strip() for location in order.arguments.get(name, "").split(",") if location.strip()]


def _download(role: str, location: str, folder: Path) -> Path:
    """Fetch a file of the script's by the job's role; raises ScriptError when it is not there, or AccessDenied."""
    address = urlsplit(location)
    require(role, "s3:GetObject", f"arn:aws:s3:::{address.netloc}{address.path}", SESSION)
    s3 = client("s3")
    try:
        found = s3.get_object(Bucket=address.netloc, Key=address.path.lstrip("/"))
    except s3.exceptions.ClientError as error:
        raise ScriptError(f"{location} can't be read: {error.response['Error']['Message']}") from error
    file = folder / Path(address.path).name
    folder.mkdir(exist_ok=True)
    file.write_bytes(found["Body"].read())
    return file


def _read_failure(failure: Path, code: int) -> tuple[str, list[str]]:
    """The message of what the script raised and the lines of its trace, else what the exit code tells."""
    if not failure.exists():
        return describe_exit(code), [describe_exit(code)]
    message, _, trace = failure.read_text().partition("\n\n")
    return message[:_MESSAGE_CHARACTERS], trace.splitlines()
