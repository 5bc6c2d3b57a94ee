"""A job's process group ends whole, and S3A is what its lock file says."""

from __future__ import annotations

import os
import shutil
import sys
import threading
from pathlib import Path

import pytest
from conftest import wait_until

from seaworthy_cloud.glue import connector
from seaworthy_cloud.glue.connector import FORMATS, S3A, ConnectorError, class_path
from seaworthy_cloud.glue.processes import start_group
from seaworthy_cloud.glue.scripts import Outcome, wait_for_end


def is_alive(pid):
    try:
        return (Path("/proc") / str(pid) / "stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.fixture
def group(tmp_path):
    """A process that has started another; answers both: the process and the other's id."""
    script = (
        "import subprocess; print(subprocess.Popen(['sleep', '600']).pid, flush=True); import time; time.sleep(600)"
    )
    output = tmp_path / "output.log"
    process = start_group([sys.executable, "-c", script], tmp_path, dict(os.environ), output)
    wait_until(lambda: output.read_text().strip(), "the other process has been started")
    return process, int(output.read_text())


def test_a_run_that_takes_too_long_is_ended_with_its_children(group):
    process, other = group
    outcome = wait_for_end(process, 0.0, threading.Event(), lambda: None)
    assert outcome == Outcome("TIMEOUT", "The job run took longer than its timeout of 0 minutes")
    assert process.returncode is not None
    wait_until(lambda: not is_alive(other), "the other process has ended")


def test_a_run_that_ends_by_itself_leaves_no_child(tmp_path):
    script = "import subprocess; print(subprocess.Popen(['sleep', '600']).pid)"
    process = start_group([sys.executable, "-c", script], tmp_path, dict(os.environ), tmp_path / "output.log")
    assert wait_for_end(process, 60.0, threading.Event(), lambda: None) is None
    other = int((tmp_path / "output.log").read_text())
    wait_until(lambda: not is_alive(other), "the other process has ended")


@pytest.fixture
def environment(tmp_path):
    """A virtual environment with a PySpark of which only Ivy is there, and no network; answers its interpreter."""
    jars = tmp_path / "venv/lib/python3.11/site-packages/pyspark/jars"
    jars.mkdir(parents=True)
    (jars / "ivy-2.5.1.jar").write_bytes(b"no archive")
    return tmp_path / "venv/bin/python"


def refusing_java(tmp_path):
    java = tmp_path / "java"
    java.write_text("#!/bin/sh\necho 'Server access error at url https://maven.invalid' >&2\nexit 1\n")
    java.chmod(0o755)
    return str(java)


def test_without_a_network_the_run_is_told_what_to_do(environment, tmp_path):
    with pytest.raises(ConnectorError) as told:
        class_path(environment, refusing_java(tmp_path), [S3A])
    message = str(told.value)
    assert (
        "can't be fetched from Maven Central: run the job once with a network, or copy hadoop-aws-3.3.4.jar" in message
    )
    assert str(tmp_path / "venv/share/seaworthy-s3a") in message
    assert "Server access error at url https://maven.invalid" in message


def test_what_is_missing_is_told_by_its_purpose(environment, tmp_path):
    with pytest.raises(ConnectorError, match=r"Iceberg, which the job asks for .* iceberg-aws-bundle-1\.10\.0\.jar"):
        class_path(environment, refusing_java(tmp_path), [FORMATS["iceberg"]])


def test_an_archive_with_another_content_is_refused(environment, tmp_path):
    folder = tmp_path / "venv/share/seaworthy-s3a"
    folder.mkdir(parents=True)
    for archive in S3A.archives:
        (folder / archive.file).write_bytes(b"something else")
    with pytest.raises(
        ConnectorError, match=r"hadoop-aws-3\.3\.4\.jar is not the archive that was expected .*: delete it"
    ):
        class_path(environment, refusing_java(tmp_path), [S3A])


def test_an_environment_without_pyspark_is_told_how_to_get_it(tmp_path):
    with pytest.raises(ConnectorError, match="has no PySpark: run `uv sync --locked --project jobs`"):
        class_path(tmp_path / "venv/bin/python", refusing_java(tmp_path), [S3A])


def test_java_is_that_of_java_home(tmp_path, monkeypatch):
    (tmp_path / "bin").mkdir()
    shutil.copy(refusing_java(tmp_path), tmp_path / "bin/java")
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    assert connector.find_java() == str(tmp_path / "bin/java")
