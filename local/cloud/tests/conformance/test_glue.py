"""Glue job runs as AWS's API tells of them; those whose scripts use no Spark only take a Python process."""

from __future__ import annotations

import io
import json
import os
import time
import zipfile

import pytest
from botocore.exceptions import ClientError
from conftest import wait_until
from glue_jobs import BUCKET, Jobs, processes_with


@pytest.fixture
def jobs(cloud_with_spark, request):
    return Jobs(cloud_with_spark, request.node.name)


SQUARES = """
import sys
from awsglue.context import GlueContext
from awsglue.job import Job
from awsglue.utils import getResolvedOptions
from pyspark.context import SparkContext

args = getResolvedOptions(sys.argv, ["JOB_NAME", "target"])
context = GlueContext(SparkContext.getOrCreate())
job = Job(context)
job.init(args["JOB_NAME"], args)
frame = context.spark_session.range(100).selectExpr("id", "id * id AS square", "id % 2 AS part")
frame.write.mode("overwrite").partitionBy("part").parquet(args["target"])
assert context.spark_session.read.parquet(args["target"]).count() == 100
print("squares for", args["JOB_NAME"])
job.commit()
"""


def test_a_spark_job_writes_its_parquet_to_s3(jobs):
    name = jobs.create(SQUARES, DefaultArguments={"--target": "s3://elsewhere/"})
    run = jobs.run(name, Arguments={"--target": f"s3://{BUCKET}/squares/"})
    assert (run["JobRunState"], run.get("ErrorMessage")) == ("SUCCEEDED", "")
    keys = [found["Key"] for found in jobs.s3.list_objects_v2(Bucket=BUCKET, Prefix="squares/")["Contents"]]
    parts = {key.split("/")[1] for key in keys if key.endswith(".parquet")}
    assert parts == {"part=0", "part=1"}
    assert "squares/_SUCCESS" in keys
    body = jobs.s3.get_object(Bucket=BUCKET, Key=next(key for key in keys if key.endswith(".parquet")))
    assert body["Body"].read()[:4] == b"PAR1"
    assert f"squares for {name}" in jobs.log("/aws-glue/jobs/output", run["Id"])
    assert processes_with(run["Id"]) == []
    assert any("Running Spark version 3.5.6" in line for line in jobs.log("/aws-glue/jobs/error", run["Id"]))


def test_modules_in_an_archive_are_importable(jobs):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as modules:
        modules.writestr("parts/__init__.py", "")
        modules.writestr("parts/words.py", "GREETING = 'from the archive'")
    jobs.s3.put_object(Bucket=BUCKET, Key="modules.zip", Body=archive.getvalue())
    name = jobs.create("from parts.words import GREETING; print(GREETING)")
    run = jobs.run(name, Arguments={"--extra-py-files": f"s3://{BUCKET}/modules.zip"})
    assert (run["JobRunState"], run["ErrorMessage"]) == ("SUCCEEDED", "")
    assert jobs.log("/aws-glue/jobs/output", run["Id"]) == ["from the archive"]


def test_an_archive_that_is_not_there_fails_the_run(jobs):
    run = jobs.run(jobs.create("print(1)"), Arguments={"--extra-py-files": f"s3://{BUCKET}/nowhere.zip"})
    assert run["JobRunState"] == "FAILED"
    assert f"s3://{BUCKET}/nowhere.zip can't be read" in run["ErrorMessage"]


def test_arguments_of_job_and_run_reach_the_script(jobs):
    name = jobs.create(
        "import json, sys; print(json.dumps(sys.argv[1:]))",
        DefaultArguments={"--a": "default", "--b": "default", "--c": "default", "--d": ""},
        NonOverridableArguments={"--c": "fixed"},
    )
    run = jobs.run(name, Arguments={"--b": "run, with spaces", "--c": "run"})
    (line,) = jobs.log("/aws-glue/jobs/output", run["Id"])
    arguments = json.loads(line)
    given = dict(zip(arguments[::2], arguments[1::2], strict=True))
    assert given == {
        "--JOB_NAME": name,
        "--JOB_RUN_ID": run["Id"],
        "--job-bookmark-option": "job-bookmark-disable",
        "--a": "default",
        "--b": "run, with spaces",
        "--c": "fixed",
        "--d": "",
    }


