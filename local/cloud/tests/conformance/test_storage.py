"""S3 as AWS documents it: retention that nobody can shorten, conditional writes, lifecycle, encryption."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest
from botocore.exceptions import ClientError
from conftest import ACCOUNT, REGION, wait_until
from functions import unique
from stacks import create, physical_id, reasons, resource, update


def locked(**rest):
    retention = {"Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 7}}}
    lock = {"ObjectLockEnabled": True, "ObjectLockConfiguration": {"ObjectLockEnabled": "Enabled", **retention}}
    return resource("AWS::S3::Bucket", {**lock, **rest}, DeletionPolicy="Retain")


@pytest.fixture(scope="module")
def bucket(cloud):
    assert create(cloud, "locked", {"Bucket": locked()}) == "CREATE_COMPLETE"
    return physical_id(cloud, "locked", "Bucket")


def code_of(raised) -> str:
    return raised.value.response["Error"]["Code"]


def test_an_object_takes_the_default_retention(cloud, bucket):
    s3 = cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key="kept", Body=b"decision")["VersionId"]
    retention = s3.get_object_retention(Bucket=bucket, Key="kept", VersionId=version)["Retention"]
    assert retention["Mode"] == "COMPLIANCE"
    assert timedelta(days=6, hours=23) < retention["RetainUntilDate"] - datetime.now(UTC) <= timedelta(days=7)


def test_a_version_in_compliance_mode_is_neither_deleted_nor_let_go_earlier(cloud, bucket):
    s3 = cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key="fixed", Body=b"decision")["VersionId"]
    with pytest.raises(ClientError) as deleted:
        s3.delete_object(Bucket=bucket, Key="fixed", VersionId=version, BypassGovernanceRetention=True)
    assert code_of(deleted) == "AccessDenied"
    tomorrow = {"Mode": "COMPLIANCE", "RetainUntilDate": datetime.now(UTC) + timedelta(days=1)}
    with pytest.raises(ClientError) as shortened:
        s3.put_object_retention(Bucket=bucket, Key="fixed", VersionId=version, Retention=tomorrow)
    assert code_of(shortened) == "AccessDenied"
    assert s3.get_object(Bucket=bucket, Key="fixed", VersionId=version)["Body"].read() == b"decision"


def test_a_delete_without_version_hides_the_object_only(cloud, bucket):
    s3 = cloud.client("s3")
    version = s3.put_object(Bucket=bucket, Key="hidden", Body=b"decision")["VersionId"]
    assert s3.delete_object(Bucket=bucket, Key="hidden")["DeleteMarker"]
    with pytest.raises(ClientError) as read:
        s3.get_object(Bucket=bucket, Key="hidden")
    assert code_of(read) == "NoSuchKey"
    assert s3.get_object(Bucket=bucket, Key="hidden", VersionId=version)["Body"].read() == b"decision"


def test_object_lock_cannot_be_taken_back(cloud, bucket):
    assert update(cloud, "locked", {"Bucket": resource("AWS::S3::Bucket", {})}) == "UPDATE_ROLLBACK_COMPLETE"
    assert any("can't be taken back" in reason for reason in reasons(cloud, "locked"))
    lock = cloud.client("s3").get_object_lock_configuration(Bucket=bucket)["ObjectLockConfiguration"]
    assert lock["ObjectLockEnabled"] == "Enabled"


def test_if_none_match_writes_once(cloud, bucket):
    s3 = cloud.client("s3")
    s3.put_object(Bucket=bucket, Key="once", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError) as second:
        s3.put_object(Bucket=bucket, Key="once", Body=b"second", IfNoneMatch="*")
    assert second.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert code_of(second) == "PreconditionFailed"
    assert s3.get_object(Bucket=bucket, Key="once")["Body"].read() == b"first"


def test_lifecycle_encryption_and_ownership_come_from_the_template(cloud):
    key = resource("AWS::KMS::Key", {"KeyPolicy": {"Version": "2012-10-17", "Statement": []}})
    default = {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": {"Fn::GetAtt": "Key.Arn"}}
    rules = [
        {
            "Id": "cool",
            "Status": "Enabled",
            "Prefix": "raw/",
            "Transitions": [{"StorageClass": "GLACIER_IR", "TransitionInDays": 30}],
            "ExpirationInDays": 400,
            "NoncurrentVersionExpiration": {"NoncurrentDays": 30},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 3},
        }
    ]
    configured = {
        "LifecycleConfiguration": {"Rules": rules},
        "BucketEncryption": {
            "ServerSideEncryptionConfiguration": [{"ServerSideEncryptionByDefault": default, "BucketKeyEnabled": True}]
        },
        "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    }
    resources = {"Key": key, "Bucket": resource("AWS::S3::Bucket", configured)}
    assert create(cloud, "configured", resources) == "CREATE_COMPLETE"
    s3, name = cloud.client("s3"), physical_id(cloud, "configured", "Bucket")
    (rule,) = s3.get_bucket_lifecycle_configuration(Bucket=name)["Rules"]
    assert (rule["Filter"], rule["Expiration"]) == ({"Prefix": "raw/"}, {"Days": 400})
    assert rule["Transitions"] == [{"Days": 30, "StorageClass": "GLACIER_IR"}]
    assert rule["NoncurrentVersionExpiration"]["NoncurrentDays"] == 30
    assert rule["AbortIncompleteMultipartUpload"]["DaysAfterInitiation"] == 3
    (encryption,) = s3.get_bucket_encryption(Bucket=name)["ServerSideEncryptionConfiguration"]["Rules"]
    assert encryption["ApplyServerSideEncryptionByDefault"]["SSEAlgorithm"] == "aws:kms"
    written = s3.put_object(Bucket=name, Key="raw/1", Body=b"row")
    assert written["ServerSideEncryption"] == "aws:kms"
    assert written["SSEKMSKeyId"].endswith(physical_id(cloud, "configured", "Key"))
    ownership = s3.get_bucket_ownership_controls(Bucket=name)["OwnershipControls"]["Rules"]
    assert ownership == [{"ObjectOwnership": "BucketOwnerEnforced"}]


def test_a_lifecycle_rule_that_is_not_known_fails(cloud):
    rules = {"Rules": [{"Status": "Enabled", "ExpireOnSundays": True}]}
    resources = {"Bucket": resource("AWS::S3::Bucket", {"LifecycleConfiguration": rules})}
    assert create(cloud, "sundays", resources) == "ROLLBACK_COMPLETE"
    assert any("ExpireOnSundays" in reason for reason in reasons(cloud, "sundays"))


def test_the_event_of_an_object_names_its_version(cloud):
    s3, sqs, events = cloud.client("s3"), cloud.client("sqs"), cloud.client("events")
    bucket, rule = unique("events"), unique("rule")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    s3.put_bucket_notification_configuration(Bucket=bucket, NotificationConfiguration={"EventBridgeConfiguration": {}})
    queue = sqs.create_queue(QueueName=unique("pointers"))["QueueUrl"]
    pattern = {"source": ["aws.s3"], "detail": {"bucket": {"name": [bucket]}}}
    events.put_rule(Name=rule, EventPattern=json.dumps(pattern))
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue.rsplit('/', 1)[-1]}"
    events.put_targets(Rule=rule, Targets=[{"Id": "queue", "Arn": arn}])

    version = s3.put_object(Bucket=bucket, Key="record", Body=b"1")["VersionId"]
    (message,) = wait_until(lambda: sqs.receive_message(QueueUrl=queue).get("Messages"), "the event came")
    assert json.loads(message["Body"])["detail"]["object"]["version-id"] == version
