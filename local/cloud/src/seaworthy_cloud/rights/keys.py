"""What a request needs of the key that its data is encrypted with: the caller's right, used by the service for it.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/UsingKMSEncryption.html
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
https://docs.aws.amazon.com/streams/latest/dev/permissions-user-key-KMS.html
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from ministack.services import dynamodb, kinesis, kms, s3, sns, sqs

_DECRYPT = ("kms:Decrypt",)
_GENERATE = ("kms:GenerateDataKey",)
_BOTH = ("kms:GenerateDataKey", "kms:Decrypt")


@dataclass(frozen=True)
class KeyUse:
    """Something that is done with a key."""

    action: str
    key_arn: str
    service: str
    """Which uses it, as the condition `kms:ViaService` begins."""


def _bucket_key(arn: str) -> str | None:
    bucket = arn.rpartition(":::")[2].partition("/")[0]
    return s3._bucket_default_sse_headers(bucket).get("x-amz-server-side-encryption-aws-kms-key-id")


def _table_key(arn: str) -> str | None:
    table = dynamodb._tables.get(arn.partition(":table/")[2].partition("/")[0]) or {}
    return (table.get("SSEDescription") or {}).get("KMSMasterKeyArn")


def _stream_key(arn: str) -> str | None:
    return (kinesis._streams.get(arn.rpartition("/")[2]) or {}).get("KeyId")


def _queue_key(arn: str) -> str | None:
    queue = sqs._queue_by_arn(arn) or {}
    return (queue.get("attributes") or {}).get("KmsMasterKeyId")


def _topic_key(arn: str) -> str | None:
    return ((sns._topics.get(arn) or {}).get("attributes") or {}).get("KmsMasterKeyId")


_Uses = tuple[tuple[str, ...], Callable[[str], str | None]]
_NEEDS: dict[str, _Uses] = {
    "s3:GetObject": (_DECRYPT, _bucket_key),
    "s3:GetObjectVersion": (_DECRYPT, _bucket_key),
    "s3:PutObject": (_GENERATE, _bucket_key),
    # DynamoDB opens the table's key by the caller's rights, whatever is done with the items.
    "dynamodb:GetItem": (_DECRYPT, _table_key),
    "dynamodb:BatchGetItem": (_DECRYPT, _table_key),
    "dynamodb:Query": (_DECRYPT, _table_key),
    "dynamodb:Scan": (_DECRYPT, _table_key),
    "dynamodb:PutItem": (_DECRYPT, _table_key),
    "dynamodb:UpdateItem": (_DECRYPT, _table_key),
    "dynamodb:DeleteItem": (_DECRYPT, _table_key),
    "dynamodb:BatchWriteItem": (_DECRYPT, _table_key),
    "dynamodb:ConditionCheckItem": (_DECRYPT, _table_key),
    "kinesis:PutRecord": (_GENERATE, _stream_key),
    "kinesis:PutRecords": (_GENERATE, _stream_key),
    "kinesis:GetRecords": (_DECRYPT, _stream_key),
    "sqs:SendMessage": (_BOTH, _queue_key),
    "sqs:ReceiveMessage": (_DECRYPT, _queue_key),
    "sns:Publish": (_BOTH, _topic_key),
}


def uses_of_keys(action: str, resource_arn: str) -> Iterator[KeyUse]:
    """What an action needs of the customer's key of the resource; nothing if it has none."""
    if action not in _NEEDS:
        return
    key_actions, key_of = _NEEDS[action]
    key = kms._resolve_key(key_of(resource_arn) or "")
    if key is None:
        return
    for each in key_actions:
        yield KeyUse(each, key["Arn"], action.partition(":")[0])
