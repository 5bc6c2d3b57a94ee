"""What the emulator's AWS::S3::Bucket leaves out: Object Lock, lifecycle, encryption and more."""

from __future__ import annotations

from typing import Any

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Properties, boolean, extend, integer, present, renamed

_RULE_NAMES = {
    "Id": "ID",
    "Status": "Status",
    "Prefix": "Prefix",
    "TagFilters": "Tags",
    "ObjectSizeGreaterThan": "ObjectSizeGreaterThan",
    "ObjectSizeLessThan": "ObjectSizeLessThan",
    "ExpirationInDays": "Days",
    "ExpirationDate": "Date",
    "ExpiredObjectDeleteMarker": "ExpiredObjectDeleteMarker",
    "Transition": "Transition",
    "Transitions": "Transitions",
    "NoncurrentVersionExpiration": "NoncurrentVersionExpiration",
    "NoncurrentVersionExpirationInDays": "NoncurrentDays",
    "NoncurrentVersionTransitions": "NoncurrentVersionTransitions",
    "AbortIncompleteMultipartUpload": "AbortIncompleteMultipartUpload",
}


def install() -> None:
    """Extend the bucket."""
    extend("AWS::S3::Bucket", _apply)


def _apply(bucket: str, properties: Properties, old: Properties | None) -> None:
    _apply_object_lock(bucket, properties, old)
    _apply_lifecycle(bucket, properties, old)
    _apply_encryption(bucket, properties, old)
    s3 = client("s3")
    if ownership := properties.get("OwnershipControls"):
        s3.put_bucket_ownership_controls(Bucket=bucket, OwnershipControls=ownership)
    if logging := properties.get("LoggingConfiguration"):
        s3.put_bucket_logging(Bucket=bucket, BucketLoggingStatus={"LoggingEnabled": _logging(bucket, logging)})
    if tags := properties.get("Tags"):
        s3.put_bucket_tagging(Bucket=bucket, Tagging={"TagSet": tags})


def _apply_object_lock(bucket: str, properties: Properties, old: Properties | None) -> None:
    """Lock the bucket. It can be switched on, and its default retention changed, but never switched off."""
    given = properties.get("ObjectLockConfiguration")
    if not boolean(properties.get("ObjectLockEnabled", False)):
        if given or (old and old.get("ObjectLockEnabled")):
            raise ValueError(f"{bucket}: ObjectLockEnabled must be true to lock objects, and can't be taken back")
        return
    s3 = client("s3")
    s3.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Enabled"})
    configuration: dict[str, Any] = {"ObjectLockEnabled": "Enabled"}
    if given and given.get("Rule"):
        retention = given["Rule"]["DefaultRetention"]
        configuration["Rule"] = {
            "DefaultRetention": present(
                {
                    "Mode": retention["Mode"],
                    "Days": integer(retention.get("Days")),
                    "Years": integer(retention.get("Years")),
                }
            )
        }
    s3.put_object_lock_configuration(Bucket=bucket, ObjectLockConfiguration=configuration)


def _apply_lifecycle(bucket: str, properties: Properties, old: Properties | None) -> None:
    configuration = properties.get("LifecycleConfiguration")
    if configuration:
        rules = [_lifecycle_rule(rule) for rule in configuration["Rules"]]
        client("s3").put_bucket_lifecycle_configuration(Bucket=bucket, LifecycleConfiguration={"Rules": rules})
    elif old and old.get("LifecycleConfiguration"):
        client("s3").delete_bucket_lifecycle(Bucket=bucket)


def _lifecycle_rule(rule: dict[str, Any]) -> dict[str, Any]:
    """CloudFormation's rule as the API has it; raises ValueError for a property that is not known."""
    given = renamed(rule, _RULE_NAMES)
    expiration = present(
        {
            "Days": integer(given.get("Days")),
            "Date": given.get("Date"),
            "ExpiredObjectDeleteMarker": _optional_boolean(given.get("ExpiredObjectDeleteMarker")),
        }
    )
    transitions = given.get("Transitions") or ([given["Transition"]] if given.get("Transition") else [])
    noncurrent = given.get("NoncurrentVersionExpiration") or present({"NoncurrentDays": given.get("NoncurrentDays")})
    abort = given.get("AbortIncompleteMultipartUpload") or {}
    return present(
        {
            "ID": given.get("ID"),
            "Status": given["Status"],
            "Filter": _lifecycle_filter(given),
            "Expiration": expiration or None,
            "Transitions": [_transition(each) for each in transitions] or None,
            "NoncurrentVersionExpiration": _integers(noncurrent) or None,
            "NoncurrentVersionTransitions": [
                {"StorageClass": each["StorageClass"], "NoncurrentDays": int(each["TransitionInDays"])}
                for each in given.get("NoncurrentVersionTransitions", [])
            ]
            or None,
            "AbortIncompleteMultipartUpload": _integers(abort) or None,
        }
    )


def _lifecycle_filter(given: dict[str, Any]) -> dict[str, Any]:
    conditions = present(
        {
            "Prefix": given.get("Prefix"),
            "ObjectSizeGreaterThan": integer(given.get("ObjectSizeGreaterThan")),
            "ObjectSizeLessThan": integer(given.get("ObjectSizeLessThan")),
        }
    )
    tags = given.get("Tags") or []
    if len(conditions) + len(tags) > 1:
        return {"And": {**conditions, **({"Tags": tags} if tags else {})}}
    return {"Tag": tags[0]} if tags else conditions or {"Prefix": ""}


def _transition(given: dict[str, Any]) -> dict[str, Any]:
    return present(
        {
            "StorageClass": given["StorageClass"],
            "Days": integer(given.get("TransitionInDays")),
            "Date": given.get("TransitionDate"),
        }
    )


def _apply_encryption(bucket: str, properties: Properties, old: Properties | None) -> None:
    encryption = properties.get("BucketEncryption")
    if encryption:
        rules = [_encryption_rule(rule) for rule in encryption["ServerSideEncryptionConfiguration"]]
        client("s3").put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": rules})
    elif old and old.get("BucketEncryption"):
        client("s3").delete_bucket_encryption(Bucket=bucket)


def _encryption_rule(rule: dict[str, Any]) -> dict[str, Any]:
    default = rule["ServerSideEncryptionByDefault"]
    if default["SSEAlgorithm"] == "aws:kms" and not default.get("KMSMasterKeyID"):
        # AWS's own key of the account, which the emulator lacks.
        default = {"SSEAlgorithm": "AES256"}
    return present(
        {
            "ApplyServerSideEncryptionByDefault": default,
            "BucketKeyEnabled": _optional_boolean(rule.get("BucketKeyEnabled")),
        }
    )


def _logging(bucket: str, given: dict[str, Any]) -> dict[str, Any]:
    """Server access logs; without a destination the bucket logs into itself."""
    return {
        "TargetBucket": given.get("DestinationBucketName", bucket),
        "TargetPrefix": given.get("LogFilePrefix", ""),
    }


def _optional_boolean(value: Any) -> bool | None:
    return None if value is None else boolean(value)


def _integers(values: dict[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in values.items()}
