"""The history job as Glue runs it: Iceberg in the Glue catalogue, keys of KMS, files, reports and state in S3."""

from __future__ import annotations

import base64
import csv
import hashlib
import hmac
import io
import json
import zipfile

import pytest
from conftest import ROOT
from glue_jobs import BUCKET, Jobs

SAMPLE = (ROOT / "test/data/loans-sample.csv").read_bytes()
LOANS = SAMPLE.count(b"\n") - 1


def modules():
    """What the CDK puts into the archive."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as opened:
        for pattern in ("jobs/*.py", "jobs/history/*.py", "schemas/*.json"):
            for path in ROOT.glob(pattern):
                opened.write(path, path.relative_to(ROOT))
    return archive.getvalue()


@pytest.fixture(scope="module")
def history(cloud_with_spark):
    """The job, with a folder and a database of its own."""
    jobs = Jobs(cloud_with_spark, "history")
    key = jobs.cloud.client("kms").create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")
    location = f"s3://{BUCKET}/history/curated"
    jobs.glue.create_database(DatabaseInput={"Name": "history", "LocationUri": location})
    jobs.s3.put_object(Bucket=BUCKET, Key="history/modules.zip", Body=modules())
    arguments = {
        "--extra-py-files": f"s3://{BUCKET}/history/modules.zip",
        "--datalake-formats": "iceberg",
        "--source": f"s3://{BUCKET}/history/raw/",
        "--warehouse": f"s3://{BUCKET}/history/curated/",
        "--state": f"s3://{BUCKET}/history/runs/state/",
        "--reports": f"s3://{BUCKET}/history/runs/reports/",
        "--database": "history",
        "--table": "loans",
        "--pseudonym-key": key["KeyMetadata"]["Arn"],
    }
    jobs.create((ROOT / "jobs/history/main.py").read_text(), DefaultArguments=arguments)
    return jobs


def put(history, name, body):
    history.s3.put_object(Bucket=BUCKET, Key=f"history/raw/{name}", Body=body)


def metadata(history):
    """Address of the table's metadata, which changes with each commit."""
    table = history.glue.get_table(DatabaseName="history", Name="loans")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["StorageDescriptor"]["Location"] == f"s3://{BUCKET}/history/curated/loans"
    return table["Parameters"]["metadata_location"]


def stopped(history):
    statistics = history.cloud.client("cloudwatch").get_metric_statistics(
        Namespace="Seaworthy",
        MetricName="FilesStopped",
        Dimensions=[{"Name": "job", "Value": "history"}],
        StartTime="2020-01-01T00:00:00Z",
        EndTime="2100-01-01T00:00:00Z",
        Period=86400 * 365,
        Statistics=["Sum"],
    )
    return sum(point["Sum"] for point in statistics["Datapoints"])


def test_loans_go_in_once_and_a_bad_file_stays_out(history):
    put(history, "loans.csv", SAMPLE)
    first = history.run("history")
    assert (first["JobRunState"], first["ErrorMessage"]) == ("SUCCEEDED", "")
    log = history.log("/aws-glue/jobs/output", first["Id"])
    assert any(line.startswith(f"{LOANS} loans added") for line in log)
    assert log[-1].startswith("the table history.loans is at snapshot ")
    taken_in = metadata(history)

    again = history.run("history")
    assert history.log("/aws-glue/jobs/output", again["Id"])[-1] == log[-1]
    assert metadata(history) == taken_in
    assert stopped(history) == 0

    put(history, "bad.csv", b"\n".join(SAMPLE.splitlines()[:9]).replace(b",1997,", b",97,"))
    bad = history.run("history")
    assert bad["JobRunState"] == "FAILED"
    assert "QualityError: 1 files were stopped, see s3://" in bad["ErrorMessage"]
    assert metadata(history) == taken_in
    assert stopped(history) == 1
    address = bad["ErrorMessage"].split("see ")[1].split(": bad.csv")[0]
    report = json.loads(history.s3.get_object(Bucket=BUCKET, Key=address.split("/", 3)[3])["Body"].read())
    (file,) = report["files"]
    assert not file["accepted"]
    assert "fiscalYear complete" in [finding["rule"] for finding in file["findings"]]


def applicant(history, name):
    """The pseudonym of a name, as docs/stream-ingestion.md has it."""
    arguments = history.glue.get_job(JobName="history")["Job"]["DefaultArguments"]
    message = b"seaworthy/pseudonym/loan-applicant/v1"
    kms = history.cloud.client("kms")
    made = kms.generate_mac(KeyId=arguments["--pseudonym-key"], MacAlgorithm="HMAC_SHA_256", Message=message)
    digest = hmac.new(made["Mac"], " ".join(name.upper().split()).encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def files_of_the_table(history):
    listed = history.s3.list_objects_v2(Bucket=BUCKET, Prefix="history/curated/loans/data/")
    return {found["Key"] for found in listed.get("Contents", [])}


def test_a_person_is_erased_and_the_files_that_had_them_are_gone(history):
    history.s3.delete_object(Bucket=BUCKET, Key="history/raw/bad.csv")
    put(history, "loans.csv", SAMPLE)
    history.run("history")
    before = files_of_the_table(history)
    names = [row["Name"] for row in csv.DictReader(io.StringIO(SAMPLE.decode()))]
    person = applicant(history, names[0])
    listed = json.dumps([person]).encode()
    history.s3.put_object(Bucket=BUCKET, Key="history/runs/state/erased.json", Body=listed)

    erased = history.run("history", Arguments={"--task": "erase"})
    assert (erased["JobRunState"], erased["ErrorMessage"]) == ("SUCCEEDED", "")
    key = f"history/runs/reports/erasures/{erased['Id']}.json"
    report = json.loads(history.s3.get_object(Bucket=BUCKET, Key=key)["Body"].read())
    assert report == {"removed": names.count(names[0]), "left": 0}
    assert before - files_of_the_table(history)
    for group in ("output", "error"):
        assert not [line for line in history.log(f"/aws-glue/jobs/{group}", erased["Id"]) if person in line]
