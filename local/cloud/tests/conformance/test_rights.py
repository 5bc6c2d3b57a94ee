"""Roles are held to their policies.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, Cloud, start_cloud, stop_cloud, wait_until
from functions import create_function, create_stream, function_arn, invoke, unique

WRITE = """
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
const s3 = new S3Client({ forcePathStyle: true });
export const handler = async ({ bucket }) => {
  try {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'object', Body: 'text' }));
    return 'written';
  } catch (error) {
    return `${error.name}: ${error.message}`;
  }
};
"""


KEEP_TOKEN = """
import { S3Client, PutObjectCommand } from '@aws-sdk/client-s3';
const s3 = new S3Client({ forcePathStyle: true });
export const handler = ({ token }) => s3.send(new PutObjectCommand({ Bucket: 'BUCKET', Key: token, Body: '' }));
"""


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """An embedded cloud that enforces policies."""
    started = start_cloud(tmp_path_factory.mktemp("guarded"), AUTH="true")
    yield started
    stop_cloud(started)


def create_role(cloud: Cloud, service: str, *statements: dict[str, Any]) -> str:
    """A role of a service with these statements; returns its name."""
    iam, name = cloud.client("iam"), unique("role")
    trust = {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"Service": f"{service}.amazonaws.com"}}
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
        iam.put_role_policy(RoleName=name, PolicyName="rights", PolicyDocument=document)
    return name


def allow(action: str | list[str], resource: str, **rest: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **rest}


def arn_of(role: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:role/{role}"


def create_bucket(cloud: Cloud, key: str | None = None) -> str:
    s3, name = cloud.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if key:
        default = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket=name, ServerSideEncryptionConfiguration={"Rules": [default]})
    return name


def ledger(cloud: Cloud) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (cloud.state / "rights.jsonl").read_text().splitlines()]


def test_a_function_may_do_what_its_role_allows_and_a_refusal_names_the_action(guarded):
    bucket = create_bucket(guarded)
    allowed = create_role(guarded, "lambda", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    other = create_role(guarded, "lambda", allow("s3:GetObject", f"arn:aws:s3:::{bucket}/*"))
    assert invoke(guarded, create_function(guarded, WRITE, Role=arn_of(allowed)), {"bucket": bucket})[1] == "written"
    refused = invoke(guarded, create_function(guarded, WRITE, Role=arn_of(other)), {"bucket": bucket})[1]
    assert refused.startswith("AccessDenied: ") and "s3:PutObject" in refused
    assert {"refused": "s3:PutObject", "role": other} in ledger(guarded)


def test_data_under_a_key_needs_the_key(guarded):
    key = guarded.client("kms").create_key()["KeyMetadata"]["Arn"]
    bucket = create_bucket(guarded, key)
    write = allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*")
    without, having = (
        create_role(guarded, "lambda", write),
        create_role(guarded, "lambda", write, allow("kms:GenerateDataKey", key)),
    )
    refused = invoke(guarded, create_function(guarded, WRITE, Role=arn_of(without)), {"bucket": bucket})[1]
    assert "kms:GenerateDataKey" in refused
    assert invoke(guarded, create_function(guarded, WRITE, Role=arn_of(having)), {"bucket": bucket})[1] == "written"


def test_the_ledger_tells_a_grant_that_is_never_used(guarded):
    bucket = create_bucket(guarded)
    objects = f"arn:aws:s3:::{bucket}/*"
    role = create_role(guarded, "lambda", allow(["s3:PutObject", "s3:DeleteObject"], objects))
    invoke(guarded, create_function(guarded, WRITE, Role=arn_of(role)), {"bucket": bucket})
    lines = [line for line in ledger(guarded) if line["role"] == role]
    assert {line["granted"] for line in lines if "granted" in line} == {"s3:PutObject", "s3:DeleteObject"}
    assert {line["used"] for line in lines if "used" in line} == {"s3:PutObject"}


def test_a_mapping_reads_by_the_functions_role(guarded):
    stream, stream_arn = create_stream(guarded)
    role = create_role(guarded, "lambda")
    function = create_function(guarded, "export const handler = async () => ({});", Role=arn_of(role))
    mapping = guarded.client("lambda").create_event_source_mapping(
        FunctionName=function, EventSourceArn=stream_arn, StartingPosition="TRIM_HORIZON"
    )["UUID"]
    guarded.client("kinesis").put_record(StreamName=stream, PartitionKey="a", Data=b"a")

    def result() -> str:
        found = guarded.client("lambda").get_event_source_mapping(UUID=mapping)
        return found.get("LastProcessingResult", "")

    wait_until(lambda: "kinesis:DescribeStream" in result(), "the mapping says what is missing")
    actions = ["DescribeStream", "DescribeStreamSummary", "ListShards", "GetShardIterator", "GetRecords"]
    policy = {"Statement": [allow([f"kinesis:{each}" for each in actions], stream_arn)]}
    guarded.client("iam").put_role_policy(RoleName=role, PolicyName="read", PolicyDocument=json.dumps(policy))
    wait_until(lambda: result() == "OK", "the record is delivered")


@pytest.mark.parametrize("granted", [False, True])
def test_a_task_of_a_state_machine_runs_by_the_machines_role(guarded, granted):
    own = arn_of(create_role(guarded, "lambda"))
    function = create_function(guarded, "export const handler = async () => 1;", Role=own)
    statements = [allow("lambda:InvokeFunction", function_arn(function))] if granted else []
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke",
        "Parameters": {"FunctionName": function},
        "End": True,
    }
    states = guarded.client("stepfunctions")
    machine = states.create_state_machine(
        name=unique("machine"),
        definition=json.dumps({"StartAt": "Task", "States": {"Task": task}}),
        roleArn=arn_of(create_role(guarded, "states", *statements)),
    )["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine)["executionArn"]

    def ended() -> Any:
        found = states.describe_execution(executionArn=execution)
        return found if found["status"] != "RUNNING" else None

    found = wait_until(ended, "the execution ends")
    assert found["status"] == ("SUCCEEDED" if granted else "FAILED")
    if not granted:
        assert found["error"] == "States.Permissions" and "lambda:InvokeFunction" in found["cause"]


def session_of(cloud: Cloud, user: str, role: str, **factor: str) -> Any:
    """DynamoDB as a user sees it in a role which they enter under their own name."""
    iam = cloud.client("iam")
    key = iam.create_access_key(UserName=user)["AccessKey"]

    def client(service: str, **credentials: str) -> Any:
        return boto3.client(service, region_name=REGION, endpoint_url=cloud.endpoint, **credentials)

    own = {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}
    given = client("sts", **own).get_session_token(**factor)["Credentials"]
    entered = client(
        "sts",
        aws_access_key_id=given["AccessKeyId"],
        aws_secret_access_key=given["SecretAccessKey"],
        aws_session_token=given["SessionToken"],
    ).assume_role(RoleArn=arn_of(role), RoleSessionName=user)["Credentials"]
    return client(
        "dynamodb",
        aws_access_key_id=entered["AccessKeyId"],
        aws_secret_access_key=entered["SecretAccessKey"],
        aws_session_token=entered["SessionToken"],
    )


def test_a_role_for_people_asks_for_the_second_factor_and_lets_write_under_the_own_id_alone(guarded):
    iam, user, role, table = guarded.client("iam"), unique("user"), unique("role"), unique("table")
    iam.create_user(UserName=user)
    enter = allow("sts:AssumeRole", arn_of(role))
    iam.put_user_policy(UserName=user, PolicyName="enter", PolicyDocument=json.dumps({"Statement": [enter]}))
    trust = {
        "Effect": "Allow",
        "Action": "sts:AssumeRole",
        "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"},
        "Condition": {
            "StringEquals": {"sts:RoleSessionName": "${aws:username}"},
            "Bool": {"aws:MultiFactorAuthPresent": "true"},
        },
    }
    created = iam.create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps({"Statement": [trust]}))
    under_own_id = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["approver#${aws:userid}"]}}
    write = allow("dynamodb:PutItem", f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{table}", Condition=under_own_id)
    iam.put_role_policy(RoleName=role, PolicyName="write", PolicyDocument=json.dumps({"Statement": [write]}))
    guarded.client("dynamodb").create_table(
        TableName=table,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
    )
    with pytest.raises(ClientError, match="AccessDenied"):
        session_of(guarded, user, role)
    dynamodb = session_of(guarded, user, role, SerialNumber=f"arn:aws:iam::{ACCOUNT}:mfa/{user}", TokenCode="123456")
    own = f"{created['Role']['RoleId']}:{user}"
    dynamodb.put_item(TableName=table, Item={"id": {"S": f"approver#{own}"}})
    with pytest.raises(ClientError, match="dynamodb:PutItem"):
        dynamodb.put_item(TableName=table, Item={"id": {"S": "approver#somebody-else"}})


@pytest.mark.parametrize("granted", [False, True])
def test_a_token_is_answered_by_the_right_on_the_state_machine_that_waits(guarded, granted):
    bucket = create_bucket(guarded)
    keep = create_role(guarded, "lambda", allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*"))
    function = create_function(guarded, KEEP_TOKEN.replace("BUCKET", bucket), Role=arn_of(keep))
    task = {
        "Type": "Task",
        "Resource": "arn:aws:states:::lambda:invoke.waitForTaskToken",
        "Parameters": {"FunctionName": function, "Payload": {"token.$": "$$.Task.Token"}},
        "End": True,
    }
    states = guarded.client("stepfunctions")
    machine = states.create_state_machine(
        name=unique("machine"),
        definition=json.dumps({"StartAt": "Task", "States": {"Task": task}}),
        roleArn=arn_of(create_role(guarded, "states", allow("lambda:InvokeFunction", function_arn(function)))),
    )["stateMachineArn"]
    states.start_execution(stateMachineArn=machine)
    answerer = create_function(
        guarded,
        """
import { SFNClient, SendTaskSuccessCommand } from '@aws-sdk/client-sfn';
export const handler = ({ taskToken }) =>
  new SFNClient()
    .send(new SendTaskSuccessCommand({ taskToken, output: '1' }))
    .then(() => 'sent', (error) => error.name);
""",
        Role=arn_of(
            create_role(guarded, "lambda", allow("states:SendTaskSuccess", machine if granted else f"{machine}-other"))
        ),
    )
    objects = wait_until(
        lambda: guarded.client("s3").list_objects_v2(Bucket=bucket).get("Contents"), "there is a token"
    )
    token = objects[0]["Key"]
    assert invoke(guarded, answerer, {"taskToken": token})[1] == ("sent" if granted else "AccessDeniedException")
