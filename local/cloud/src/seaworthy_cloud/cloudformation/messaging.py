"""What the emulator's streams and topics leave out: encryption with a customer's key."""

from __future__ import annotations

from seaworthy_cloud.client import client
from seaworthy_cloud.cloudformation.handlers import Properties, extend


def install() -> None:
    """Extend Kinesis streams and SNS topics."""
    extend("AWS::Kinesis::Stream", _apply_stream)
    extend("AWS::SNS::Topic", _apply_topic)


def _apply_stream(stream: str, properties: Properties, old: Properties | None) -> None:
    encryption = properties.get("StreamEncryption")
    if encryption == (old or {}).get("StreamEncryption"):
        return
    kinesis = client("kinesis")
    if old and (earlier := old.get("StreamEncryption")):
        kinesis.stop_stream_encryption(
            StreamName=stream, EncryptionType=earlier["EncryptionType"], KeyId=earlier["KeyId"]
        )
    if encryption:
        kinesis.start_stream_encryption(
            StreamName=stream, EncryptionType=encryption["EncryptionType"], KeyId=encryption["KeyId"]
        )


def _apply_topic(topic: str, properties: Properties, old: Properties | None) -> None:
    key = properties.get("KmsMasterKeyId") or ""
    if key or (old and old.get("KmsMasterKeyId")):
        client("sns").set_topic_attributes(TopicArn=topic, AttributeName="KmsMasterKeyId", AttributeValue=key)
