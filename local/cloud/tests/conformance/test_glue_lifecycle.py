"""What becomes of Glue job runs when their cloud is reset or ends, and without a Spark."""

from __future__ import annotations

import os
import urllib.request

import pytest
from botocore.exceptions import ClientError
from conftest import start_cloud, wait_until
from glue_jobs import BUCKET, SPARK_PYTHON, Jobs, processes_with

SLEEP = "import subprocess, sys; subprocess.run(['sleep', sys.argv[sys.argv.index('--marker') + 1]])"


@pytest.fixture
def start(tmp_path):
    """Start a cloud with the given settings, which is killed at the end."""
    started = []

    def start_one(**settings):
        started.append(start_cloud(tmp_path / "cloud", **settings))
        return started[-1]

    yield start_one
    for cloud in started:
        cloud.process.kill()
        cloud.process.wait()


def start_run(cloud, marker):
    jobs = Jobs(cloud, "sleep")
    jobs.start(jobs.create(SLEEP), Arguments={"--marker": marker})
    # The script itself, and the sleep that it has started.
    wait_until(lambda: len(processes_with(marker)) == 2, "both processes of the run are there")


def test_a_reset_stops_the_runs(start):
    cloud = start(SEAWORTHY_SPARK_PYTHON=str(SPARK_PYTHON))
    marker = f"71{os.getpid()}"
    start_run(cloud, marker)
    urllib.request.urlopen(urllib.request.Request(f"{cloud.endpoint}/_ministack/reset", method="POST")).read()
    wait_until(lambda: processes_with(marker) == [], "no process of the run is left")


def test_a_killed_cloud_leaves_no_run(start):
    cloud = start(SEAWORTHY_SPARK_PYTHON=str(SPARK_PYTHON))
    marker = f"72{os.getpid()}"
    start_run(cloud, marker)
    cloud.process.kill()
    wait_until(lambda: processes_with(marker) == [], "no process of the run is left")


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({}, "SEAWORTHY_SPARK_PYTHON is not set, so there is no Spark to run the job with: run `uv sync"),
        ({"SEAWORTHY_SPARK_PYTHON": "/nowhere/python"}, "'/nowhere/python', which is no program: run `uv sync"),
    ],
)
def test_without_spark_no_run_starts_and_the_remedy_is_told(start, settings, sentence):
    cloud = start(**settings)
    jobs = Jobs(cloud, "no-spark")
    with pytest.raises(ClientError) as refused:
        jobs.start(jobs.create("print(1)"))
    assert refused.value.response["Error"]["Code"] == "InvalidInputException"
    assert sentence in refused.value.response["Error"]["Message"]
    assert jobs.glue.get_job_runs(JobName="no-spark")["JobRuns"] == []


@pytest.mark.parametrize(
    ("properties", "arguments", "sentence"),
    [
        ({}, {"--extra-jars": "s3://a/b.jar"}, "has no --extra-jars"),
        ({}, {"--datalake-formats": "hudi"}, "has hudi: the embedded cloud has iceberg"),
        ({}, {"--job-bookmark-option": "job-bookmark-enable"}, "has no bookmarks"),
        ({"JobRunQueuingEnabled": True}, {}, "queues no runs"),
        ({"Command": {"Name": "pythonshell", "ScriptLocation": f"s3://{BUCKET}/x.py"}}, {}, "not 'pythonshell'"),
        ({"Command": {"Name": "glueetl", "ScriptLocation": "/tmp/x.py"}}, {}, "set an s3:// address"),
    ],
)
def test_what_would_be_ignored_is_refused(start, properties, arguments, sentence):
    jobs = Jobs(start(SEAWORTHY_SPARK_PYTHON=str(SPARK_PYTHON)), "refused")
    with pytest.raises(ClientError, match="InvalidInputException") as refused:
        jobs.start(jobs.create("print(1)", **properties), Arguments=arguments)
    assert sentence in str(refused.value)
