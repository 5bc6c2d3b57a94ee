"""Behaviour of S3 and KMS that the platform leans on."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError
from conftest import REGION
from functions import unique


def test_an_object_is_put_only_if_there_is_none(cloud):
    s3, bucket = cloud.client("s3"), unique("bucket")
    s3.create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=bucket, Key="once", Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError) as refused:
        s3.put_object(Bucket=bucket, Key="once", Body=b"second", IfNoneMatch="*")
    assert refused.value.response["Error"]["Code"] == "PreconditionFailed"
    assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 412
    assert s3.get_object(Bucket=bucket, Key="once")["Body"].read() == b"first"


def test_a_hmac_key_gives_the_same_mac_for_the_same_message(cloud):
    kms = cloud.client("kms")
    key, other = (
        kms.create_key(KeySpec="HMAC_256", KeyUsage="GENERATE_VERIFY_MAC")["KeyMetadata"]["KeyId"] for _ in range(2)
    )

    def mac(key_id, message=b"message"):
        return kms.generate_mac(KeyId=key_id, Message=message, MacAlgorithm="HMAC_SHA_256")["Mac"]

    assert len(mac(key)) == 32
    assert mac(key) == mac(key)
    assert mac(key) != mac(other)
    assert mac(key) != mac(key, b"another")
    verified = kms.verify_mac(KeyId=key, Message=b"message", Mac=mac(key), MacAlgorithm="HMAC_SHA_256")
    assert verified["MacValid"] is True
    with pytest.raises(ClientError) as refused:
        kms.encrypt(KeyId=key, Plaintext=b"x")
    assert refused.value.response["Error"]["Code"] == "InvalidKeyUsageException"