@pytest.mark.parametrize(
    ("script", "message"),
    [
        ("import sys; sys.exit(3)", "SystemExit: 3"),
        ("import os; os._exit(7)", "exit code 7"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "ended by the signal SIGKILL"),
        ("x = 1 +", "SyntaxError"),
    ],
)
def test_how_a_script_fails(jobs, script, message):
    run = jobs.run(jobs.create(script))
    assert run["JobRunState"] == "FAILED"
    assert message in run["ErrorMessage"]


@pytest.mark.parametrize("script", ["import sys; sys.exit(0)", "import sys; sys.exit()"])
def test_a_script_that_exits_with_success_succeeds(jobs, script):
    assert jobs.run(jobs.create(script))["JobRunState"] == "SUCCEEDED"


def test_a_script_that_is_not_there_fails_the_run(jobs):
    name = jobs.create("")
    jobs.s3.delete_object(Bucket=BUCKET, Key=f"{name}.py")
    run = jobs.run(name)
    assert run["JobRunState"] == "FAILED"
    assert f"s3://{BUCKET}/{name}.py can't be read" in run["ErrorMessage"]


def test_a_failure_is_retried_in_a_run_of_its_own(jobs):
    name = jobs.create("raise ValueError('no luck')", MaxRetries=1)
    first = jobs.run(name)
    second = jobs.wait(name, f"{first['Id']}_attempt_1")
    assert (first["JobRunState"], first["Attempt"]) == ("FAILED", 0)
    assert (second["JobRunState"], second["Attempt"], second["PreviousRunId"]) == ("FAILED", 1, first["Id"])
    assert len(jobs.glue.get_job_runs(JobName=name)["JobRuns"]) == 2


SLEEP = "import subprocess, sys; subprocess.run(['sleep', sys.argv[sys.argv.index('--marker') + 1]])"
SPARK_AND_SLEEP = f"from pyspark.sql import SparkSession; SparkSession.builder.getOrCreate(); {SLEEP}"


def test_one_run_at_a_time_and_stopping_kills_its_processes(jobs):
    name = jobs.create(SPARK_AND_SLEEP, MaxRetries=1)
    marker = f"7{os.getpid()}{int(time.time())}"
    run_id = jobs.start(name, Arguments={"--marker": marker})
    jobs.wait(name, run_id, ["RUNNING"])
    with pytest.raises(ClientError) as refused:
        jobs.start(name)
    assert refused.value.response["Error"]["Code"] == "ConcurrentRunsExceededException"
    # The script itself, and the sleep that it starts when Spark is up.
    wait_until(lambda: len(processes_with(marker)) == 2, "both processes run")
    assert len(processes_with(run_id)) == 2, "the script and the Java of its Spark"

    answer = jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id, "jr_unknown"])
    assert [stopped["JobRunId"] for stopped in answer["SuccessfulSubmissions"]] == [run_id]
    assert answer["Errors"][0]["ErrorDetail"]["ErrorCode"] == "EntityNotFoundException"
    assert jobs.wait(name, run_id)["JobRunState"] == "STOPPED"
    assert processes_with(marker) + processes_with(run_id) == []
    assert len(jobs.glue.get_job_runs(JobName=name)["JobRuns"]) == 1
    again = jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=[run_id])
    assert again["Errors"][0]["JobRunId"] == run_id


def test_as_many_runs_at_a_time_as_the_job_allows(jobs):
    name = jobs.create(SLEEP, ExecutionProperty={"MaxConcurrentRuns": 2})
    assert jobs.glue.get_job(JobName=name)["Job"]["ExecutionProperty"] == {"MaxConcurrentRuns": 2}
    runs = [jobs.start(name, Arguments={"--marker": "600"}) for _ in range(2)]
    with pytest.raises(ClientError, match="ConcurrentRunsExceeded"):
        jobs.start(name, Arguments={"--marker": "600"})
    jobs.glue.batch_stop_job_run(JobName=name, JobRunIds=runs)
    assert [jobs.wait(name, run)["JobRunState"] for run in runs] == ["STOPPED", "STOPPED"]
